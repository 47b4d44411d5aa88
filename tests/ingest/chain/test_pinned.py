"""Nodes that fail, lag, lie about their chain or know no block hashes: one block, whoever answers."""

import pytest

from ingest.chain.pinned import BLOCK, ROUNDS, PinnedChain, contract_answer
from ingest.chain.replies import NodeProblem, RpcError
from magpie.errors import SourceError

HASH = "0x" + "ab" * 32
OTHER = "0x" + "cd" * 32
CALL = ("eth_call", [{"to": "0x" + "11" * 20, "data": "0x"}, BLOCK])


class FakeNode:
    """Answers from a table: what is asked by `answers[method]`, a value or a function of the parameters."""

    def __init__(self, host="a", *, chain_id=1, block_hash=HASH, number=100, **answers):
        header = {"number": hex(number), "hash": block_hash, "timestamp": "0x65000000"}
        self.host, self.asked = host, []
        self.answers = {
            "eth_chainId": hex(chain_id),
            "eth_getBlockByNumber": header,
            "eth_call": "0x01",
            **answers,
        }

    def ask(self, calls):
        self.asked.append([method for method, _ in calls])
        found = []
        for method, params in calls:
            answer = self.answers[method]
            found.append(answer(params) if callable(answer) else answer)
        return found


def failing(problem="cannot be reached", **how):
    def fail(_):
        raise NodeProblem(problem, **how)

    return fail


def pinned(*nodes, pauses=None, tag="finalized"):
    pauses = [] if pauses is None else pauses
    return PinnedChain(list(nodes), 1, tag, pause=pauses.append)


def ask(chain, **how):
    return chain.ask([CALL], contract_answer, **how)


def test_calls_name_the_block_by_its_hash():
    named = {"blockHash": HASH, "requireCanonical": True}
    node = FakeNode(eth_call=lambda params: "0x02" if params[1] == named else "0x")
    assert ask(pinned(node)) == [b"\x02"]


def test_the_first_node_that_answers_is_asked_and_kept():
    down, up = FakeNode("down", eth_chainId=failing()), FakeNode("up")
    chain = pinned(down, up)
    ask(chain)
    ask(chain)
    assert chain.host == "up"
    assert len(down.asked) == 1


def test_a_node_that_fails_later_is_left_for_one_that_has_the_same_block():
    answers = iter(["0x01"])
    first = FakeNode("first", eth_call=lambda _: next(answers, None) or failing()(None))
    chain = pinned(first, FakeNode("second", eth_call="0x05"))
    assert [ask(chain), ask(chain)] == [[b"\x01"], [b"\x05"]]
    assert chain.host == "second"


@pytest.mark.parametrize(
    "second",
    [
        FakeNode("second", block_hash=OTHER),
        FakeNode("second", chain_id=5),
        FakeNode("second", eth_getBlockByNumber=None),
    ],
    ids=["another block", "another chain", "no such block"],
)
def test_a_second_node_with_anything_else_is_not_asked(second):
    answers = iter([None])
    first = FakeNode("first", eth_call=lambda _: next(answers, "0x01") or failing()(None))
    chain = pinned(first, second)
    assert ask(chain) == [b"\x01"]
    assert chain.host == "first"
    assert ["eth_call"] not in second.asked


def test_a_busy_node_is_asked_again_after_a_pause():
    answers = iter([RpcError(-32005, "daily request limit exceeded"), RpcError(429, "slow down"), "0x07"])
    pauses = []
    assert ask(pinned(FakeNode(eth_call=lambda _: next(answers)), pauses=pauses)) == [b"\x07"]
    assert pauses == [2.0, 4.0]


def test_when_every_node_fails_the_error_names_each_and_the_fix():
    pauses = []
    with pytest.raises(SourceError, match="mainnet could be read: a cannot be reached; b gave error -32000"):
        pinned(
            FakeNode("a", eth_chainId=failing()),
            FakeNode("b", eth_chainId=RpcError(-32000, "missing trie node")),
            pauses=pauses,
        )
    assert len(pauses) == ROUNDS - 1


def test_a_question_that_is_too_large_comes_back_to_whoever_can_divide_it():
    node = FakeNode(eth_call=failing("gave no answer within 10 s", too_much=True))
    chain = pinned(node)
    with pytest.raises(NodeProblem, match="no answer"):
        ask(chain, part=True)
    with pytest.raises(SourceError, match="could be read"):
        ask(chain)


def test_a_node_that_knows_no_hashes_is_asked_by_number_and_its_block_compared_each_time():
    node = FakeNode(eth_call=lambda p: "0x03" if p[1] == "0x64" else RpcError(-32602, "invalid block number"))
    chain = pinned(node)
    assert [ask(chain), ask(chain)] == [[b"\x03"], [b"\x03"]]
    assert chain.block.pinned_by == "number"
    assert node.asked[-1] == ["eth_call", "eth_getBlockByNumber"]


def test_a_block_that_is_replaced_while_asked_by_number_is_no_answer():
    node = FakeNode(eth_call=lambda p: "0x03" if p[1] == "0x64" else RpcError(-32602, "invalid block number"))
    chain = pinned(node)
    ask(chain)
    node.answers["eth_getBlockByNumber"] = {"number": "0x64", "hash": OTHER, "timestamp": "0x65000000"}
    with pytest.raises(SourceError, match="replaced block 100"):
        ask(chain)


def test_a_refusal_of_the_contract_is_an_answer_and_a_fault_of_the_node_is_none():
    reverted = RpcError(3, "execution reverted")
    assert ask(pinned(FakeNode(eth_call=reverted))) == [reverted]
    with pytest.raises(SourceError, match="not hex data"):
        ask(pinned(FakeNode(eth_call="zz")))
