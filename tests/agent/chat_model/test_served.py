"""Models of servers, asked over real sockets: their words are used, and what they do wrong is one line."""

import importlib.util
import threading
import time
from pathlib import Path

import pytest

from agent.assemble import open_agent
from agent.chat_model import ScriptedChat, ServedChat, StoppedError, as_messages, open_model
from agent.chat_model import served as served_module
from magpie.errors import ConfigError, MissingExtraError, SourceError
from magpie.served import served_model

spec = importlib.util.spec_from_file_location("servers", Path(__file__).with_name("servers.py"))
servers = importlib.util.module_from_spec(spec)
spec.loader.exec_module(servers)

pytestmark = pytest.mark.network
TALK = as_messages("Be brief.", [("Hi", "Hello!")], "What is a zombie?")
PROTOCOLS = ["openai", "ollama"]


def setting(server, protocol):
    return f"{protocol}:{server.address}{'/v1' if protocol == 'openai' else ''}#my-model"


@pytest.fixture
def chat(request):
    """Makes the product's model for a server."""
    made = []

    def make(server, protocol, **options):
        made.append(ServedChat(served_model(setting(server, protocol)), **options))
        return made[-1]

    yield make
    for model in made:
        model.close()


@pytest.mark.models
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_servers_words_are_the_models_words(llama, chat, protocol):
    own = llama.invoke(TALK, max_tokens=10, temperature=0.7, seed=11).content
    with servers.serving(servers.speaking(llama)) as server:
        model = chat(server, protocol, max_tokens=10, temperature=0.7, seed=11)
        assert "".join(str(piece.content) for piece in model.stream(TALK)) == own
        assert model.invoke(TALK).content == own
        assert (
            model.invoke(TALK, max_tokens=2).content
            == llama.invoke(TALK, max_tokens=2, temperature=0.7, seed=11).content
        )
        path, _, asked = server.asked[0]
    assert path == ("/v1/chat/completions" if protocol == "openai" else "/api/chat")
    assert asked["model"] == "my-model"
    assert [m["role"] for m in asked["messages"]] == ["system", "user", "assistant", "user"]


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_only_the_key_of_the_setting_is_sent(chat, protocol, monkeypatch):
    for name in ("OPENAI_API_KEY", "OLLAMA_API_KEY"):
        monkeypatch.setenv(name, "secret-of-another")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("OLLAMA_HOST", "http://127.0.0.1:9")
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "OPENAI_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with servers.serving(servers.speaking(ScriptedChat(lines=["Hello."]))) as server:
        chat(server, protocol).invoke(TALK)
        chat(server, protocol, key="mine").invoke(TALK)
        first, second = ({k.lower(): v for k, v in headers.items()} for _, headers, _ in server.asked)
    assert "secret-of-another" not in str(first)
    assert first["authorization"] == "Bearer none"
    assert second["authorization"] == "Bearer mine"


BAD = {
    "a page": servers.saying(b"<html>It works!</html>", kind="text/html"),
    "nothing": servers.saying(b""),
    "no JSON": servers.saying(b"data: {nonsense\n\n"),
    "JSON of another kind": servers.saying(b'data: {"choices": "none"}\n\n'),
    "a list": servers.saying(b"[1, 2]\n"),
    "bytes": servers.saying(bytes(range(256)) * 20),
    "an error": servers.saying(
        b'{"error": {"message": "no \x1b[31msuch\\nmodel"}}', status=404, kind="application/json"
    ),
    "a failure": servers.saying(b"<b>oops</b>", status=500, kind="text/html"),
    "no words": servers.saying(b"data: [DONE]\n\n"),
}


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("what", BAD)
def test_what_is_no_reply_is_one_clear_line(chat, what, protocol):
    with servers.serving(BAD[what]) as server:
        with pytest.raises(SourceError, match=r"the model server of my-model at 127\.0\.0\.1") as raised:
            chat(server, protocol).invoke(TALK)
        assert len(server.asked) == 1
    assert str(raised.value).isprintable()
    assert len(str(raised.value)) < 300


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_server_that_does_not_stop_is_stopped(chat, protocol):
    piece = servers.openai_piece if protocol == "openai" else servers.ollama_piece
    endless = servers.saying(piece("x" * 10_000) * 100)
    with servers.serving(endless) as server, pytest.raises(SourceError, match="does not stop writing"):
        chat(server, protocol).invoke(TALK)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_redirect_is_not_followed(chat, protocol):
    with servers.serving(servers.speaking(ScriptedChat(lines=["Hello."]))) as other:
        aside = servers.saying(
            b"", status=307, headers=[("Location", other.address + "/v1/chat/completions")]
        )
        with servers.serving(aside) as server:
            with pytest.raises(SourceError, match="status 307"):
                chat(server, protocol).invoke(TALK)
            assert len(server.asked) == 1
        assert other.asked == []


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_silent_server_is_left_in_time(chat, protocol):
    over = threading.Event()
    with servers.serving(servers.silent(over)) as server:
        model, started = chat(server, protocol), time.monotonic()
        with pytest.raises(StoppedError):
            list(model.stream(TALK, patience=0.3))
        with pytest.raises(SourceError, match="too slow"):
            model.invoke(TALK, patience=0.3)
        assert time.monotonic() - started < 20
        over.set()


def test_a_server_that_is_not_there_says_what_to_do():
    with servers.serving(servers.saying(b"")) as server:
        gone = setting(server, "openai")
    with pytest.raises(SourceError, match="does not answer: start it, or set MAGPIE_LLM"):
        ServedChat(served_model(gone)).invoke(TALK)


def test_without_the_package_the_extra_is_named(monkeypatch):
    def absent(module, *, extra):
        raise MissingExtraError(module, extra)

    monkeypatch.setattr(served_module, "require", absent)
    with pytest.raises(MissingExtraError, match=r"pip install 'magpie\[servers\]'"):
        ServedChat(served_model("ollama:m")).invoke(TALK)


# The agent


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_the_agent_words_by_the_server_and_checks_its_words(settings, protocol):
    lines = ["Have a look at these.", "CryptoPunk #1 is worth 900 ETH!"]
    with servers.serving(servers.speaking(ScriptedChat(lines=lines))) as server:
        settings = settings.model_copy(update={"llm": setting(server, protocol)})
        with open_agent(settings) as agent:
            good, bad = (agent.ask("show me zombies", conversation=name) for name in "ab")
        assert len(server.asked) == 2
        assert "zombies" in str(server.asked[0][2]["messages"][-1])
        assert "Beanie" not in str(server.asked)  # no trait leaves, and no name
    assert (good.worded_by, good.notices) == ("llm", ())
    assert good.text.startswith("Have a look at these.")
    assert bad.worded_by == "template"
    assert "900" not in bad.text


@pytest.mark.parametrize("what", ["down", "slow", "garbage", "drips"])
def test_while_the_server_fails_the_agent_words_from_templates_and_says_so(settings, what, monkeypatch):
    monkeypatch.setattr("agent.wording.FREE_SECONDS", 0.5)
    over = threading.Event()

    def drips(handler, _):
        servers.start(handler, "text/event-stream")
        while not over.wait(0.1):
            handler.wfile.write(servers.openai_piece("a"))
            handler.wfile.flush()

    replies = {"slow": servers.silent(over), "garbage": BAD["a page"], "drips": drips, "down": BAD["nothing"]}
    with servers.serving(replies[what]) as server:
        settings = settings.model_copy(update={"llm": setting(server, "openai")})
        if what == "down":
            server.shutdown()
            server.server_close()
        with open_agent(settings) as agent:
            answer = agent.ask("show me zombies")
        over.set()
    said = {"down": "does not answer", "slow": "too slow", "garbage": "no reply", "drips": "too slow"}
    assert answer.worded_by == "template"
    assert answer.evidence
    assert len(answer.notices) == 1
    assert "worded from templates: the model" in answer.notices[0]
    assert said[what] in answer.notices[0]


def test_a_server_elsewhere_needs_leave(settings):
    settings = settings.model_copy(update={"llm": "openai:https://example.com/v1#m"})
    with pytest.raises(ConfigError, match=r"example\.com is not this machine.*MAGPIE_ALLOW_NETWORK=true"):
        open_agent(settings)
    assert isinstance(open_model(settings.model_copy(update={"allow_network": True})), ServedChat)
