"""Things side by side, and why something was shown: what is said is what the catalogue and the ranks say."""

import pytest

from agent.arguments import CompareArgs, SearchArgs, SimilarArgs, WhyArgs
from agent.comparing import compare, explain
from agent.comparison_words import comparison_draft
from agent.evidence import Ledger
from agent.findings import FoundTokens
from agent.library import Library
from agent.tools import facts_of
from magpie.catalog_ranks import RankingRecord
from magpie.errors import InputError
from magpie.query import Hit, SearchResult, SignalScore
from retrieval.rarity import rank

OTHER = "0x" + "2" * 40


@pytest.fixture
def shelf(catalog, make_collection, make_token):
    """Puts tokens, as {id: ["Type=Value"]}, into a collection, ranks them, and returns the collection."""

    def put(tokens, **fields):
        home = make_collection(**fields)
        catalog.put_collection(home)
        made = [make_token(token_id, traits, home) for token_id, traits in tokens.items()]
        catalog.put_tokens(home, made)
        ranking = rank(made, home.supply)
        record = RankingRecord(ranking.checksum, ranking.entropy, ranking.partial)
        catalog.put_ranks(
            home.name, record, [(one.ref.token_id, one.rank, one.score) for one in ranking.tokens]
        )
        return home

    return put


@pytest.fixture
def side_by_side(catalog):
    """The text of a comparison of tokens, or of collections by name."""

    def ask(*things):
        library = Library(catalog)
        names = all(isinstance(thing, str) for thing in things)
        args = CompareArgs(collections=things) if names else CompareArgs(refs=things)
        found = compare(library, lambda ref: facts_of(ref, library)).run(args)
        draft = comparison_draft(found, Ledger(), library)
        assert "  " not in draft.text("")
        return draft.text("")

    return ask


SOME = {
    1: ["Fur=Gold", "Hat=Cap"],
    2: ["Fur=Brown", "Hat=Cap"],
    3: ["Fur=Brown", "Hat=Cap"],
    4: ["Fur=Brown", "Hat=None"],
}


@pytest.mark.parametrize("things", [(), (1,), (1, 1)])
def test_less_than_two_different_tokens_are_no_comparison(shelf, side_by_side, things):
    home = shelf(SOME)
    with pytest.raises(InputError, match="two different tokens, or two collections"):
        side_by_side(*(home.ref(token_id) for token_id in things))


def test_a_token_that_is_not_here_is_said(shelf, side_by_side):
    home = shelf(SOME)
    with pytest.raises(InputError, match="#9 is not ingested here"):
        side_by_side(home.ref(1), home.ref(9))


def test_of_two_tokens_the_rarer_is_named_with_what_speaks_for_and_against_it(shelf, side_by_side):
    home = shelf(SOME)
    said = side_by_side(home.ref(2), home.ref(1))
    assert "Both have Cap." in said
    assert "Punks #1 [2] is the rarer. What speaks for it, in bits of information [3]: fur: gold" in said
    assert "against it" not in said


def test_what_speaks_against_the_rarer_is_not_said_to_speak_for_it(shelf, side_by_side):
    # 1 alone has gold fur and goes first, though four types of 2 are each shared by one more token only.
    odd = [f"{kind}=Odd" for kind in "ABCD"]
    even = [f"{kind}=Even" for kind in "ABCD"]
    home = shelf(
        {
            1: ["Fur=Gold", *even],
            2: ["Fur=Red", *odd],
            3: ["Fur=Red", *odd],
            **{n: ["Fur=Red", *even] for n in range(4, 9)},
        }
    )
    said = side_by_side(home.ref(1), home.ref(2))
    assert (
        "Punks #1 [1] is the rarer. Traits that no other token has go before all bits of information." in said
    )
    assert "What speaks for it, in bits of information [3]: fur: gold against red, +2.81." in said
    assert "What speaks against it, in bits of information [3]: d: even against odd, -1.58; c:" in said


def test_equal_tokens_are_equally_rare(shelf, side_by_side):
    home = shelf(SOME)
    assert "They are equally rare." in side_by_side(home.ref(2), home.ref(3))


def test_ranks_of_a_part_of_a_collection_are_not_relied_on(shelf, side_by_side):
    home = shelf(SOME, supply=10_000)
    assert "By these ranks, which are not to be relied on, Punks #1 [1] is the rarer" in side_by_side(
        home.ref(1), home.ref(2)
    )
    assert "By these ranks, which are not to be relied on, they are equally rare." in side_by_side(
        home.ref(2), home.ref(3)
    )


def test_ranks_of_two_collections_are_not_compared(shelf, side_by_side):
    one, other = shelf(SOME), shelf(SOME, name="Cats", contract=OTHER)
    said = side_by_side(one.ref(1), other.ref(2))
    assert "these cannot be compared" in said
    assert "is the rarer" not in said
    assert "Both have Cap." in said


def test_tokens_without_ranks_are_compared_by_their_traits_alone(
    catalog, make_collection, make_token, side_by_side
):
    home = make_collection()
    catalog.put_collection(home)
    catalog.put_tokens(home, [make_token(1, ["Hat=Cap"], home), make_token(2, ["Hat=Cap"], home)])
    said = side_by_side(home.ref(1), home.ref(2))
    assert "Both have Cap." in said
    assert "rar" not in said


@pytest.mark.parametrize("bare", [(1,), (1, 2)])
def test_tokens_without_traits_share_none(shelf, side_by_side, bare):
    home = shelf({n: [] if n in bare else ["Hat=Cap"] for n in (1, 2, 3)})
    said = side_by_side(home.ref(1), home.ref(2))
    assert "They share no published trait." in said
    assert said.count("no published traits") + said.count("rarity rank") >= 2


def test_five_tokens_share_what_all_five_have(shelf, side_by_side):
    home = shelf({n: ["Hat=Cap", f"Fur=F{n}"] for n in range(1, 6)})
    said = side_by_side(*(home.ref(n) for n in range(1, 6)))
    assert "All have Cap." in said
    assert said.count("\n- ") + said.startswith("- ") == 5
    assert "is the rarer" not in said


@pytest.mark.parametrize(("one", "other"), [("A", "A+"), ("🚀", "🎉"), ("+1", "-1")])
def test_values_that_differ_only_in_signs_are_not_shared(shelf, side_by_side, one, other):
    home = shelf({1: [f"Grade={one}"], 2: [f"Grade={other}"]})
    assert "They share no published trait." in side_by_side(home.ref(1), home.ref(2))


def test_collections_say_how_much_of_them_is_here_and_which_types_they_share(shelf, side_by_side):
    shelf(SOME, supply=10_000)
    shelf({1: ["Hat=Bow"]}, name="Cats", contract=OTHER, subject="cat")
    said = side_by_side("Punks", "Cats")
    assert (
        "- Punks [1]: 4 tokens here, of its 10,000, each a character; 4 different traits, most often" in said
    )
    assert "- Cats [2]: 1 token here, each a cat; 1 different trait, most often Bow (1)" in said
    assert "All of them publish: hat." in said


def test_one_collection_is_no_comparison(shelf, side_by_side):
    shelf(SOME)
    with pytest.raises(InputError, match="two collections"):
        side_by_side("Punks", "Punks")


# -- why


@pytest.fixture
def why(catalog, shelf):
    """Why the token of that id was shown, when the look-up ``asked`` found these hits."""
    home = shelf(SOME)

    def ask(token_id, asked, hits=(), closest=()):
        library = Library(catalog)
        refs = [hit.ref for hit in (*hits, *closest)]
        found = FoundTokens(
            args=asked,
            result=SearchResult(hits=tuple(hits), closest=tuple(closest)),
            tokens=catalog.tokens(refs),
            searched=4,
        )
        tool = explain(lambda _: found, lambda _: found, lambda _: found)
        explained = tool.run(WhyArgs(asked=asked, ref=home.ref(token_id)))
        return comparison_draft(explained, Ledger(), library).text("")

    ask.home = home
    return ask


def test_the_parts_of_a_score_add_up_to_it(why):
    parts = (
        SignalScore(signal="traits", score=1, rank=1, contribution=0.02),
        SignalScore(signal="image", score=0, rank=2, contribution=0.01),
        SignalScore(signal="bm25", score=0, rank=9, contribution=0.0),
    )
    hits = [Hit(ref=why.home.ref(2), score=0.05), Hit(ref=why.home.ref(1), score=0.03, signals=parts)]
    said = why(1, SearchArgs(words="gold"), hits)
    assert "came 2 of the 2 shown" in said
    assert "Its score 0.0300 is the sum of 0.0200 by its traits and 0.0100 by its picture." in said


def test_the_rarest_are_ranked_by_rarity_and_the_similar_by_likeness(why):
    hits = [Hit(ref=why.home.ref(1), score=0.0)]
    assert "Rarity alone ranks it" in why(1, SearchArgs(rarest=True), hits)
    assert "Nothing ranks it" in why(1, SearchArgs(), hits)
    near = [Hit(ref=why.home.ref(1), score=0.5)]
    assert "likeness of its picture alone ranks it: 0.5000." in why(1, SimilarArgs(ref=why.home.ref(2)), near)


def test_a_near_miss_is_said_to_be_one(why):
    with pytest.raises(InputError, match="#1 does not meet all that was asked"):
        why(1, SearchArgs(words="x"), closest=[Hit(ref=why.home.ref(1), score=0.1, lacks=("Hat=Bow",))])


def test_what_is_shown_no_more_is_said(why):
    with pytest.raises(InputError, match="no longer shows that token"):
        why(2, SearchArgs(words="x"), [Hit(ref=why.home.ref(1), score=0.1)])


def test_more_tokens_than_are_looked_at_are_said_to_be_left_out(agent):
    answer = agent.ask("compare punk 1, punk 2, punk 3, punk 4 and punk 5")
    assert "You asked for 5 tokens; these are the first 4." in answer.text
    assert [ref.token_id for ref in answer.shown] == [1, 2, 3, 4]
