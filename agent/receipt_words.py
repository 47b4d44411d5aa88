"""How a receipt, and a tool that failed, read in an answer. Says no more than they do."""

from agent.answer import Outcome
from agent.draft import Draft
from agent.evidence import NAME_LIMIT, RECEIPT_LIMIT, Ledger, plain, receipt_reason, told
from agent.findings import Failed
from agent.onchain.receipt import Receipt, Verdict
from agent.onchain.wording import sentence
from magpie.domain import Token

_OUTCOMES: dict[Verdict, Outcome] = {
    "owned": "answered",
    "not_owned": "answered",
    "nonexistent": "no_match",
    "unverified": "unverified",
}


def receipt_draft(receipt: Receipt, ledger: Ledger, token: Token | None = None) -> Draft:
    """The verdict in one sentence, then where it was read. Adds the receipt to ``ledger``.

    ``token`` is the receipt's, if it is ingested here: the evidence then carries its picture.
    """
    home = plain(receipt.collection, NAME_LIMIT)
    name = f"{home} #{receipt.token.token_id}"
    said = sentence(receipt.model_copy(update={"collection": home, "reason": receipt_reason(receipt)}))
    item = ledger.receipt(receipt, f"Ownership of {name}", image=token.image if token else None)
    verdict = f"{_yes_or_no(receipt)}{told(said, 2 * RECEIPT_LIMIT).rstrip('.')} [{item.number}]."
    return Draft(
        situation="unverified" if receipt.verdict == "unverified" else "receipt",
        outcome=_OUTCOMES[receipt.verdict],
        body=(verdict, _read_at(receipt), *(told(note, RECEIPT_LIMIT) for note in receipt.notes)),
        shown=(receipt.token,),
        suggestions=(f"What traits does {name} have?",),
        receipt=receipt,
    )


def failure_draft(failed: Failed, ledger: Ledger) -> Draft:
    """What went wrong, in the tool's words. Adds the failure to ``ledger``."""
    item = ledger.failure(failed)
    body = f"One step failed and I will not guess around it [{item.number}]: {told(failed.problem)}"
    return Draft("failed", "unverified", (body,))


def _yes_or_no(receipt: Receipt) -> str:
    if receipt.asked_owner is None:
        return ""
    return {"owned": "Yes: ", "not_owned": "No: "}.get(receipt.verdict, "")


def _read_at(receipt: Receipt) -> str:
    if receipt.block_hash is None:
        return ""
    return f"Read by {receipt.method} from {receipt.node}; the block's hash is {receipt.block_hash}."
