"""Nodes that are down, slow, wrong, old or malicious: what they say is never taken for a no."""

import json
import socket
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from agent.devchain.evm import Evm
from agent.devchain.rpc import Rpc
from agent.devchain.server import DevChain
from agent.onchain.verifier import Verifier
from ingest.chain.node import BoundedProvider
from magpie.domain import DEV_CHAIN, Collection
from magpie.settings import Settings

pytestmark = pytest.mark.network

KEY = "s3cr3t-api-key"


@pytest.fixture(scope="module")
def evm():
    return Evm()


@pytest.fixture(scope="module")
def robots(evm):
    """Robot 1 is alice's, and the block is final."""
    with DevChain(evm) as chain:
        home = Collection(name="Robots", chain=DEV_CHAIN, contract="0x" + "0" * 40)
        address = chain.add(home, {"alice": (1,)})
        evm.mine(2)
    return Collection(name="Robots", chain=DEV_CHAIN, contract=address)


@contextmanager
def http(answer):
    """A server that sends ``answer(body)``: a status and bytes, with a key in its URL."""

    class Handler(BaseHTTPRequestHandler):
        wbufsize = -1

        def do_POST(self):
            status, body = answer(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", "http://127.0.0.1:1/")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"http://someone:hunter22@127.0.0.1:{server.server_port}/v2/{KEY}?token={KEY}2"
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def tcp(serve):
    """A server that does ``serve(connection)`` instead of HTTP."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def accept():
            connection, _ = listener.accept()
            with connection:
                serve(connection)

        threading.Thread(target=accept, daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


@contextmanager
def altered(evm, alter, batches=True):
    """A node on the real chain whose replies ``alter`` may change: its URL, and what it was asked."""
    rpc, asked = Rpc(evm), []

    def one(request):
        reply = json.loads(rpc.answer(json.dumps(request).encode()))
        return alter(request, reply) or reply

    def answer(body):
        request = json.loads(body)
        asked.append([r["method"] for r in request] if isinstance(request, list) else request["method"])
        if isinstance(request, dict):
            return 200, json.dumps(one(request)).encode()
        if not batches:
            return 200, json.dumps(
                {"jsonrpc": "2.0", "id": None, "error": {"code": -32600, "message": "no batches"}}
            ).encode()
        return 200, json.dumps([one(each) for each in reversed(request)]).encode()

    with http(answer) as url:
        yield url, asked


def verify(robots, *urls, owner=None, **fields):
    fields = {"node_timeout": 0.5, **fields}
    return Verifier(Settings(nodes={DEV_CHAIN: urls}, **fields)).verify(robots, 1, owner)


def error(code, message, **more):
    return lambda request, reply: {
        **without_result(reply),
        "error": {"code": code, "message": message, **more},
    }


def without_result(reply):
    return {key: value for key, value in reply.items() if key not in ("result", "error")}


def for_method(method, alter):
    return lambda request, reply: alter(request, reply) if request["method"] == method else None


# -- no usable answer


@pytest.mark.parametrize(
    ("status", "body", "problem"),
    [
        (500, b"boom", "answered with HTTP 500"),
        (429, b"slow down", "answered with HTTP 429 (rate limit)"),
        (401, b"", "answered with HTTP 401"),
        (301, b"", "answered with HTTP 301"),
        (200, b"<html>Sign in</html>", "answered with something that is not JSON"),
        (200, b"", "answered with something that is not JSON"),
        (200, b"\xff\xfe", "answered with something that is not JSON"),
        (200, b"[" * 100_000, "answered with something that is not JSON-RPC"),
        (200, b"[" * 800, "answered with something that is not JSON"),
        (200, b"null", "answered with something that is not JSON-RPC"),
        (200, b"[]", "answered with something that is not JSON-RPC"),
        (200, b'[1, "two", [3]]', "answered with something that is not JSON-RPC"),
        (200, b'[{"id": 0, "result": "0x539"}]', "answered with something that is not JSON-RPC"),
        (
            200,
            b'[{"id": 5, "result": "0x1"}, {"id": 6, "result": "0x1"}]',
            "answered with something that is not JSON-RPC",
        ),
        (200, b'[{"id": [], "result": 1}, {"id": {}}]', "answered with something that is not JSON-RPC"),
        (200, b'[{"id": 0}, {"id": 1}]', "answered with neither a result nor an error"),
        (
            200,
            b'[{"id": 0, "result": "chain"}, {"id": 1, "result": {}}]',
            "gave something that is not a number",
        ),
        (
            200,
            b'[{"id": 0, "result": "0x539"}, {"id": 1, "result": {}}]',
            "gave something that is not a number",
        ),
        (200, b'[{"id": 0, "result": "0x539"}, {"id": 1, "result": "0x5"}]', "has no finalized block"),
        (200, b'"' + b"x" * (1 << 20) + b'"', "answered with more than 1 MiB"),
    ],
)
def test_node_that_talks_nonsense_is_unverified(robots, status, body, problem):
    with http(lambda _: (status, body)) as url:
        receipt = verify(robots, url)
    assert (receipt.verdict, receipt.owner, receipt.block_number) == ("unverified", None, None)
    assert receipt.attempts[0].problem.startswith(problem)


def test_node_that_is_down_is_unverified(robots):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    receipt = verify(robots, f"http://127.0.0.1:{port}")
    assert receipt.verdict == "unverified"
    assert receipt.reason == (
        f"No node could be read: 127.0.0.1:{port} cannot be reached."
        " Try again, or set another node in MAGPIE_NODES."
    )


@pytest.fixture
def hanging():
    """Gives the URL of a node that sends ``first``, then ``drip`` over and over."""
    stop = threading.Event()

    def opened(first, drip):
        def serve(connection):
            connection.recv(65536)
            connection.sendall(first)
            while not stop.wait(0.05):
                try:
                    connection.sendall(drip)
                except OSError:
                    return

        return tcp(serve)

    yield opened
    stop.set()


HEADS = pytest.mark.parametrize(
    "first",
    [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"],
    ids=["before", "in the head", "in the body"],
)


@HEADS
@pytest.mark.parametrize("drip", [b"", b"x"], ids=["silent", "dripping"])
def test_node_that_hangs_is_given_up_on_in_time(robots, hanging, first, drip):
    with hanging(first, drip) as url:
        began = time.monotonic()
        receipt = verify(robots, url, node_timeout=0.4)
        taken = time.monotonic() - began
    assert receipt.verdict == "unverified"
    assert receipt.attempts[0].problem == "gave no answer within 0.4 s"
    assert taken < 1.5


@HEADS
def test_the_reason_is_the_same_when_the_socket_gives_up_first(hanging, first):
    with hanging(first, b"") as url:
        problem = BoundedProvider(url, 0.4)._post(b"{}")
    assert str(problem) == "gave no answer within 0.4 s"


def test_node_that_hangs_up_is_unverified(robots):
    with tcp(lambda connection: connection.recv(10)) as url:
        assert verify(robots, url).attempts[0].problem == "cannot be reached"


# -- errors of the node are told from refusals of the contract


@pytest.mark.parametrize(
    ("code", "message", "more"),
    [
        (-32005, "rate limit exceeded", {"data": {"see": "https://example.org"}}),
        (-32005, "rate limit exceeded", {"data": None}),
        (-32000, "missing trie node 5a1b (path 0f)", {}),
        (-32000, "execution timeout", {}),
        (-32603, "internal error", {}),
        (-32000, "this node will revert to maintenance", {}),
        (429, "execution reverted", {}),
        (-32002, "request timed out", {}),
        ("3", "execution reverted", {}),
        (-32000, "out of gas", {}),
        (-32015, "VM execution error.", {"data": "Out of gas"}),
    ],
)
def test_error_of_the_node_is_unverified(evm, robots, code, message, more):
    with altered(evm, for_method("eth_call", error(code, message, **more))) as (url, _):
        assert verify(robots, url).verdict == "unverified"


@pytest.mark.parametrize(
    ("code", "message", "more"),
    [
        (3, "execution reverted: ERC721: invalid token ID", {"data": "0x08c379a0"}),
        (-32000, "execution reverted", {}),
        (-32000, "VM Exception while processing transaction: revert", {}),
        (-32603, "Error: VM Exception while processing transaction: reverted with reason string 'no'", {}),
        (-32015, "VM execution error.", {"data": "Reverted 0x"}),
        (-32000, "invalid opcode: INVALID", {}),
    ],
)
def test_refusal_of_the_contract_is_nonexistent_however_the_node_words_it(evm, robots, code, message, more):
    def refuse(request, reply):
        is_owner = request["params"][0]["data"].startswith("0x6352211e")
        return error(code, message, **more)(request, reply) if is_owner else None

    with altered(evm, for_method("eth_call", refuse)) as (url, _):
        assert verify(robots, url).verdict == "nonexistent"


def test_off_chain_lookup_is_not_followed_however_the_node_wraps_it(evm, robots):
    for data in ("0x556f1830", "Reverted 0x556f1830", {"data": "0x556f1830"}):
        with altered(evm, for_method("eth_call", error(3, "execution reverted", data=data))) as (url, _):
            assert (
                verify(robots, url).reason == "The contract wants a URL to be fetched, which is never done."
            )


@pytest.mark.parametrize("result", [None, 5, "5", "0xzz", "0x5", ["0x"], {"0x": 1}, True])
def test_result_that_is_not_hex_is_unverified(evm, robots, result):
    with altered(
        evm, for_method("eth_call", lambda _, reply: {**without_result(reply), "result": result})
    ) as (url, _):
        receipt = verify(robots, url)
    assert (receipt.verdict, receipt.attempts[0].problem) == (
        "unverified",
        "gave something that is not hex data",
    )


# -- chain and block


def test_node_of_another_chain_is_unverified(evm, robots):
    with altered(evm, for_method("eth_chainId", lambda _, reply: {**reply, "result": "0x89"})) as (url, _):
        receipt = verify(robots, url)
    assert (receipt.verdict, receipt.attempts[0].problem) == (
        "unverified",
        "serves chain 137, not chain 1337",
    )


def test_one_verdict_takes_two_round_trips(evm, robots):
    with altered(evm, lambda *_: None) as (url, asked):
        assert verify(robots, url).verdict == "owned"
    assert asked == [["eth_chainId", "eth_getBlockByNumber"], ["eth_getCode", "eth_call", "eth_call"]]


def test_node_without_batches_is_asked_call_by_call(evm, robots):
    with altered(evm, lambda *_: None, batches=False) as (url, asked):
        assert verify(robots, url, owner=evm.accounts["alice"]).verdict == "owned"
    assert [each for each in asked if isinstance(each, str)] == [
        "eth_chainId",
        "eth_getBlockByNumber",
        "eth_getCode",
        "eth_call",
        "eth_call",
    ]


@pytest.mark.parametrize(
    "unknown",
    [
        lambda _, reply: {**without_result(reply), "result": None},
        error(-39001, "Unknown block"),
        error(-32602, "invalid argument 0: hex string without 0x prefix"),
        error(-32000, "finalized block not found"),
    ],
    ids=["null", "unknown", "invalid", "not found"],
)
def test_node_that_does_not_know_finality_is_asked_at_latest_and_the_receipt_says_so(evm, robots, unknown):
    def alter(request, reply):
        return unknown(request, reply) if request["params"][0] == "finalized" else None

    with altered(evm, for_method("eth_getBlockByNumber", alter)) as (url, _):
        receipt = verify(robots, url)
    assert (receipt.verdict, receipt.block_tag) == ("owned", "latest")
    assert receipt.block_number == evm.header_at("latest").block_number
    assert receipt.notes == (
        "The node does not know its finalized block, so the latest was asked; it may still be replaced.",
    )


def test_failure_to_name_the_block_is_no_reason_to_ask_at_latest(evm, robots):
    alter = for_method("eth_getBlockByNumber", error(-32005, "rate limit"))
    with altered(evm, alter) as (url, _):
        receipt = verify(robots, url)
    assert receipt.verdict == "unverified"
    assert receipt.attempts[0].problem == "cannot name its finalized block (error -32005: rate limit)"


def refuse_hashes(request, reply):
    if request["method"] in ("eth_call", "eth_getCode") and isinstance(request["params"][1], dict):
        return error(-32602, "json: cannot unmarshal object into Go value of type string")(request, reply)
    return None


def test_node_that_takes_no_hash_is_asked_by_number_and_the_hash_compared_afterwards(evm, robots):
    with altered(evm, refuse_hashes) as (url, asked):
        receipt = verify(robots, url)
    assert (receipt.verdict, receipt.pinned_by) == ("owned", "number")
    assert receipt.block_hash == "0x" + evm.header_at("finalized").hash.hex()
    assert asked[-1] == ["eth_getBlockByNumber"]


def test_words_of_a_refusal_are_not_taken_for_the_node_s(evm, robots):
    alter = for_method("eth_call", error(3, "execution reverted: block not found"))
    with altered(evm, alter) as (url, asked):
        receipt = verify(robots, url)
    assert (receipt.verdict, receipt.pinned_by, len(asked)) == ("unverified", "hash", 2)


def test_block_replaced_while_asking_by_number_is_unverified(evm, robots):
    def alter(request, reply):
        if request["method"] == "eth_getBlockByNumber" and request["params"][0] != "finalized":
            return {**reply, "result": {**reply["result"], "hash": "0x" + "ab" * 32}}
        return refuse_hashes(request, reply)

    with altered(evm, alter) as (url, _):
        receipt = verify(robots, url)
    assert receipt.verdict == "unverified"
    assert receipt.attempts[0].problem.startswith("replaced block")


# -- several nodes, and what a receipt may not tell


def test_next_node_is_asked_when_one_fails_and_the_failure_is_on_the_receipt(evm, robots):
    with http(lambda _: (503, b"")) as broken, altered(evm, lambda *_: None) as (good, _):
        receipt = verify(robots, broken, good)
    assert receipt.verdict == "owned"
    assert [(a.node.partition(":")[0], a.problem) for a in receipt.attempts] == [
        ("127.0.0.1", "answered with HTTP 503")
    ]


def test_receipt_never_tells_the_key_in_the_url(evm, robots):
    cut = "." * (
        200 - len("bad key  of someone:hunter22") - 2 * len(KEY) - 5
    )  # a key at the cut would be halved
    echo = error(-32000, f"bad key {KEY} of someone:hunter22{cut} {KEY}{KEY}2")
    with http(lambda _: (403, b"")) as refused, altered(evm, for_method("eth_chainId", echo)) as (echoing, _):
        bad = verify(robots, refused, echoing)
    with altered(evm, lambda *_: None) as (url, _):
        good = verify(robots, url)
    for receipt in (bad, good):
        document = receipt.model_dump_json()
        assert KEY[:6] not in document
        assert "hunter22" not in document
    assert good.node.startswith("127.0.0.1:")
    assert "bad key …" in bad.reason


def test_what_a_node_says_is_one_short_line_without_markup_in_the_reason(evm, robots):
    shout = error(-32000, "<b>oops</b>\x1b[31m\n" + "a" * 5000)
    with altered(evm, for_method("eth_chainId", shout)) as (url, _):
        reason = verify(robots, url).reason
    assert "oops" in reason
    assert len(reason) < 400
    assert not set(reason) & set("<>\n\x1b")
