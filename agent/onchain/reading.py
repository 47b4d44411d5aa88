"""Reads an owner from one node at one pinned block: two round trips, nothing decided here."""

from dataclasses import dataclass
from typing import Any

from agent.onchain.standards import SUPPORTS_ERC721, OwnerCall, as_true, byte_count
from ingest.chain.block import Asks, Block, BlockTag, pin, still_there
from ingest.chain.replies import NodeProblem, RpcError


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
    block, notes = pin(node, chain_id, tag)
    answers = node.ask(_calls(contract, question, block.name))
    if any(isinstance(answer, RpcError) and answer.is_unknown_block for answer in answers):
        answers = node.ask(_calls(contract, question, hex(block.number)))
        block = still_there(node, block)
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
