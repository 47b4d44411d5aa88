"""Servers' models are named in one way, and bad names are refused with the right one beside them."""

import pytest

from magpie.errors import ConfigError
from magpie.served import ServedModel, served_model
from magpie.settings import load_settings


@pytest.mark.parametrize(
    ("name", "protocol", "url", "model"),
    [
        ("ollama:llama3.2", "ollama", "http://127.0.0.1:11434", "llama3.2"),
        ("ollama:llama3.2:1b", "ollama", "http://127.0.0.1:11434", "llama3.2:1b"),
        ("ollama:http://10.0.0.2:11434/#hf.co/a/b:Q4", "ollama", "http://10.0.0.2:11434", "hf.co/a/b:Q4"),
        ("openai:http://127.0.0.1:8080/v1#my model", "openai", "http://127.0.0.1:8080/v1", "my model"),
        ("openai:https://[::1]:8000/v1/#a#b", "openai", "https://[::1]:8000/v1", "a#b"),
    ],
)
def test_a_server_and_its_model_in_one_name(name, protocol, url, model):
    assert served_model(name) == ServedModel(protocol, url, model)


@pytest.mark.parametrize(
    "name", ["smollm2-135m", "/a/b.gguf", "none", "hub:a/b/c.gguf", "", "ollama", "C:model"]
)
def test_other_names_are_no_servers(name):
    assert served_model(name) is None


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("ollama:", "names no model"),
        ("ollama:http://127.0.0.1:11434", "names no model"),
        ("openai:gpt", "URL is not http"),
        ("openai:http://127.0.0.1:8080/v1", "names no model"),
        ("openai:http://127.0.0.1:8080/v1#", "names no model"),
        ("openai:http://127.0.0.1:8080/v1# ", "names no model"),
        ("openai:ftp://127.0.0.1#m", "URL is not http"),
        ("openai:http://#m", "URL is not http"),
        ("openai:http://127.0.0.1:99999#m", "cannot be read"),
        ("openai:http://me:secret@127.0.0.1/v1#m", "a key belongs in llm_key"),
        ("openai:http://127.0.0.1/v1?key=1#m", "a key belongs in llm_key"),
        ("openai:http://127.0.0.1/a b#m", "spaces"),
    ],
)
def test_a_bad_name_is_one_line_with_an_example(name, why, monkeypatch):
    with pytest.raises(ConfigError, match=why) as raised:
        served_model(name)
    assert "write it like 'o" in str(raised.value)
    monkeypatch.setenv("MAGPIE_LLM", name)
    with pytest.raises(ConfigError, match=r"setting 'llm'.*write it like"):
        load_settings()


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "localhost", "[::1]"])
def test_this_machine_may_always_be_asked(host):
    served_model(f"openai:http://{host}:1/v1#m").require_allowed(allow_network=False, has_key=True)


@pytest.mark.parametrize("host", ["10.0.0.2", "example.com", "localhost.example.com", "0.0.0.0"])
def test_other_machines_only_with_leave_and_a_key_only_over_https(host):
    plain, secure = (served_model(f"openai:{scheme}://{host}/v1#m") for scheme in ("http", "https"))
    with pytest.raises(ConfigError, match="MAGPIE_ALLOW_NETWORK=true"):
        secure.require_allowed(allow_network=False, has_key=False)
    plain.require_allowed(allow_network=True, has_key=False)
    secure.require_allowed(allow_network=True, has_key=True)
    with pytest.raises(ConfigError, match="use https"):
        plain.require_allowed(allow_network=True, has_key=True)
