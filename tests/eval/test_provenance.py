"""The commit is the source tree's own, or none."""

import subprocess

import pytest

from eval.provenance import source_code


def git(folder, *arguments):
    identity = ["-c", "user.name=n", "-c", "user.email=e@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", "-C", str(folder), *identity, *arguments], check=True, capture_output=True)


@pytest.fixture
def checkout(tmp_path):
    folder = (tmp_path / "checkout").resolve()
    folder.mkdir()
    git(folder, "init")
    (folder / "code.py").write_text("x = 1\n")
    return folder


def test_a_checkout_without_a_commit_and_a_plain_folder_have_none(checkout, tmp_path):
    assert source_code(checkout) is None
    assert source_code(tmp_path) is None


def test_a_commit_is_named_and_changes_on_top_of_it_are_told(checkout):
    git(checkout, "add", ".")
    git(checkout, "commit", "-m", "one")
    code = source_code(checkout)
    assert len(code.commit) == 40
    assert not code.modified
    (checkout / "code.py").write_text("x = 2\n")
    assert source_code(checkout).modified


def test_somebody_else_s_repository_around_an_installed_copy_is_not_ours(checkout):
    git(checkout, "add", ".")
    git(checkout, "commit", "-m", "one")
    (checkout / "site-packages").mkdir()
    assert source_code(checkout / "site-packages") is None
