"""``magpie ask --batch … --out FILE``: killed at any time, run again, and every line is answered once."""

import json
import os
import subprocess
import sys
import time

import pytest
from typer.testing import CliRunner

from agent.batch_file import AnswerFile
from ui.cli import app

ASKED = [
    {"question": "an ape with a beanie", "conversation": "a"},
    {"question": "a zombie punk with a beanie, no glasses"},
    {"question": "I like friendly robots", "conversation": "a"},
    {"question": "how many apes are in CryptoPunks?"},
    {"question": "who owns it?", "conversation": "a"},
    {"question": "what do you know about my taste?", "conversation": "a"},
] * 3


@pytest.fixture
def questions(tmp_path):
    path = tmp_path / "questions.jsonl"
    path.write_text("".join(f"{json.dumps(one)}\n" for one in ASKED), encoding="utf-8")
    return path


@pytest.fixture
def environment(monkeypatch):
    given = {"MAGPIE_IMAGE_ENCODER": "hashing", "MAGPIE_TEXT_ENCODER": "hashing", "MAGPIE_LLM": "none"}
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    return {**os.environ, **given}


@pytest.fixture
def batch(home, environment, tmp_path):
    def run(path, *more, out=tmp_path / "answers.jsonl"):
        return CliRunner().invoke(
            app, ["ask", "--batch", str(path), "--out", str(out), "--home", str(home), *more]
        )

    return run


@pytest.fixture
def out(tmp_path):
    return tmp_path / "answers.jsonl"


def records(path):
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def texts(path):
    return [(record["line"], record["answer"]["text"]) for record in records(path)]


def test_kill_9_and_again_gives_the_file_of_a_run_that_nothing_stopped(
    batch, home, questions, environment, out, tmp_path
):
    whole = tmp_path / "whole.jsonl"
    assert batch(questions, out=whole).exit_code == 0
    command = [sys.executable, "-m", "ui.cli", "ask", "--batch", questions, "--out", out, "--home", home]
    with subprocess.Popen([*map(str, command), "--jobs", "2"], env=environment) as process:
        while not out.exists() or out.read_bytes().count(b"\n") < 3:
            assert process.poll() is None
            time.sleep(0.01)
        process.kill()  # SIGKILL
    assert process.returncode == -9
    before = out.read_bytes()
    done = before.count(b"\n")
    assert 3 <= done < len(ASKED)
    result = batch(questions, "--jobs", "2")
    assert result.exit_code == 0
    assert f"{len(ASKED) - done} asked, {done} answered before" in result.stderr
    assert texts(out) == texts(whole)
    assert out.read_bytes().startswith(before[: before.rindex(b"\n") + 1])


@pytest.mark.parametrize("torn", [b'{"line": 3, "digest": "abc', b"{", b'{"line": 3', b'{"line": 4}'])
def test_a_torn_last_line_is_dropped(batch, questions, out, torn):
    batch(questions)
    whole = out.read_bytes()
    out.write_bytes(b"".join(whole.splitlines(keepends=True)[:2]) + torn)
    assert "16 asked, 2 answered before" in batch(questions).stderr
    assert texts(out) == [(r["line"], r["answer"]["text"]) for r in map(json.loads, whole.splitlines())]


def test_a_whole_file_is_left_as_it_is(batch, questions, out):
    batch(questions)
    before = out.read_bytes(), out.stat().st_mtime_ns
    result = batch(questions)
    assert "0 asked, 18 answered before" in result.stderr
    assert result.stdout == ""
    assert (out.read_bytes(), out.stat().st_mtime_ns) == before


def test_a_changed_line_is_asked_anew_with_those_that_follow_it_and_the_order_is_kept(batch, out, tmp_path):
    path = tmp_path / "q.jsonl"
    lines = ['"hello"', '{"question": "thanks", "conversation": "c"}', '"help"']
    lines.append('{"question": "hello", "conversation": "c"}')
    path.write_text("\n".join(lines))
    batch(path)
    path.write_text("\n".join([lines[0], lines[1].replace("thanks", "help"), lines[2], lines[3]]))
    assert "2 asked, 2 answered before" in batch(path).stderr
    assert [record["line"] for record in records(out)] == [1, 2, 3, 4]
    assert records(out)[1]["answer"]["question"] == "help"
    path.write_text("\n".join(lines[:1]))
    batch(path)
    assert [record["line"] for record in records(out)] == [1]


def test_lines_with_an_error_are_asked_again(batch, out, tmp_path):
    path, picture = tmp_path / "q.jsonl", tmp_path / "p.png"
    path.write_text(json.dumps({"question": "x", "image": str(picture)}) + '\n"hello"\n')
    assert "1 of 2 questions could not be answered" in str(batch(path).exception)
    picture.write_bytes(b"no picture")
    result = batch(path)
    assert "1 asked, 1 answered before" in result.stderr
    assert [record["line"] for record in records(out)] == [1, 2]


@pytest.mark.parametrize(
    "content", [b"my notes\n", b"my notes", b'"hello"\n', b"[]\n", b'{"question": "x"}\n', b"\xff\n", b"\n"]
)
def test_another_file_is_refused_and_left_as_it_is(batch, questions, out, content):
    out.write_bytes(content)
    result = batch(questions)
    assert result.exit_code == 1
    assert "is no file of answers" in str(result.exception)
    assert out.read_bytes() == content


def test_the_questions_themselves_are_not_overwritten(batch, questions):
    before = questions.read_bytes()
    assert batch(questions, out=questions).exit_code == 1
    assert questions.read_bytes() == before


def test_answers_of_another_seed_are_not_mixed_in(batch, questions, out):
    batch(questions)
    before = out.read_bytes()
    result = batch(questions, "--seed", "8")
    assert "was answered with seed 7, and now it would be 8" in str(result.exception)
    assert out.read_bytes() == before


def test_a_memory_of_another_version_is_asked_anew(agent, batch, questions, out):
    batch(questions)
    first = records(out)[0]
    first["memory"] = {"frame": {"unheard": 1}}
    out.write_text(json.dumps(first) + "\n")
    with AnswerFile(out, agent.versions(7)) as file:
        assert file.kept == {}


def test_an_answer_file_makes_its_folder(agent, tmp_path):
    with AnswerFile(tmp_path / "new" / "a.jsonl", agent.versions(7)) as file:
        file.add({"line": 1, "error": "no"})
    assert (tmp_path / "new" / "a.jsonl").read_text() == '{"line": 1, "error": "no"}\n'
