"""From an understood question and what the tools found to a draft with numbered evidence. No model here."""

from collections.abc import Sequence
from dataclasses import replace

from agent import templates
from agent.answer import Evidence
from agent.draft import Draft, merged
from agent.evidence import Ledger, plain
from agent.findings import Finding
from agent.library import Library
from agent.understand import Understanding
from agent.wording import fixed

STARTERS = ("Which collections do you have?", "Recommend collections for someone who likes friendly robots")
NO_HISTORY = "Who made a collection, and when, is known here only as far as its own description says."
NO_PRICES = "I have no prices here, so nothing is chosen or sorted by price."


def compose(
    found: Understanding, findings: Sequence[Finding], library: Library
) -> tuple[Draft, tuple[Evidence, ...]]:
    """The draft of the answer and its evidence. Deterministic: the same findings give the same draft."""
    if not findings:
        draft = _without_tools(found)
        return replace(draft, constants=draft.body), ()
    ledger = Ledger()
    draft = merged([templates.draft(finding, ledger, library) for finding in findings])
    asides = (
        _refinement(found),
        NO_PRICES if found.wants_price else "",
        NO_HISTORY if found.asked.history and found.intent == "collection_facts" else "",
    )
    return replace(draft.with_body(*asides), constants=asides), tuple(ledger.items)


def _without_tools(found: Understanding) -> Draft:
    if found.ask_back:
        return Draft("ask_back", "clarify", (found.ask_back,))
    match found.intent:
        case "decline":
            topic = found.topic or "elsewhere"
            return Draft("decline", "declined", (fixed()[topic],), suggestions=STARTERS)
        case "help" | "smalltalk":
            body = fixed()[found.topic or found.intent]
            return Draft(found.intent, "answered", (body,), suggestions=STARTERS)
        case _:
            return Draft("clarify", "clarify", (fixed()[found.topic or "clarify"],), suggestions=STARTERS)


def _refinement(found: Understanding) -> str:
    """What a refinement changed, so that a wrong guess can be seen and corrected."""
    if not (found.refines and found.replaced):
        return ""
    gone = ", ".join(f"“{plain(match.phrase)}”" for match in found.replaced)
    kept = ", ".join(f"{'no ' if match.negated else ''}{plain(match.phrase)}" for match in found.conditions)
    return f"I dropped {gone} and now look for: {kept}." if kept else f"I dropped {gone}."
