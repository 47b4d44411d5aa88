"""The folder names are common words, the start must be quick, the modules short: guarded here."""

import importlib
import re
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGES = ["magpie", "ingest", "retrieval", "agent", "eval", "ui"]
HEAVY = ["torch", "chromadb", "web3", "streamlit", "llama_cpp", "langgraph", "numpy", "pydantic", "PIL"]
LONG = 300


@pytest.mark.parametrize("name", PACKAGES)
def test_import_is_ours(name):
    assert Path(importlib.import_module(name).__file__).parent == REPOSITORY / name


@pytest.mark.parametrize("name", PACKAGES)
def test_no_dependency_installs_the_same_name(name):
    assert set(packages_distributions().get(name, [])) <= {"magpie"}


def test_starting_the_command_loads_nothing_heavy():
    code = f"import sys, ui.cli; print([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=REPOSITORY
    )
    assert done.stdout.strip() == "[]"


def test_no_module_is_over_its_budget():
    long = {
        str(path.relative_to(REPOSITORY)): lines
        for package in PACKAGES
        for path in (REPOSITORY / package).rglob("*.py")
        if (lines := len(path.read_text("utf-8").splitlines())) > LONG
    }
    assert long == {}


def test_every_command_is_in_the_readme():
    from typer.main import get_command

    from ui.cli import app

    readme = (REPOSITORY / "README.md").read_text("utf-8")
    assert [name for name in get_command(app).commands if f"magpie {name}" not in readme] == []


def test_every_linked_file_of_the_readme_exists():
    readme = (REPOSITORY / "README.md").read_text("utf-8")
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", readme) if not link.startswith("http")]
    assert links
    assert [link for link in links if not (REPOSITORY / link).exists()] == []


def test_the_map_of_the_files_is_current():
    made = subprocess.run(
        [sys.executable, "tools/file_map.py"], capture_output=True, text=True, check=True, cwd=REPOSITORY
    )
    assert (REPOSITORY / "docs" / "files.md").read_text("utf-8") == made.stdout
