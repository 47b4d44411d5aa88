"""Columns give what the catalogue and the store give: the old way is the reference here."""

import random
import shutil

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from magpie.catalog import Catalog
from magpie.conditions import AllOf, AnyOf, Count, Has, Not, Number, Range, Rank
from magpie.domain import Collection, Token, TokenRef, Trait
from magpie.query import Filter, Query
from magpie.settings import Settings
from retrieval.columns import build as columns
from retrieval.columns import matrix as matrix_module
from retrieval.columns.matrix import Matrix
from retrieval.columns.opened import Columns
from retrieval.columns.roster import Roster
from retrieval.fusion import reference_order
from retrieval.gallery import Gallery
from retrieval.index import build
from retrieval.manifest import SCHEMA_VERSION, IndexRecord, Manifest, write
from retrieval.ports import Entry
from retrieval.search import open_searcher
from retrieval.stores.memory import MemoryStore
from retrieval.views import discounts

TYPES = ("Hat", "hats", "Level", "Eyes", "")
VALUES = ("Beanie", "beanies", "None", "3", "7.5", "Gold Chain", "Café", "No Hat")
WORDS = ("gold", "hats", "hat", "beanie", "café", "cafe", "chains", "token", "a", "3", "picture", "rock", "")
IDS = (0, 1, 2, 9, 10, 11, 99, 2**63 - 2, 2**63 - 1, 2**63, 2**256 - 1)
KINDS = ("image", "caption")


def fill(catalog, seed):
    """Three collections, one of them empty, whose order by name is not that by contract."""
    rng = random.Random(seed)
    for name, contract in (("Zeta", "1"), ("Alpha", "3"), ("Empty", "2")):
        home = Collection(name=name, chain="eip155:1", contract="0x" + contract * 40)
        catalog.put_collection(home)
        made = []
        for token_id in rng.sample(IDS, 0 if name == "Empty" else rng.randint(1, len(IDS))):
            traits = tuple(
                Trait(type=rng.choice(TYPES), value=rng.choice(VALUES)) for _ in range(rng.randint(0, 4))
            )
            caption = " ".join(rng.choices(WORDS, k=rng.randint(0, 9)))
            made.append(
                Token(
                    ref=home.ref(token_id),
                    collection=name,
                    name=f"{name} #{token_id}",
                    traits=traits,
                    caption=caption,
                )
            )
        catalog.put_tokens(home, made)
        if made and rng.random() < 0.7:
            record = type("R", (tuple,), {})(("sum", 1.0, ""))
            ranked = rng.sample(made, rng.randint(1, len(made)))
            catalog.put_ranks(name, record, [(t.ref.token_id, at + 1, 1.0) for at, t in enumerate(ranked)])


def stores_of(catalog, seed, share=0.8):
    """Vectors for most tokens, few distinct ones, so that ties are met."""
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(5, 4)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    held = {}
    for kind in KINDS:
        held[kind] = MemoryStore()
        refs = [ref for ref in catalog.select(Filter()) if rng.random() < share]
        if refs:
            rows = vectors[rng.integers(5, size=len(refs))]
            held[kind].upsert([Entry(str(ref), "", "") for ref in refs], rows)
    return held


def opened(settings, catalog, held):
    record = {kind: IndexRecord(encoder="e", dim=4, rows=len(held[kind])) for kind in KINDS}
    whole = Manifest(schema_version=SCHEMA_VERSION, dataset=catalog.dataset_hash(), **record)
    write(settings, whole)
    columns.build(settings, catalog, whole, held, tick=lambda *_: None)
    found = Columns.open(settings, catalog)
    assert found is not None
    return found


@pytest.fixture(scope="module", params=range(4))
def both(request, tmp_path_factory):
    """(columns, catalogue, stores) of one invented home."""
    settings = Settings(home=tmp_path_factory.mktemp("home"), threads=1)
    with Catalog(settings.catalog_path, create=True) as catalog:
        fill(catalog, request.param)
        held = stores_of(catalog, request.param)
        yield opened(settings, catalog, held), catalog, held


ranges = st.one_of(
    st.builds(lambda a, s: Range(least=a, strict=s), st.integers(0, 8), st.booleans()),
    st.builds(lambda a, s: Range(most=a, strict=s), st.integers(0, 8), st.booleans()),
    st.builds(lambda a, w: Range(least=a, most=a + w), st.integers(0, 4), st.integers(0, 100)),
)
leaf = st.one_of(
    st.builds(lambda t, v: Has(type=t, value=v), st.sampled_from(TYPES), st.sampled_from(VALUES)),
    st.builds(lambda t: Has(type=t), st.sampled_from(TYPES[:-1])),
    st.builds(lambda t, r: Number(type=t, range=r), st.sampled_from(TYPES[:-1]), ranges),
    st.builds(lambda t, r: Count(type=t, range=r), st.sampled_from(TYPES), ranges),
    st.builds(lambda r, s: Rank(range=r, share=s), ranges, st.booleans()),
)
conditions = st.recursive(
    leaf,
    lambda inner: st.one_of(
        st.builds(lambda p: Not(part=p), inner),
        st.builds(lambda p: AllOf(parts=tuple(p)), st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda p: AnyOf(parts=tuple(p)), st.lists(inner, min_size=1, max_size=3)),
    ),
    max_leaves=6,
)
filters = st.builds(
    lambda names, where: Filter(collections=tuple(names), where=tuple(where)),
    st.lists(st.sampled_from(["Zeta", "Alpha", "Empty", "Elsewhere"]), max_size=2),
    st.lists(conditions, max_size=2),
)
fixtures = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


@hypothesis(deadline=None, max_examples=60, suppress_health_check=fixtures)
@given(asked=filters)
def test_the_tokens_that_meet_conditions_are_those_of_the_catalogue_in_its_order(both, asked):
    found, catalog, _ = both
    selected, expected = found.traits.select(asked), catalog.select(asked)
    assert list(selected) == expected
    assert len(selected) == len(expected)
    assert selected[:2] == expected[:2]
    everything = catalog.select(Filter())
    assert [ref for ref in everything if ref in selected] == expected


@hypothesis(deadline=None, max_examples=60, suppress_health_check=fixtures)
@given(
    words=st.lists(st.sampled_from([*WORDS, "zeta", "99", "absent", "GOLD", "ﬁ"]), max_size=6),
    asked=filters,
    k=st.sampled_from([1, 2, 5, 100]),
)
def test_bm25_is_that_of_the_catalogue_to_the_last_bit(both, words, asked, k):
    found, catalog, _ = both
    query = " ".join(words)
    assert found.words.bm25(query, k, found.traits.select(asked)) == catalog.bm25(query, k, asked)
    assert found.words.bm25(query, k, None) == catalog.bm25(query, k)


def test_a_word_that_is_two_in_the_index_is_left_to_the_catalogue(both):
    found, catalog, _ = both
    assert found.words.bm25("rock'n'roll gold", 5, None) is None
    assert catalog.bm25("rock'n'roll gold", 5) == catalog.bm25("gold", 5)


@hypothesis(deadline=None, max_examples=40, suppress_health_check=fixtures)
@given(
    asked=filters, seed=st.integers(0, 20), k=st.sampled_from([1, 2, 10, 11, 100]), views=st.integers(1, 3)
)
def test_the_nearest_are_those_of_the_store_ties_by_reference(both, asked, seed, k, views):
    found, catalog, held = both
    query = np.random.default_rng(seed).normal(size=(views, 4)).astype(np.float32)
    query = query[0] if views == 1 else query
    for kind in KINDS:
        quick, looks = Gallery(held[kind], found.matrices[kind]), np.atleast_2d(query).astype(np.float64)
        less = discounts(len(looks)).astype(np.float64)
        rows = held[kind].vectors([str(ref) for ref in catalog.select(asked)])
        scores = {
            TokenRef.parse(row): round(float((looks @ vector - less).max()), 6)
            for row, vector in rows.items()
        }
        best = sorted(scores, key=lambda ref: (-scores[ref], reference_order(ref)))[:k]
        for allowed in (found.traits.select(asked), catalog.select(asked)):
            ranked = quick.exact(query, allowed, k)
            assert [ref for ref, _ in ranked] == best
            assert [score for _, score in ranked] == pytest.approx([scores[ref] for ref in best], abs=2e-6)
        slow = Gallery(held[kind]).exact(query, catalog.select(asked), k)
        assert [score for _, score in slow] == pytest.approx([scores[ref] for ref in best], abs=2e-6)


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("share", [1.0, 0.5, 0.1, 0.001])
def test_a_matrix_of_many_blocks_is_searched_exactly_at_any_selectivity(monkeypatch, threads, share):
    from magpie.catalog_columns import Home

    monkeypatch.setattr(matrix_module, "_ROWS", 64)
    rng = np.random.default_rng(3)
    total = 3001
    vectors = rng.normal(size=(total, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors[rng.integers(total, size=900)] = vectors[0]  # ties in many blocks
    roster = Roster([Home("Many", "eip155:1", "0x" + "c" * 40, total)], np.arange(total), {})
    matrix = Matrix(roster, np.arange(total, dtype=np.int32), vectors, threads=threads)
    allowed = np.sort(rng.choice(total, max(1, int(share * total)), replace=False))
    among = roster.selection(roster.refs(allowed))
    for query, k in ((vectors[0], 10), (vectors[5], 1), (vectors[5], 200), (-vectors[0], 5000)):
        cosines = vectors[allowed].astype(np.float64) @ query.astype(np.float64)
        best = allowed[np.lexsort((allowed, -cosines.astype(np.float32)))][:k]
        assert [number for number, _ in matrix.nearest(query, among, k)] == best.tolist()


def test_nothing_indexed_gives_nothing():
    roster = Roster([], np.zeros(0, np.int64), {})
    matrix = Matrix(roster, np.zeros(0, np.int32), np.zeros((0, 4), np.float32), threads=1)
    assert matrix.nearest(np.ones(4, np.float32), None, 5) == []
    assert roster.refs(np.zeros(0, np.int64)) == []
    assert roster.number(TokenRef(chain="eip155:1", contract="0x" + "1" * 40, token_id=1)) is None


ASKED = [
    "blue cube",
    "red",
    "a cube with a top hat",
    "no hat",
    "blue or green",
    "laser eyes",
    "matte ball",
    "zzz",
]


def told(settings, query):
    with open_searcher(settings) as searcher:
        found = searcher.search(query)
        used = searcher.columns is not None
    hits = [
        (hit.ref, hit.lacks, [(s.signal, s.rank) for s in hit.signals]) for hit in found.hits + found.closest
    ]
    return used, (hits, found.reason, found.understood, found.unread)


@pytest.mark.parametrize("text", ASKED)
def test_a_filtered_search_says_the_same_with_columns_and_without(toys, text):
    used, with_columns = told(toys, Query(text=text))
    shutil.rmtree(toys.columns_dir)
    unused, without = told(toys, Query(text=text))
    assert (used, unused) == (True, False)
    assert with_columns == without


@pytest.mark.parametrize("text", ASKED[:4])
def test_an_unfiltered_search_finds_the_same_with_columns_and_without(toys, text):
    """The store rounds equal cosines apart, which moves a rank by one; no more than that may differ."""

    def scores():
        with open_searcher(toys) as searcher:
            return {hit.ref: hit.score for hit in searcher.search(Query(text=text, understand=False)).hits}

    with_columns = scores()
    shutil.rmtree(toys.columns_dir)
    assert scores() == pytest.approx(with_columns, abs=2e-3)


def test_columns_of_another_state_of_the_catalogue_are_not_read(toys, make_token, cubes):
    with open_searcher(toys) as searcher:
        before = searcher.search(Query(text="a green cube")).hits
        with Catalog(toys.catalog_path) as catalog:  # a trait alone: the index itself is still good
            token = catalog.token(before[0].ref)
            repainted = token.model_copy(update={"traits": (Trait(type="Colour", value="Blue"),)})
            catalog.put_tokens(cubes, [repainted])
        condition = Filter(where=(Has(type="Colour", value="Blue"),))
        assert token.ref in searcher.select(condition)
        assert token.ref in [hit.ref for hit in searcher.search(Query(filter=condition)).hits]
    assert told(toys, Query(filter=condition))[0] is False


@pytest.mark.parametrize("name", ["image-vectors", "trait-tokens", "word-ends"])
@pytest.mark.parametrize("damage", ["cut", "gone"])
def test_damaged_columns_are_not_read_and_the_next_index_mends_them(toys, silent, name, damage):
    (file,) = toys.columns_dir.rglob(f"{name}.npy")
    file.write_bytes(file.read_bytes()[:-8]) if damage == "cut" else file.unlink()
    query = Query(text="a cube with a top hat")
    used, without = told(toys, query)
    assert not used
    build(toys, tick=silent)
    used, mended = told(toys, query)
    assert used
    assert mended == without


def test_an_index_that_changes_nothing_leaves_the_columns_alone(toys, silent):
    before = {file: file.stat().st_mtime_ns for file in toys.columns_dir.rglob("*")}
    build(toys, tick=silent)
    assert {file: file.stat().st_mtime_ns for file in toys.columns_dir.rglob("*")} == before


def test_an_index_that_changes_something_replaces_the_columns(toys, silent, put, cubes):
    (old,) = toys.columns_dir.glob("*/")
    put(cubes, {77: ["Colour=Green"]})
    build(toys, tick=silent)
    (new,) = toys.columns_dir.glob("*/")
    assert new != old
    with open_searcher(toys) as searcher:
        assert cubes.ref(77) in [hit.ref for hit in searcher.search(Query(text="a green cube")).hits]


def test_columns_are_refused_when_the_store_holds_other_rows_than_were_built(tmp_path):
    from magpie.errors import IndexMismatchError

    settings = Settings(home=tmp_path / "home", threads=1)
    with Catalog(settings.catalog_path, create=True) as catalog:
        fill(catalog, 1)
        held = stores_of(catalog, 1, share=1)
        record = {kind: IndexRecord(encoder="e", dim=4, rows=len(held[kind]) + 1) for kind in KINDS}
        whole = Manifest(schema_version=SCHEMA_VERSION, dataset="", **record)
        with pytest.raises(IndexMismatchError, match="magpie index"):
            columns.build(settings, catalog, whole, held, tick=lambda *_: None)
        write(settings, whole)
        assert Columns.open(settings, catalog) is None
