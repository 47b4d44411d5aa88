import json

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from magpie import layers as files
from magpie.domain import Trait
from magpie.errors import InputError
from retrieval.layers import build as building
from retrieval.layers import load
from retrieval.layers.build import build
from retrieval.layers.sheet import sheet
from ui.cli import app

CROWN = Trait(type="Hat", value="Crown")


def written(settings):
    folder = settings.dataset_dir / "Heroes"
    return {
        str(p.relative_to(folder)): p.stat().st_mtime_ns for p in sorted(folder.rglob("*")) if p.is_file()
    }


def test_layers_are_stored_beside_the_pictures_and_read_back(settings, ingest_heroes, heroes, silent):
    ingest_heroes()
    before = {name for name in written(settings)}
    (report,) = build(settings, tick=silent)
    assert (report.layers, report.traits, report.exact, report.made) == (10, 10, 0, True)
    assert report.explained > 0.8
    added = set(written(settings)) - before
    assert {name.split("/")[0] for name in added} == {"masks", "components", "layers.json"}
    with Image.open(settings.dataset_dir / "Heroes" / "masks" / "Hat" / "Crown.png") as mask:
        assert (mask.mode, mask.size) == ("L", (16, 16))  # the grid the heroes were drawn on
    found = load(settings.dataset_dir, ["Heroes"], 64).of("Heroes", CROWN)
    truth = np.kron(heroes[2]["Hat", "Crown"], np.ones((4, 4), bool))
    assert (found.mask == truth).all()


def test_a_second_run_does_nothing(settings, ingest_heroes, silent):
    ingest_heroes(60)
    build(settings, tick=silent)
    before = written(settings)
    (again,) = build(settings, tick=silent)
    assert again.made is False
    assert again.layers > 0
    assert written(settings) == before


def test_a_run_that_was_killed_is_completed_by_the_next(settings, ingest_heroes, silent, monkeypatch):
    ingest_heroes(60)
    build(settings, tick=silent)
    whole = {name for name in written(settings)}
    for name in ("layers.json", "masks/Hat/Crown.png"):
        (settings.dataset_dir / "Heroes" / name).unlink()
    for file in (settings.dataset_dir / "Heroes" / "components" / "Hat").iterdir():
        file.unlink()
    write = building.write_atomic
    left = iter(range(3))

    def dies(path, content):
        if next(left, None) is None:
            raise KeyboardInterrupt
        write(path, content)

    files.write_index(settings.dataset_dir, "Heroes", files.LayerIndex(made_from="", width=1, height=1))
    monkeypatch.setattr(building, "write_atomic", dies)
    with pytest.raises(KeyboardInterrupt):
        build(settings, tick=silent)
    monkeypatch.setattr(building, "write_atomic", write)
    (report,) = build(settings, tick=silent)
    assert report.made
    assert {name for name in written(settings)} == whole


def test_layers_that_somebody_else_published_are_left_alone(settings, ingest_heroes, silent):
    ingest_heroes(60)
    theirs = settings.dataset_dir / "Heroes" / "masks" / "Hat" / "Crown.png"
    theirs.parent.mkdir(parents=True)
    theirs.write_bytes(b"theirs")
    (report,) = build(settings, tick=silent)
    assert theirs.read_bytes() == b"theirs"
    assert report.layers == 0
    assert "left as they are" in report.left_out[""]


def test_a_layer_of_a_trait_that_is_gone_is_removed(settings, ingest_heroes, silent, monkeypatch):
    ingest_heroes(60)
    build(settings, tick=silent)
    monkeypatch.setattr(building, "_digest", lambda tokens: "another")
    monkeypatch.setattr(files, "is_absent", lambda trait: False)
    known = building.stack.stack
    monkeypatch.setattr(
        building.stack,
        "stack",
        lambda pixels, tokens, other_size=0: known(
            pixels,
            [t.model_copy(update={"traits": tuple(x for x in t.traits if x != CROWN)}) for t in tokens],
            other_size,
        ),
    )
    build(settings, tick=silent)
    assert not (settings.dataset_dir / "Heroes" / "masks" / "Hat" / "Crown.png").exists()
    assert (settings.dataset_dir / "Heroes" / "masks" / "Hat" / "Beanie.png").exists()


def test_pictures_of_another_size_and_damaged_ones_are_left_out(settings, ingest_heroes, silent):
    tokens = ingest_heroes(180, change=lambda n, image: image.resize((90, 70)) if n % 20 == 0 else image)
    (settings.dataset_dir / tokens[1].image).write_bytes(b"\x89PNG\r\n\x1a\nbroken")
    (settings.dataset_dir / tokens[2].image).unlink()
    (report,) = build(settings, tick=silent)
    assert report.layers == 10


def test_exact_layers_are_taken_where_they_are_known(settings, ingest_heroes, silent):
    from retrieval.layers.recover import Recovered

    ingest_heroes(60)
    mask = np.eye(16, dtype=bool)
    component = np.where(mask[..., None], 255, 0).astype(np.uint8).repeat(4, axis=2)
    exact = [Recovered(CROWN, mask, component, 7, 1.0)]
    (report,) = build(settings, exact=lambda collection, tokens, tick: exact, tick=silent)
    assert (report.layers, report.exact) == (1, 1)
    assert (load(settings.dataset_dir, ["Heroes"], 16).of("Heroes", CROWN).mask == mask).all()


def test_the_sheet_shows_every_layer(settings, ingest_heroes, silent):
    tokens = ingest_heroes(60)
    assert sheet(settings.dataset_dir, "Heroes", tokens) is None
    build(settings, tick=silent)
    page = np.asarray(sheet(settings.dataset_dir, "Heroes", tokens))
    for colour in ((250, 200, 0), (200, 40, 140), (255, 0, 0)):
        assert (page == colour).all(axis=-1).sum() > 50


def test_the_command_reports_as_json_and_names_the_sheet(settings, ingest_heroes):
    ingest_heroes(60)
    done = CliRunner().invoke(app, ["train", "layers", "--home", str(settings.home), "--json"])
    assert done.exit_code == 0, done.output
    (said,) = json.loads(done.stdout)
    assert said["collection"] == "Heroes"
    assert said["layers"] == 10
    with Image.open(said["sheet"]) as page:
        assert page.width > 300


def test_an_unknown_collection_and_an_empty_home_are_errors(settings, ingest_heroes, silent):
    with pytest.raises(InputError, match="nothing is ingested"):
        build(settings, tick=silent)
    ingest_heroes(60)
    with pytest.raises(InputError, match="Heroes"):
        build(settings, ["Heros"], tick=silent)
