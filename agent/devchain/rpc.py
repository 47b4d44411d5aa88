"""JSON-RPC 2.0 over a chain: the read methods of a node, with the errors geth gives. No HTTP here."""

import json
from collections.abc import Callable
from itertools import islice

from agent.devchain.evm import CHAIN_ID, FINALITY_LAG, Evm, Header
from agent.devchain.logs import LogFilter, encoded
from agent.devchain.params import INVALID_PARAMS, Json, RpcFault, address, at, hexed, number, raw

MAX_BATCH = 100
MAX_LOGS = 10_000
MAX_BRACKETS = 9 * MAX_BATCH
PARSE_ERROR, INVALID_REQUEST, UNKNOWN_METHOD = -32700, -32600, -32601
SERVER_ERROR, LIMIT_EXCEEDED, REVERTED = -32000, -32005, 3


class Rpc:
    """Answers requests for one chain. It can read, never write."""

    def __init__(self, evm: Evm, max_logs: int = MAX_LOGS) -> None:
        """``max_logs``: a question with more results than that is refused, as public nodes do."""
        self._evm, self._max_logs = evm, max_logs
        self._methods: dict[str, Callable[[list[Json]], Json]] = {
            "web3_clientVersion": lambda _: "magpie-devchain/py-evm",
            "net_version": lambda _: str(CHAIN_ID),
            "eth_chainId": lambda _: hex(CHAIN_ID),
            "eth_syncing": lambda _: False,
            "eth_blockNumber": lambda _: hex(self._header("latest").block_number),
            "eth_getBlockByNumber": self._block_by_number,
            "eth_getBlockByHash": self._block_by_hash,
            "eth_getBalance": self._balance,
            "eth_getCode": self._code,
            "eth_call": self._call,
            "eth_getLogs": self._logs,
        }

    def answer(self, body: bytes) -> bytes:
        """The response to one request body, single or batch; faults become error objects."""
        try:
            if body.count(b"[") + body.count(b"{") > MAX_BRACKETS:
                raise RecursionError  # before the parser crashes: py-evm lifts the interpreter's limit
            request = json.loads(body)
        except (ValueError, RecursionError):
            return _encode(_error(None, RpcFault(PARSE_ERROR, "parse error")))
        if not isinstance(request, list):
            return _encode(self._one(request))
        if not 1 <= len(request) <= MAX_BATCH:
            return _encode(_error(None, RpcFault(INVALID_REQUEST, f"a batch has 1 to {MAX_BATCH} requests")))
        return _encode([self._one(each) for each in request])

    def _one(self, request: Json) -> dict[str, Json]:
        identity = request.get("id") if isinstance(request, dict) else None
        try:
            method, params = _parts(request)
            if method not in self._methods:
                raise RpcFault(UNKNOWN_METHOD, f"the method {method[:80]} does not exist/is not available")
            return {"jsonrpc": "2.0", "id": identity, "result": self._methods[method](params)}
        except RpcFault as fault:
            return _error(identity, fault)

    def _header(self, block: Json) -> Header:
        """The header for a tag, a hex number or an EIP-1898 object; RpcFault if there is none."""
        if isinstance(block, dict) and isinstance(block.get("blockHash"), str):
            header = self._evm.header_of(raw(block["blockHash"], 32))
        elif isinstance(block, dict):
            header = self._evm.header_at(number(block.get("blockNumber")))
        elif block in (*FINALITY_LAG, "earliest", "pending"):
            header = self._evm.header_at("latest" if block == "pending" else block)
        else:
            header = self._evm.header_at(number(block))
        if header is None:
            raise RpcFault(SERVER_ERROR, "header not found")
        return header

    def _block_by_number(self, params: list[Json]) -> dict[str, Json] | None:
        try:
            return self._block(self._header(at(params, 0)))
        except RpcFault as fault:
            if fault.code == SERVER_ERROR:
                return None
            raise

    def _block_by_hash(self, params: list[Json]) -> dict[str, Json] | None:
        header = self._evm.header_of(raw(at(params, 0), 32))
        return None if header is None else self._block(header)

    def _block(self, header: Header) -> dict[str, Json]:
        return {
            "number": hex(header.block_number),
            "hash": hexed(header.hash),
            "parentHash": hexed(header.parent_hash),
            "stateRoot": hexed(header.state_root),
            "transactionsRoot": hexed(header.transaction_root),
            "receiptsRoot": hexed(header.receipt_root),
            "logsBloom": hexed(header.bloom.to_bytes(256, "big")),
            "miner": hexed(header.coinbase),
            "timestamp": hex(header.timestamp),
            "gasLimit": hex(header.gas_limit),
            "gasUsed": hex(header.gas_used),
            "baseFeePerGas": hex(header.base_fee_per_gas),
            "extraData": hexed(header.extra_data),
            "transactions": [hexed(each) for each in self._evm.transactions_in(header)],
        }

    def _balance(self, params: list[Json]) -> str:
        return hex(self._evm.balance_at(self._header(at(params, 1)), address(at(params, 0))))

    def _code(self, params: list[Json]) -> str:
        return hexed(self._evm.code_at(self._header(at(params, 1)), address(at(params, 0))))

    def _call(self, params: list[Json]) -> str:
        call = at(params, 0)
        if not isinstance(call, dict):
            raise RpcFault(INVALID_PARAMS, "invalid argument 0: expected a call object")
        header = self._header(params[1] if len(params) > 1 else "latest")
        done = self._evm.call_at(
            header,
            to=address(call.get("to")),
            data=raw(call.get("input", call.get("data", "0x"))),
            sender=address(call.get("from", "0x" + "0" * 40)),
            gas=number(call["gas"]) if "gas" in call else None,
        )
        if done.reverted:
            raise RpcFault(REVERTED, f"execution reverted{_revert_reason(done.output)}", hexed(done.output))
        if done.failure:
            raise RpcFault(SERVER_ERROR, done.failure)
        return hexed(done.output)

    def _logs(self, params: list[Json]) -> list[Json]:
        wanted = LogFilter.parse(at(params, 0))
        if wanted.block_hash is not None:
            headers = iter([self._header({"blockHash": wanted.block_hash})])
        else:
            first, last = (self._header(each).block_number for each in (wanted.first, wanted.last))
            headers = (self._evm.header_at(height) for height in range(first, last + 1))
        found = (log for header in headers for log in self._evm.logs_in(header) if wanted.takes(log))
        logs = list(islice(found, self._max_logs + 1))
        if len(logs) > self._max_logs:
            raise RpcFault(LIMIT_EXCEEDED, f"query returned more than {self._max_logs} results")
        return [encoded(log) for log in logs]


def _parts(request: Json) -> tuple[str, list[Json]]:
    if not isinstance(request, dict) or not isinstance(request.get("method"), str):
        raise RpcFault(INVALID_REQUEST, "invalid request")
    params = request.get("params", [])
    if not isinstance(params, list):
        raise RpcFault(INVALID_PARAMS, "non-array args")
    return request["method"], params


def _revert_reason(output: bytes) -> str:
    """``": reason"`` of a standard ``Error(string)``, or nothing."""
    from eth_abi.abi import decode
    from eth_abi.exceptions import DecodingError

    if output[:4] != bytes.fromhex("08c379a0"):
        return ""
    try:
        return f": {decode(['string'], output[4:])[0]}"
    except (DecodingError, UnicodeDecodeError, OverflowError):
        return ""


def _error(identity: Json, fault: RpcFault) -> dict[str, Json]:
    error: dict[str, Json] = {"code": fault.code, "message": fault.message}
    if fault.data is not None:
        error["data"] = fault.data
    return {"jsonrpc": "2.0", "id": identity, "error": error}


def _encode(value: Json) -> bytes:
    return json.dumps(value).encode()
