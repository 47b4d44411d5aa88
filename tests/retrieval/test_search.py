"""Every hit meets every condition; no match is an answer; the parts of a score add up to it."""

from functools import reduce

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st
from PIL import Image

from magpie.conditions import Has, Not
from magpie.domain import Trait
from magpie.errors import InputError
from magpie.query import Filter, Query
from magpie.written import read
from retrieval.gallery import Gallery
from retrieval.index import build
from retrieval.ports import Entry
from retrieval.search import open_searcher
from retrieval.stores.chroma import ChromaStore
from retrieval.stores.memory import MemoryStore


@pytest.fixture
def searcher(toys):
    with open_searcher(toys) as opened:
        yield opened


def where(*all_of, none_of=(), collections=()):
    return Filter(
        collections=collections,
        where=(
            *(Has.of(trait(written)) for written in all_of),
            *(Not(part=Has.of(trait(written))) for written in none_of),
        ),
    )


def trait(written):
    kind, _, value = written.rpartition("=")
    return Trait(type=kind, value=value)


def found(hits):
    """[(first letter of the collection, token id)]"""
    return [({"a": "C", "b": "B"}[hit.ref.contract[-1]], hit.ref.token_id) for hit in hits]


def ask(searcher, text="", k=10, **fields):
    return searcher.search(Query(text=text, k=k, **fields))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a blue cube with a top hat", {("C", 4)}),
        ("blue", {("C", 4), ("C", 5), ("B", 1)}),
        ("a hat", {("C", 1), ("C", 2), ("C", 4)}),
        ("blue, no hat", {("C", 5), ("B", 1)}),
        ("red or green", {("C", 1), ("C", 2), ("C", 3), ("B", 2)}),
        ("balls", {("B", 1), ("B", 2)}),
        ("red balls", {("B", 2)}),
        ("no hat", {("C", 3), ("C", 5), ("C", 10), ("B", 1), ("B", 2)}),
    ],
)
def test_words_that_name_traits_are_conditions(searcher, text, expected):
    assert set(found(ask(searcher, text).hits)) == expected


def test_without_understanding_words_only_rank(searcher):
    result = ask(searcher, "a blue cube with a top hat", understand=False)
    assert found(result.hits)[0] == ("C", 4)
    assert len(result.hits) == 8
    assert result.understood == ()


def test_a_filter_holds_whatever_the_words_say(searcher):
    result = ask(
        searcher, "a cube", filter=where("Colour=Red", none_of=["Headwear=Cap"], collections=("Cubes",))
    )
    assert found(result.hits) == [("C", 1)]


@pytest.mark.parametrize("k", [1, 2, 3, 4, 1000])
def test_a_query_of_nothing_but_a_filter_lists_by_collection_and_id(searcher, k):
    expected = [("B", 2), ("C", 1), ("C", 2)]
    assert found(ask(searcher, k=k, filter=where("Colour=Red")).hits) == expected[:k]
    assert found(ask(searcher, filter=where(collections=("Cubes",))).hits) == [
        ("C", n) for n in (1, 2, 3, 4, 5, 10)
    ]
    assert len(ask(searcher).hits) == 8


def test_a_trait_without_type_matches_under_any(searcher):
    assert found(ask(searcher, filter=where("top hats")).hits) == [("C", 1), ("C", 4)]


def test_names_in_a_filter_may_differ_in_case_and_spacing(searcher):
    asked = where("HEADWEAR=top hat", collections=(" cubes",))
    assert found(ask(searcher, filter=asked).hits) == [("C", 1), ("C", 4)]


def test_no_token_meets_all_says_how_many_meet_each_and_who_comes_close(searcher):
    result = ask(searcher, "a green cube with a top hat")
    assert result.hits == ()
    assert (
        result.reason == "no token in Cubes combines Colour=Green (1 token) and Headwear=Top Hat (2 tokens)"
    )
    lacks = {place: hit.lacks for place, hit in zip(found(result.closest), result.closest, strict=True)}
    assert lacks == {
        ("C", 3): ("Headwear=Top Hat",),
        ("C", 1): ("Colour=Green",),
        ("C", 4): ("Colour=Green",),
    }
    assert [match.phrase for match in result.understood] == ["green", "top hat"]


def test_near_misses_meet_as_much_as_can_be(searcher):
    result = ask(searcher, filter=where("Colour=Blue", "Headwear=Top Hat", "Eyes=Laser Eyes"), k=2)
    assert found(result.closest) == [("C", 4), ("C", 5)]
    assert [hit.lacks for hit in result.closest] == [("Eyes=Laser Eyes",), ("Headwear=Top Hat",)]


def test_a_near_miss_has_something_that_was_wanted(searcher):
    result = ask(searcher, filter=where("Eyes=Laser Eyes", none_of=["Colour=Blue", "Colour=Green"]))
    assert result.reason == (
        "no token combines Eyes=Laser Eyes (2 tokens), not Colour=Blue (5 tokens)"
        " and not Colour=Green (7 tokens)"
    )
    assert set(found(result.closest)) == {("C", 3), ("C", 5)}


def written(condition, *collections):
    return Filter(collections=collections, where=(read(condition),))


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("eyes=laser-eyes and (colour=green or colour=yellow)", [("C", 3)]),
        ("headwear=* and not headwear=cap", [("C", 1), ("C", 4)]),
        ("count(eyes)=0 and colour=blue", [("B", 1), ("C", 4)]),
        ("traits=1", [("C", 10)]),
        ("finish=* or traits<2", [("B", 1), ("B", 2), ("C", 10)]),
    ],
)
def test_written_conditions_are_met(searcher, condition, expected):
    assert sorted(found(ask(searcher, filter=written(condition)).hits)) == expected


def test_near_misses_say_which_written_condition_they_lack(searcher):
    result = ask(
        searcher, filter=written("headwear=top-hat and traits>=2 and not (colour=red or colour=blue)")
    )
    assert result.hits == ()
    assert result.reason == (
        "no token combines headwear=top-hat (2 tokens), traits>=2 (7 tokens)"
        " and neither colour=red nor colour=blue (2 tokens)"
    )
    assert set(found(result.closest[:2])) == {("C", 1), ("C", 4)}
    assert result.closest[0].lacks == ("neither colour=red nor colour=blue",)


def test_a_rank_is_a_condition_like_any_other(searcher):
    hits = ask(searcher, filter=written("rank<=2", "Cubes")).hits
    ranks = searcher.catalog.ranks([hit.ref for hit in hits])
    assert 0 < len(hits) < 6
    assert all(ranks[hit.ref].rank <= 2 for hit in hits)


def test_traits_can_be_counted_where_there_are_none(put, settings, silent, cubes):
    put(cubes, {1: [], 2: []})
    build(settings, tick=silent)
    with open_searcher(settings) as opened:
        assert found(ask(opened, filter=written("traits=0")).hits) == [("C", 1), ("C", 2)]


def test_numbers_are_asked_only_of_types_that_have_them(searcher):
    with pytest.raises(InputError, match="no value of Colour is a number"):
        ask(searcher, filter=written("colour>=3"))


def test_a_trait_of_another_collection_is_no_match_there(searcher):
    result = ask(searcher, filter=where("Finish=Matte", collections=("Cubes",)))
    assert (result.hits, result.closest) == ((), ())
    assert result.reason == "no token in Cubes has Finish=Matte (0 tokens)"


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (where(collections=("Cubs",)), "unknown collection 'Cubs'; did you mean 'Cubes'?"),
        (where("Color=Red"), "unknown trait type 'Color'; did you mean 'Colour'?"),
        (where("Colour=Gren"), "unknown value of Colour 'Gren'; did you mean 'Green'"),
        (where(none_of=["Headwear=Top Hut"]), "unknown value of Headwear 'Top Hut'; did you mean 'Top Hat'?"),
        (where("Lasers"), "unknown trait value 'Lasers'; did you mean 'Laser Eyes'"),
    ],
)
def test_an_unknown_name_suggests_the_known_one(searcher, asked, message):
    with pytest.raises(InputError) as caught:
        ask(searcher, filter=asked)
    assert message in str(caught.value)


@pytest.mark.parametrize("text", ["qwerty zxcv", "tax return form 2020", "???", "how do I bake bread"])
def test_nonsense_is_no_match(searcher, text):
    result = ask(searcher, text)
    assert (result.hits, result.closest) == ((), ())
    assert "matches" in result.reason


@pytest.mark.parametrize(
    "query",
    [
        Query(text="a blue cube with a hat"),
        Query(text="cube", understand=False),
        Query(text="blue, no hat", k=1),
        Query(filter=where("Colour=Red")),
        Query(text="a green cube with a top hat"),
    ],
)
def test_contributions_add_up_to_the_score_exactly(searcher, query):
    result = searcher.search(query)
    hits = [*result.hits, *result.closest]
    assert hits
    assert all(
        hit.score == reduce(float.__add__, (part.contribution for part in hit.signals), 0.0) for hit in hits
    )
    assert [hit.score for hit in result.hits] == sorted((hit.score for hit in result.hits), reverse=True)


def test_a_picture_finds_what_looks_like_it(searcher, toys, tmp_path):
    picture = tmp_path / "asked.webp"
    Image.new("RGBA", (60, 40), (40, 90, 220, 255)).save(picture, lossless=True)
    assert set(found(ask(searcher, image=picture, k=3).hits)) == {("C", 4), ("C", 5), ("B", 1)}
    assert found(ask(searcher, "with a top hat", image=picture, k=1).hits) == [("C", 4)]


def test_a_picture_taken_sideways_is_searched_upright(searcher, tmp_path):
    upright, sideways = tmp_path / "upright.png", tmp_path / "sideways.png"
    picture = Image.new("RGB", (60, 60), "red")
    picture.paste("blue", (0, 0, 60, 30))
    picture.save(upright)
    exif = Image.Exif()
    exif[0x0112] = 6  # shown turned by 90 degrees clockwise
    picture.rotate(90).save(sideways, exif=exif)
    first, second = (searcher.rankings(Query(image=file, k=8))["image"] for file in (upright, sideways))
    assert first == second


@pytest.mark.parametrize("content", [None, b"", b"\x89PNG\r\n\x1a\n", b"<svg/>"])
def test_a_picture_that_cannot_be_read_is_one_clear_line(searcher, tmp_path, content):
    picture = tmp_path / "asked.png"
    if content is not None:
        picture.write_bytes(content)
    with pytest.raises(InputError, match="picture"):
        ask(searcher, image=picture)


def test_similar_among_given_tokens_looks_at_each_of_them(searcher, cubes):
    everything = [hit.ref for hit in searcher.similar(cubes.ref(1), 100)]
    for chosen in (everything[-1:], everything[1::2], [*everything, cubes.ref(1)]):
        expected = [ref for ref in everything if ref in chosen]
        assert [hit.ref for hit in searcher.similar(cubes.ref(1), 100, gallery=chosen)] == expected
    assert searcher.similar(cubes.ref(1), 3, gallery=[]) == []


def test_similar_leaves_the_token_itself_out(searcher, cubes):
    assert found(searcher.similar(cubes.ref(1), 2)) == [("C", 2), ("B", 2)]
    with pytest.raises(InputError, match="no indexed picture"):
        searcher.similar(cubes.ref(999), 2)


def test_rankings_are_per_signal_and_cut_at_k(searcher):
    rankings = searcher.rankings(Query(text="a blue cube", k=3, understand=False))
    assert set(rankings) == {"image", "caption", "bm25"}
    assert {len(ranking) for ranking in rankings.values()} == {3}
    for ranking in rankings.values():
        scores = [score for _, score in ranking]
        assert scores == sorted(scores, reverse=True)


def test_a_gallery_is_all_there_is(searcher, cubes):
    gallery = [cubes.ref(1), cubes.ref(4), cubes.ref(999)]
    query = Query(text="a blue cube", k=10, understand=False)
    rankings = searcher.rankings(query, gallery=gallery)
    assert {ref for ranking in rankings.values() for ref, _ in ranking} == set(gallery[:2])
    assert found(searcher.search(query, gallery=gallery).hits) == [("C", 4), ("C", 1)]
    assert searcher.search(query, gallery=[]).hits == ()


def test_centroids_are_unit_vectors_a_collection(searcher):
    centroids = searcher.collection_centroids()
    assert set(centroids) == {"Cubes", "Balls"}
    asked = searcher.embed_caption(["a picture of ball"])[0]
    assert np.linalg.norm(centroids["Balls"]) == pytest.approx(1)
    assert centroids["Balls"] @ asked > centroids["Cubes"] @ asked


def test_tokens_without_vectors_still_meet_conditions(put, settings, silent, cubes, make_token):
    from magpie.catalog import Catalog

    put(cubes, {1: ["Colour=Red"]})
    with Catalog(settings.catalog_path) as catalog:
        catalog.put_tokens(cubes, [make_token(2, ["Colour=Red"], cubes)])
    build(settings, tick=silent)
    with open_searcher(settings) as searcher:
        assert found(ask(searcher, "red").hits) == [("C", 1), ("C", 2)]


N, D, K = 60, 6, 5
VECTORS = np.random.default_rng(7).normal(size=(N, D)).astype(np.float32)
VECTORS[10:20] = VECTORS[0]  # ten equal ones, so that ties are met
VECTORS /= np.linalg.norm(VECTORS, axis=1, keepdims=True)


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    from magpie.domain import TokenRef

    store = ChromaStore(tmp_path_factory.mktemp("many"), "image", "an encoder")
    refs = [TokenRef(chain="eip155:1", contract="0x" + "c" * 40, token_id=number) for number in range(N)]
    store.upsert([Entry(str(ref), "Many", "") for ref in refs], VECTORS)
    return store, refs


@hypothesis(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    allowed=st.sampled_from([0, 1, K, K + 1, N]).flatmap(
        lambda size: st.permutations(range(N)).map(lambda order: order[:size])
    ),
    seed=st.integers(0, 5),
    loaded=st.booleans(),
)
def test_filtered_search_is_brute_force_at_any_selectivity(many, allowed, seed, loaded):
    store, refs = many
    gallery = Gallery(store)
    if loaded:
        gallery.by_collection()
    query = VECTORS[0] if seed == 0 else np.random.default_rng(seed).normal(size=D).astype(np.float32)
    scores = {row: float(VECTORS[row] @ query) for row in allowed}
    best = sorted(allowed, key=lambda row: (-round(scores[row], 5), row))[:K]
    ranked = gallery.exact(query, [refs[row] for row in allowed], K)
    assert [round(score, 4) for _, score in ranked] == [round(scores[row], 4) for row in best]
    assert {ref.token_id for ref, _ in ranked} <= set(allowed)
    assert len({ref for ref, _ in ranked}) == min(K, len(allowed))


def test_tokens_that_are_not_indexed_are_left_out_of_an_exact_search(many):
    _, refs = many
    assert Gallery(MemoryStore()).exact(VECTORS[0], refs, K) == []
