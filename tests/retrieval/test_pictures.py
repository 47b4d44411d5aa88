"""Pictures become the same vectors in order, by however many threads, and a hostile one stops nothing."""

import os
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from magpie.settings import Settings
from retrieval import backends
from retrieval.encoders.hashing import HashingImageEncoder
from retrieval.index import build
from retrieval.pictures import Unreadable, embed, open_picture


def bomb(side=30_000):
    """A PNG header that promises far more pixels than memory, and a few bytes."""

    def chunk(kind, content):
        body = kind + content
        return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 6, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")


@pytest.fixture
def many(tmp_path):
    """150 different pictures, more than two batches."""
    files = []
    for number in range(150):
        levels = np.random.default_rng(number).integers(0, 256, (12, 12, 3)).astype(np.uint8)
        files.append(tmp_path / f"{number}.png")
        Image.fromarray(levels).save(files[-1])
    return files


@pytest.mark.parametrize("threads", [1, 3])
def test_a_vector_a_picture_in_order_whatever_the_number_of_threads(many, threads):
    encoder = HashingImageEncoder()
    expected = encoder.encode_images([open_picture(file) for file in many])
    assert len(np.unique(expected, axis=0)) == len(many)
    rows = list(embed(encoder, iter(many), threads=threads))
    np.testing.assert_array_equal(np.stack(rows), expected)


def test_no_pictures_give_no_vectors():
    assert list(embed(HashingImageEncoder(), [])) == []


def test_hostile_pictures_are_skipped_with_a_reason_and_the_rest_is_as_without_them(many, tmp_path):
    png = many[0].read_bytes()
    hostile = {
        "empty.png": b"",
        "text.png": b"<html>not found</html>",
        "cut.png": png[: len(png) // 2],
        "damaged.png": png[:45] + b"\xff" * 20 + png[65:],
        "bomb.png": bomb(),
        "header.gif": b"GIF89a\xff\xff\xff\xff\xf7\x00\x00",
        "header.tif": b"II*\x00\xff\xff\xff\xff",
    }
    bad = [tmp_path / name for name in hostile]
    for file in bad:
        file.write_bytes(hostile[file.name])
    (tmp_path / "folder.png").mkdir()
    os.mkfifo(tmp_path / "pipe.png")
    bad += [tmp_path / "folder.png", tmp_path / "pipe.png", tmp_path / "absent.png"]
    mixed = [file for pair in zip(many, bad, strict=False) for file in pair] + many[len(bad) :]
    rows = list(embed(HashingImageEncoder(), mixed, threads=2))
    reasons = {file.name: row for file, row in zip(mixed, rows, strict=True) if isinstance(row, Unreadable)}
    assert set(reasons) == {file.name for file in bad}
    assert all(reason and "\n" not in reason and len(reason) <= 200 for reason in reasons.values())
    left = [row for row in rows if not isinstance(row, Unreadable)]
    np.testing.assert_array_equal(np.stack(left), np.stack(list(embed(HashingImageEncoder(), many))))


def test_an_encoder_that_refuses_a_picture_skips_it_alone(many):
    class Choosy(HashingImageEncoder):
        def prepare(self, image):
            if image.getpixel((0, 0)) == refused:
                raise ValueError("not\nthis one")
            return super().prepare(image)

    refused = open_picture(many[70]).getpixel((0, 0))
    rows = list(embed(Choosy(), many, threads=2))
    assert [at for at, row in enumerate(rows) if isinstance(row, Unreadable)] == [70]
    assert rows[70] == "not this one"


def test_a_failure_of_the_encoder_itself_is_not_taken_for_bad_pictures(many):
    class Broken(HashingImageEncoder):
        def encode_prepared(self, prepared):
            raise RuntimeError("out of memory")

    with pytest.raises(RuntimeError, match="out of memory"):
        list(embed(Broken(), many, threads=2))


def test_stopped_early_it_reads_only_little_further(many):
    class Counting(HashingImageEncoder):
        prepared = 0

        def prepare(self, image):
            self.prepared += 1
            return super().prepare(image)

    encoder = Counting()
    rows = embed(encoder, many * 40, threads=1)
    next(rows)
    rows.close()
    assert encoder.prepared <= 64 * 4


@pytest.mark.models
def test_an_index_built_twice_holds_the_same_bits_and_says_what_computed_it(put, settings, silent, cubes):
    put(cubes, {1: ["Colour=Red"], 2: ["Colour=Green"], 3: ["Colour=Blue"]})
    held = []
    for home in ("one", "two"):
        fresh = settings.model_copy(
            update={"home": settings.home.with_name(home), "image_encoder": Settings().image_encoder}
        )
        fresh.home.mkdir()
        for name in ("dataset", "catalog.sqlite"):
            (fresh.home / name).symlink_to(settings.home / name)
        report = build(fresh, tick=silent)
        assert (report.image.device, report.image.encoded) == ("cpu", 3)
        assert report.image.dtype in ("bfloat16", "float32")
        assert report.image.per_second > 0
        store = backends.open_store(fresh, "image", backends.image_encoder(fresh))
        vectors = store.vectors([entry.id for entry in store.entries()])
        held.append({row: vectors[row].tobytes() for row in vectors})
        again = build(fresh, tick=silent).image
        assert (again.device, again.per_second) == ("", 0), "nothing was encoded, so nothing was loaded"
    assert held[0] == held[1]
    assert len(held[0]) == 3
