"""What a few URIs tell of all, and what of one names a version."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.chain.uris import Pattern, find_pattern, origin_of, sample_of, study, uris_of


@given(
    st.sampled_from(["ipfs://Qm1/", "https://1.example/7/", "ar://x1/", ""]),
    st.sampled_from(["", ".json", "?v=1"]),
    st.booleans(),
    st.sets(st.integers(0, 2**256 - 1), min_size=3, max_size=8),
)
def test_base_and_index_are_found_whatever_digits_surround_them(prefix, suffix, hexadecimal, ids):
    sample = {each: Pattern(prefix, suffix, hexadecimal).uri(each) for each in ids}
    assert all(find_pattern(sample).uri(each) == uri for each, uri in sample.items())


@pytest.mark.parametrize(
    "sample",
    [
        {},
        {1: "ipfs://a/1", 2: "ipfs://a/2"},
        {1: "ipfs://a/1", 2: "ipfs://a/2", 3: "ipfs://b/3"},
        {1: "ipfs://a/1", 2: "ipfs://a/2", 3: "ipfs://a/4"},
        {1: "ipfs://a", 2: "ipfs://a", 3: "ipfs://a"},
        {
            1: 'data:application/json,{"n":1}',
            2: 'data:application/json,{"n":2}',
            3: 'data:application/json,{"n":3}',
        },
    ],
    ids=["none", "too few", "another base", "another index", "all the same", "in the URI itself"],
)
def test_what_is_no_pattern_is_not_taken_for_one(sample):
    assert find_pattern(sample) is None


@pytest.mark.parametrize(
    ("uri", "origin"),
    [
        ("ipfs://a/1", "ipfs://a/1"),
        ("https://x.example/1", "https://x.example/1"),
        ("https://x.example/1?ts=1700000000", "https://x.example/1"),
        ("https://x.example/t?id=1&Nonce=5&v=2#f", "https://x.example/t?id=1&v=2#f"),
        ("https://x.example/t?text=1&timer=2", "https://x.example/t?text=1&timer=2"),
        ("https://[x.example/1?t=1", "https://[x.example/1?t=1"),
        ("x" * 300, "x" * 300),
    ],
)
def test_a_moment_is_no_part_of_a_version(uri, origin):
    assert origin_of(uri) == origin


def test_a_long_uri_is_known_by_its_digest():
    first, second = origin_of("data:" + "x" * 300), origin_of("data:" + "x" * 301)
    assert first.startswith("sha256:")
    assert first != second


@pytest.mark.parametrize("count", [0, 1, 2, 7, 8, 9, 10_000])
def test_a_sample_has_both_ends_and_is_the_same_each_time(count):
    ids = range(count)
    sample = sample_of(ids, 8, 12, seed="a")
    assert sample == sample_of(ids, 8, 12, seed="a")
    assert sample == sorted(set(sample))
    assert set(sample) <= set(ids)
    assert not count or {0, count - 1} <= set(sample)
    assert len(sample) == min(count, len(sample)) <= 20


# -- on a chain


@pytest.mark.network
def test_a_pattern_spares_a_call_for_each_token(chain, deploy, reading):
    tiles = deploy(chain, range(150), base="ipfs://tiles/", suffix=".json")
    read = reading(chain)
    found = study(read.contracts, tiles.address, range(150))
    before = len(read.node.asked)
    uris = dict(uris_of(read.contracts, tiles.address, range(150), found.pattern))
    assert (str(found.pattern), found.alike, found.unstable) == ("ipfs://tiles/{id}.json", False, False)
    assert uris == {each: f"ipfs://tiles/{each}.json" for each in range(150)}
    assert len(read.node.asked) == before


@pytest.mark.network
def test_without_a_pattern_every_token_is_asked_for(chain, deploy, reading):
    tiles = deploy(chain, range(150), base="ipfs://tiles/")
    chain.transact(tiles.name, "deployer", "setURIs", [0, 149], ["ipfs://first", "ipfs://last"])
    chain.evm.mine(2)
    read = reading(chain)
    found = study(read.contracts, tiles.address, range(150))
    assert found.pattern is None
    uris = list(uris_of(read.contracts, tiles.address, range(151), None))
    assert uris[0] == (0, "ipfs://first")
    assert uris[149:] == [(149, "ipfs://last"), (150, "")]
    assert uris[1:149] == [(each, f"ipfs://tiles/{each}") for each in range(1, 149)]


@pytest.mark.network
def test_one_uri_for_all_tokens_means_not_revealed(chain, deploy, reading):
    tiles = deploy(chain, range(30))
    chain.transact(tiles.name, "deployer", "setBase", "", "", "ipfs://placeholder")
    chain.evm.mine(2)
    found = study(reading(chain).contracts, tiles.address, range(30))
    assert (found.alike, found.pattern) == (True, None)
    assert not study(reading(chain).contracts, tiles.address, [3]).alike


@pytest.mark.network
def test_uris_that_differ_between_two_reads_of_one_block_are_called_unstable(chain, deploy, reading):
    """A contract can tell from the gas it has left that it is asked in a multicall."""
    tiles = deploy(chain, range(30))
    read = reading(chain)
    apart = read.contracts.apart
    read.contracts.apart = lambda calls: [bytes(64) if calls else None, *apart(calls)[1:]][: len(calls)]
    assert study(read.contracts, tiles.address, range(30)).unstable
    assert study(read.contracts, tiles.address, range(30)).pattern is None
