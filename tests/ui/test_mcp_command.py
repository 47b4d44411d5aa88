"""``magpie mcp`` as other programs meet it: a process of its own, over stdin and stdout, or HTTP."""

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from mcp import Client, StdioServerParameters

from ui.mcp_tools import TOOLS

COMMAND = ["-W", "error", "-m", "ui.cli", "mcp"]
HELLO = {
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "a test", "version": "1"},
    },
}
# Python code that a search runs before it begins.
NOISE = "print('stray'); os.write(1, b'stray from C'); os.system('echo stray from a child')"
SLOW = "print('searching', file=sys.stderr, flush=True); time.sleep(1)"


@pytest.fixture
def models():
    """The environment of a server that needs no weights."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("MAGPIE_")}
    flags = {"IMAGE_ENCODER": "hashing", "TEXT_ENCODER": "hashing", "LLM": "none"}
    return {**inherited, **{f"MAGPIE_{name}": value for name, value in flags.items()}, "OMP_NUM_THREADS": "1"}


def server(home, environment, *flags):
    return StdioServerParameters(
        command=sys.executable, args=[*COMMAND, "--home", str(home), *flags], env=environment, cwd=os.getcwd()
    )


@contextmanager
def process(home, environment, before_a_search=""):
    """The command with pipes; what it searches with first runs ``before_a_search``."""
    code = (
        "import os, sys, time, ui.cli, retrieval.search as made\n"
        "search = made.Searcher.search\n"
        f"def noisy(*given, **named):\n    {before_a_search or 'pass'}\n    return search(*given, **named)\n"
        "made.Searcher.search = noisy\n"
        "ui.cli.main()"
    )
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(
        [sys.executable, "-c", code, "mcp", "--home", str(home)], env=environment, **pipes
    ) as started:
        try:
            yield started
        finally:
            started.kill()


def send(started, number, method, params):
    message = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
    started.stdin.write(json.dumps(message) + "\n")
    started.stdin.flush()


def greet(started):
    send(started, 0, **HELLO)
    assert json.loads(started.stdout.readline())["result"]["serverInfo"]["name"] == "magpie"
    started.stdin.write('{"jsonrpc": "2.0", "method": "notifications/initialized"}\n')


async def test_a_client_starts_the_command_and_uses_every_tool(small_home, models):
    async with Client(server(small_home, models)) as client:
        assert {tool.name for tool in (await client.list_tools()).tools} == {tool.name for tool in TOOLS}

        async def called(tool, **arguments):
            result = await client.call_tool(tool, arguments)
            assert not result.is_error, result.content[0].text
            return result.structured_content

        (zombie,) = (await called("search", text="a zombie with a beanie", k=1))["hits"]
        facts = await called("token_facts", collection=zombie["collection"], token=zombie["token_id"])
        assert (facts["name"], facts["rarity"]) == ("CryptoPunk #0", zombie["rarity"])
        assert len((await called("list_collections"))["collections"]) == 2
        assert (await called("collection_facts", collection="Robots"))["tokens"] == 2
        assert (await called("recommend", likes=["zombies"]))["recommendations"][0]["score"] > 0
        assert (await called("verify", collection="CRYPTOPUNKS", token="0"))["verdict"] == "unverified"
        answer = await called("ask", question="an ape with a cap", conversation="one")
        assert "CryptoPunk #4 [1]" in answer["text"]
        failed = await client.call_tool("search", {"text": "x", "collections": ["Robotz"]})
        assert failed.is_error
        assert failed.content[0].text == "unknown collection 'Robotz'; did you mean 'Robots'?"


@pytest.mark.models
async def test_it_searches_with_the_real_encoders_and_answers_with_the_real_llm(small_home, tmp_path, models):
    home = tmp_path / "home"
    shutil.copytree(small_home, home, ignore=shutil.ignore_patterns("chroma*", "columns"))
    real = {name: value for name, value in models.items() if not name.startswith("MAGPIE_")}
    indexed = subprocess.run(
        [sys.executable, "-m", "ui.cli", "index", "--home", str(home)],
        env=real,
        capture_output=True,
        text=True,
    )
    assert indexed.returncode == 0, indexed.stderr
    async with Client(server(home, real)) as client:
        found = await client.call_tool("search", {"text": "undead creature wearing a knitted cap", "k": 3})
        answer = await client.call_tool("ask", {"question": "an ape with a cap"})
    found, answer = found.structured_content, answer.structured_content
    assert [notice for notice in answer["notices"] if "too slow" not in notice] == []
    assert "CryptoPunk #4 [1]" in answer["text"]
    shown = found["hits"] or found["closest"]
    assert shown
    assert {part["signal"] for hit in shown for part in hit["signals"]} >= {"image", "caption"}


def test_nothing_but_the_protocol_is_on_standard_output(small_home, models):
    with process(small_home, models, NOISE) as started:
        greet(started)
        for number, tool in enumerate(("search", "ask"), start=1):
            arguments = {"text": "ape"} if tool == "search" else {"question": "an ape with a cap"}
            send(started, number, "tools/call", {"name": tool, "arguments": arguments})
            answered = json.loads(started.stdout.readline())
            assert (answered["id"], answered["result"]["isError"]) == (number, False)
        output, log = started.communicate(timeout=60)
    assert (started.returncode, output) == (0, "")
    assert log.count("stray") == 6
    assert "Traceback" not in log


def test_lines_that_are_no_calls_do_not_end_the_server(small_home, models):
    lines = ["no json", "[1, 2]", "{}", '{"jsonrpc": "2.0", "id": 9, "method": "fly"}', "[" * 100_000, "\\"]
    surrogate = {"name": "search", "arguments": {"text": "\ud800 ape"}}  # alone it is no text
    with process(small_home, models) as started:
        greet(started)
        for number, line in enumerate(lines, start=10):
            started.stdin.write(line + "\n")
            send(started, number, "tools/call", surrogate)
            send(started, number, "tools/list", {})
            while "tools" not in (answered := json.loads(started.stdout.readline())).get("result", {}):
                assert "error" in answered or answered["result"]["isError"], answered
            assert (answered["id"], len(answered["result"]["tools"])) == (number, len(TOOLS))


def test_a_client_that_closes_its_end_during_a_call_ends_the_server(small_home, models):
    with process(small_home, models, SLOW) as started:
        greet(started)
        send(started, 1, "tools/call", {"name": "search", "arguments": {"text": "ape"}})
        assert started.stderr.readline() == "searching\n"
        begun = time.monotonic()
        output, log = started.communicate(timeout=60)
    assert (started.returncode, log) == (0, "")
    assert json.loads(output)["error"]["message"] == "Connection closed"
    assert time.monotonic() - begun < 10


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
def test_on_a_terminal_one_ctrl_c_ends_it(small_home, models):
    import pty

    master, slave = pty.openpty()
    with subprocess.Popen(
        [sys.executable, *COMMAND, "--home", str(small_home)],
        env=models,
        stdin=slave,
        stderr=subprocess.PIPE,
        text=True,
    ) as started:
        assert "serving on standard input" in started.stderr.readline()
        time.sleep(1)  # until it reads
        started.send_signal(signal.SIGINT)
        assert started.wait(timeout=10) == -signal.SIGINT
        assert started.stderr.read() == ""
    os.close(master)
    os.close(slave)


@contextmanager
def served(home, environment):
    """The address of ``magpie mcp --http 0``."""
    command = [sys.executable, *COMMAND, "--home", str(home), "--http", "0"]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as started:
        try:
            yield started, started.stderr.readline().split()[2].rstrip(";")
        finally:
            started.send_signal(signal.SIGINT)
            output, log = started.communicate(timeout=30)
    assert (started.returncode, output) == (130, "")
    assert log.splitlines()[-1] == "magpie: stopped; run the same command again to continue"
    assert "Traceback" not in log


@pytest.mark.network
async def test_over_http_it_serves_this_machine_and_refuses_web_pages(small_home, models):
    with served(small_home, models) as (_, address):
        assert address.startswith("http://127.0.0.1:")
        for mode in ("auto", "legacy"):
            async with Client(address, mode=mode) as client:
                result = await client.call_tool("search", {"where": "type=alien"})
                assert [hit["token_id"] for hit in result.structured_content["hits"]] == ["5"]
        assert _status(address, {}) == 200
        assert _status(address, {"Host": "evil.example"}) == 421
        assert _status(address, {"Host": "127.0.0.1:1"}) == 421
        assert _status(address, {"Origin": "http://evil.example"}) == 403
        assert _status(address, {"Content-Type": "text/plain"}) in (400, 415)
        assert _status(address.replace("/mcp", "/"), {}) == 404


def _status(address, headers):
    asked = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream", **headers}
    body = json.dumps({"jsonrpc": "2.0", "id": 1, **HELLO}).encode()
    try:
        with urlopen(Request(address, body, asked), timeout=30) as answered:
            return answered.status
    except HTTPError as error:
        with error:
            return error.code


@pytest.mark.network
def test_a_port_in_use_is_one_line(small_home, models):
    with served(small_home, models) as (_, address):
        port = address.split(":")[2].split("/")[0]
        command = [sys.executable, *COMMAND, "--home", str(small_home), "--http", port]
        done = subprocess.run(command, env=models, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert "give --http another port" in done.stderr


@pytest.mark.network
async def test_two_programs_at_once_get_their_own_answers(small_home, models):
    with served(small_home, models) as (_, address):
        found = {}

        async def ask(kind):
            async with Client(address) as client:
                for _ in range(5):
                    result = await client.call_tool("search", {"where": f"type={kind}"})
                    found.setdefault(kind, set()).update(
                        hit["traits"][0]["value"] for hit in result.structured_content["hits"]
                    )

        await asyncio.gather(ask("ape"), ask("zombie"))
    assert found == {"ape": {"Ape"}, "zombie": {"Zombie"}}
