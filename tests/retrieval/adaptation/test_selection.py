"""What an adaptation is for, and who takes part in it."""

import pytest

from magpie.domain import Collection
from magpie.splits import split_of
from retrieval.adaptation import selection
from retrieval.adaptation.record import Adapted, Attempt, Comparison, Figures, Record
from retrieval.adaptation.selection import Scope, digests, minutes_for, scope, take_part

PUNKS = Collection(name="Punks", chain="eip155:1", contract="0x" + "1" * 40)
BIRDS = Collection(name="Birds", chain="eip155:1", contract="0x" + "2" * 40)


def held(make_token, home, number, **fields):
    given = {"traits": ["Eyes=Red"], "caption": "red eyes", "image": f"{number}.png", "image_sha256": "aa"}
    return make_token(number, collection=home, **{**given, **fields})


def tokens_of(make_token, home, count):
    return [held(make_token, home, number) for number in range(count)]


def attempt(minutes=5.0, kept=True):
    figures = Figures(choice=0.5, measures={}, collections={})
    compared = Comparison(queries=10, original=figures, before=None, adapted=figures)
    return Attempt(
        finished="2026-01-01T00:00:00+00:00",
        minutes=minutes,
        new=(),
        rehearsed=(),
        tokens=0,
        steps=0,
        best_step=0,
        train_seconds=0,
        seconds=0,
        validation=compared,
        held_out=compared,
        kept=kept,
        reason="",
    )


def recorded(tried, seen=None, *, minutes=5.0, base_id="clip@1"):
    model = None if seen is None else Adapted(encoder="clip-adapted@2", folder="2", seen=seen)
    return Record(
        base="open-clip:clip",
        base_id=base_id,
        active=model is not None,
        model=model,
        tried=tried,
        last=attempt(minutes, kept=model is not None),
    )


def test_a_digest_follows_pictures_traits_and_captions_and_nothing_else(make_token):
    first, second = tokens_of(make_token, PUNKS, 2)
    before = digests([first, second])
    assert digests([second, first]) == before, "not the order"
    assert digests([first, held(make_token, PUNKS, 1, name="Another")]) == before, "not the name"
    assert digests([first, second, held(make_token, PUNKS, 2, image=None)]) == before, (
        "not what has no picture"
    )
    for changed in ({"traits": ["Eyes=Blue"]}, {"caption": "blue eyes"}, {"image_sha256": "bb"}):
        assert digests([first, held(make_token, PUNKS, 1, **changed)]) != before
    assert set(digests([first, held(make_token, BIRDS, 1)])) == {"Punks", "Birds"}


@pytest.mark.parametrize(
    ("record", "now", "minutes", "expected"),
    [
        pytest.param(None, {"A": "1"}, None, Scope(("A",), (), True), id="never adapted"),
        pytest.param(
            recorded({"A": "1"}, ("A",)), {"A": "1"}, None, Scope((), ("A",), False), id="nothing new"
        ),
        pytest.param(
            recorded({"A": "1"}, ("A",)),
            {"A": "1", "B": "1"},
            None,
            Scope(("B",), ("A",), False),
            id="one more collection",
        ),
        pytest.param(
            recorded({"A": "1", "B": "1"}, ("A", "B")),
            {"A": "2", "B": "1"},
            None,
            Scope(("A",), ("B",), False),
            id="one has changed",
        ),
        pytest.param(
            recorded({"A": "1", "B": "1"}, ("A", "B")),
            {"B": "1"},
            None,
            Scope((), ("B",), False),
            id="one is gone",
        ),
        pytest.param(
            recorded({"A": "1"}, ("A",)), {"A": "1"}, 5.0, Scope((), ("A",), False), id="the same minutes"
        ),
        pytest.param(
            recorded({"A": "1"}, ("A",)), {"A": "1"}, 6.0, Scope(("A",), (), False), id="longer than before"
        ),
        pytest.param(recorded({"A": "1"}), {"A": "1"}, None, Scope((), (), True), id="tried, and not kept"),
        pytest.param(
            recorded({"A": "1"}),
            {"A": "1", "B": "1"},
            None,
            Scope(("A", "B"), (), True),
            id="not kept, then one more: all from the start",
        ),
        pytest.param(
            recorded({"A": "1", "B": "1"}, ("A",)),
            {"A": "1", "B": "1", "C": "1"},
            None,
            Scope(("B", "C"), ("A",), False),
            id="what was not kept is tried again with what is new",
        ),
        pytest.param(
            recorded({"A": "1", "B": "1"}, ("A",)),
            {"A": "1", "B": "1"},
            None,
            Scope((), ("A",), False),
            id="and not without it",
        ),
        pytest.param(
            recorded({"A": "1"}, ("A",), base_id="clip@0"),
            {"A": "1"},
            None,
            Scope(("A",), (), True),
            id="another original encoder",
        ),
    ],
)
def test_what_is_learnt_and_what_is_rehearsed(record, now, minutes, expected):
    assert scope(record, "clip@1", now, minutes) == expected


@pytest.mark.parametrize(
    ("tokens", "minutes"), [(0, 5), (10_000, 5), (20_000, 10), (60_000, 30), (10**7, 30)]
)
def test_minutes_follow_the_number_of_tokens(tokens, minutes):
    assert minutes_for(tokens) == minutes


def test_all_tokens_take_part_where_there_is_room(make_token):
    everything = [*tokens_of(make_token, PUNKS, 40), *tokens_of(make_token, BIRDS, 40)]
    assert take_part(everything, Scope(("Birds", "Punks"), (), True)) == everything
    assert {t.collection for t in take_part(everything, Scope(("Birds",), (), True))} == {"Birds"}


def test_a_token_without_a_picture_takes_no_part(make_token):
    bare = held(make_token, PUNKS, 1, image=None)
    assert take_part([bare], Scope(("Punks",), (), True)) == []


def test_only_training_tokens_of_what_is_rehearsed_are_left_out(make_token, monkeypatch):
    monkeypatch.setattr(selection, "REHEARSED", 7)
    everything = [*tokens_of(make_token, PUNKS, 200), *tokens_of(make_token, BIRDS, 200)]
    chosen = take_part(everything, Scope(("Birds",), ("Punks",), False))
    counts = {
        (home, part): sum(t.collection == home and split_of(t.ref) == part for t in chosen)
        for home in ("Birds", "Punks")
        for part in ("train", "validation", "test")
    }
    whole = {
        (t.collection, split_of(t.ref)): sum(
            o.collection == t.collection and split_of(o.ref) == split_of(t.ref) for o in everything
        )
        for t in everything
    }
    assert counts == {**whole, ("Punks", "train"): 7}


def test_where_there_are_too_many_the_large_collection_gives_up_tokens(make_token, monkeypatch):
    monkeypatch.setattr(selection, "_MOST", {"train": 60, "validation": 1000, "test": 1000})
    small, large = tokens_of(make_token, PUNKS, 20), tokens_of(make_token, BIRDS, 400)
    chosen = take_part([*small, *large], Scope(("Birds", "Punks"), (), True))
    trained = [t for t in chosen if split_of(t.ref) == "train"]
    of_small = [t for t in small if split_of(t.ref) == "train"]
    assert [t for t in trained if t.collection == "Punks"] == of_small
    assert len(trained) == 60


def test_a_collection_that_grows_keeps_the_tokens_that_it_trained_on(make_token, monkeypatch):
    monkeypatch.setattr(selection, "REHEARSED", 30)
    both = Scope(("Birds",), ("Punks",), False)
    first = {t.ref for t in take_part(tokens_of(make_token, PUNKS, 60), both)}
    grown = {t.ref for t in take_part(tokens_of(make_token, PUNKS, 90), both)}
    kept = [ref for ref in first if split_of(ref) == "train"]
    assert len(kept) == 30
    assert len(set(kept) & grown) >= 15
