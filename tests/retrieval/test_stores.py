"""What every vector store promises, and where it is kept. A new store is one more param, not a new file."""

import shutil

import numpy as np
import pytest

from magpie.errors import IndexMismatchError
from magpie.query import Query
from retrieval import backends
from retrieval.index import build, forget
from retrieval.ports import DimensionError, Entry
from retrieval.search import open_searcher
from retrieval.stores.chroma import ChromaFolder, ChromaStore
from retrieval.stores.chroma_server import ChromaServer
from retrieval.stores.memory import MemoryDatabase

AXES = np.eye(3, dtype=np.float32)


def entry(name, digest="d"):
    return Entry(name, "Cubes", digest)


@pytest.fixture(params=["memory", "chroma", pytest.param("chroma server", marks=pytest.mark.network)])
def database(request, tmp_path):
    match request.param:
        case "memory":
            return MemoryDatabase()
        case "chroma":
            return ChromaFolder(tmp_path / "chroma")
    return ChromaServer(request.getfixturevalue("chroma_server"), {}, tmp_path / "identity")


@pytest.fixture
def store(database):
    return database.open("image", "an encoder")


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


@pytest.mark.parametrize("call", ["upsert", "search"])
def test_vectors_of_another_length_are_one_clear_line_with_the_fix(store, call):
    store.upsert([entry("a")], AXES[:1])
    short = AXES[0, :2]
    with pytest.raises(DimensionError, match=r"shape .*2.* 3.*: run `magpie index --rebuild`$"):
        store.search(short, 1) if call == "search" else store.upsert([entry("b")], short[None])
    assert store.entries() == [entry("a")]


def test_a_zero_row_is_kept_and_is_near_to_nothing(store):
    store.upsert([entry("a"), entry("nothing")], np.stack([AXES[0], np.zeros(3, np.float32)]))
    assert store.vectors(["nothing"])["nothing"].tolist() == [0, 0, 0]
    assert store.search(AXES[0], 2) == [("a", pytest.approx(1)), ("nothing", pytest.approx(0, abs=1e-6))]


def test_vectors_come_back_as_they_were_given(store):
    vectors = np.random.default_rng(0).normal(size=(20, 7)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    names = [str(row) for row in range(20)]
    store.upsert([entry(name) for name in names], vectors)
    assert np.allclose(np.stack(list(store.vectors(names).values())), vectors, rtol=0, atol=1e-7)


def test_rows_beyond_one_page_are_all_kept(store):
    names = [f"{number:05}" for number in range(2001)]
    store.upsert([entry(name) for name in names], np.ones((2001, 2), np.float32))
    assert sorted(row.id for row in store.entries()) == names
    assert list(store.vectors(names)) == names
    store.remove(names)
    assert len(store) == 0


def test_kinds_and_encoders_do_not_share_rows(database):
    stores = [database.open(*of) for of in [("image", "x"), ("caption", "x"), ("image", "y")]]
    stores[0].upsert([entry("a")], AXES[:1])
    assert [len(store) for store in stores] == [1, 0, 0]


def test_a_store_that_is_opened_again_holds_the_same(database):
    database.open("image", "x").upsert([entry("a")], AXES[:1])
    assert database.open("image", "x").entries() == [entry("a")]


def test_a_dropped_store_is_empty_when_it_is_opened_again_and_takes_any_length(database):
    database.drop("image", "x")
    database.open("image", "x").upsert([entry("a")], AXES[:1])
    database.open("image", "y").upsert([entry("b")], AXES[:1])
    database.drop("image", "x")
    fresh = database.open("image", "x")
    assert fresh.entries() == []
    fresh.upsert([entry("a")], np.ones((1, 5), np.float32))
    assert database.open("image", "y").entries() == [entry("b")]


def test_the_manifest_is_what_was_written_last_until_it_is_cleared(database):
    assert database.read_manifest() is None
    database.clear_manifest()
    database.write_manifest(b"one")
    long = '{"of": "“ünïcode”", "rows": [%s1]}' % ("1, " * 20_000)
    database.write_manifest(long.encode())
    assert database.read_manifest() == long.encode()
    database.clear_manifest()
    assert database.read_manifest() is None


def test_rows_and_manifest_do_not_touch_each_other(database):
    database.write_manifest(b"one")
    database.open("image", "x").upsert([entry("a")], AXES[:1])
    database.clear_manifest()
    assert database.open("image", "x").entries() == [entry("a")]


@pytest.mark.filterwarnings("ignore:legacy embedding function config:DeprecationWarning")
@pytest.mark.parametrize(
    "database", ["chroma", pytest.param("chroma server", marks=pytest.mark.network)], indirect=True
)
def test_chroma_compares_by_cosine_over_a_graph_that_is_dense_enough(database):
    database.open("image", "x")
    with database.usable():
        made = database.client().get_collection(database.name_of("image", "x"), embedding_function=None)
        graph = made.configuration["hnsw"]
    assert (graph["space"], graph["max_neighbors"], graph["ef_construction"]) == ("cosine", 32, 200)
    assert graph["ef_search"] >= 200


def test_a_folder_has_one_client(tmp_path):
    places = [ChromaFolder(tmp_path / name) for name in ("one", "one", "two")]
    one, again, two = (place.client() for place in places)
    assert one is again
    assert one is not two


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


def test_index_and_search_do_not_know_which_store_they_have(toys, silent, cubes, monkeypatch):
    def answers():
        with open_searcher(toys) as searcher:
            found = [searcher.search(Query(text=text)) for text in ("a blue cube with a top hat", "red")]
            return [[(hit.ref, round(hit.score, 7)) for hit in one.hits] for one in found]

    by_chroma, memory = answers(), MemoryDatabase()
    monkeypatch.setattr(backends, "database", lambda settings: memory)
    with pytest.raises(IndexMismatchError, match="run `magpie index`"):
        open_searcher(toys)
    assert build(toys, tick=silent).image.added == 8
    assert answers() == by_chroma
    assert [ref for ref, _ in by_chroma[0]] == [cubes.ref(4)]
    forget(toys)
    assert memory.read_manifest() is None
    assert build(toys, tick=silent).caption.added == 8
