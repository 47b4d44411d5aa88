import io
import json
import os

import pytest
from PIL import Image, PngImagePlugin

from ingest import images
from ingest.pipeline import ingest
from ingest.sources.discovery import discover
from magpie.layout import DASHBOARD
from magpie.settings import Settings


def picture(colour, note=""):
    """A picture; ``note`` makes another file of the same pixels."""
    out, said = io.BytesIO(), PngImagePlugin.PngInfo()
    said.add_text("note", note)
    image = Image.new("RGB", (24, 24), colour)
    image.paste("white", (0, 0, 9, 9))
    image.save(out, "PNG", pnginfo=said if note else None)
    return out.getvalue()


def apes(folder, pictures):
    (folder / "images").mkdir(parents=True, exist_ok=True)
    for number, content in pictures.items():
        (folder / "images" / f"{number}.png").write_bytes(content)
    return folder


@pytest.fixture
def settings(tmp_path):
    return Settings(home=tmp_path / "home")


@pytest.fixture
def converted(monkeypatch):
    """The originals that were converted, in order."""
    seen, convert = [], images.to_png

    def to_png(source):
        seen.append(source)
        return convert(source)

    monkeypatch.setattr(images, "to_png", to_png)
    return seen


def run(folder, settings, workers=0):
    (report,) = ingest(
        discover([folder]).sources, settings, tick=lambda *_: None, workers=workers
    ).collections
    return report


def stored(settings, number):
    return settings.dataset_dir / f"Apes/images/Apes_{number}.png"


def shared(settings, *numbers):
    return len({stored(settings, number).stat().st_ino for number in numbers}) == 1


def duplicates(settings):
    return json.loads((settings.dataset_dir / "Apes" / DASHBOARD).read_text())["duplicates"]


def test_an_original_that_is_known_is_not_converted_again_and_stored_once(tmp_path, settings, converted):
    run(apes(tmp_path / "Apes", {1: picture("red"), 2: picture("red"), 3: picture("blue")}), settings)
    assert converted == [picture("red"), picture("blue")]
    assert shared(settings, 1, 2)
    assert not shared(settings, 1, 3)
    assert duplicates(settings) == {"pictures": 2, "tokens": 2}


@pytest.mark.parametrize("workers", [0, 2])
def test_equal_pictures_from_different_files_are_stored_once(tmp_path, settings, workers):
    files = {number: picture("red", note=f"file {number}") for number in range(20)}
    report = run(apes(tmp_path / "Apes", files), settings, workers)
    assert (report.tokens, report.images) == (20, 20)
    assert shared(settings, *range(20))
    assert duplicates(settings) == {"pictures": 1, "tokens": 20}


def test_replacing_one_picture_leaves_its_twins_alone(tmp_path, settings):
    source = apes(tmp_path / "Apes", {1: picture("red"), 2: picture("red"), 3: picture("red")})
    run(source, settings)
    before = stored(settings, 1).read_bytes()
    run(apes(source, {1: picture("blue")}), settings)
    assert stored(settings, 1).read_bytes() == images.to_png(picture("blue"))
    assert stored(settings, 2).read_bytes() == before
    assert shared(settings, 2, 3)
    assert duplicates(settings) == {"pictures": 2, "tokens": 2}
    run(apes(source, {1: picture("red")}), settings)
    assert shared(settings, 1, 2, 3)


def test_a_picture_that_becomes_its_neighbours_is_not_mixed_up(tmp_path, settings):
    source = apes(tmp_path / "Apes", {1: picture("red"), 2: picture("blue")})
    run(source, settings)
    run(apes(source, {1: picture("blue"), 2: picture("red")}), settings, workers=2)
    assert stored(settings, 1).read_bytes() == images.to_png(picture("blue"))
    assert stored(settings, 2).read_bytes() == images.to_png(picture("red"))


def test_without_links_each_has_a_copy(tmp_path, settings, converted, monkeypatch):
    def refuse(*_):
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    run(apes(tmp_path / "Apes", {1: picture("red"), 2: picture("red")}), settings)
    assert len(converted) == 1
    assert stored(settings, 1).read_bytes() == stored(settings, 2).read_bytes()
    assert not shared(settings, 1, 2)


def test_a_twin_that_was_changed_by_hand_is_not_taken_over(tmp_path, settings):
    source = apes(tmp_path / "Apes", {1: picture("red")})
    run(source, settings)
    size = stored(settings, 1).stat().st_size
    stored(settings, 1).write_bytes(b"x" * size)
    run(apes(source, {2: picture("red"), 3: picture("red", "another file")}), settings)
    assert stored(settings, 1).read_bytes() == b"x" * size
    for number in (2, 3):
        assert stored(settings, number).read_bytes() == images.to_png(picture("red"))


def test_the_order_does_not_matter_and_nothing_is_left_over(tmp_path, settings):
    source = apes(tmp_path / "Apes", {1: picture("red", "a"), 9: picture("red", "b")})
    run(source, settings)
    run(apes(source, {5: picture("red", "c"), 0: picture("red", "b")}), settings)
    assert shared(settings, 0, 1, 5, 9)
    assert not list(settings.dataset_dir.rglob("*.part"))


def test_a_second_run_writes_nothing(tmp_path, settings):
    source = apes(tmp_path / "Apes", {1: picture("red"), 2: picture("red", "b"), 3: picture("blue")})
    run(source, settings)
    before = {file: file.stat().st_ctime_ns for file in settings.dataset_dir.rglob("*")}
    assert run(source, settings).unchanged == 3
    assert {file: file.stat().st_ctime_ns for file in settings.dataset_dir.rglob("*")} == before


def test_one_of_many_is_lost_and_comes_back(tmp_path, settings):
    source = apes(tmp_path / "Apes", {1: picture("red"), 2: picture("red")})
    run(source, settings)
    stored(settings, 1).unlink()
    run(source, settings)
    assert shared(settings, 1, 2)
