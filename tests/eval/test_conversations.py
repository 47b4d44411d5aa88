"""Whole conversations over the invented world: what they expect is counted, what they claim is checked."""

from typing import get_args

import pytest
from pydantic import ValidationError

from agent.answer import Fact
from agent.assemble import open_agent
from eval import conversations, world
from eval.claims import faults, sentences
from eval.conversations import Places, Talk, Turn, mismatches, talks
from eval.truth import Truth
from magpie.errors import InputError
from magpie.settings import Settings


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    return world.build(tmp_path_factory.mktemp("world"))


@pytest.fixture(scope="module")
def answers(settings):
    """A search, its second token and a count, from the real agent."""
    with open_agent(settings) as agent:
        said = ("show me ginger cats", "tell me about the second one", "how many cats have a crown?")
        return [agent.ask(one) for one in said]


@pytest.fixture(scope="module")
def truth():
    return Truth()


def turn(say, **expected):
    fields = {"kind": "lookup", "intent": "find", "outcome": "answered", **expected}
    return Turn(say=say, **fields)


def held(*turns):
    talk = Talk(name="one", turns=turns)
    return conversations.run(Settings(llm="none"), [talk], tick=lambda *_: None)


def test_enough_conversations_are_committed_and_none_twice():
    assert len(talks()) >= 66
    assert sum(len(talk.turns) for talk in talks()) >= 240
    assert len({talk.name for talk in talks()}) == len(talks())
    assert {one.kind for talk in talks() for one in talk.turns} == set(get_args(conversations.TurnKind))


def test_every_token_that_is_expected_is_in_the_world(truth):
    known = {ref.token_id for ref in truth.tokens}
    shown = {number for talk in talks() for one in talk.turns for number in one.shown or ()}
    assert shown <= known


def test_places_count_in_an_earlier_turn():
    wrong = [
        talk.name
        for talk in talks()
        for number, one in enumerate(talk.turns, start=1)
        if one.places and one.places.turn >= number
    ]
    assert wrong == []


def test_a_few_conversations_are_held_end_to_end_and_wrong_expectations_are_counted():
    report = held(
        turn("show me ginger cats", shown=(5, 6, 7), tools=("search_tokens",)),
        turn("tell me about the second one", intent="token_facts", places=Places(turn=1, at=(2,))),
        turn("robots with a propeller", shown=(3,)),  # there are two
        turn("who owns the first one?", kind="ordinal", intent="verify", outcome="answered"),  # no node
    )
    assert (report.talks, report.whole, report.all.of, report.all.mean) == (1, 0, 4, 0.5)
    assert [(one.name, one.of, one.mean) for one in report.kinds] == [("lookup", 3, 2 / 3), ("ordinal", 1, 0)]
    assert [one.turn for one in report.failures] == [3, 4]
    assert report.failures[0].wrong == ("shows [3, 6], not [3]",)
    assert report.failures[1].wrong == ("unverified, not answered",)
    assert (report.unsupported, report.citations, report.answers, report.cited) == (0, 0, 4, 4)
    assert 0 < report.seconds[0] <= report.seconds[1]


def test_a_refused_question_is_a_wrong_turn_and_the_talk_goes_on():
    report = held(turn("\u200b "), turn("white cats", shown=(3, 4)), turn("hi", intent="smalltalk"))
    assert report.failures[0].wrong[0].startswith("refused: ask something")
    assert (report.all.mean, report.answers) == (2 / 3, 2)


def test_no_conversation_is_refused():
    with pytest.raises(InputError, match="at least one"):
        conversations.run(Settings(llm="none"), [], tick=lambda *_: None)


@pytest.mark.parametrize("count", [2, 7])
def test_a_conversation_has_three_to_six_turns(count):
    with pytest.raises(ValidationError):
        Talk(name="x", turns=[turn("cats")] * count)


@pytest.mark.parametrize(
    ("expected", "wrong"),
    [
        ({}, ()),
        ({"intent": "similar"}, ("read as find, not similar",)),
        ({"outcome": "no_match"}, ("answered, not no_match",)),
        ({"shown": (5, 7)}, ("shows [5, 6, 7], not [5, 7]",)),
        ({"shown": (7, 6, 5)}, ()),
        ({"has": ("Ginger fur",)}, ()),
        ({"has": ("Blue fur",)}, ("lacks 'Blue fur'",)),
        ({"lacks": ("Ginger fur",)}, ("says 'Ginger fur'",)),
        ({"tools": ("compare",)}, ("calls search_tokens, not compare",)),
        ({"tools": ()}, ("calls search_tokens, not nothing",)),
    ],
)
def test_each_expectation_is_compared(answers, expected, wrong):
    assert mismatches(turn("x", **expected), answers[0]) == wrong


def test_places_of_an_earlier_list_are_compared(answers):
    before = [answers[0].shown]
    second, last, far = (Places(turn=1, at=(place,)) for place in (2, -1, 4))
    assert mismatches(turn("x", intent="token_facts", places=second), answers[1], before) == ()
    assert len(mismatches(turn("x", intent="token_facts", places=last), answers[1], before)) == 1
    (wrong,) = mismatches(turn("x", intent="token_facts", places=far), answers[1], before)
    assert wrong == "turn 1 showed only 3 tokens"


def test_true_answers_have_no_fault(answers, truth):
    assert [faults(answer, truth) for answer in answers] == [(), (), ()]


@pytest.mark.parametrize(
    ("place", "old", "new", "kind", "claim"),
    [
        (0, "3 tokens of the 12", "5 tokens of the 12", "citation", "5"),
        (0, "3 tokens of the 12", "31 tokens of the 12", "unsupported", "31"),
        (0, "Ginger fur, Green eyes, Beanie", "Ginger fur, Green eyes, Crown", "citation", "Crown"),
        (0, "Ginger fur, Green eyes, Beanie", "Grey fur, Green eyes, Beanie", "unsupported", "Grey"),
        (0, "Cats #5 [1]", "Cats #8 [1]", "unsupported", "Cats #8"),
        (0, "Cats #5 [1]", "Cats #5 [9]", "citation", "[9]"),
        (2, "tokens of Cats here", "tokens of Paper Lanterns here", "unsupported", "Paper Lanterns"),
    ],
)
def test_a_changed_answer_is_caught(answers, truth, place, old, new, kind, claim):
    answer = answers[place]
    assert old in answer.text
    changed = answer.model_copy(update={"text": answer.text.replace(old, new)})
    assert (kind, claim) in {(fault.kind, fault.claim) for fault in faults(changed, truth)}


@pytest.mark.parametrize(
    ("place", "label", "value"),
    [
        (0, "Fur", "Blue"),
        (0, "tokens that match", "4"),
        (0, "tokens searched", "13"),
        (1, "Eyes", "Green (6 of 12 here)"),
        (2, "tokens here", "11"),
        (2, "tokens that match", "2"),
        (2, "Crown", "5 tokens"),
    ],
)
def test_evidence_that_is_not_true_of_the_world_is_caught(answers, truth, place, label, value):
    answer = answers[place]
    evidence = []
    for item in answer.evidence:
        facts = [Fact(label=label, value=value) if fact.label == label else fact for fact in item.facts]
        evidence.append(item.model_copy(update={"facts": tuple(facts)}))
    changed = answer.model_copy(update={"evidence": tuple(evidence)})
    assert "untrue" in {fault.kind for fault in faults(changed, truth)}


def test_a_token_shown_for_what_it_has_not_is_caught(answers, truth):
    other = next(ref for ref in truth.tokens if ref.token_id == 8)
    changed = answers[0].model_copy(update={"shown": (*answers[0].shown, other)})
    assert [fault.claim for fault in faults(changed, truth)] == ["#8"]


def test_a_sentence_without_a_citation_goes_on_from_the_one_before():
    found = [one.cites for one in sentences("- A [1]: x\n- B [2]: y\n\nSeven of it [3]. Only some. And [4].")]
    assert found == [(1,), (2,), (3,), (3,), (4,)]


def test_every_choice_of_collections_has_a_size_of_its_own(truth):
    sizes = list(truth.sizes.values())
    sums = [sum(n for at, n in enumerate(sizes) if chosen >> at & 1) for chosen in range(1, 2 ** len(sizes))]
    assert len(set(sums)) == len(sums)
