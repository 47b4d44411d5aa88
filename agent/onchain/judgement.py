"""From what one node said to a verdict. Pure: every rule that decides between no and nobody knows is here."""

from typing import NamedTuple

from agent.onchain.inputs import ZERO
from agent.onchain.reading import Reading
from agent.onchain.receipt import Standard, Verdict
from agent.onchain.standards import OwnerCall, as_address, byte_count
from ingest.chain.addresses import checksummed
from ingest.chain.replies import RpcError


class Judgement(NamedTuple):
    """A verdict with its owner, if there is one, and its reason, if it needs one."""

    verdict: Verdict
    owner: str | None = None
    reason: str = ""


def judge(reading: Reading, question: OwnerCall, asked_owner: str | None) -> Judgement:
    """Who owns the token, by this reading. ``asked_owner`` is checksummed."""
    if not reading.has_code:
        return Judgement("unverified", reason="There is no contract at this address on this chain.")
    if isinstance(reading.owner, RpcError):
        return _refused(reading.owner, reading, question)
    owner = as_address(reading.owner)
    if owner is None:
        size = byte_count(reading.owner)
        return Judgement("unverified", reason=f"The contract answered with {size} bytes that are no address.")
    if owner == ZERO:
        return Judgement("nonexistent", reason="The contract records no owner: never assigned, or burned.")
    found = checksummed(owner)
    return Judgement("owned" if asked_owner in (None, found) else "not_owned", found)


def standard(reading: Reading, question: OwnerCall) -> Standard:
    """What the contract is, as far as it tells."""
    if question.method == "punkIndexToAddress":
        return "CryptoPunks"
    return "ERC-721" if reading.declares_erc721 else "ownerOf without ERC-165"


def _refused(error: RpcError, reading: Reading, question: OwnerCall) -> Judgement:
    """ERC-721 demands that ``ownerOf`` throws for a token that is not there; no other refusal means so."""
    if error.asks_off_chain:
        return Judgement("unverified", reason="The contract wants a URL to be fetched, which is never done.")
    if error.is_out_of_gas:
        return Judgement("unverified", reason=f"The contract's {question.method} ran out of gas.")
    if question.method == "ownerOf" and reading.declares_erc721:
        return Judgement("nonexistent", reason=f"The contract has no such token ({error.message}).")
    reason = f"The contract refused {question.method} and declares no standard by which that means no token."
    return Judgement("unverified", reason=reason)
