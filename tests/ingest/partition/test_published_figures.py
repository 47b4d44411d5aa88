"""The full lists of NFT1000 against its published table, and where the two part."""

import json
from pathlib import Path

import pytest

from ingest.partition.lists import PUBLISHED, crossing, deal_by_lists, read_counts, read_lists
from ingest.partition.plan import Request, make
from ingest.partition.rules import SPLITS, groups
from magpie.settings import Settings

pytestmark = pytest.mark.shared

TWICE = "UninterestedUnicorns"
UNCOUNTED = {
    "train": {
        "Sora's Dreamworld",
        "ROBOROVSKI",
        "Clementine's Nightmare",
        "The Dev",
        "XOiDs",
        "PBag",
        "Moonbears",
    },
    "val": set(),
    "test": {"RSTLSS ✕ CrypToadz"},
}


@pytest.fixture(scope="module")
def files():
    folder = Path(__file__).resolve().parents[4] / "shared" / "data" / "collections"
    found = folder / "NFT1000_partitioning.json", folder / "nft1000_counts.json"
    if not all(file.is_file() for file in found):
        pytest.skip(f"no official lists at {folder}")
    return found


@pytest.fixture(scope="module")
def sets(files, tmp_path_factory):
    request = Request(official=files[0], counts=files[1])
    settings = Settings(home=tmp_path_factory.mktemp("home"))
    return {one.rule.name: one for one in make(request, settings, tick=lambda *_: None)}


@pytest.fixture(scope="module")
def counts(files):
    return {member.name: member.tokens for member in read_counts(files[1])}


def missing(sets, name):
    """Published less ours, in tokens, by split."""
    return {split: PUBLISHED[name][split][1] - sets[name].counts[split][1] for split in SPLITS}


def test_no_collection_is_in_two_splits_of_any_set(sets, files):
    for one in sets.values():
        assert crossing(one.dealt) == []
    dealt, _ = deal_by_lists([], read_lists(files[0]))
    assert len(groups(member for split in SPLITS for member in dealt[split])) == 1000


def test_the_numbers_of_collections_are_the_published_ones(sets):
    for name, one in sets.items():
        ours = {split: collections for split, (collections, _) in one.counts.items()}
        assert ours == {split: collections for split, (collections, _) in PUBLISHED[name].items()}


def test_the_known_defects_are_told(sets):
    assert sets["NFT1000"].notes[0] == f"'{TWICE}' is listed 2 times for train: counted once"
    assert sets["NFT1000"].notes[1].startswith("8 listed collections are not in the counts: ")
    assert len(sets["NFT1000"].notes) == 2
    for split, names in UNCOUNTED.items():
        dealt = sets["NFT1000"].dealt[split]
        assert {member.name for member in dealt if member.tokens is None} == names


def test_the_small_set_is_the_published_size(sets):
    assert missing(sets, "NFT100-mini") == {"train": 0, "val": 0, "test": 0}


def test_validation_is_the_published_size(sets):
    assert missing(sets, "NFT1000")["val"] == missing(sets, "NFT1000-mini")["val"] == 0


def test_test_lacks_the_one_collection_without_a_count(sets):
    """Both figures agree that it has 2,208 tokens, of which the mini set takes 1,000."""
    assert len(UNCOUNTED["test"]) == 1
    size = missing(sets, "NFT1000")["test"]
    assert size == 2_208
    assert missing(sets, "NFT1000-mini")["test"] == min(1000, size)


def test_the_published_table_counts_the_collection_twice_that_is_listed_twice(files):
    """Its rows are numbered to 1001, for 1000 names: of nine numbers without a count one is the double's."""
    numbered = {index for index, _ in json.loads(files[1].read_text()).values()}
    absent = set(range(1, 1002)) - numbered
    assert max(numbered) == 1001
    assert len(absent) == len(set.union(*UNCOUNTED.values())) + 1
    assert sum(len(names) for names in read_lists(files[0]).values()) == 1001
    assert sum(tokens for _, tokens in PUBLISHED["NFT1000"].values()) == 7_563_003


def test_train_lacks_the_double_and_seven_collections_of_plausible_size(sets, counts):
    """30,057 tokens: 6,900 of the double, and 23,157 of the seven (Moonbears has 4,000)."""
    lacking = missing(sets, "NFT1000")["train"]
    assert (lacking, counts[TWICE], lacking - counts[TWICE]) == (30_057, 6_900, 23_157)
    assert len(UNCOUNTED["train"]) == 7


def test_in_train_157_tokens_of_collections_below_a_thousand_remain_unexplained(sets):
    """Were the double counted twice, and each of the seven a thousand or larger, 157 would be lacking yet.

    They are not those of small collections counted as a full thousand: no choice of these makes 157. A count
    that is 157 too low fits both figures, and leaves a round 23,000 to the seven; which one cannot be told.
    """
    lacking = missing(sets, "NFT1000-mini")["train"]
    most = 1000 * (1 + len(UNCOUNTED["train"]))
    assert (lacking, most, lacking - most) == (8_157, 8_000, 157)
    assert missing(sets, "NFT1000")["train"] - 6_900 - 157 == 23_000
    short = [1000 - m.tokens for m in sets["NFT1000"].dealt["train"] if m.tokens and m.tokens < 1000]
    sums = {0}
    for lack in short:
        sums |= {lack + other for other in sums}
    assert len(short) == 22
    assert 157 not in sums
