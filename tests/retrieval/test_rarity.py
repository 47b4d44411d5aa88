"""Rarity: OpenRarity's ranks, and where they come from."""

import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magpie.domain import MAINNET, Token, TokenRef, Trait
from retrieval.rarity import TRAIT_COUNT, rank, why

CONTRACT = "0x" + "1" * 40
PACKAGE = json.loads(Path(__file__).with_name("open_rarity.json").read_text("utf-8"))


def token(number: int, *traits: tuple[str, str]) -> Token:
    ref = TokenRef(chain=MAINNET, contract=CONTRACT, token_id=number)
    worn = tuple(Trait(type=kind, value=value) for kind, value in traits)
    return Token(ref=ref, collection="Hats", name=f"Hat {number}", traits=worn)


def ranks(ranking) -> dict[int, int]:
    return {one.ref.token_id: one.rank for one in ranking.tokens}


CAPS = [token(number, ("Hat", "Cap")) for number in range(7)]
CROWN = token(7, ("Hat", "Crown"))


@pytest.mark.parametrize("name", list(PACKAGE))
def test_ranks_scores_and_unique_traits_are_those_of_the_open_rarity_package(name):
    tokens = [token(at, *traits.items()) for at, traits in enumerate(PACKAGE[name]["tokens"])]
    found = sorted(rank(tokens).tokens, key=lambda one: one.ref.token_id)
    for ours, theirs in zip(found, PACKAGE[name]["ranked"], strict=True):
        assert ours.score == pytest.approx(theirs["score"], abs=1e-9)
        assert (ours.rank, ours.unique) == (theirs["rank"], theirs["unique"])


def test_the_only_crown_is_rarest_and_the_caps_share_the_next_rank():
    assert ranks(rank([*CAPS, CROWN])) == {7: 1} | dict.fromkeys(range(7), 2)


def test_a_trait_of_one_in_eight_is_worth_three_bits():
    (crown,) = [one for one in rank([*CAPS, CROWN]).tokens if one.ref == CROWN.ref]
    parts = {part.type: part for part in crown.parts}
    assert parts["hat"].bits == 3
    assert parts["hat"].tokens == 1
    assert parts[TRAIT_COUNT].bits == 0


def test_what_a_token_lacks_is_counted():
    bare = token(8)
    (found,) = [one for one in rank([*CAPS, bare]).tokens if one.ref == bare.ref]
    assert {part.type: (part.value, part.bits) for part in found.parts} == {
        "hat": (None, 3.0),
        TRAIT_COUNT: ("0", 3.0),
    }


def test_why_one_is_rarer_adds_up_to_the_difference_of_their_bits():
    ranking = rank([*CAPS, CROWN, token(8, ("Hat", "Crown"), ("Pet", "Owl"))])
    owl, cap = ranking.tokens[0], ranking.tokens[-1]
    leads = why(owl, cap)
    assert [lead.first.type for lead in leads] == ["pet", TRAIT_COUNT, "hat"]
    difference = sum(part.bits for part in owl.parts) - sum(part.bits for part in cap.parts)
    assert sum(lead.bits for lead in leads) == pytest.approx(difference)
    assert [-lead.bits for lead in why(cap, owl)][::-1] == pytest.approx([lead.bits for lead in leads])


def test_of_several_values_of_a_type_each_counts():
    both = token(8, ("Hat", "Cap"), ("Hat", "Crown"))
    (found,) = [one for one in rank([*CAPS, both]).tokens if one.ref == both.ref]
    assert [part.value for part in found.parts if part.type == "hat"] == ["cap", "crown"]
    leads = {lead.first.type: lead for lead in why(found, rank([*CAPS, both]).tokens[-1])}
    assert leads["hat"].first.value == "cap, crown"


@pytest.mark.parametrize(
    ("tokens", "supply", "said"),
    [
        ([*CAPS, CROWN], 8, ""),
        ([*CAPS, CROWN], None, ""),
        ([*CAPS, CROWN], 10, "8 of 10 tokens are here"),
        ([*CAPS, token(9)], None, "1 of 8 tokens have no traits: not revealed, or not read"),
        ([token(1), token(2)], None, ""),
    ],
)
def test_ranks_of_a_part_say_so(tokens, supply, said):
    assert rank(tokens, supply).partial == said


def test_the_checksum_knows_the_traits_and_not_their_order():
    one = rank([*CAPS, CROWN]).checksum
    assert rank([CROWN, *CAPS[::-1]]).checksum == one
    assert rank([*CAPS, token(7, ("Hat", "crown "))]).checksum == one
    assert rank([*CAPS, token(7, ("Hat", "Tiara"))]).checksum != one
    assert rank(CAPS).checksum != one


def test_nothing_is_ranked_where_nothing_is():
    assert rank([]).tokens == ()
    assert rank([]).entropy == 0


traits = st.lists(st.tuples(st.sampled_from("ABC"), st.sampled_from(["x", "y", "None", ""])), max_size=4)


@given(st.lists(traits, min_size=1, max_size=12))
def test_scores_are_bits_over_entropy_and_their_mean_is_one(drawn):
    kept = [[(kind, value) for kind, value in each if value] for each in drawn]
    ranking = rank([token(number, *each) for number, each in enumerate(kept)])
    assert sorted(ranks(ranking)) == list(range(len(kept)))
    assert all(part.bits >= 0 for one in ranking.tokens for part in one.parts)
    mean = math.fsum(one.score for one in ranking.tokens) / len(kept)
    assert mean == pytest.approx(1 if ranking.entropy else 0)
