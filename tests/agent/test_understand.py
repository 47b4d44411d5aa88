"""A question in the light of the last turn: refinements, "it", "the second one", and what is missing."""

import pytest

from agent.arguments import as_filter
from agent.context import Frame, unmet
from agent.understand import understand
from magpie.conditions import Not, has_any
from magpie.domain import TokenRef, Trait
from magpie.query import Filter, PhraseMatch

PUNKS = "0xb47e3cd837ddf8e4c57f05d70ab865de6e193bbb"


def ref(token_id):
    return TokenRef(chain="eip155:1", contract=PUNKS, token_id=token_id)


def asked(found):
    """The conditions as {"zombie", "no glasses"}."""
    return {f"{'no ' if match.negated else ''}{match.phrase}" for match in found.conditions}


@pytest.fixture
def after_pipe(library):
    """What is remembered after "a zombie punk with a pipe, no glasses"."""
    first = understand("a zombie punk with a pipe, no glasses", Frame(), library)
    return Frame(
        collections=first.collections, conditions=first.conditions, words=first.words, shown=(ref(1), ref(3))
    )


def test_traits_negation_and_collection_of_one_look(library):
    found = understand("a zombie punk with a pipe, no glasses", Frame(), library)
    assert found.collections == ("CRYPTOPUNKS",)
    assert asked(found) == {"zombie", "pipe", "no glasses"}
    assert "glasses" not in found.words


def test_instead_replaces_what_has_the_same_type_and_keeps_the_rest(after_pipe, library):
    found = understand("cheaper is not the point, I want a beanie instead", after_pipe, library)
    assert asked(found) == {"zombie", "beanie", "no glasses"}
    assert [match.phrase for match in found.replaced] == ["pipe"]
    assert found.collections == ("CRYPTOPUNKS",)
    assert "pipe" not in found.words


def test_without_instead_a_type_with_several_values_grows(after_pipe, library):
    assert asked(understand("and with a beanie", after_pipe, library)) == {
        "zombie",
        "pipe",
        "beanie",
        "no glasses",
    }


def test_a_single_valued_type_is_always_replaced(after_pipe, library):
    assert asked(understand("what about an ape?", after_pipe, library)) == {"ape", "pipe", "no glasses"}


def test_a_condition_can_be_turned_round(after_pipe, library):
    assert "no pipe" in asked(understand("without a pipe", after_pipe, library))
    assert "pipe" not in asked(understand("without a pipe", after_pipe, library))


def test_a_new_look_starts_afresh(after_pipe, library):
    found = understand("a robot that smiles", after_pipe, library)
    assert found.collections == ("Bottts Sample",)
    assert "zombie" not in asked(found)
    assert not found.refines


def test_it_is_the_token_in_focus(library):
    found = understand("who owns it?", Frame(focus=ref(4)), library)
    assert (found.intent, found.tokens) == ("verify", (ref(4),))


def test_the_second_one_is_counted_in_the_last_list(after_pipe, library):
    assert understand("what traits does the second one have?", after_pipe, library).tokens == (ref(3),)
    assert understand("who owns the last one?", after_pipe, library).tokens == (ref(3),)


def test_a_place_beyond_the_list_is_asked_back(after_pipe, library):
    found = understand("who owns the fifth one?", after_pipe, library)
    assert found.tokens == ()
    assert found.ask_back == "The last list has 2 tokens. Which one do you mean?"


def test_the_first_one_after_a_recommendation_is_a_collection(library):
    found = understand("tell me about the first one", Frame(shown_collections=("Bottts Sample",)), library)
    assert (found.intent, found.collections) == ("collection_facts", ("Bottts Sample",))


def test_an_id_without_a_collection_is_resolved_when_only_one_has_it(library):
    assert understand("what traits does #7804 have?", Frame(), library).tokens == (ref(7804),)
    assert understand("what traits does #1 have?", Frame(), library).ask_back.startswith(
        "Which collection is #1 of?"
    )


def test_an_id_without_a_collection_is_of_the_one_talked_about(library):
    assert understand("what traits does #1 have?", Frame(focus=ref(7804)), library).tokens == (ref(1),)


@pytest.mark.parametrize(
    ("question", "start"),
    [
        ("does 0x1234… own punk 7804?", "Which address is that in full?"),
        ("does vitalik.eth own punk 7804?", "Which address is vitalik.eth?"),
        ("do I own punk 7804?", "Which wallet is yours?"),
        ("who owns it?", "Which token do you mean?"),
    ],
)
def test_what_is_missing_is_asked_in_one_question(question, start, library):
    assert understand(question, Frame(), library).ask_back.startswith(start)


def test_collections_given_from_outside_limit_the_search(library):
    found = understand("blue", Frame(), library, within=["Bottts Sample"])
    assert found.collections == ("Bottts Sample",)
    assert {trait.type for match in found.conditions for trait in match.traits} == {"Colour"}


def test_conditions_become_a_filter_and_name_what_a_token_lacks(make_token):
    zombie = PhraseMatch(phrase="zombie", traits=(Trait(type="Type", value="Zombie"),), score=1)
    glasses = PhraseMatch(
        phrase="glasses",
        traits=(Trait(type="Accessory", value="VR"), Trait(type="Accessory", value="3D Glasses")),
        negated=True,
        score=1,
    )
    assert as_filter(["Punks"], [zombie, glasses]) == Filter(
        collections=("Punks",), where=(has_any(zombie.traits), Not(part=has_any(glasses.traits)))
    )
    assert unmet(make_token(1, ["Type=Ape", "Accessory=VR"]), [zombie, glasses]) == (
        "Type=Zombie",
        "not Accessory=VR",
    )
    assert unmet(make_token(1, ["Type=Zombie"]), [zombie, glasses]) == ()
