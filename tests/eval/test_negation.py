"""Questions that say what is not wanted."""

import pytest

from eval.negation import Negations
from eval.protocol import Source, claimable
from eval.wording import types_of
from magpie.domain import Collection, Token, Trait

HOME = Collection(name="Punks", chain="eip155:1", contract="0x" + "1" * 40, subject="punk")


def source(token_id, *traits):
    parsed = tuple(Trait(type=t, value=v) for t, _, v in (trait.partition("=") for trait in traits))
    return Source(Token(ref=HOME.ref(token_id), collection=HOME.name, name="x", traits=parsed), "punk", "")


def questions(sources, of=0):
    negations = Negations(sources, types_of(sources))
    return [negations.ask(sources[of], seed) for seed in range(60)]


PLAIN = source(1, "Hat=Beanie", "Mouth=Smile")
RINGED = source(2, "Hat=Beanie", "Mouth=Smile", "Ear=Earring")
CAPPED = source(3, "Hat=Cap", "Mouth=Frown", "Ear=Stud")


def test_what_is_denied_is_what_a_like_token_has():
    asked = questions([PLAIN, RINGED, CAPPED])
    assert {words for one in asked for words in one.words.split() if words in ("earring", "stud")} == {
        "earring"
    }
    for one in asked:
        assert one.claims <= claimable(PLAIN)
        assert one.denies == {("value", "", "earring")}
        assert not one.denies & claimable(PLAIN)
        assert one.denies <= claimable(RINGED)


def test_a_denial_is_said_as_one():
    said = {one.words for one in questions([PLAIN, RINGED])}
    assert all(any(word in words.split() for word in ("no", "not", "without")) for words in said), said
    assert any("but not an earring" in words for words in said)
    assert any("but no earring" in words for words in said)


def test_the_same_seed_asks_the_same():
    assert questions([PLAIN, RINGED]) == questions([PLAIN, RINGED])
    assert len(set(questions([PLAIN, RINGED]))) > 5


@pytest.mark.parametrize("others", [[], [source(2, "Hat=Beanie", "Mouth=Smile")], [source(2, "Hat=Cap")]])
def test_without_a_like_token_that_has_more_there_is_nothing_to_deny(others):
    assert set(questions([source(1, "Hat=Beanie", "Mouth=Smile"), *others])) == {None}
