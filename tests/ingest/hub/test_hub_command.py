"""`magpie ingest hub` against a Hub on this machine."""

import json
import os
import re
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from magpie.catalog import Catalog
from magpie.errors import ConfigError, InputError
from ui.commands import ingest as command

pytestmark = pytest.mark.network

ROOT = Path(__file__).resolve().parents[3]
TOKEN = "hf_s3cr3tTOKEN"


@pytest.fixture
def home(tmp_path):
    return tmp_path / "home"


@pytest.fixture
def environment(hub, home, tmp_path):
    """Settings as a person gives them; a login of whoever runs the tests is not found."""
    return {
        "MAGPIE_HUB_URL": hub.url,
        "MAGPIE_HOME": str(home),
        "HF_TOKEN": TOKEN,
        "HF_HOME": str(tmp_path / "no-login"),
    }


@pytest.fixture
def magpie(environment, monkeypatch, tmp_path):
    app = typer.Typer()
    command.register(app)
    app.callback()(lambda: None)
    monkeypatch.setattr("huggingface_hub.constants.HF_TOKEN_PATH", str(tmp_path / "no-login" / "token"))

    def run(*words, **changed):
        return CliRunner().invoke(app, ["ingest", "hub", *words], env={**environment, **changed})

    return run


def downloads(home):
    return sorted(path.suffix for path in (home / "downloads").iterdir())


def test_a_collection_is_downloaded_taken_in_and_its_zip_removed(hub, magpie, home, pack):
    hub.files = {"NFT1000/Moon Birds.zip": pack(3), "NFT1000/Azuki.zip": pack(2, folders=("Azuki/",))}
    result = magpie("moonbirds", "AZUKI")
    assert (result.exit_code, [line.split()[:3] for line in result.stdout.splitlines()[1:]]) == (
        0,
        [["Moon", "Birds", "3"], ["Azuki", "2", "2"]],
    )
    with Catalog(home / "catalog.sqlite") as catalog:
        held = {c.name: (c.source, catalog.counts()[c.name].images) for c in catalog.collections()}
    assert held == {"Azuki": ("hub", 2), "Moon Birds": ("hub", 3)}
    assert downloads(home) == []


def test_keep_keeps_the_zip_and_the_next_run_uses_it(hub, magpie, home, pack):
    hub.files = {"NFT1000/Azuki.zip": pack(2)}
    assert magpie("Azuki", "--keep").exit_code == 0
    assert downloads(home) == [".zip"]
    hub.requests.clear()
    result = magpie("Azuki", "--json")
    (azuki,) = json.loads(result.stdout)["collections"]
    assert (azuki["unchanged"], hub.downloads(), downloads(home)) == (2, [], [])


def test_a_zip_that_is_none_is_named_and_the_others_are_taken_in(hub, magpie, home, pack):
    hub.files = {
        "NFT1000/Azuki.zip": pack(2),
        "NFT1000/Broken.zip": b"not a zip at all",
        "NFT1000/Empty.zip": pack(0),
        "NFT1000/Two.zip": pack(1, folders=("A/", "B/")),
    }
    result = magpie("Broken", "Empty", "Azuki", "Two", "--json")
    report = json.loads(result.stdout)
    assert [c["name"] for c in report["collections"]] == ["Azuki"]
    assert [(p["where"], p["reason"].partition(" (")[0]) for p in report["skipped"]] == [
        ("Broken.zip", "not a readable zip"),
        ("Empty.zip", "holds no images or metadata folder, and one collection was expected"),
        ("Two.zip", "holds 2 collections, and one collection was expected"),
    ]
    assert downloads(home) == []


def test_one_that_cannot_be_had_does_not_stop_the_others_and_is_kept_for_later(hub, magpie, home, pack):
    hub.files = {"NFT1000/Azuki.zip": pack(2), "NFT1000/Zebras.zip": pack(1)}
    hub.cuts = [100] + [0] * 5
    result = magpie("Azuki", "Zebras", "--json")
    report = json.loads(result.stdout)
    assert (result.exit_code, [c["name"] for c in report["collections"]]) == (0, ["Zebras"])
    assert [p["where"] for p in report["skipped"]] == ["Azuki.zip"]
    assert downloads(home) == [".part"]


def test_list_prints_names_and_sizes_and_downloads_nothing(hub, magpie, pack):
    hub.files = {"NFT1000/Azuki.zip": pack(1), "NFT1000/[red]Moon Birds.zip": pack(1, padding=2_000_000)}
    result = magpie("--list", "moonb")
    assert [line.split() for line in result.stdout.splitlines()[1:]] == [["[red]Moon", "Birds", "2.0", "MB"]]
    assert "1 of 2 collections, 2.0 MB" in result.stderr
    rows = json.loads(magpie("--list", "--json").stdout)["collections"]
    assert [(row["name"], row["bytes"]) for row in rows][:1] == [("Azuki", len(pack(1)))]
    assert magpie("--list", "no such").exit_code == 3
    assert hub.downloads() == []


def test_all_tells_how_much_it_is_and_wants_a_yes(hub, magpie, home, pack):
    hub.files = {"NFT1000/Azuki.zip": pack(1, padding=2_000_000), "NFT1000/Moon Birds.zip": pack(1)}
    refused = magpie("--all")
    assert isinstance(refused.exception, InputError)
    assert "2 zips, 2.0 MB: add --yes" in str(refused.exception)
    assert hub.downloads() == []
    assert magpie("--all", "--yes").exit_code == 0
    with Catalog(home / "catalog.sqlite") as catalog:
        assert [c.name for c in catalog.collections()] == ["Azuki", "Moon Birds"]


@pytest.mark.parametrize("words", [(), ("--all", "Azuki")])
def test_either_names_or_all_are_wanted(magpie, words):
    result = magpie(*words)
    assert "name the collections to download, or give --all" in str(result.exception)


def test_a_wrong_name_downloads_nothing(hub, magpie, pack):
    hub.files = {"NFT1000/Azuki.zip": pack(1), "NFT1000/Moon Birds.zip": pack(1)}
    result = magpie("Azuki", "Moonbrids")
    assert "did you mean 'Moon Birds'?" in str(result.exception)
    assert hub.downloads() == []


def test_without_a_login_one_line_says_how_to_get_one(hub, magpie, pack):
    hub.files = {"NFT1000/Azuki.zip": pack(1)}
    result = magpie("Azuki", HF_TOKEN="")
    assert isinstance(result.exception, ConfigError)
    assert re.search(
        r"accept its terms at http\S+/datasets/shuxunoo/NFT-Net, make a token", str(result.exception)
    )


def test_the_source_says_where_each_byte_came_from(hub, access, pack, tmp_path):
    from ingest.hub.listing import read_listing
    from ingest.sources.hub import HubDownloads

    hub.files = {"NFT1000/Azuki.zip": pack(1)}
    listing = read_listing(access)
    (source,) = HubDownloads(access, listing, listing.archives, tmp_path, tick=lambda *_: None, keep=False)
    assert source.provenance == {
        "kind": "hub",
        "dataset": "shuxunoo/NFT-Net",
        "revision": "c0ffee" + "0" * 34,
        "sha256": listing.archives[0].sha256,
    }


def test_killed_in_the_middle_the_same_command_fetches_only_the_rest(hub, home, environment, pack, tmp_path):
    content = pack(2, padding=3_000_000)
    hub.files = {"NFT1000/Azuki.zip": content}
    hub.cuts, hub.stalled = [1_000_000], threading.Event()
    words = [sys.executable, "-m", "ui.cli", "ingest", "hub", "azuki"]
    options = {
        "env": {**os.environ, **environment},
        "cwd": ROOT,
        "stdout": subprocess.PIPE,
        "stderr": subprocess.PIPE,
    }
    with subprocess.Popen(words, **options) as first:
        deadline = time.monotonic() + 120
        while sum(path.stat().st_size for path in home.glob("downloads/*.part")) < 900_000:
            assert first.poll() is None, first.stderr.read()
            assert time.monotonic() < deadline
            time.sleep(0.02)
        first.kill()
    hub.stalled.set()
    (part,) = home.glob("downloads/*.part")
    held = part.stat().st_size
    hub.requests.clear()
    second = subprocess.run(words, **options, timeout=120, check=False)
    assert second.returncode == 0, second.stderr
    assert hub.downloads() == [(f"bytes={held}-", len(content) - held)]
    assert TOKEN.encode() not in second.stdout + second.stderr
    assert downloads(home) == []
    assert len(list(home.glob("dataset/Azuki/images/*.png"))) == 2
