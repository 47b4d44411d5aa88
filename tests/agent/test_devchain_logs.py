"""The development chain's events and its Multicall3, as a node and the real contract give them."""

import pytest

from agent.devchain.contracts import COLLECTIBLE, compiled
from agent.devchain.evm import MULTICALL_ADDRESS, Evm
from agent.devchain.rpc import Rpc

TRANSFER = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"
ZERO = "0x" + "0" * 64


@pytest.fixture(scope="module")
def evm():
    return Evm()


@pytest.fixture(scope="module")
def rpc(evm):
    """One collection: minted in blocks 2 and 3, a transfer in block 4, another collection in 5 and 6."""
    arguments = ("Tiles", "TL", "ipfs://base/", "", False)
    abi, creation, _ = compiled(COLLECTIBLE)
    alice, bob = evm.accounts["alice"], evm.accounts["bob"]
    deployer = evm.accounts["deployer"]
    tiles = evm.deploy(creation, abi, *arguments)
    evm.transact(deployer, tiles, abi, "mint", alice, [1, 2])
    evm.transact(deployer, tiles, abi, "mint", alice, [2**256 - 1])
    evm.transact(alice, tiles, abi, "transferFrom", alice, bob, 2)
    other = evm.deploy(creation, abi, *arguments)
    evm.transact(deployer, other, abi, "mint", alice, [9])
    evm.mine(2)
    answering = Rpc(evm, max_logs=4)
    answering.tiles, answering.other = tiles.lower(), other.lower()
    return answering


def ask(rpc, method, *params):
    return rpc._one({"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)})


def logs(rpc, **wanted):
    return ask(rpc, "eth_getLogs", {"fromBlock": "0x0", "toBlock": "latest", **wanted})["result"]


def ids(found):
    return [int(log["topics"][3], 16) for log in found]


def test_events_are_filtered_by_address_topic_and_block(rpc):
    assert ids(logs(rpc, address=rpc.tiles)) == [1, 2, 2**256 - 1, 2]
    assert ids(logs(rpc, address=[rpc.other])) == [9]
    assert ids(logs(rpc, address=rpc.tiles, topics=[TRANSFER, ZERO])) == [1, 2, 2**256 - 1]
    assert ids(logs(rpc, topics=[[TRANSFER], ZERO, None, [f"0x{9:064x}", f"0x{1:064x}"]])) == [1, 9]
    assert ids(logs(rpc, address=rpc.tiles, fromBlock="0x3", toBlock="0x3")) == [2**256 - 1]
    assert logs(rpc, topics=[ZERO]) == []


def test_an_event_says_where_it_is(rpc):
    first, second = logs(rpc, fromBlock="0x2", toBlock="0x2")
    block = ask(rpc, "eth_getBlockByNumber", "0x2", False)["result"]
    assert (first["address"], first["topics"][0], first["data"]) == (rpc.tiles, TRANSFER, "0x")
    assert (first["blockNumber"], first["blockHash"]) == ("0x2", block["hash"])
    assert block["transactions"] == [first["transactionHash"]]
    assert [first["logIndex"], second["logIndex"]] == ["0x0", "0x1"]
    assert ids(ask(rpc, "eth_getLogs", {"blockHash": block["hash"]})["result"]) == [1, 2]


def test_more_results_than_the_limit_are_refused_as_public_nodes_do(rpc):
    assert len(logs(rpc, address=rpc.tiles)) == 4
    refused = ask(rpc, "eth_getLogs", {"fromBlock": "0x0", "toBlock": "latest"})
    assert refused["error"] == {"code": -32005, "message": "query returned more than 4 results"}


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ("latest", -32602),
        ({"fromBlock": "0x0", "blockHash": ZERO}, -32602),
        ({"blockHash": ZERO}, -32000),
        ({"fromBlock": "0x0", "toBlock": "0xffffff"}, -32000),
        ({"address": "0x12"}, -32602),
        ({"topics": TRANSFER}, -32602),
        ({"topics": [TRANSFER] * 5}, -32602),
        ({"topics": ["0x12"]}, -32602),
        ({"address": [ZERO] * 101}, -32602),
    ],
)
def test_a_malformed_filter_is_an_error(rpc, wanted, code):
    assert ask(rpc, "eth_getLogs", wanted)["error"]["code"] == code


def aggregate(evm, calls):
    """The results of the canonical Multicall3 for (address, call data)."""
    from eth_abi.abi import decode, encode

    entries = [(to, True, bytes.fromhex(data)) for to, data in calls]
    data = bytes.fromhex("82ad56cb") + encode(["(address,bool,bytes)[]"], [entries])
    head = evm.header_at("latest")
    done = evm.call_at(head, to=bytes.fromhex(MULTICALL_ADDRESS[2:]), data=data, sender=b"\1" * 20)
    return None if done.failure else decode(["(bool,bytes)[]"], done.output)[0]


def test_multicall_answers_each_call_and_survives_refusals(evm, rpc):
    uri = "c87b56dd"
    calls = [(rpc.tiles, f"{uri}{each:064x}") for each in (1, 3, 2)]
    (first, one), (second, _), (third, two) = aggregate(evm, calls)
    assert (first, second, third) == (True, False, True)
    assert b"ipfs://base/1" in one
    assert b"ipfs://base/2" in two


@pytest.mark.parametrize(("count", "answered"), [(100, True), (101, False)])
def test_multicall_takes_a_hundred_calls(evm, rpc, count, answered):
    results = aggregate(evm, [(rpc.tiles, "18160ddd")] * count)
    assert (results is not None) == answered


def test_multicall_can_be_left_out():
    bare = Evm(multicall=False)
    assert bare.code_at(bare.header_at("latest"), bytes.fromhex(MULTICALL_ADDRESS[2:])) == b""


def test_a_thousand_tokens_are_minted_in_a_few_blocks(evm):
    abi, creation, _ = compiled(COLLECTIBLE)
    many = evm.deploy(creation, abi, "Many", "M", "ipfs://base/", "", True)
    before = evm.header_at("latest").block_number
    for start in range(0, 1000, 200):
        evm.transact(
            evm.accounts["deployer"],
            many,
            abi,
            "mint",
            evm.accounts["alice"],
            list(range(start, start + 200)),
        )
    assert evm.header_at("latest").block_number == before + 5
