"""What holds for every set of collections, whatever their names, counts and order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.partition.lists import crossing, deal_by_lists
from ingest.partition.rules import RULES, SPLITS, Member, SetRule, cut, deal, draw, groups, shares
from magpie.errors import InputError

FULL, MINI, SMALL = RULES["NFT1000"], RULES["NFT1000-mini"], RULES["NFT100-mini"]
seeds = st.integers(0, 2**32)
names = st.text("abAB _-é!", min_size=1, max_size=4)
homes = st.sampled_from(["", "eip155:1/erc721:0x1", "eip155:1/erc721:0x2", "eip155:10/erc721:0x1"])
members = st.lists(st.builds(Member, names, st.none() | st.integers(0, 1500), homes), max_size=40)


def numbered(count, tokens=1000):
    return [Member(f"Collection {number}", tokens) for number in range(count)]


def names_of(dealt):
    return {split: [member.name for member in found] for split, found in dealt.items()}


@given(members, seeds)
def test_no_collection_crosses_a_split_under_any_name_or_contract(found, seed):
    dealt = deal(found, seed)
    assert crossing(dealt) == []
    placed = [member for split in SPLITS for member in dealt[split]]
    assert len({member.key for member in placed}) == len(placed)
    contracts = [member.home for member in placed if member.home]
    assert len(set(contracts)) == len(contracts)


@given(members, seeds)
def test_every_collection_is_dealt_once(found, seed):
    placed = [member for split in deal(found, seed).values() for member in split]
    assert len(placed) == len(groups(found))
    assert set(placed) <= set(found)


@given(members, seeds, st.randoms())
def test_the_order_of_ingest_does_not_matter(found, seed, random):
    shuffled = [*found]
    random.shuffle(shuffled)
    assert deal(shuffled, seed) == deal(found, seed)


@given(members, seeds)
def test_a_set_takes_each_collection_from_the_same_split(found, seed):
    dealt = deal(found, seed)
    for rule in RULES.values():
        chosen = cut(dealt, rule, seed)
        for split in SPLITS:
            assert set(chosen[split]) <= set(dealt[split])


@given(st.sets(st.integers(0, 2**256 - 1), max_size=60), names, seeds, st.randoms())
def test_tokens_are_drawn_by_the_seed_alone_and_sets_are_nested(ids, name, seed, random):
    shuffled = sorted(ids)
    random.shuffle(shuffled)
    small, large = SetRule("small", cap=10), SetRule("large", cap=20)
    drawn = draw(shuffled, Member(name), small, seed)
    assert drawn == draw(sorted(ids), Member(f" {name}", 7), small, seed)
    assert drawn == sorted(drawn)
    assert len(drawn) == min(10, len(ids))
    assert set(drawn) <= set(draw(shuffled, Member(name), large, seed)) <= set(ids)


def test_names_that_differ_in_case_and_spacing_are_one_collection():
    found = groups([Member("Cool Cats", 5), Member("coolcats", 9), Member("Cool Dogs", 1)])
    assert found == [[Member("coolcats", 9), Member("Cool Cats", 5)], [Member("Cool Dogs", 1)]]


def test_one_contract_under_two_names_is_one_collection_and_another_chain_is_not():
    cats, kittens = Member("Cats", 5, "eip155:1/erc721:0x1"), Member("Kittens", 6, "eip155:1/erc721:0x1")
    elsewhere = Member("Lions", 5, "eip155:10/erc721:0x1")
    assert groups([elsewhere, kittens, cats]) == [[kittens, cats], [elsewhere]]


def test_names_and_contracts_are_followed_through():
    first, second = Member("Cats", 1, "eip155:1/erc721:0x1"), Member("Kittens", 2, "eip155:1/erc721:0x2")
    assert len(groups([first, second])) == 2
    assert len(groups([first, second, Member("CATS", 3, "eip155:1/erc721:0x2")])) == 1


def test_names_without_letters_are_told_apart():
    assert len(groups([Member("!!!"), Member("???"), Member(" !!! ")])) == 2


@pytest.mark.parametrize(
    ("count", "sizes"),
    [
        (0, (0, 0, 0)),
        (1, (1, 0, 0)),
        (2, (1, 0, 1)),
        (3, (1, 1, 1)),
        (4, (2, 1, 1)),
        (17, (14, 1, 2)),
        (19, (15, 1, 3)),
        (20, (16, 1, 3)),
        (21, (17, 1, 3)),
        (999, (799, 50, 150)),
        (1000, (800, 50, 150)),
        (1001, (801, 50, 150)),
    ],
)
def test_shares_follow_the_published_ones(count, sizes):
    assert tuple(shares(count)[split] for split in SPLITS) == sizes


@given(st.integers(0, 5000))
def test_shares_add_up_and_none_is_more_than_one_collection_off(count):
    sizes = shares(count)
    assert sum(sizes.values()) == count
    if count >= 20:
        for split, share in (("train", 0.8), ("val", 0.05), ("test", 0.15)):
            assert abs(sizes[split] - count * share) < 1


def test_another_seed_deals_and_draws_otherwise():
    dealt = [names_of(deal(numbered(40), seed)) for seed in (0, 0, 1)]
    assert dealt[0] == dealt[1] != dealt[2]
    drawn = [draw(range(2000), Member("Cats"), MINI, seed) for seed in (0, 0, 1)]
    assert drawn[0] == drawn[1] != drawn[2]


def test_a_collection_draws_the_same_tokens_whatever_else_there_is():
    assert draw(range(600), Member("Cool Cats", 600), SMALL, 3) == draw(
        range(600), Member("coolcats", 600, "eip155:1/erc721:0x1"), SMALL, 3
    )
    assert draw(range(600), Member("Cats"), SMALL, 3) != draw(range(600), Member("Dogs"), SMALL, 3)


@pytest.mark.parametrize(("held", "drawn"), [(0, 0), (1, 1), (999, 999), (1000, 1000), (1001, 1000)])
def test_the_mini_set_has_at_most_a_thousand_of_each(held, drawn):
    assert len(draw(range(held), Member("Cats"), MINI, 0)) == drawn


def test_the_small_set_has_collections_of_five_hundred_only():
    chosen = cut(
        {"train": [Member("A", 499), Member("B", 500), Member("C")], "val": [], "test": []}, SMALL, 0
    )
    assert names_of(chosen) == {"train": ["B"], "val": [], "test": []}


def test_the_small_set_has_eighty_five_and_fifteen_of_the_same_splits():
    chosen = cut(deal(numbered(1000), 0), SMALL, 0)
    assert [len(chosen[split]) for split in SPLITS] == [80, 5, 15]
    assert crossing(chosen) == []


def test_lists_are_followed_and_their_spelling_gives_way_to_the_catalogues():
    held = [Member("Cool Cats", 3), Member("Azuki", 4)]
    dealt, notes = deal_by_lists(held, {"train": ["COOLCATS"], "val": ["azuki"], "test": ["Doodles"]})
    assert dealt == {"train": [held[0]], "val": [held[1]], "test": [Member("Doodles")]}
    assert notes == []


def test_a_name_listed_twice_in_one_split_counts_once_and_is_told():
    dealt, notes = deal_by_lists([], {"train": ["A", "B", "a"], "val": [], "test": []})
    assert names_of(dealt)["train"] == ["A", "B"]
    assert notes == ["'A' is listed 2 times for train: counted once"]


@pytest.mark.parametrize("other", ["Cool Cats", "coolcats", "COOL-CATS", "Kittens"])
def test_a_collection_in_two_splits_is_refused_under_whatever_name(other):
    home = "eip155:1/erc721:0x1"
    held = [Member("Cool Cats", 3, home), Member("Kittens", 3, home)]
    with pytest.raises(
        InputError, match=r"^the lists have one collection in two splits: .*\(train\).*\(test\)"
    ):
        deal_by_lists(held, {"train": ["Cool Cats"], "val": ["Azuki"], "test": [other]})


@given(members, seeds)
def test_lists_made_by_the_seed_give_the_same_splits_again(found, seed):
    dealt = deal(found, seed)
    again, notes = deal_by_lists(found, names_of(dealt))
    assert (again, notes) == (dealt, [])
