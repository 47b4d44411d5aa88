"""The command line's promises that hold for every command: exit codes, one-line errors, quick help."""

import json
import subprocess
import sys

import pytest
import typer
from typer.main import get_command
from typer.testing import CliRunner

from ui.cli import app, main

COMMANDS = sorted(get_command(app).commands)


def run(*words, cwd):
    """The command in a process of its own, as a script would call it."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "ui.cli", *words],
        capture_output=True,
        text=True,
        cwd=cwd,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command):
    done = CliRunner().invoke(app, [command, "--help"])
    assert done.exit_code == 0
    assert len(done.output.splitlines()) > 5


@pytest.mark.parametrize("command", sorted(set(COMMANDS) - {"ingest", "eval", "train"}))
def test_every_command_takes_home_and_config(command):
    output = CliRunner().invoke(app, [command, "--help"], env={"COLUMNS": "200"}).output
    assert "--home" in output
    assert "--config" in output


def test_an_unknown_command_is_wrong_usage(tmp_path):
    assert run("fly", cwd=tmp_path).returncode == 2


@pytest.mark.parametrize(
    "words",
    [
        ("search", "zombie"),
        ("ask", "any zombies?"),
        ("recommend", "--like", "robots"),
        ("verify", "Punks", "1"),
        ("index",),
        ("mcp",),
        ("mcp", "--http", "0"),
        ("eval", "retrieval"),
    ],
)
def test_without_a_dataset_one_line_says_what_to_run(tmp_path, words):
    done = run(*words, "--home", str(tmp_path / "home"), cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1
    assert "magpie ingest sample" in done.stderr


def test_a_bad_setting_is_one_line(tmp_path):
    (tmp_path / "magpie.toml").write_text("threads = 'many'\n")
    done = run("models", cwd=tmp_path)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "threads" in done.stderr


@pytest.mark.models
def test_models_are_listed_with_licence_and_digest(tmp_path):
    done = run("models", "--json", cwd=tmp_path)
    listed = {row["name"]: row for row in json.loads(done.stdout)}
    assert set(listed) == {"smollm2-135m", "smollm2-captions", "all-minilm-l6-v2", "magpie-clip"}
    assert all(row["licence"] == "Apache-2.0" and len(row["sha256"]) == 64 for row in listed.values())


def test_an_interrupt_says_how_to_go_on(monkeypatch, capsys):
    slow = typer.Typer()

    @slow.command()
    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.setattr("ui.cli.app", slow)
    monkeypatch.setattr("sys.argv", ["magpie"])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 130
    assert "again to continue" in capsys.readouterr().err


@pytest.mark.parametrize("words", [("search", "--trait", b"\xfe"), ("ingest", "folder", b"\xff.zip")])
def test_bytes_that_are_no_text_are_refused_in_one_line(tmp_path, words):
    done = run(*words, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert "not UTF-8" in done.stderr


@pytest.mark.parametrize("inside", ["", "deeper"])
def test_a_home_that_is_a_file_is_one_line(tmp_path, inside):
    (tmp_path / "file").write_text("no folder")
    (tmp_path / "Apes" / "metadata").mkdir(parents=True)
    (tmp_path / "Apes" / "metadata" / "1.json").write_text("{}")
    done = run("ingest", "folder", "Apes", "--home", str(tmp_path / "file" / inside), cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert "--home" in done.stderr


def test_a_full_disk_and_a_hostile_name_are_one_line(monkeypatch, capsys):
    def full(*_, **__):
        raise OSError(28, "No space left on device", "a\nname\x1b[31m")

    monkeypatch.setattr("ui.cli.app", full)
    monkeypatch.setattr("sys.argv", ["magpie"])
    with pytest.raises(SystemExit) as stopped:
        main()
    message = capsys.readouterr().err
    assert (stopped.value.code, message.count("\n"), "\x1b" in message) == (1, 1, False)
    assert "No space left" in message


def test_json_is_json_on_a_terminal_of_any_encoding(tmp_path):
    code = "from ui.console import print_json; print_json({'name': 'Ünï ☃ 🧟'})"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        env={"PYTHONIOENCODING": "ascii", "PATH": ""},
        timeout=60,
        check=True,
    )
    assert json.loads(done.stdout) == {"name": "Ünï ☃ 🧟"}
