"""The command line's promises that hold for every command: exit codes, one-line errors, quick help."""

import json
import subprocess
import sys

import pytest
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
    assert set(listed) == {"smollm2-135m", "all-minilm-l6-v2", "magpie-clip"}
    assert all(row["licence"] == "Apache-2.0" and len(row["sha256"]) == 64 for row in listed.values())


def test_an_interrupt_says_how_to_go_on(monkeypatch, capsys):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("ui.cli.app", interrupted)
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 130
    assert "again to continue" in capsys.readouterr().err
