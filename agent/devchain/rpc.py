"""JSON-RPC 2.0 over a chain: the read methods of a node, with the errors geth gives. No HTTP here."""

import json
from collections.abc import Callable
from typing import Any

from agent.devchain.evm import CALL_GAS, CHAIN_ID, FINALITY_LAG, Evm, Header

Json = Any  # whatever a stranger may send; every use checks

MAX_BATCH = 100
MAX_BRACKETS = 9 * MAX_BATCH
PARSE_ERROR, INVALID_REQUEST, UNKNOWN_METHOD, INVALID_PARAMS = -32700, -32600, -32601, -32602
SERVER_ERROR, REVERTED = -32000, 3


class RpcFault(Exception):
    """An answer that is a JSON-RPC error."""

    def __init__(self, code: int, message: str, data: str | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.data = code, message, data


class Rpc:
    """Answers requests for one chain. It can read, never write."""

    def __init__(self, evm: Evm) -> None:
        self._evm = evm
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
            header = self._evm.header_of(_bytes(block["blockHash"], 32))
        elif isinstance(block, dict):
            header = self._evm.header_at(_number(block.get("blockNumber")))
        elif block in (*FINALITY_LAG, "earliest", "pending"):
            header = self._evm.header_at("latest" if block == "pending" else block)
        else:
            header = self._evm.header_at(_number(block))
        if header is None:
            raise RpcFault(SERVER_ERROR, "header not found")
        return header

    def _block_by_number(self, params: list[Json]) -> dict[str, Json] | None:
        try:
            return self._block(self._header(_at(params, 0)))
        except RpcFault as fault:
            if fault.code == SERVER_ERROR:
                return None
            raise

    def _block_by_hash(self, params: list[Json]) -> dict[str, Json] | None:
        header = self._evm.header_of(_bytes(_at(params, 0), 32))
        return None if header is None else self._block(header)

    def _block(self, header: Header) -> dict[str, Json]:
        return {
            "number": hex(header.block_number),
            "hash": _hex(header.hash),
            "parentHash": _hex(header.parent_hash),
            "stateRoot": _hex(header.state_root),
            "transactionsRoot": _hex(header.transaction_root),
            "receiptsRoot": _hex(header.receipt_root),
            "logsBloom": _hex(header.bloom.to_bytes(256, "big")),
            "miner": _hex(header.coinbase),
            "timestamp": hex(header.timestamp),
            "gasLimit": hex(header.gas_limit),
            "gasUsed": hex(header.gas_used),
            "baseFeePerGas": hex(header.base_fee_per_gas),
            "extraData": _hex(header.extra_data),
            "transactions": [_hex(each) for each in self._evm.transactions_in(header)],
        }

    def _balance(self, params: list[Json]) -> str:
        return hex(self._evm.balance_at(self._header(_at(params, 1)), _address(_at(params, 0))))

    def _code(self, params: list[Json]) -> str:
        return _hex(self._evm.code_at(self._header(_at(params, 1)), _address(_at(params, 0))))

    def _call(self, params: list[Json]) -> str:
        call = _at(params, 0)
        if not isinstance(call, dict):
            raise RpcFault(INVALID_PARAMS, "invalid argument 0: expected a call object")
        header = self._header(params[1] if len(params) > 1 else "latest")
        done = self._evm.call_at(
            header,
            to=_address(call.get("to")),
            data=_bytes(call.get("input", call.get("data", "0x"))),
            sender=_address(call.get("from", "0x" + "0" * 40)),
            gas=_number(call["gas"]) if "gas" in call else CALL_GAS,
        )
        if done.reverted:
            raise RpcFault(REVERTED, f"execution reverted{_revert_reason(done.output)}", _hex(done.output))
        if done.failure:
            raise RpcFault(SERVER_ERROR, done.failure)
        return _hex(done.output)


def _parts(request: Json) -> tuple[str, list[Json]]:
    if not isinstance(request, dict) or not isinstance(request.get("method"), str):
        raise RpcFault(INVALID_REQUEST, "invalid request")
    params = request.get("params", [])
    if not isinstance(params, list):
        raise RpcFault(INVALID_PARAMS, "non-array args")
    return request["method"], params


def _at(params: list[Json], place: int) -> Json:
    if place >= len(params):
        raise RpcFault(INVALID_PARAMS, f"missing value for required argument {place}")
    return params[place]


def _bytes(value: Json, length: int | None = None) -> bytes:
    if not isinstance(value, str) or not value.startswith("0x"):
        raise RpcFault(INVALID_PARAMS, "expected a hex string with 0x prefix")
    try:
        raw = bytes.fromhex(value[2:])
    except ValueError:
        raise RpcFault(INVALID_PARAMS, "not valid hex") from None
    if length is not None and len(raw) != length:
        raise RpcFault(INVALID_PARAMS, f"expected {length} bytes, got {len(raw)}")
    return raw


def _address(value: Json) -> bytes:
    return _bytes(value, 20)


def _number(value: Json) -> int:
    if not isinstance(value, str) or not value.startswith("0x"):
        raise RpcFault(INVALID_PARAMS, "expected a tag or a hex number with 0x prefix")
    try:
        return int(value, 16)
    except ValueError:
        raise RpcFault(INVALID_PARAMS, "not a hex number") from None


def _hex(raw: bytes) -> str:
    return "0x" + raw.hex()


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
