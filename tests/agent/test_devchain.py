"""The development chain: real blocks and contracts, answered as a node answers, to this machine only."""

import http.client
import json
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest

from agent.devchain.holdings import share_out
from agent.devchain.server import DevChain
from magpie.catalog import Catalog
from magpie.domain import DEV_CHAIN, MAINNET, Collection, local_contract
from magpie.errors import InputError

pytestmark = pytest.mark.network

PUNKS = Collection(name="CRYPTOPUNKS", chain=MAINNET, contract="0xb47e3cd837ddf8e4c57f05d70ab865de6e193bbb")
ROBOTS = Collection(name="Öddities of 🦾", chain=DEV_CHAIN, contract=local_contract("Robots"))
OWNER_OF_1 = "0x6352211e" + "1".rjust(64, "0")
OWNER_OF_2 = "0x6352211e" + "2".rjust(64, "0")


@pytest.fixture(scope="module")
def chain():
    with DevChain.start({PUNKS: {"alice": (0,)}, ROBOTS: {"bob": (1,)}}) as running:
        yield running


def post(chain, body, **headers):
    """Status and decoded body of one POST."""
    connection = http.client.HTTPConnection(chain.url.removeprefix("http://"), timeout=10)
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    try:
        connection.request("POST", "/", raw, {"Content-Type": "application/json", **headers})
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()


def rpc(chain, method, *params):
    """The whole JSON-RPC reply."""
    return post(chain, {"jsonrpc": "2.0", "id": 7, "method": method, "params": list(params)})[1]


def call(chain, data, block):
    return rpc(chain, "eth_call", {"to": chain.contracts[ROBOTS.name], "data": data}, block)


# -- as a node


def test_chain_says_it_is_1337(chain):
    assert rpc(chain, "eth_chainId") == {"jsonrpc": "2.0", "id": 7, "result": "0x539"}


def test_tags_lag_behind_the_head_as_on_a_real_chain(chain):
    number = {
        tag: int(rpc(chain, "eth_getBlockByNumber", tag, False)["result"]["number"], 16)
        for tag in ("latest", "safe", "finalized")
    }
    assert number["latest"] == int(rpc(chain, "eth_blockNumber")["result"], 16)
    assert (number["latest"] - number["safe"], number["latest"] - number["finalized"]) == (1, 2)


def test_block_is_the_same_by_number_and_by_hash(chain):
    by_number = rpc(chain, "eth_getBlockByNumber", "0x1", False)["result"]
    assert rpc(chain, "eth_getBlockByHash", by_number["hash"], False)["result"] == by_number
    assert by_number["parentHash"] == rpc(chain, "eth_getBlockByNumber", "earliest", False)["result"]["hash"]


def test_unknown_block_is_null(chain):
    assert rpc(chain, "eth_getBlockByNumber", "0xffffff", False)["result"] is None
    assert rpc(chain, "eth_getBlockByHash", "0x" + "ab" * 32, False)["result"] is None


def test_no_block_is_in_the_future(chain):
    assert int(rpc(chain, "eth_getBlockByNumber", "latest", False)["result"]["timestamp"], 16) <= time.time()


def test_call_is_answered_at_a_tag_a_number_and_a_hash(chain):
    head = rpc(chain, "eth_getBlockByNumber", "latest", False)["result"]
    bob = "0x" + chain.accounts["bob"][2:].lower().rjust(64, "0")
    pinned = {"blockHash": head["hash"], "requireCanonical": True}
    for block in ("latest", "finalized", head["number"], pinned, {"blockNumber": head["number"]}):
        assert call(chain, OWNER_OF_1, block)["result"] == bob
    assert call(chain, OWNER_OF_1, "0x0")["result"] == "0x"
    assert rpc(chain, "eth_getCode", chain.contracts[ROBOTS.name], "0x0")["result"] == "0x"


def test_call_at_an_unknown_block_is_an_error(chain):
    for block in ({"blockHash": "0x" + "ab" * 32}, "0xffffff"):
        assert call(chain, OWNER_OF_1, block)["error"] == {"code": -32000, "message": "header not found"}


def test_revert_is_code_3_with_reason_and_data_as_geth_gives_it(chain):
    error = call(chain, OWNER_OF_2, "latest")["error"]
    assert (error["code"], error["message"]) == (3, "execution reverted: ERC721: invalid token ID")
    assert error["data"].startswith("0x08c379a0")


def test_call_changes_nothing(chain):
    mint = "0x156e29f6" + "0" * 128
    before = rpc(chain, "eth_getBlockByNumber", "latest", False)["result"]["stateRoot"]
    call(chain, mint, "latest")
    assert rpc(chain, "eth_getBlockByNumber", "latest", False)["result"]["stateRoot"] == before


def test_nothing_can_be_written_over_http(chain):
    for method in (
        "eth_sendTransaction",
        "eth_sendRawTransaction",
        "evm_revert",
        "eth_sign",
        "personal_unlockAccount",
    ):
        assert rpc(chain, method)["error"]["code"] == -32601


def test_web3_reads_it_as_any_node(chain):
    from web3 import HTTPProvider, Web3

    node = Web3(HTTPProvider(chain.url))
    assert node.eth.get_block("finalized")["number"] == node.eth.block_number - 2
    assert node.eth.get_balance(chain.accounts["alice"]) == 10**24


# -- contracts


def test_collection_has_its_name_and_declares_erc721(chain):
    from web3 import HTTPProvider, Web3

    from agent.devchain.contracts import ERC721, compiled

    contract = Web3(HTTPProvider(chain.url)).eth.contract(
        chain.contracts[ROBOTS.name], abi=compiled(ERC721).abi
    )
    assert contract.functions.name().call() == ROBOTS.name
    assert contract.functions.balanceOf(chain.accounts["bob"]).call() == 1
    declared = [
        contract.functions.supportsInterface(bytes.fromhex(i)).call()
        for i in ("01ffc9a7", "80ac58cd", "ffffffff")
    ]
    assert declared == [True, True, False]


def test_punks_keep_the_functions_of_the_original(chain):
    from web3 import HTTPProvider, Web3

    from agent.devchain.contracts import PUNKS as PUNKS_SOURCE
    from agent.devchain.contracts import compiled

    contract = Web3(HTTPProvider(chain.url)).eth.contract(
        chain.contracts[PUNKS.name], abi=compiled(PUNKS_SOURCE).abi
    )
    assert contract.functions.symbol().call() == "C"
    assert contract.functions.punksRemainingToAssign().call() == 9_999
    assert contract.functions.allPunksAssigned().call() is True
    assert contract.functions.punkIndexToAddress(0).call() == chain.accounts["alice"]


@pytest.mark.parametrize(
    "holdings",
    [
        {ROBOTS: {"alice": (1, 1)}},
        {PUNKS: {"alice": (10_000,)}},
        {ROBOTS: {"mallory": (1,)}},
        {ROBOTS: {"0x12": (1,)}},
    ],
    ids=["twice", "punk 10000", "no such account", "no address"],
)
def test_impossible_holdings_are_refused(holdings):
    with pytest.raises(InputError):
        DevChain.start(holdings)


def test_only_the_holder_moves_a_token(chain):
    with pytest.raises(InputError, match="refused"):
        chain.transfer(PUNKS.name, 0, sender="bob", receiver="carol")
    with pytest.raises(InputError, match="refused"):
        chain.burn(ROBOTS.name, 1, sender="alice")


def test_any_address_may_hold():
    stranger = "0x" + "ab" * 20
    with DevChain.start({ROBOTS: {stranger: tuple(range(450))}}) as chain:
        assert call(chain, "0x6352211e" + f"{449:064x}", "finalized")["result"].endswith("ab" * 20)


# -- the door


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "localhost:8545"}, 200),
        ({"Host": "evil.example:8545"}, 403),
        ({"Host": "evil.example"}, 403),
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Length": "9" * 5_000}, 413),
        ({"Content-Length": "-1"}, 413),
        ({"Content-Length": "ten"}, 413),
    ],
)
def test_only_json_from_this_machine_is_taken(chain, headers, status):
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "eth_chainId"}).encode()
    assert post(chain, body, **headers)[0] == status


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", -32700),
        (b"nonsense", -32700),
        (b"\xff", -32700),
        (b"[" * 100_000, -32700),
        ([], -32600),
        ([{"method": "eth_chainId", "id": 1}] * 101, -32600),
        (5, -32600),
        ({"method": 5}, -32600),
        ({"method": "eth_chainId", "params": {"a": 1}}, -32602),
        ({"method": "eth_getCode", "params": []}, -32602),
        ({"method": "eth_getCode", "params": ["0x12", "latest"]}, -32602),
        ({"method": "eth_getCode", "params": [5, "latest"]}, -32602),
        ({"method": "eth_getBlockByNumber", "params": ["newest"]}, -32602),
        ({"method": "eth_getBlockByNumber", "params": [[]]}, -32602),
        ({"method": "eth_call", "params": ["0x"]}, -32602),
        ({"method": "eth_call", "params": [{"to": "0x" + "1" * 40, "data": "0xz"}, "latest"]}, -32602),
        ({"method": "eth_call", "params": [{"to": "0x" + "1" * 40, "gas": "lots"}, "latest"]}, -32602),
    ],
)
def test_malformed_request_is_an_error_object(chain, body, code):
    assert post(chain, body)[1]["error"]["code"] == code


def test_batch_is_answered_in_order_each_on_its_own(chain):
    ask = [
        {"jsonrpc": "2.0", "id": n, "method": m}
        for n, m in enumerate(("eth_chainId", "nonsense", "net_version"))
    ]
    first, second, third = post(chain, ask)[1]
    assert (first["result"], second["error"]["code"], third["result"]) == ("0x539", -32601, "1337")


def test_many_clients_at_once_get_their_own_answers(chain):
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: call(chain, (OWNER_OF_1, OWNER_OF_2)[n % 2], "latest"), range(40)))
    assert all(("result" in answer) == (n % 2 == 0) for n, answer in enumerate(answers))


def test_taken_port_is_an_error_with_the_fix(chain):
    port = int(chain.url.rpartition(":")[2])
    with pytest.raises(InputError, match="give another --port"):
        DevChain.start({}, port=port)


def test_stopped_chain_no_longer_listens_and_stops_twice():
    running = DevChain.start({})
    running.stop()
    running.stop()
    with pytest.raises(ConnectionRefusedError):
        rpc(running, "eth_chainId")


# -- holdings


def test_first_tokens_of_each_collection_are_dealt_in_turn(catalog, make_token):
    catalog.put_collection(ROBOTS)
    catalog.put_collection(PUNKS)
    catalog.put_tokens(ROBOTS, [make_token(n, collection=ROBOTS) for n in (9, 10, 2, 100, 3)])
    dealt = share_out(catalog, 4)
    assert dealt[ROBOTS] == {"alice": [2, 10], "bob": [3], "carol": [9]}
    assert dealt[PUNKS] == {"alice": [], "bob": [], "carol": []}


def test_environment_is_what_the_settings_read(chain, monkeypatch):
    from magpie.settings import load_settings

    for name, value in chain.environment().items():
        monkeypatch.setenv(name, value)
    settings = load_settings()
    assert str(settings.dev_chain_url).rstrip("/") == chain.url
    assert settings.dev_chain_contracts == {
        name: address.lower() for name, address in chain.contracts.items()
    }


def test_command_serves_the_catalogue_until_interrupted(tmp_path, make_token):
    with Catalog(tmp_path / "catalog.sqlite", create=True) as catalog:
        catalog.put_collection(ROBOTS)
        catalog.put_tokens(ROBOTS, [make_token(n, collection=ROBOTS) for n in range(3)])
    command = [sys.executable, "-m", "ui.cli", "devchain", "--port", "0", "--home", str(tmp_path), "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        printed = "".join(iter(running.stdout.readline, "}\n")) + "}"
        served = SimpleNamespace(**json.loads(printed))
        owner = call(served, OWNER_OF_1, "finalized")["result"]
        running.send_signal(signal.SIGINT)
        _, progress = running.communicate(timeout=20)
    assert owner.endswith(served.accounts["bob"][2:].lower())
    assert running.returncode == 0
    assert "local development chain (not Ethereum mainnet) is running" in progress
