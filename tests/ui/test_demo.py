"""The demonstration, whole and real, then the judged questions over its home: by command, and from Python."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.models, pytest.mark.network, pytest.mark.timeout(600)]


def magpie(*words, home):
    return subprocess.run(
        [sys.executable, "-m", "ui.cli", *words, "--home", str(home)],
        capture_output=True,
        text=True,
        cwd=home,
        timeout=540,
        check=False,
    )


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    home = tmp_path_factory.mktemp("demo")
    done = magpie("demo", "--json", home=home)
    assert done.returncode == 0, done.stderr
    return home, json.loads(done.stdout)


def test_the_conversation_holds_what_it_promises(demo):
    _, answers = demo
    assert [answer["outcome"] for answer in answers] == [
        "no_match",
        "answered",
        "answered",
        "answered",
        "answered",
        "answered",
        "answered",
        "declined",
    ]
    look, refined, picture, advice, facts, true, false, declined = answers
    assert "88 tokens" in look["text"]
    assert all(evidence["hit"]["lacks"] for evidence in look["evidence"] if evidence["kind"] == "token")
    assert [ref["token_id"] for ref in refined["shown"]] == ["4513"]
    assert picture["shown"][0]["token_id"] == "7804"
    assert {"robot", "robot face"} & {word for e in advice["evidence"] for word in _values(e)}
    assert {"Alien", "Pipe"} <= {word.split(" (")[0] for word in _values(facts["evidence"][0])}
    assert (true["receipt"]["verdict"], false["receipt"]["verdict"]) == ("owned", "not_owned")
    assert declined["evidence"] == []


def test_every_citation_has_its_evidence(demo):
    for answer in demo[1]:
        cited = {int(number) for number in re.findall(r"\[(\d+)\]", answer["text"])}
        assert cited <= {evidence["number"] for evidence in answer["evidence"]}


def test_a_second_run_changes_nothing(demo):
    home, answers = demo
    before = {path: path.stat().st_mtime_ns for path in (home / "dataset").rglob("*.png")}
    again = magpie("demo", "--json", home=home)
    assert [a["outcome"] for a in json.loads(again.stdout)] == [a["outcome"] for a in answers]
    assert {path: path.stat().st_mtime_ns for path in (home / "dataset").rglob("*.png")} == before


def test_nothing_is_both_a_zombie_and_a_pipe_smoker(demo):
    done = magpie("search", "zombie with a pipe", "--collection", "CRYPTOPUNKS", "--json", home=demo[0])
    found = json.loads(done.stdout)
    assert (done.returncode, found["hits"]) == (3, [])
    assert "Zombie" in found["reason"]
    assert found["closest"]


def test_every_hit_meets_what_was_asked(demo):
    done = magpie("search", "alien with a pipe", "-c", "CRYPTOPUNKS", "-k", "20", "--json", home=demo[0])
    hits = json.loads(done.stdout)["hits"]
    assert [hit["token_id"] for hit in hits] == ["7804"]


def test_both_indices_are_sound_and_find_what_an_exact_scan_finds(demo):
    done = magpie("index", "--check", "--json", home=demo[0])
    found = json.loads(done.stdout)
    assert (done.returncode, found["sound"], found["problems"]) == (0, True, [])
    for kind in ("image", "caption"):
        assert found[kind]["rows"] > 1000
        assert [recall["of"] for recall in found[kind]["recall"]] == ["vectors", "words"]
        assert all(recall["queries"] == 200 for recall in found[kind]["recall"])
        assert all(recall["at_10"] >= 0.99 <= recall["at_1"] for recall in found[kind]["recall"])


def test_the_python_of_the_search_documentation_runs_as_it_is_written(demo, monkeypatch, capsys):
    monkeypatch.setenv("MAGPIE_HOME", str(demo[0]))
    written = (Path(__file__).parents[2] / "docs" / "search.md").read_text("utf-8")
    five, by_hand, chain = re.findall(r"^```python\n(.*?)^```$", written, re.DOTALL | re.MULTILINE)
    assert len([line for line in five.splitlines() if line]) == 5
    names = {}
    exec(five, names)
    assert capsys.readouterr().out == "['eip155:1/erc721:0xb47e3cd837ddf8e4c57f05d70ab865de6e193bbb/4513']\n"
    exec(by_hand, names)
    exec(chain, names)
    names["retriever"].close()
    lines = capsys.readouterr().out.splitlines()
    assert 1 <= len(lines) <= 3
    assert all(line.startswith("CryptoPunk #") for line in lines)
    assert all("Hoodie" in line and "Pipe" in line and "Zombie" not in line for line in lines)


def _values(evidence):
    return [fact["value"] for fact in evidence["facts"]]
