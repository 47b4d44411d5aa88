"""The index follows the catalogue, whatever happened before."""

import signal
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from magpie.catalog import Catalog
from magpie.errors import IndexMismatchError, InputError
from magpie.query import Query
from retrieval import backends, manifest
from retrieval.index import build
from retrieval.search import open_searcher


def rows(settings):
    """Everything both stores hold, comparable."""
    held = {}
    for kind, encoder in (
        ("image", backends.image_encoder(settings)),
        ("caption", backends.text_encoder(settings)),
    ):
        store = backends.open_store(settings, kind, encoder)
        vectors = store.vectors([entry.id for entry in store.entries()])
        held[kind] = {entry: vectors[entry.id].tolist() for entry in store.entries()}
    return held


def work(report):
    return [
        (stage.added, stage.changed, stage.removed, stage.encoded) for stage in (report.image, report.caption)
    ]


def test_first_build_then_nothing_to_do(put, settings, silent, cubes):
    put(cubes, {1: ["Colour=Red"], 2: ["Colour=Red"], 3: ["Colour=Blue"]})
    assert work(build(settings, tick=silent)) == [(3, 0, 0, 2), (3, 0, 0, 2)], (
        "two distinct pictures and captions"
    )
    before = rows(settings)
    assert work(build(settings, tick=silent)) == [(0, 0, 0, 0), (0, 0, 0, 0)]
    assert rows(settings) == before


def test_added_changed_and_removed_tokens_reach_both_indices(put, settings, silent, cubes):
    put(cubes, {1: ["Colour=Red"], 2: ["Colour=Green"], 3: ["Colour=Blue"]})
    build(settings, tick=silent)
    put(cubes, {2: ["Colour=Yellow"], 4: ["Colour=Green"]})
    with Catalog(settings.catalog_path) as catalog:
        catalog.remove_tokens("Cubes", [3])
    report = build(settings, tick=silent)
    assert work(report) == [(1, 1, 1, 1), (1, 1, 1, 1)], "token 4 takes over what token 2 looked like"
    assert rows(settings) == rebuilt(settings, silent)


def test_pictures_that_change_places_are_not_mixed_up(put, settings, silent, cubes):
    put(cubes, {1: ["Colour=Red"], 2: ["Colour=Green"]})
    build(settings, tick=silent)
    put(cubes, {1: ["Colour=Green"], 2: ["Colour=Red"]})
    assert work(build(settings, tick=silent)) == [(0, 2, 0, 0), (0, 2, 0, 0)]
    assert rows(settings) == rebuilt(settings, silent)


def test_an_unreadable_picture_is_skipped_with_its_reason_and_not_found_by_its_old_one(
    put, settings, silent, cubes
):
    put(cubes, {1: ["Colour=Red"], 2: ["Colour=Green"]})
    build(settings, tick=silent)
    put(cubes, {1: ["Colour=Blue"]})
    (settings.dataset_dir / "Cubes/images/Cubes_1.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    report = build(settings, tick=silent)
    (why,) = report.image.skipped.values()
    assert why.startswith("Cubes/images/Cubes_1.png: ")
    assert (report.image.total, report.caption.total) == (1, 2)


def test_tokens_without_picture_or_words_are_in_neither_index(settings, silent, make_token, make_collection):
    home = make_collection()
    with Catalog(settings.catalog_path, create=True) as catalog:
        catalog.put_collection(home)
        catalog.put_tokens(
            home, [make_token(1), make_token(2, caption="..."), make_token(3, caption="a cube")]
        )
    report = build(settings, tick=silent)
    assert (report.image.total, report.caption.total) == (0, 1)
    with open_searcher(settings) as searcher:
        assert searcher.catalog.counts()[home.name].tokens == 3


def test_an_index_knows_the_rarity_of_what_it_was_built_from(put, settings, silent, cubes):
    put(cubes, {number: ["Colour=Red"] for number in range(3)} | {3: ["Colour=Gold"]})
    build(settings, tick=silent)
    with Catalog(settings.catalog_path) as catalog:
        found = catalog.ranks([cubes.ref(number) for number in range(5)])
        assert {ref.token_id: (one.rank, one.ranked) for ref, one in found.items()} == {
            0: (2, 4),
            1: (2, 4),
            2: (2, 4),
            3: (1, 4),
        }
        assert catalog.unranked() == []


def test_ranks_are_forgotten_when_a_token_changes(put, settings, silent, cubes):
    put(cubes, {0: ["Colour=Red"], 1: ["Colour=Gold"]})
    build(settings, tick=silent)
    put(cubes, {1: ["Colour=Red"]})
    with Catalog(settings.catalog_path) as catalog:
        assert catalog.ranks([cubes.ref(0)]) == {}
        assert catalog.unranked() == ["Cubes"]


def test_ticks_end_at_the_total_of_each_stage(put, settings, cubes):
    put(cubes, {number: [f"Colour={c}"] for number, c in enumerate(["Red", "Green", "Blue"])})
    ticks = []
    build(settings, tick=lambda *values: ticks.append(values))
    assert [last for last in ticks if last[1] == last[2]] == [
        ("rank by rarity", 1, 1),
        ("index images", 3, 3),
        ("index captions", 3, 3),
        ("sketch pictures", 3, 3),
        ("write columns", 3, 3),
    ]


def test_nothing_ingested_says_what_to_run(settings, silent):
    with pytest.raises(InputError, match="magpie ingest sample"):
        build(settings, tick=silent)
    with pytest.raises(InputError, match="magpie ingest sample"):
        open_searcher(settings)
    Catalog(settings.catalog_path, create=True).close()
    with pytest.raises(InputError, match="magpie ingest sample"):
        build(settings, tick=silent)


def test_search_refuses_an_index_that_is_absent_stale_or_of_another_encoder(
    put, settings, silent, cubes, monkeypatch
):
    put(cubes, {1: ["Colour=Red"]})
    with pytest.raises(IndexMismatchError, match="not built, or not finished: run `magpie index`"):
        open_searcher(settings)
    build(settings, tick=silent)
    open_searcher(settings).close()
    other = settings.model_copy(update={"text_encoder": "sentence-transformers:all-minilm-l6-v2"})
    with pytest.raises(IndexMismatchError, match="MAGPIE_TEXT_ENCODER back"):
        open_searcher(other)
    put(cubes, {1: ["Colour=Blue"]})
    with pytest.raises(IndexMismatchError, match="has changed since it was indexed: run `magpie index`"):
        open_searcher(settings)
    build(settings, tick=silent)
    monkeypatch.setattr(manifest, "SCHEMA_VERSION", manifest.SCHEMA_VERSION + 1)
    with pytest.raises(IndexMismatchError, match="run `magpie index`"):
        open_searcher(settings)


def test_a_build_that_fails_midway_leaves_no_manifest(put, settings, silent, cubes, monkeypatch):
    put(cubes, {1: ["Colour=Red"]})
    build(settings, tick=silent)
    put(cubes, {1: ["Colour=Blue"]})

    def stop(stage, done, total):
        if stage == "index captions":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(settings, tick=stop)
    assert manifest.read(settings) is None
    put(cubes, {1: ["Colour=Red"]})
    with pytest.raises(IndexMismatchError, match="not finished"):
        open_searcher(settings)


KILLED = """
import sys
from pathlib import Path
from magpie.settings import Settings
from retrieval import index

index._BATCH = 16
settings = Settings(home=Path(sys.argv[1]), image_encoder="hashing", text_encoder="hashing")

def tick(stage, done, total):
    print(stage, done, flush=True)
    if (stage, done) == (sys.argv[2], int(sys.argv[3])):
        print("now", flush=True)
        sys.stdin.read()

index.build(settings, tick=tick)
"""


@pytest.mark.parametrize(
    ("stage", "done"), [("index images", 16), ("index captions", 0), ("index captions", 32)]
)
def test_killed_in_the_middle_then_again_gives_the_same_index(put, settings, silent, cubes, stage, done):
    put(cubes, {number: [f"Number={number}"] for number in range(40)})
    for number in range(40):  # forty different pictures
        Image.new("RGB", (8, 8), (number * 6, 255 - number * 6, number)).save(
            settings.dataset_dir / f"Cubes/images/Cubes_{number}.png"
        )
    with Catalog(settings.catalog_path) as catalog:
        changed = [
            token.model_copy(update={"image_sha256": f"{number:064}"})
            for number, token in enumerate(catalog.iter_tokens())
        ]
        catalog.put_tokens(cubes, changed)
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(settings.home), stage, str(done)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert "now\n" in iter(process.stdout.readline, "")
        process.send_signal(signal.SIGKILL)
    assert manifest.read(settings) is None
    build(settings, tick=silent)
    assert rows(settings) == rebuilt(settings, silent)
    assert {kind: len(held) for kind, held in rows(settings).items()} == {"image": 40, "caption": 40}
    with open_searcher(settings) as searcher:
        assert np.isclose(searcher.similar(cubes.ref(7), 1)[0].signals[0].rank, 1)


def rebuilt(settings, silent):
    """What a build from nothing holds: its stores are thrown away again."""
    fresh = settings.model_copy(update={"home": settings.home.with_name("fresh")})
    fresh.home.mkdir(exist_ok=True)
    for name in ("dataset", "catalog.sqlite", "catalog.sqlite-wal"):
        if (settings.home / name).exists() and not (fresh.home / name).exists():
            (fresh.home / name).symlink_to(settings.home / name)
    build(fresh, tick=silent)
    return rows(fresh)


@pytest.mark.parametrize("kind", ["image", "caption"])
def test_an_index_that_lost_rows_is_not_searched(toys, kind):
    encoder = backends.image_encoder(toys) if kind == "image" else backends.text_encoder(toys)
    store = backends.open_store(toys, kind, encoder)
    store.remove([store.entries()[0].id])
    with open_searcher(toys) as searcher, pytest.raises(IndexMismatchError, match=f"the {kind} index"):
        searcher.search(Query(text="something blue", understand=False))


def test_something_else_where_the_index_should_be_is_an_index_to_build(put, settings, cubes):
    put(cubes, {1: ["Colour=Red"]})
    settings.chroma_dir.write_text("a file")
    with pytest.raises(IndexMismatchError, match="magpie index"):
        open_searcher(settings)
