"""The parameters of a JSON-RPC request, as strict as a node reads them. Each function raises `RpcFault`."""

from typing import Any

Json = Any  # whatever a stranger may send; every use checks

INVALID_PARAMS = -32602


class RpcFault(Exception):
    """An answer that is a JSON-RPC error."""

    def __init__(self, code: int, message: str, data: str | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.data = code, message, data


def at(params: list[Json], place: int) -> Json:
    if place >= len(params):
        raise RpcFault(INVALID_PARAMS, f"missing value for required argument {place}")
    return params[place]


def raw(value: Json, length: int | None = None) -> bytes:
    """Bytes from hex, of that length if one is given."""
    if not isinstance(value, str) or not value.startswith("0x"):
        raise RpcFault(INVALID_PARAMS, "expected a hex string with 0x prefix")
    try:
        found = bytes.fromhex(value[2:])
    except ValueError:
        raise RpcFault(INVALID_PARAMS, "not valid hex") from None
    if length is not None and len(found) != length:
        raise RpcFault(INVALID_PARAMS, f"expected {length} bytes, got {len(found)}")
    return found


def address(value: Json) -> bytes:
    return raw(value, 20)


def number(value: Json) -> int:
    if not isinstance(value, str) or not value.startswith("0x"):
        raise RpcFault(INVALID_PARAMS, "expected a tag or a hex number with 0x prefix")
    try:
        return int(value, 16)
    except ValueError:
        raise RpcFault(INVALID_PARAMS, "not a hex number") from None


def hexed(content: bytes) -> str:
    return "0x" + content.hex()
