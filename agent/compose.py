"""From an understood question and what the tools found to a draft with numbered evidence. No model here."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from agent import templates
from agent.answer import Evidence
from agent.draft import Draft, merged
from agent.evidence import Ledger, plain
from agent.findings import Finding
from agent.library import Library
from agent.plan import MAX_TOOL_CALLS as MAX_TOKENS
from agent.taste import TasteChange, taste_change
from agent.taste_words import SUGGESTIONS
from agent.understanding import Understanding
from agent.wording import fixed

STARTERS = ("Which collections do you have?", "Recommend collections for someone who likes friendly robots")
# No name may make a suggestion one that, when it is taken, forgets or adds something.
OURS = frozenset(SUGGESTIONS)
NO_HISTORY = "Who made a collection, and when, is known here only as far as its own description says."
NO_PRICES = "I have no prices here, so nothing is chosen or sorted by price."


class Answered(NamedTuple):
    """A question, or a clause of one, and what the tools found for it."""

    found: Understanding
    findings: tuple[Finding, ...] = ()


def compose(answered: Sequence[Answered], library: Library) -> tuple[Draft, tuple[Evidence, ...]]:
    """The draft of the answer and its evidence. Deterministic: the same findings give the same draft."""
    ledger = Ledger()
    draft = merged([_draft(one, ledger, library) for one in answered])
    asked = tuple(line for line in draft.suggestions if line in OURS or taste_change(line) == TasteChange())
    return replace(draft, suggestions=asked), tuple(ledger.items)


def _draft(answered: Answered, ledger: Ledger, library: Library) -> Draft:
    found, findings = answered
    if not findings:
        draft = _without_tools(found)
        return replace(draft, constants=draft.body)
    draft = merged([templates.draft(finding, ledger, library) for finding in findings])
    asides = (
        _refinement(found),
        _left_out(found),
        NO_PRICES if found.wants_price else "",
        NO_HISTORY if found.asked.history and found.intent == "collection_facts" else "",
    )
    return replace(draft.with_body(*asides), constants=(*draft.constants, *asides))


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


def _left_out(found: Understanding) -> str:
    """That not all the tokens asked for were looked at."""
    if found.intent not in ("token_facts", "compare", "verify", "similar") or len(found.tokens) <= MAX_TOKENS:
        return ""
    return f"You asked for {len(found.tokens)} tokens; these are the first {MAX_TOKENS}."


def _refinement(found: Understanding) -> str:
    """What a refinement changed, so that a wrong guess can be seen and corrected."""
    if not (found.refines and found.replaced):
        return ""
    gone = ", ".join(f"“{plain(match.phrase)}”" for match in found.replaced)
    kept = ", ".join(f"{'no ' if match.negated else ''}{plain(match.phrase)}" for match in found.conditions)
    return f"I dropped {gone} and now look for: {kept}." if kept else f"I dropped {gone}."
