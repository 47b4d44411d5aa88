"""What an ownership question came to: a verdict, and everything needed to ask again. Pure."""

from typing import Literal

from pydantic import AwareDatetime, Field

from magpie.domain import DEV_CHAIN, Model, TokenRef

Verdict = Literal["owned", "not_owned", "nonexistent", "unverified"]
Method = Literal["ownerOf", "punkIndexToAddress"]
Standard = Literal["ERC-721", "ownerOf without ERC-165", "CryptoPunks"]
BlockTag = Literal["finalized", "safe", "latest"]
PinnedBy = Literal["hash", "number"]

LOCAL_CHAIN_ID = int(DEV_CHAIN.partition(":")[2])
_CHAIN_LABELS = {1: "Ethereum mainnet", LOCAL_CHAIN_ID: "local development chain (not Ethereum mainnet)"}


class Attempt(Model):
    """One node that was asked and gave no usable answer."""

    node: str
    problem: str


class Block(Model):
    """The block that every call of one verdict was pinned to.

    ``pinned_by`` is ``number`` if the node cannot be asked by hash; the hash was then compared afterwards.
    """

    number: int = Field(ge=0)
    hash: str = Field(pattern=r"^0x[0-9a-f]{64}$")
    tag: BlockTag
    time: AwareDatetime
    pinned_by: PinnedBy = "hash"


class Receipt(Model):
    """Who owned ``token`` at one block, or why nobody can say.

    ``token`` is what was asked about; ``contract`` on ``chain_id`` is what was really called, which differs
    when a local development chain stands in (``is_local``). Without ``asked_owner`` the verdict is ``owned``
    whenever there is an owner. ``reason`` is a sentence, with the fix if there is one, for ``nonexistent``
    and ``unverified``; otherwise empty. Addresses are checksummed. ``node`` is host and port only.
    """

    verdict: Verdict
    token: TokenRef
    collection: str
    asked_owner: str | None = None
    owner: str | None = None
    method: Method
    standard: Standard | None = None
    contract: str | None = None
    chain_id: int | None = None
    chain_label: str = ""
    is_local: bool = False
    block_number: int | None = None
    block_hash: str | None = None
    block_tag: BlockTag | None = None
    block_time: AwareDatetime | None = None
    pinned_by: PinnedBy | None = None
    node: str | None = None
    time: AwareDatetime
    reason: str = ""
    notes: tuple[str, ...] = ()
    attempts: tuple[Attempt, ...] = ()


def chain_label(chain_id: int) -> str:
    """The chain in words; a local chain never looks like the real one."""
    return _CHAIN_LABELS.get(chain_id, f"chain eip155:{chain_id}")
