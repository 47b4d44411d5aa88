"""`magpie index --check`: stores that lose rows, or find wrong ones, do not pass."""

import json
import shutil

import numpy as np
import pytest

from magpie.catalog import Catalog
from magpie.errors import IndexMismatchError, InputError
from magpie.progress import unseen
from retrieval import backends
from retrieval.index import build
from retrieval.ports import Entry
from retrieval.recall import found_shares
from retrieval.soundness import Problem, Recall, check
from retrieval.stores.memory import MemoryDatabase, MemoryStore

AXES = np.eye(20, dtype=np.float32)


def filled(vectors, store=None):
    """Rows 00, 01, ... in order."""
    store = MemoryStore() if store is None else store
    store.upsert([Entry(f"{row:02}", "Cubes", "d") for row in range(len(vectors))], vectors)
    return store


def shares(store, queries):
    ids = sorted(entry.id for entry in store.entries())
    return found_shares(store, ids, np.asarray(queries, np.float32), stage="check", tick=unseen).tolist()


class Forgetful(MemoryStore):
    """Its search never finds what ``forgets`` names."""

    forgets = ()

    def search(self, query, k):
        return [found for found in super().search(query, len(self)) if found[0] not in self.forgets][:k]


class Farthest(MemoryStore):
    def search(self, query, k):
        return super().search(query, len(self))[::-1][:k]


class Repeating(MemoryStore):
    def search(self, query, k):
        return super().search(query, 1) * k


class Inventive(MemoryStore):
    def search(self, query, k):
        return [("nobody", 1.0), *super().search(query, k)][:k]


def slope(rows=20):
    """Row r is at an angle of r steps from row 0, so that the nearest to row 0 are 0, 1, 2, ..."""
    angles = np.arange(rows) * 0.05
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


def test_an_exact_store_finds_everything():
    assert shares(filled(slope()), slope()[[0, 7, 19]]) == [[1, 1], [1, 1], [1, 1]]


@pytest.mark.parametrize(
    ("forgets", "expected"),
    [((), [1, 1]), (("00",), [0, 0.9]), (("01", "09"), [1, 0.8]), (("10", "19"), [1, 1])],
)
def test_the_share_is_of_the_nearest_ten_and_of_the_first(forgets, expected):
    store = filled(slope(), Forgetful())
    store.forgets = forgets
    assert shares(store, slope()[:1]) == [pytest.approx(expected)]


def test_wrong_neighbours_repeats_and_inventions_are_misses():
    assert shares(filled(slope(), Farthest()), slope()[:1]) == [[0, 0]]
    assert shares(filled(slope(), Repeating()), slope()[:1]) == [[1, pytest.approx(0.1)]]
    assert shares(filled(slope(), Inventive()), slope()[:1]) == [[0, pytest.approx(0.9)]]


def test_of_equally_near_rows_any_will_do():
    store = filled(np.repeat(AXES[:1], 15, axis=0), Forgetful())
    store.forgets = ("00", "03", "14")
    assert shares(store, AXES[:1]) == [[1, 1]], "twelve equals are left"
    store.forgets = tuple(f"{row:02}" for row in range(6))
    assert shares(store, AXES[:1]) == [[1, pytest.approx(0.9)]], "nine are left"


def test_a_tie_behind_the_nearest_does_not_hide_a_miss():
    vectors = np.concatenate([slope(5), np.repeat(AXES[:1, :2] * -1, 10, axis=0)])
    store = filled(vectors, Forgetful())
    assert shares(store, slope()[:1]) == [[1, 1]]
    store.forgets = ("02",)
    assert shares(store, slope()[:1]) == [[1, pytest.approx(0.9)]]


@pytest.mark.parametrize(("rows", "found"), [(1, 0), (2, 1 / 2), (9, 8 / 9), (10, 0.9), (11, 0.9)])
def test_with_few_rows_all_of_them_are_to_be_found(rows, found):
    assert shares(filled(slope(rows)), slope()[:1]) == [[1, 1]]
    store = filled(slope(rows), Forgetful())
    store.forgets = ("00",)
    assert shares(store, slope()[:1]) == [[0, pytest.approx(found)]]


def test_of_nothing_nothing_is_missed():
    assert shares(MemoryStore(), slope()[:1]) == [[1, 1]]


def test_rows_beyond_one_block_are_scanned(monkeypatch):
    monkeypatch.setattr("retrieval.recall._BLOCK", 7)
    ticks = []
    store = filled(slope(), Forgetful())
    store.forgets = ("17",)
    ids = [f"{row:02}" for row in range(20)]
    found = found_shares(store, ids, slope()[19:], stage="check", tick=lambda *tick: ticks.append(tick))
    assert found.tolist() == [[1, pytest.approx(0.9)]]
    assert ticks == [("check", done, 20) for done in (0, 7, 14, 20)]


def test_a_fresh_index_is_sound(toys, silent):
    found = check(toys, tick=silent)
    assert found.problems == ()
    assert (found.image.rows, found.caption.rows) == (8, 8)
    assert found.image.recall == (Recall("vectors", 8, 1.0, 1.0), Recall("words", 8, 1.0, 1.0))
    assert found.caption.recall == found.image.recall


def test_equal_seeds_ask_the_same(toys, silent, monkeypatch):
    asked = []
    search = MemoryStore.search
    database = MemoryDatabase()
    monkeypatch.setattr(backends, "database", lambda settings: database)
    build(toys, tick=silent)
    monkeypatch.setattr(
        MemoryStore, "search", lambda store, query, k: asked.append(query.tolist()) or search(store, query, k)
    )
    for seed in (3, 3, 4):
        check(toys, tick=silent, queries=5, seed=seed)
    assert len(asked) == 3 * 2 * 2 * 5
    assert asked[:20] == asked[20:40]
    assert asked[:20] != asked[40:]


def store_of(settings, kind):
    encoder = backends.image_encoder(settings) if kind == "image" else backends.text_encoder(settings)
    return backends.open_store(settings, kind, encoder)


@pytest.mark.parametrize("kind", ["image", "caption"])
def test_rows_that_went_missing_are_named_with_the_fix(toys, silent, cubes, kind):
    lost = [str(cubes.ref(1)), str(cubes.ref(4))]
    store_of(toys, kind).remove(lost)
    found = check(toys, tick=silent)
    held = getattr(found, kind)
    assert (held.rows, held.missing) == (6, tuple(lost))
    assert found.problems == (
        Problem(f"the {kind} index lacks 2 of the tokens, such as {lost[0]}", "magpie index"),
        Problem(f"the {kind} index holds 6 rows, and its manifest says 8", "magpie index"),
    )
    build(toys, tick=silent)
    assert check(toys, tick=silent).problems == ()


def test_rows_of_nobody_and_of_older_content_are_named_with_the_fix(toys, silent, cubes):
    store = store_of(toys, "image")
    vectors = store.vectors([str(cubes.ref(1)), str(cubes.ref(3))])
    nobody, older = str(cubes.ref(99)), str(cubes.ref(3))
    store.upsert([Entry(nobody, "Cubes", "d"), Entry(older, "Cubes", "d")], np.stack(list(vectors.values())))
    found = check(toys, tick=silent)
    assert (found.image.surplus, found.image.outdated) == ((nobody,), (older,))
    assert {problem.fix for problem in found.problems} == {"magpie index"}
    build(toys, tick=silent)
    assert check(toys, tick=silent).problems == ()


def test_a_picture_that_cannot_be_read_is_no_missing_row(put, settings, silent, cubes):
    put(cubes, {1: ["Colour=Red"], 2: ["Colour=Green"]})
    (settings.dataset_dir / "Cubes/images/Cubes_1.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    build(settings, tick=silent)
    found = check(settings, tick=silent)
    assert (found.image.unreadable, found.image.missing, found.problems) == ((str(cubes.ref(1)),), (), ())


def test_a_dataset_that_has_changed_is_said_with_what_is_missing(put, toys, silent, cubes):
    put(cubes, {11: ["Colour=Green"]})
    found = check(toys, tick=silent)
    assert found.problems[0] == Problem("the dataset has changed since it was indexed", "magpie index")
    assert found.image.missing == found.caption.missing == (str(cubes.ref(11)),)


def test_an_index_of_nothing_is_sound(settings, silent, make_token, make_collection):
    home = make_collection()
    with Catalog(settings.catalog_path, create=True) as catalog:
        catalog.put_collection(home)
        catalog.put_tokens(home, [make_token(1, name="...")])
    build(settings, tick=silent)
    found = check(settings, tick=silent)
    assert (found.image.rows, found.image.recall, found.problems) == (0, (), ())


def test_search_that_misses_is_told_with_the_fix(toys, silent, monkeypatch):
    rng = np.random.default_rng(0)

    def blinded(settings, kind, encoder):
        return filled(rng.normal(size=(30, encoder.dim)).astype(np.float32), Farthest())

    monkeypatch.setattr(backends, "open_store", blinded)
    found = check(toys, tick=silent)
    assert found.scans  # so what the store misses is found in the columns
    assert not [problem for problem in found.problems if "search finds" in problem.what]
    shutil.rmtree(toys.home / "columns")
    found = check(toys, tick=silent)
    assert not found.scans
    told = [problem for problem in found.problems if "search finds" in problem.what]
    assert [problem.fix for problem in told] == ["magpie index"] * 4  # which writes columns
    assert told[0].what.startswith(
        "search finds 0.0000 of the 10 nearest in the image index (asked by vectors)"
    )


def test_what_cannot_be_checked_is_one_clear_line(put, settings, silent, cubes):
    with pytest.raises(InputError, match="magpie ingest sample"):
        check(settings, tick=silent)
    put(cubes, {1: ["Colour=Red"]})
    with pytest.raises(IndexMismatchError, match="not built, or not finished: run `magpie index`"):
        check(settings, tick=silent)
    build(settings, tick=silent)
    with pytest.raises(InputError, match="ask at least 1"):
        check(settings, tick=silent, queries=0)


def test_the_command_prints_a_small_table_and_ends_well(magpie):
    code, out, err = magpie("index", "--check")
    assert (code, "run `" in err) == (0, False)
    lines = [line.split() for line in out.splitlines()]
    assert lines[1:3] == [["image", "8", "0", "0", "0", "0"], ["caption", "8", "0", "0", "0", "0"]]
    assert lines[5:9] == [
        [kind, of, "8", "1.0000", "1.0000"] for kind in ("image", "caption") for of in ("vectors", "words")
    ]
    assert max(map(len, out.splitlines())) <= 100


def test_the_command_fails_with_the_fix_when_rows_are_missing(magpie, toys, cubes):
    store_of(toys, "caption").remove([str(cubes.ref(5))])
    code, out, err = magpie("index", "--check", "--json")
    answer = json.loads(out)
    assert (code, answer["sound"], answer["caption"]["missing"]) == (1, False, [str(cubes.ref(5))])
    assert [problem["fix"] for problem in answer["problems"]] == ["magpie index"] * 2
    assert answer["image"]["recall"][0] == {"of": "vectors", "queries": 8, "at_1": 1.0, "at_10": 1.0}
    assert f"the caption index lacks 1 of the tokens, such as {cubes.ref(5)}: run `magpie index`\n" in err


def test_a_check_changes_nothing_and_goes_with_nothing_else(magpie, toys):
    before = {file: file.read_bytes() for file in toys.chroma_dir.rglob("manifest.json")}
    for other in ("--rebuild", "--adapt", "--no-adapt"):
        assert magpie("index", "--check", other)[0] == 2
    assert {file: file.read_bytes() for file in toys.chroma_dir.rglob("manifest.json")} == before


def test_a_rebuild_encodes_everything_anew_and_mends_what_another_encoder_left(magpie, toys, silent):
    encoder = backends.image_encoder(toys)
    backends.drop_store(toys, "image", encoder.id)
    store_of(toys, "image").upsert([Entry("stranger", "Cubes", "d")], AXES[:1, :3])
    with pytest.raises(InputError, match="magpie index --rebuild"):
        check(toys, tick=silent)
    code, out, _ = magpie("index", "--rebuild", "--json")
    assert (code, json.loads(out)["image"]["encoded"]) == (0, 4), "four colours"
    assert check(toys, tick=silent).problems == ()
