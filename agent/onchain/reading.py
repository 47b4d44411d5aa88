"""Reads an owner from one node at one pinned block: two round trips, nothing decided here."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from agent.onchain.receipt import Block, BlockTag
from agent.onchain.standards import SUPPORTS_ERC721, OwnerCall, as_true, byte_count
from ingest.chain.replies import NodeProblem, RpcError

_QUANTITY = re.compile(r"0x[0-9a-fA-F]{1,64}")
_HASH = re.compile(r"0x[0-9a-fA-F]{64}")
_LAST_SECOND = 253402300799  # of the year 9999


class Asks(Protocol):
    """The part of a node that reading needs."""

    host: str

    def ask(self, calls: list[tuple[str, list[Any]]]) -> list[Any]:
        """Results in order, an `RpcError` in the place of a failed call. Raises `NodeProblem`."""


@dataclass(frozen=True)
class Reading:
    """What one node said. ``owner`` is hex data or the error that came instead."""

    node: str
    chain_id: int
    block: Block
    has_code: bool
    owner: str | RpcError
    declares_erc721: bool
    notes: tuple[str, ...] = ()


def read_owner(node: Asks, contract: str, question: OwnerCall, *, chain_id: int, tag: BlockTag) -> Reading:
    """Ask ``node`` at its ``tag`` block. Raises `NodeProblem` if it cannot say, or is on another chain."""
    block, notes = _pin(node, chain_id, tag)
    at_hash = {"blockHash": block.hash, "requireCanonical": True}
    answers = node.ask(_calls(contract, question, at_hash))
    if any(isinstance(answer, RpcError) and answer.is_unknown_block for answer in answers):
        answers = node.ask(_calls(contract, question, hex(block.number)))
        block = _still_there(node, block)
    code, owner, declared = answers
    return Reading(
        node=node.host,
        chain_id=chain_id,
        block=block,
        has_code=_size(code) > 0,
        owner=_usable(owner),
        declares_erc721=as_true(_usable(declared)),
        notes=notes,
    )


def _calls(contract: str, question: OwnerCall, block: str | dict[str, Any]) -> list[tuple[str, list[Any]]]:
    return [
        ("eth_getCode", [contract, block]),
        ("eth_call", [{"to": contract, "data": question.data}, block]),
        ("eth_call", [{"to": contract, "data": SUPPORTS_ERC721}, block]),
    ]


def _pin(node: Asks, chain_id: int, tag: BlockTag) -> tuple[Block, tuple[str, ...]]:
    """The block to ask at. A node too old to know ``tag`` is asked at ``latest``, and the note says so."""
    found_id, header = node.ask([("eth_chainId", []), ("eth_getBlockByNumber", [tag, False])])
    if _quantity(found_id) != chain_id:
        raise NodeProblem(f"serves chain {_quantity(found_id)}, not chain {chain_id}")
    if tag != "latest" and (header is None or (isinstance(header, RpcError) and header.is_unknown_block)):
        (header,) = node.ask([("eth_getBlockByNumber", ["latest", False])])
        note = f"The node does not know its {tag} block, so the latest was asked; it may still be replaced."
        return _block(header, "latest"), (note,)
    return _block(header, tag), ()


def _still_there(node: Asks, block: Block) -> Block:
    (header,) = node.ask([("eth_getBlockByNumber", [hex(block.number), False])])
    if _block(header, block.tag).hash != block.hash:
        raise NodeProblem(f"replaced block {block.number} while it was asked")
    return block.model_copy(update={"pinned_by": "number"})


def _block(header: object, tag: BlockTag) -> Block:
    if isinstance(header, RpcError):
        raise NodeProblem(f"cannot name its {tag} block ({header})")
    if not isinstance(header, dict):
        raise NodeProblem(f"has no {tag} block")
    block_hash, seconds = header.get("hash"), _quantity(header.get("timestamp"))
    if not isinstance(block_hash, str) or not _HASH.fullmatch(block_hash) or seconds > _LAST_SECOND:
        raise NodeProblem(f"describes its {tag} block wrongly")
    return Block(
        number=_quantity(header.get("number")),
        hash=block_hash.lower(),
        tag=tag,
        time=datetime.fromtimestamp(seconds, UTC),
    )


def _quantity(value: object) -> int:
    if isinstance(value, RpcError):
        raise NodeProblem(f"gave {value}")
    if isinstance(value, str) and _QUANTITY.fullmatch(value):
        return int(value, 16)
    raise NodeProblem("gave something that is not a number where one is due")


def _usable(answer: object) -> str | RpcError:
    """Hex data, or what the contract did instead; anything else is the node's failure."""
    if isinstance(answer, RpcError):
        if answer.is_revert or answer.is_out_of_gas:
            return answer
        raise NodeProblem(f"gave {answer}")
    if isinstance(answer, str) and byte_count(answer) is not None:
        return answer
    raise NodeProblem("gave something that is not hex data")


def _size(code: object) -> int:
    found = _usable(code)
    if isinstance(found, RpcError):
        raise NodeProblem(f"gave {found}")
    return byte_count(found) or 0
