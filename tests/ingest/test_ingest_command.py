import io
import json
import zipfile

import pytest
import typer
from PIL import Image
from typer.testing import CliRunner

from ui.commands import ingest as command


@pytest.fixture
def magpie(tmp_path):
    app = typer.Typer()
    command.register(app)

    def run(*arguments):
        return CliRunner().invoke(app, ["ingest", *map(str, arguments), "--home", str(tmp_path / "home")])

    app.callback()(lambda: None)
    return run


def picture():
    out = io.BytesIO()
    Image.new("RGB", (24, 24), "red").save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def packs(tmp_path):
    folder = tmp_path / "packs"
    (folder / "Apes" / "images").mkdir(parents=True)
    (folder / "Apes" / "metadata").mkdir()
    (folder / "Apes" / "images" / "1.png").write_bytes(picture())
    (folder / "Apes" / "images" / "2.png").write_bytes(picture()[:40])
    (folder / "Apes" / "metadata" / "2.json").write_text("{oops")
    (folder / "Bad.zip").write_bytes(b"not a zip")
    with zipfile.ZipFile(folder / "Birds.zip", "w") as archive:
        archive.writestr("images/1.png", picture())
    return folder


def test_what_is_readable_is_ingested_and_the_rest_is_named(magpie, packs):
    result = magpie("folder", packs, packs / "missing")
    assert result.exit_code == 0
    assert [line.split()[:4] for line in result.stdout.splitlines()] == [
        ["collection", "tokens", "images", "traits"],
        ["Apes", "1", "1", "0"],
        ["Birds", "1", "1", "0"],
    ]
    told = [line for line in result.stderr.splitlines() if ": " in line]
    for start in ("Apes/metadata/2.json: not JSON", "Apes/images/2.png: ", "Bad.zip: not a readable zip"):
        assert len([line for line in told if line.startswith(start)]) == 1
    assert f"{packs / 'missing'}: no such file or folder" in told


def test_a_collection_that_fails_a_filter_is_named_with_the_reason(magpie, packs):
    told = magpie("folder", packs / "Birds.zip").stderr.splitlines()
    assert (
        "Birds: 1 token, fewer than the 500 of NFT1000; no token has metadata; "
        "kept here, left out of partitions"
    ) in told


def test_generated_samples_that_fail_a_filter_take_one_line(magpie, tmp_path):
    for name in ("Bots", "Birds", "Bugs"):
        (tmp_path / "made" / name / "images").mkdir(parents=True)
        (tmp_path / "made" / name / "images" / "1.png").write_bytes(picture())
        board = json.dumps({"source": "generated sample"})
        (tmp_path / "made" / name / "metadata_dashboard.json").write_text(board)
    told = magpie("folder", tmp_path / "made").stderr
    assert told.count("left out of partitions") == 1
    assert "3 generated collections: kept here, left out of partitions" in told


def test_json_reports_every_count_and_reason(magpie, packs):
    report = json.loads(magpie("folder", packs, "--json").stdout)
    apes, birds = report["collections"]
    assert (apes["name"], apes["tokens"], apes["images"], apes["added"]) == ("Apes", 1, 1, 1)
    assert sorted(problem["where"] for problem in apes["skipped"]) == [
        "Apes/images/2.png",
        "Apes/metadata/2.json",
    ]
    assert (birds["chain"], birds["tokens"]) == ("local:files", 1)
    assert [problem["where"] for problem in report["skipped"]] == ["Bad.zip"]


@pytest.mark.parametrize("path", ["Bad.zip", "missing"])
def test_nothing_ingested_is_an_error(magpie, packs, path):
    result = magpie("folder", packs / path)
    assert result.exit_code == 1
    assert "nothing could be ingested" in result.stderr


def test_no_path_is_wrong_usage(magpie):
    assert magpie("folder").exit_code == 2


def test_a_contract_must_be_an_address(magpie, packs):
    result = magpie("folder", packs / "Apes", "--contract", "0x12")
    assert result.exit_code == 1
    assert "0x12" in str(result.exception)
