"""Each trait type asks for one of the values that its collection knows, or for none."""

import math

import numpy as np
import pytest

from retrieval.training.choices import Choices, named
from retrieval.training.loss import choices_loss

BEANIE, CROWN = (("trait", "head", name) for name in ("beanie", "crown"))
BLUE, GREEN = (("trait", "fur", name) for name in ("blue", "green"))
NO_HAT = ("none", "head", "")
KNOWN = [
    ("Apes", {BEANIE, BLUE, ("subject", "", "ape"), ("value", "", "beanie")}),
    ("Apes", {CROWN, BLUE}),
    ("Apes", {GREEN}),
    ("Cats", {BLUE}),
    ("Cats", {GREEN}),
]


@pytest.fixture
def choices():
    return Choices(KNOWN, 100)


def answered(choices, collection, facts, whole):
    """The right answers, each with all that it is chosen among, as facts."""
    fact_of = {number: fact for fact, number in choices.numbers.items()}
    terms = choices.terms([(collection, facts, whole)])
    assert (terms.samples == 0).all()
    return {
        fact_of[right]: {fact_of[answer] for answer in choices.among[choice].tolist() if answer >= 0}
        for choice, right in zip(terms.choices.tolist(), terms.right.tolist(), strict=True)
    }


def test_a_value_is_chosen_among_those_that_its_own_collection_has(choices):
    hats, furs = {BEANIE, CROWN, NO_HAT}, {BLUE, GREEN}
    assert answered(choices, "Apes", {BEANIE, BLUE}, {BEANIE, BLUE}) == {BEANIE: hats, BLUE: furs}
    assert answered(choices, "Cats", {BLUE}, {BLUE}) == {BLUE: furs}


def test_a_token_without_a_value_of_a_type_has_none_of_it(choices):
    assert answered(choices, "Apes", {BLUE}, {BLUE}) == {BLUE: {BLUE, GREEN}, NO_HAT: {BEANIE, CROWN, NO_HAT}}


def test_what_is_covered_or_left_unsaid_is_not_asked_for(choices):
    assert list(answered(choices, "Apes", {BLUE}, {BEANIE, BLUE})) == [BLUE]
    assert list(answered(choices, "Apes", {BLUE}, None)) == [BLUE]
    assert answered(choices, "Apes", set(), None) == {}


def test_a_type_that_all_have_has_no_none_and_one_with_a_single_answer_is_no_choice():
    choices = Choices([("Apes", {BLUE, BEANIE}), ("Apes", {GREEN, BEANIE})], 100)
    assert set(choices.numbers) == {BLUE, GREEN, BEANIE}
    assert choices.among.shape == (1, 2)
    assert list(answered(choices, "Apes", {BLUE, BEANIE}, {BLUE, BEANIE})) == [BLUE]


@pytest.mark.parametrize(("limit", "taught"), [(0, set()), (1, {BLUE}), (2, {BLUE, GREEN})])
def test_the_commonest_answers_are_taught(limit, taught):
    choices = Choices(KNOWN, limit)
    assert set(choices.numbers) == taught
    assert set(answered(choices, "Apes", {BLUE, BEANIE}, {BLUE, BEANIE})) == ({BLUE} if limit > 1 else set())


def test_an_unknown_collection_or_value_is_asked_nothing(choices):
    assert answered(choices, "Dogs", {BLUE}, {BLUE}) == {}
    assert answered(choices, "Apes", {("trait", "fur", "plaid")}, None) == {}


def test_words_name_the_traits_whose_values_they_claim():
    facts = {BEANIE, BLUE, ("value", "", "beanie"), ("value", "", "blue"), ("subject", "", "ape")}
    assert named({("value", "", "beanie"), ("subject", "", "ape")}, facts) == {BEANIE}
    assert named({BLUE}, facts) == {BLUE}
    assert named({CROWN, ("value", "", "crown")}, facts) == set()


def loss(logits, among, right, held, samples=(0,)):
    import torch

    parts = (torch.tensor(part) for part in (samples, among, right, held))
    return float(choices_loss(torch.tensor(logits), *parts))


def test_a_choice_costs_what_the_right_answer_lacks_among_its_own_and_nothing_else():
    held = [[True, False, False, False]]
    assert loss([[0.0, 0.0, 9.0, 9.0]], [[0, 1, -1]], [0], held) == pytest.approx(math.log(2))
    assert loss([[20.0, 0.0, 9.0, 9.0]], [[0, 1, -1]], [0], held) == pytest.approx(0, abs=1e-6)


def test_of_two_right_answers_neither_is_held_against_the_other():
    held = [[True, True, False]]
    both = loss([[5.0, 5.0, -15.0]], [[0, 1, 2], [0, 1, 2]], [0, 1], held, samples=(0, 0))
    assert both == pytest.approx(0, abs=1e-6)


def test_choices_are_summed_over_a_sample_and_averaged_over_samples():
    held = np.eye(2, 4, dtype=bool).tolist()
    one = loss([[0.0] * 4] * 2, [[0, 1]], [0], held)
    assert one == pytest.approx(math.log(2) / 2)
    assert loss(
        [[0.0] * 4] * 2, [[0, 1], [2, 3], [1, 0]], [0, 2, 1], held, samples=(0, 0, 1)
    ) == pytest.approx(3 * math.log(2) / 2)


def test_no_choice_at_all_costs_nothing(choices):
    import torch

    terms = choices.terms([("Dogs", {BLUE}, None)])
    samples, asked, right, held = (torch.from_numpy(part) for part in terms)
    among = torch.from_numpy(choices.among)[asked]
    assert float(choices_loss(torch.zeros(1, held.shape[1]), samples, among, right, held)) == 0
