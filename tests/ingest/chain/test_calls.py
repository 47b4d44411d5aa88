"""Many calls in few questions, and the same answers by every way."""

import pytest
from eth_abi.abi import encode

from ingest.chain import abi
from ingest.chain.calls import FIRST, MULTICALL, Contracts
from ingest.chain.pinned import PinnedChain
from ingest.chain.replies import NodeProblem, RpcError

pytestmark = pytest.mark.network

BOMB = "6020600052620f4240602052620f42806000f3"  # a string of a million bytes


@pytest.fixture(scope="module")
def tiles(chain, deploy):
    return deploy(chain, range(300), base="ipfs://tiles/")


def uris(contracts, address, ids):
    answers = contracts.all(*(abi.call(address, abi.TOKEN_URI, each) for each in ids))
    return [
        abi.as_text(answer, 1000) if isinstance(answer, bytes) else answer.is_revert for answer in answers
    ]


EXPECTED = [f"ipfs://tiles/{each}" for each in range(300)] + [True, True]


def test_hundreds_of_calls_take_a_few_questions(chain, tiles, reading):
    read = reading(chain)
    before = len(read.node.asked)
    assert uris(read.contracts, tiles.address, range(302)) == EXPECTED
    assert len(read.node.asked) - before < 12
    assert read.contracts.way == "Multicall3"


def test_without_a_multicall_the_answers_are_the_same(chain_without_multicall, deploy, reading):
    tiles = deploy(chain_without_multicall, range(300), base="ipfs://tiles/")
    read = reading(chain_without_multicall)
    assert read.contracts.way == "one eth_call each"
    assert uris(read.contracts, tiles.address, range(302)) == EXPECTED
    assert uris(read.contracts, tiles.address, []) == []


def test_an_answer_too_long_for_multicall_is_read_by_itself(chain, deploy, reading):
    long = deploy(chain, range(70))
    chain.transact(long.name, "deployer", "setURIs", [5], ["x" * 2000])
    chain.evm.mine(2)
    found = uris(reading(chain).contracts, long.address, range(70))
    assert found[5] is None  # longer than this test takes, and read all the same
    assert found[:5] + found[6:] == [f"ipfs://base/{each}" for each in range(70) if each != 5]


def test_a_contract_that_answers_with_a_megabyte_costs_no_other(chain, tiles, deploy_code, reading):
    bomb = deploy_code(chain, BOMB, "Bomb")
    read = reading(chain)
    calls = [abi.call(tiles.address, abi.TOKEN_URI, each) for each in range(40)]
    calls[20:20] = [abi.call(bomb, abi.NAME)]
    answers = read.contracts.all(*calls)
    assert [abi.as_text(answer, 1000) for answer in answers] == [*EXPECTED[:20], None, *EXPECTED[20:40]]


def test_a_silent_refusal_is_asked_again_alone(chain, tiles, deploy_code, reading):
    """In a multicall a call that runs out of gas looks like one that was refused."""
    silent = deploy_code(chain, "60006000fd", "Silent")
    read = reading(chain)
    before = len(read.node.asked)
    refused, found = read.contracts.all(abi.call(silent, abi.NAME), abi.call(tiles.address, abi.TOKEN_URI, 1))
    assert refused.is_revert
    assert abi.as_text(found, 100) == "ipfs://tiles/1"
    assert len(read.node.asked) - before == 2


# -- nodes with limits


class Limited:
    """A node with a working multicall, whose ``most`` calls a question are few."""

    host = "limited"

    def __init__(self, most, problem):
        self.most, self.problem, self.sizes = most, problem, []

    def ask(self, calls):
        return [self._answer(method, params) for method, params in calls]

    def _answer(self, method, params):
        if method != "eth_call":
            header = {"number": "0x1", "hash": "0x" + "ab" * 32, "timestamp": "0x1"}
            return {"eth_chainId": "0x1", "eth_getCode": "0x60"}.get(method, header)
        if params[0]["to"] != MULTICALL:
            return "0x" + params[0]["data"][-2:]
        count = int(params[0]["data"][2 + 8 + 64 : 2 + 8 + 128], 16)
        self.sizes.append(count)
        if count > self.most:
            if isinstance(self.problem, Exception):
                raise self.problem
            return self.problem
        return "0x" + encode(["(bool,bytes)[]"], [[(True, b"\x01")] * count]).hex()


@pytest.mark.parametrize(
    "problem",
    [
        RpcError(-32000, "out of gas"),
        RpcError(3, "execution reverted"),
        NodeProblem("gave no answer within 10 s", too_much=True),
        "0x",
        "0x" + "ff" * 64,
    ],
    ids=["out of gas", "reverted", "too slow", "empty", "nonsense"],
)
def test_a_question_too_large_is_halved_and_grows_back_slowly(problem):
    node = Limited(50, problem)
    contracts = Contracts(PinnedChain([node], 1, "latest", pause=lambda _: None))
    answers = contracts.all(*(abi.call("0x" + "11" * 20, abi.NAME) for _ in range(1000)))
    assert answers == [b"\x01"] * 1000
    assert node.sizes[0] == FIRST
    assert len(node.sizes) < 45  # 20 would do if the limit were known
    assert max(node.sizes[1:]) < 64


def test_a_multicall_that_never_answers_is_given_up():
    node = Limited(0, "0x")
    contracts = Contracts(PinnedChain([node], 1, "latest", pause=lambda _: None))
    answers = contracts.all(*(abi.call("0x" + "11" * 20, abi.OWNER_OF, each) for each in range(200)))
    assert answers == [bytes([each]) for each in range(200)]
    assert contracts.way == "one eth_call each"
    assert len(node.sizes) < 30
