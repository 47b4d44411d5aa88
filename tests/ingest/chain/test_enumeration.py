"""Every id is found, by whichever way the contract allows, and a lie costs a few questions."""

from random import Random

import pytest

from agent.devchain.evm import Evm
from agent.devchain.server import DevChain
from ingest.chain import enumeration
from ingest.chain.contract import Contract, probe
from ingest.chain.enumeration import find_ids, with_owner
from ingest.chain.transfers import FILE
from magpie.errors import SourceError

pytestmark = pytest.mark.network


@pytest.fixture(autouse=True)
def short_gaps(monkeypatch):
    """A thousand refusals take py-evm seconds."""
    monkeypatch.setattr(enumeration, "MISSING_IN_A_ROW", 10)


def found(reading, chain, tiles, folder, **claims):
    read = reading(chain)
    contract = probe(read.contracts, tiles.address)
    ids = find_ids(read.contracts, Contract(**{**contract.__dict__, **claims}), folder)
    return ids, read.node


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("count", [1, 2, 150])
def test_dense_ids_are_found_in_a_few_questions(chain, deploy, reading, tmp_path, first, count):
    tiles = deploy(chain, range(first, first + count))
    ids, node = found(reading, chain, tiles, tmp_path)
    assert list(ids.ids) == list(range(first, first + count))
    assert "as many as totalSupply says" in ids.how
    assert len(node.asked) < 20
    assert ids.certain


def test_enumerable_lists_ids_of_any_size(chain, deploy, reading, tmp_path):
    some = [7, 2**256 - 1, 2**64, 3]
    ids, _ = found(reading, chain, deploy(chain, some, enumerable=True), tmp_path)
    assert (list(ids.ids), ids.how) == (sorted(some), "tokenByIndex (ERC-721 Enumerable)")


def test_a_false_claim_to_be_enumerable_is_found_out(chain, deploy, reading, tmp_path):
    tiles = deploy(chain, range(20))
    chain.transact(tiles.name, "deployer", "declare", bytes.fromhex("780e9d63"), True)
    chain.evm.mine(2)
    ids, _ = found(reading, chain, tiles, tmp_path)
    assert list(ids.ids) == list(range(20))
    assert "totalSupply" in ids.how


def test_gaps_are_left_out_and_counted(chain, deploy, reading, tmp_path):
    tiles = deploy(chain, range(30))
    for burned in (3, 17, 29):
        chain.transact(tiles.name, "alice", "burn", burned)
    chain.evm.mine(2)
    ids, _ = found(reading, chain, tiles, tmp_path)
    assert list(ids.ids) == [each for each in range(29) if each not in (3, 17)]
    assert ids.notes == ("2 ids between 0 and 28 have no owner",)


def test_one_gap_and_one_id_far_away_are_not_mistaken_for_none(chain, deploy, reading, tmp_path):
    """There are as many as ``totalSupply`` says, both ends exist, and nothing follows the last."""
    some = [*(each for each in range(100) if each != 41), 56_000_000]
    ids, _ = found(reading, chain, deploy(chain, some), tmp_path)
    assert list(ids.ids) == some


def test_sparse_ids_are_found_by_their_events(chain, deploy, reading, tmp_path):
    some = [*sorted(Random(7).sample(range(2**62), 40)), 2**256 - 1]
    tiles = deploy(chain, some)
    chain.transact(tiles.name, "alice", "burn", some[5])
    chain.evm.mine(2)
    ids, _ = found(reading, chain, tiles, tmp_path)
    assert list(ids.ids) == some[:5] + some[6:]
    assert ids.how.startswith("Transfer events")
    assert (tmp_path / FILE).is_file()


@pytest.mark.parametrize("claimed", [0, 1, 19, 21, 1_000_001, 2**255, 2**256 - 1])
def test_a_wrong_total_supply_costs_no_token_and_no_endless_loop(chain, deploy, reading, tmp_path, claimed):
    tiles = deploy(chain, range(20))
    ids, node = found(reading, chain, tiles, tmp_path, supply=claimed)
    assert list(ids.ids) == list(range(20))
    assert len(node.asked) < 120
    assert any("not believed" in note for note in ids.notes) == (claimed > enumeration.MAX_IDS)


def test_without_events_ids_are_counted_up_and_nothing_is_called_certain(
    chain, deploy, reading, tmp_path, monkeypatch
):
    monkeypatch.setattr(enumeration, "minted_ids", refuse)
    tiles = deploy(chain, [1, 2, 3, 12])
    ids, _ = found(reading, chain, tiles, tmp_path, supply=None)
    assert list(ids.ids) == [1, 2, 3, 12]
    assert not ids.certain
    assert "the events could not be read (none here)" in ids.notes[-1]


def refuse(*_, **__):
    raise SourceError("none here")


def test_a_collection_without_tokens_is_an_error(chain, deploy, reading, tmp_path):
    with pytest.raises(SourceError, match="has no tokens at block"):
        found(reading, chain, deploy(chain), tmp_path)


def test_too_many_tokens_are_refused_with_the_way_out(deploy, reading, tmp_path, monkeypatch):
    monkeypatch.setattr(enumeration, "MAX_IDS", 5)
    with DevChain(Evm()) as chain:
        tiles = deploy(chain, range(100, 106))
        with pytest.raises(SourceError, match="more than 5 tokens; give --ids"):
            found(reading, chain, tiles, tmp_path)
        chain.transact(tiles.name, "alice", "burn", 100)
        chain.evm.mine(2)
        assert list(found(reading, chain, tiles, tmp_path)[0].ids) == list(range(101, 106))


def test_of_the_ids_asked_for_those_that_exist_are_taken(chain, deploy, reading):
    tiles = deploy(chain, range(5))
    read = reading(chain)
    contract = probe(read.contracts, tiles.address)
    ids = with_owner(read.contracts, contract, [3, 4, 5, 2**256 - 1])
    assert (list(ids.ids), ids.notes) == ([3, 4], ("2 of the ids given do not exist",))
    with pytest.raises(SourceError, match="none of the tokens"):
        with_owner(read.contracts, contract, [9])
