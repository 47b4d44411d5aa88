"""What is asked for instead when no token meets every condition: ever less, unwanted things given in last."""

import pytest

from magpie.conditions import Has, Not
from retrieval.demands import Demand, near_misses

HAT, EYES, MOUTH = (Has(type=kind, value="x") for kind in ("hat", "eyes", "mouth"))


def asked(*conditions):
    found = near_misses([Demand(condition, str(condition)) for condition in conditions], ["Punks"])
    return [(each.collections, [str(part) for part in each.where]) for each in found]


def test_all_but_one_are_asked_for_before_all_but_two():
    three = [str(each) for each in (HAT, EYES, MOUTH)]
    whole, two, one = asked(HAT, EYES, MOUTH)
    assert whole == (("Punks",), three)
    assert two[1] == ["(hat=x and eyes=x) or (hat=x and mouth=x) or (eyes=x and mouth=x)"]
    assert one[1] == ["hat=x or eyes=x or mouth=x"]


def test_a_wanted_thing_counts_for_more_than_any_unwanted_one():
    assert [where for _, where in asked(HAT, EYES, Not(part=MOUTH))] == [
        ["hat=x", "eyes=x", "not mouth=x"],
        ["hat=x", "eyes=x"],
        ["hat=x or eyes=x", "not mouth=x"],
        ["hat=x or eyes=x"],
    ]


def test_where_nothing_is_wanted_something_unwanted_must_be_absent():
    assert [where for _, where in asked(Not(part=HAT), Not(part=EYES))] == [
        ["not hat=x", "not eyes=x"],
        ["not hat=x or not eyes=x"],
    ]
    assert [where for _, where in asked(Not(part=HAT))] == [["not hat=x"]]


@pytest.mark.parametrize("one", [HAT, EYES])
def test_one_wanted_thing_has_no_near_miss_but_itself(one):
    assert [where for _, where in asked(one)] == [[str(one)]]


def test_twenty_wanted_things_are_not_tried_in_every_way():
    found = asked(*(Has(type=f"kind {number}", value="x") for number in range(20)))
    assert [len(where) for _, where in found] == [20, 1, 1, 1, 1]
    assert found[-1][1][0].count(" or ") == 19
