"""Which block a reading is pinned to: found by its tag, named by its hash, or by number on older nodes."""

import re
from datetime import UTC, datetime
from typing import Any, Literal, Protocol

from pydantic import AwareDatetime, Field

from ingest.chain.replies import NodeProblem, RpcError
from magpie.domain import Model

BlockTag = Literal["finalized", "safe", "latest"]
PinnedBy = Literal["hash", "number"]

_QUANTITY = re.compile(r"0x[0-9a-fA-F]{1,64}")
_HASH = re.compile(r"0x[0-9a-fA-F]{64}")
_LAST_SECOND = 253402300799  # of the year 9999


class Block(Model):
    """The block that every call of one reading was pinned to.

    ``pinned_by`` is ``number`` if the node cannot be asked by hash; the hash was then compared afterwards.
    """

    number: int = Field(ge=0)
    hash: str = Field(pattern=r"^0x[0-9a-f]{64}$")
    tag: BlockTag
    time: AwareDatetime
    pinned_by: PinnedBy = "hash"

    @property
    def name(self) -> str | dict[str, Any]:
        """How a call names this block: by hash (EIP-1898), or by number."""
        if self.pinned_by == "number":
            return hex(self.number)
        return {"blockHash": self.hash, "requireCanonical": True}


class Asks(Protocol):
    """The part of a node that reading needs."""

    host: str

    def ask(self, calls: list[tuple[str, list[Any]]]) -> list[Any]:
        """Results in order, an `RpcError` in the place of a failed call. Raises `NodeProblem`."""


def pin(node: Asks, chain_id: int, tag: BlockTag) -> tuple[Block, tuple[str, ...]]:
    """The block to ask at. A node too old to know ``tag`` is asked at ``latest``, and the note says so."""
    found_id, header = node.ask([("eth_chainId", []), ("eth_getBlockByNumber", [tag, False])])
    check_chain(found_id, chain_id)
    if tag != "latest" and (header is None or (isinstance(header, RpcError) and header.is_unknown_block)):
        (header,) = node.ask([("eth_getBlockByNumber", ["latest", False])])
        note = f"The node does not know its {tag} block, so the latest was asked; it may still be replaced."
        return block_from(header, "latest"), (note,)
    return block_from(header, tag), ()


def check_chain(found_id: object, chain_id: int) -> None:
    """Raises `NodeProblem` if a node's ``eth_chainId`` is another chain's."""
    if quantity(found_id) != chain_id:
        raise NodeProblem(f"serves chain {quantity(found_id)}, not chain {chain_id}")


def still_there(node: Asks, block: Block) -> Block:
    """The block, pinned by its number, if it has not been replaced. Raises `NodeProblem` if it has."""
    (header,) = node.ask([header_call(block)])
    check_same(header, block)
    return block.model_copy(update={"pinned_by": "number"})


def header_call(block: Block) -> tuple[str, list[Any]]:
    """The call that gives `check_same` its header."""
    return "eth_getBlockByNumber", [hex(block.number), False]


def check_same(header: object, block: Block) -> None:
    """Raises `NodeProblem` if the header at the block's number is another block's."""
    if block_from(header, block.tag).hash != block.hash:
        raise NodeProblem(f"replaced block {block.number} while it was asked")


def block_from(header: object, tag: BlockTag) -> Block:
    """The block that a node describes. Raises `NodeProblem` if it describes none."""
    if isinstance(header, RpcError):
        raise NodeProblem(f"cannot name its {tag} block ({header})")
    if not isinstance(header, dict):
        raise NodeProblem(f"has no {tag} block")
    block_hash, seconds = header.get("hash"), quantity(header.get("timestamp"))
    if not isinstance(block_hash, str) or not _HASH.fullmatch(block_hash) or seconds > _LAST_SECOND:
        raise NodeProblem(f"describes its {tag} block wrongly")
    return Block(
        number=quantity(header.get("number")),
        hash=block_hash.lower(),
        tag=tag,
        time=datetime.fromtimestamp(seconds, UTC),
    )


def quantity(value: object) -> int:
    """A number as JSON-RPC writes it. Raises `NodeProblem` for anything else."""
    if isinstance(value, RpcError):
        raise NodeProblem(f"gave {value}")
    if isinstance(value, str) and _QUANTITY.fullmatch(value):
        return int(value, 16)
    raise NodeProblem("gave something that is not a number where one is due")
