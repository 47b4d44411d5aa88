"""What every vector store promises. A new store is one more param, not a new file."""

import shutil

import numpy as np
import pytest

from magpie.errors import IndexMismatchError
from retrieval.ports import Entry
from retrieval.stores.chroma import ChromaStore
from retrieval.stores.memory import MemoryStore

AXES = np.eye(3, dtype=np.float32)


def entry(name, digest="d"):
    return Entry(name, "Cubes", digest)


@pytest.fixture(params=["memory", "chroma"])
def store(request, tmp_path):
    return (
        MemoryStore()
        if request.param == "memory"
        else ChromaStore(tmp_path / "chroma", "image", "an encoder")
    )


def test_an_empty_store_answers_everything(store):
    assert (len(store), store.entries(), store.search(AXES[0], 5), store.vectors(["a"])) == (0, [], [], {})
    store.remove(["a"])


def test_nearest_first(store):
    store.upsert([entry("a"), entry("b"), entry("c")], AXES)
    found = store.search(np.array([0.6, 0.8, 0.0], np.float32), 2)
    assert found == [("b", pytest.approx(0.8)), ("a", pytest.approx(0.6))]


@pytest.mark.parametrize(("k", "found"), [(1, 1), (2, 2), (3, 3), (4, 3), (900, 3)])
def test_at_most_k_and_at_most_all(store, k, found):
    store.upsert([entry("a"), entry("b"), entry("c")], AXES)
    assert len(store.search(AXES[0], k)) == found


@pytest.mark.parametrize("k", [0, -1])
def test_k_below_one_is_refused(store, k):
    with pytest.raises(ValueError, match="at least 1"):
        store.search(AXES[0], k)


def test_equal_vectors_stay_two_rows_in_order_of_id(store):
    store.upsert([entry("b"), entry("a")], AXES[[0, 0]])
    assert [row for row, _ in store.search(AXES[0], 5)] == ["a", "b"]


def test_a_known_row_is_replaced(store):
    store.upsert([entry("a")], AXES[:1])
    store.upsert([entry("a", "new")], AXES[1:2])
    assert store.entries() == [entry("a", "new")]
    assert store.vectors(["a"])["a"].tolist() == [0, 1, 0]


def test_removed_rows_are_gone_and_unknown_ones_ignored(store):
    store.upsert([entry("a"), entry("b")], AXES[:2])
    store.remove(["a", "nobody"])
    assert [row for row, _ in store.search(AXES[0], 5)] == ["b"]


def test_vectors_come_in_the_order_asked_without_the_absent(store):
    store.upsert([entry("a"), entry("b")], AXES[:2])
    assert list(store.vectors(["b", "nobody", "a"])) == ["b", "a"]


def test_a_wrong_shape_changes_nothing(store):
    store.upsert([entry("a")], AXES[:1])
    for entries, vectors in [([entry("b")], AXES), ([entry("b")], AXES[:1, :2])]:
        with pytest.raises(ValueError, match="shape"):
            store.upsert(entries, vectors)
    assert store.entries() == [entry("a")]


def test_rows_beyond_one_page_are_all_kept(tmp_path):
    store = ChromaStore(tmp_path / "chroma", "image", "an encoder")
    names = [f"{number:05}" for number in range(2001)]
    store.upsert([entry(name) for name in names], np.ones((2001, 2), np.float32))
    assert sorted(row.id for row in store.entries()) == names
    assert list(store.vectors(names)) == names
    store.remove(names)
    assert len(store) == 0


def test_kinds_and_encoders_do_not_share_rows(tmp_path):
    stores = [
        ChromaStore(tmp_path / "chroma", *of) for of in [("image", "x"), ("caption", "x"), ("image", "y")]
    ]
    stores[0].upsert([entry("a")], AXES[:1])
    assert [len(store) for store in stores] == [1, 0, 0]


def test_a_folder_that_is_no_chroma_is_one_clear_line(tmp_path):
    (tmp_path / "chroma.sqlite3").write_text("rubbish" * 1000)
    with pytest.raises(IndexMismatchError, match=r"delete that folder and run `magpie index`"):
        ChromaStore(tmp_path, "image", "an encoder")


def test_a_chroma_that_is_damaged_inside_is_one_clear_line(tmp_path):
    rng = np.random.default_rng(0)
    many = [entry(f"{row}") for row in range(1200)]  # beyond this Chroma writes its graph to files
    ChromaStore(tmp_path, "image", "an encoder").upsert(many, rng.random((1200, 3), np.float32))
    graphs = list(tmp_path.glob("*/*.bin"))
    assert graphs
    for graph in graphs:
        graph.write_bytes(b"rubbish")
    copied = shutil.copytree(tmp_path, tmp_path.with_name("copied"))  # Chroma remembers what it has opened
    store = ChromaStore(copied, "image", "an encoder")
    for use in (lambda: store.search(AXES[0], 1), lambda: store.vectors(["1"])):
        with pytest.raises(IndexMismatchError, match=r"delete that folder and run `magpie index`"):
            use()
