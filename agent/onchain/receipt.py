"""What an ownership question came to: a verdict, and everything needed to ask again. Pure."""

from typing import Literal

from pydantic import AwareDatetime

from ingest.chain.block import BlockTag, PinnedBy
from magpie.domain import Model, TokenRef

Verdict = Literal["owned", "not_owned", "nonexistent", "unverified"]
Method = Literal["ownerOf", "punkIndexToAddress"]
Standard = Literal["ERC-721", "ownerOf without ERC-165", "CryptoPunks"]


class Attempt(Model):
    """One node that was asked and gave no usable answer."""

    node: str
    problem: str


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
