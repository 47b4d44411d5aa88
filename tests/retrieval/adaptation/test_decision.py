"""A model is kept for what it finds, and never at the price of what was known."""

import pytest

from retrieval.adaptation.decision import Decision, decide, rival
from retrieval.adaptation.record import Comparison, Figures


def scored(choice, **collections):
    return Figures(choice=choice, measures={}, collections=collections)


def compared(original, adapted, before=None):
    return Comparison(queries=100, original=original, before=before, adapted=adapted)


@pytest.mark.parametrize(
    ("adapted", "keep"), [(0.9, True), (0.505, True), (0.504, False), (0.5, False), (0.1, False)]
)
def test_it_must_find_clearly_more_than_the_original(adapted, keep):
    assert decide(compared(scored(0.5), scored(adapted)), ()).keep is keep


def test_it_must_find_more_than_the_one_in_use_too():
    assert not decide(compared(scored(0.2), scored(0.8), before=scored(0.8)), ()).keep
    assert not decide(compared(scored(0.8), scored(0.8), before=scored(0.2)), ()).keep
    assert decide(compared(scored(0.2), scored(0.9), before=scored(0.8)), ()).keep


def test_a_gain_on_the_new_does_not_pay_for_what_is_forgotten():
    before = scored(0.5, Old=0.9, Older=0.9, New=0.0)
    spoilt = scored(0.7, Old=0.9, Older=0.8, New=1.0)
    assert decide(compared(before, spoilt), ("Old", "Older")) == Decision(
        keep=False, reason="collections adapted to before would lose: mean R@1 0.900 -> 0.850"
    )
    slightly = scored(0.7, Old=0.9, Older=0.88, New=1.0)
    assert decide(compared(before, slightly), ("Old", "Older")).keep


def test_the_reason_has_both_scores():
    assert decide(compared(scored(0.1), scored(0.9)), ()).reason == "validation score 0.100 -> 0.900"
    assert decide(compared(scored(0.9), scored(0.1)), ()).reason.startswith("validation score 0.900 -> 0.100")


def test_an_old_collection_without_validation_tokens_is_not_counted():
    assert decide(compared(scored(0.1, New=0.1), scored(0.9, New=0.9)), ("Old",)).keep


def test_the_rival_is_the_better_of_the_others():
    original, before = scored(0.3), scored(0.4)
    assert rival(compared(original, scored(1.0), before=before)) is before
    assert rival(compared(before, scored(1.0), before=original)) is before
    assert rival(compared(original, scored(1.0))) is original
