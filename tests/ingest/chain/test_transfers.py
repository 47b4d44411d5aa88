"""Ids from events: whatever limits the node has, whenever reading stops, and whoever rewrites the past."""

import json

import pytest

from agent.devchain.evm import CHAIN_ID, Evm
from agent.devchain.server import DevChain
from ingest.chain import transfers
from ingest.chain.pinned import PinnedChain
from ingest.chain.replies import RpcError
from ingest.chain.transfers import FILE, minted_ids
from magpie.errors import SourceError

pytestmark = pytest.mark.network

MOST = 10_000


@pytest.fixture(scope="module")
def small():
    """A node that gives at most 20 events to a question."""
    with DevChain(Evm(), max_logs=20) as running:
        yield running


def mint(chain, tiles, ids):
    chain.transact(tiles.name, "deployer", "mint", chain.accounts["alice"], list(ids))


@pytest.fixture(scope="module")
def tiles(small, deploy):
    """Six blocks of mints, and others' events between them."""
    tiles = deploy(small)
    for start in range(0, 60, 10):
        mint(small, tiles, range(start, start + 10))
        deploy(small, range(3))
    small.transact(tiles.name, "alice", "transferFrom", small.accounts["alice"], small.accounts["bob"], 7)
    small.evm.mine(2)
    return tiles


def asked(node):
    return sum(methods.count("eth_getLogs") for methods in node.asked)


def test_a_limit_of_results_halves_the_range_until_it_fits(small, tiles, reading, tmp_path):
    read = reading(small)
    assert minted_ids(read.chain, tiles.address, tmp_path, most=MOST) == list(range(60))
    assert 4 <= asked(read.node) < 30


def test_progress_counts_the_blocks_to_the_last_one(small, tiles, reading, tmp_path):
    ticks = []
    read = reading(small)
    minted_ids(
        read.chain,
        tiles.address,
        tmp_path,
        most=MOST,
        tick=lambda _, done, total: ticks.append((done, total)),
    )
    assert ticks == sorted(ticks)
    assert len(ticks) > 1
    assert ticks[-1][0] == ticks[-1][1] > 0


def test_a_block_with_more_events_than_the_node_gives_is_an_error(small, deploy, reading, tmp_path):
    crowded = deploy(small, range(21))
    with pytest.raises(SourceError, match="query returned more than 20 results"):
        minted_ids(reading(small).chain, crowded.address, tmp_path, most=MOST)


def test_burned_ids_are_gone_and_those_minted_again_are_back(chain, deploy, reading, tmp_path):
    tiles = deploy(chain, range(5))
    for burned in (1, 2):
        chain.transact(tiles.name, "alice", "burn", burned)
    mint(chain, tiles, [2])
    chain.evm.mine(2)
    assert minted_ids(reading(chain).chain, tiles.address, tmp_path, most=MOST) == [0, 2, 3, 4]


def test_a_second_reading_goes_on_where_the_first_ended(chain, deploy, reading, tmp_path):
    tiles = deploy(chain, range(5))
    minted_ids(reading(chain).chain, tiles.address, tmp_path, most=MOST)
    again = reading(chain)
    assert minted_ids(again.chain, tiles.address, tmp_path, most=MOST) == list(range(5))
    assert asked(again.node) == 0
    mint(chain, tiles, [900])
    chain.evm.mine(2)
    later = reading(chain)
    assert minted_ids(later.chain, tiles.address, tmp_path, most=MOST) == [0, 1, 2, 3, 4, 900]
    assert asked(later.node) == 2


def test_a_reading_that_is_cut_short_is_continued(small, tiles, reading, tmp_path, monkeypatch):
    monkeypatch.setattr(transfers, "SAVE_EVERY", 1)
    monkeypatch.setattr(transfers, "FIRST_RANGE", 2)
    monkeypatch.setattr(transfers, "LARGEST_RANGE", 2)
    read = reading(small)
    ask, left = read.node.ask, [4]

    def killed_after_four(calls):
        if calls[0][0] == "eth_getLogs":
            left[0] -= 1
            if left[0] < 0:
                raise KeyboardInterrupt
        return ask(calls)

    read.node.ask = killed_after_four
    with pytest.raises(KeyboardInterrupt):
        minted_ids(read.chain, tiles.address, tmp_path, most=MOST)
    done = json.loads((tmp_path / FILE).read_text())
    again = reading(small)
    assert minted_ids(again.chain, tiles.address, tmp_path, most=MOST) == list(range(60))
    blocks = again.chain.block.number - done["through"]
    assert asked(again.node) == 2 * -(-blocks // 2)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda saved: saved | {"hash": "0x" + "ab" * 32},
        lambda saved: saved | {"through": saved["through"] + 5},
        lambda saved: saved | {"of": "0x" + "11" * 20},
        lambda saved: {"through": 3},
        lambda saved: [1, 2],
    ],
    ids=["another past", "ahead of the pinned block", "another contract", "incomplete", "no record"],
)
def test_progress_that_is_not_of_this_chain_is_not_continued(chain, deploy, reading, tmp_path, spoil):
    tiles = deploy(chain, range(5))
    minted_ids(reading(chain).chain, tiles.address, tmp_path, most=MOST)
    saved = json.loads((tmp_path / FILE).read_text())
    right = (tmp_path / FILE).read_bytes()
    (tmp_path / FILE).write_text(json.dumps(spoil(dict(saved, ids=["77"]))))
    assert minted_ids(reading(chain).chain, tiles.address, tmp_path, most=MOST) == list(range(5))
    assert (tmp_path / FILE).read_bytes() == right


# -- nodes that cannot be trusted

A = "0x" + "11" * 20
MINTED = [transfers.TRANSFER, "0x" + "0" * 64, "0x" + "22".rjust(64, "0"), "0x" + "07".rjust(64, "0")]
LOG = {"address": A, "topics": MINTED, "blockNumber": "0x5", "logIndex": "0x0"}


class FakeNode:
    """Ten blocks; ``logs`` for each question, or what it does with a range."""

    host = "fake"

    def __init__(self, logs, code="0x60"):
        self.logs, self.code, self.ranges = logs, code, []

    def ask(self, calls):
        return [self._answer(method, params) for method, params in calls]

    def _answer(self, method, params):
        if method == "eth_getLogs":
            first, last = int(params[0]["fromBlock"], 16), int(params[0]["toBlock"], 16)
            self.ranges.append((first, last))
            return self.logs(first, last) if callable(self.logs) else self.logs
        header = {"number": "0xa", "hash": "0x" + "ab" * 32, "timestamp": "0x1"}
        return {"eth_chainId": hex(CHAIN_ID), "eth_getCode": self.code}.get(method, header)


def ids_of(node, folder, most=MOST):
    return minted_ids(PinnedChain([node], CHAIN_ID, "latest", pause=lambda _: None), A, folder, most=most)


@pytest.mark.parametrize(
    "log",
    [
        5,
        {**LOG, "address": "0x" + "33" * 20},
        {**LOG, "blockNumber": "0xb"},
        {**LOG, "blockNumber": "ten"},
        {**LOG, "topics": None},
        {**LOG, "topics": ["0x" + "ff" * 32, *MINTED[1:]]},
        {**LOG, "topics": [*MINTED[:1], MINTED[2], MINTED[2], MINTED[3]]},
    ],
    ids=["no object", "another contract", "outside", "no number", "no topics", "another event", "a transfer"],
)
def test_events_that_nobody_asked_for_are_no_answer(log, tmp_path):
    with pytest.raises(SourceError, match="fake gave"):
        ids_of(FakeNode([log]), tmp_path)


def test_events_without_an_id_among_their_topics_are_passed_over(tmp_path):
    assert ids_of(FakeNode([LOG, {**LOG, "topics": MINTED[:3]}]), tmp_path) == [7]


def test_a_limit_of_blocks_in_any_words_is_kept(tmp_path):
    refusal = RpcError(-32600, "You can make eth_getLogs requests with up to a 3 block range")
    node = FakeNode(lambda first, last: refusal if last - first > 2 else [])
    assert ids_of(node, tmp_path) == []
    assert sorted(
        {each for first, last in node.ranges if last - first < 3 for each in range(first, last + 1)}
    ) == [*range(11)]


def test_a_node_without_the_past_s_state_is_read_from_the_first_block(tmp_path):
    node = FakeNode([], code=RpcError(-32000, "missing trie node"))
    ids_of(node, tmp_path)
    assert node.ranges[0][0] == 0
    kept = FakeNode([])
    ids_of(kept, tmp_path / "other")
    assert kept.ranges[0] == (0, 10)


def test_more_ids_than_are_taken_end_the_reading(tmp_path):
    logs = [{**LOG, "topics": [*MINTED[:3], f"0x{each:064x}"]} for each in range(11)]
    with pytest.raises(SourceError, match="more than 10 tokens"):
        ids_of(FakeNode(logs), tmp_path, most=10)
