"""An answer before it is worded: which opening fits, and the sentences with the facts, already final."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from agent.answer import Outcome
from agent.onchain.receipt import Receipt
from magpie.domain import TokenRef
from magpie.query import SearchResult


@dataclass(frozen=True)
class Draft:
    """``situation`` names a section of prompts/openers.md; ``body`` is code's, and no model touches it."""

    situation: str
    outcome: Outcome
    body: tuple[str, ...]
    shown: tuple[TokenRef, ...] = ()
    shown_collections: tuple[str, ...] = ()
    suggestions: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    search: SearchResult | None = None
    receipt: Receipt | None = None
    constants: tuple[
        str, ...
    ] = ()  # sentences of ours with nothing looked up in them: they support themselves

    def with_body(self, *first: str) -> "Draft":
        """The same with more sentences before its own."""
        return replace(self, body=(*filter(None, first), *self.body))

    def text(self, opening: str) -> str:
        """The whole text. Paragraphs are divided by an empty line; lines of a list follow each other."""
        return "\n\n".join(part for part in (opening, *self.body) if part)


def merged(drafts: Sequence[Draft]) -> Draft:
    """Several findings of one turn as one draft, in order; the worst outcome is the outcome of all."""
    first = drafts[0]
    order: tuple[Outcome, ...] = ("unverified", "no_match", "answered", "declined", "clarify")
    return replace(
        first,
        outcome=min((draft.outcome for draft in drafts), key=order.index),
        body=tuple(part for draft in drafts for part in draft.body),
        shown=tuple(dict.fromkeys(ref for draft in drafts for ref in draft.shown)),
        shown_collections=tuple(dict.fromkeys(name for draft in drafts for name in draft.shown_collections)),
        suggestions=tuple(dict.fromkeys(line for draft in drafts for line in draft.suggestions))[:3],
        search=next((draft.search for draft in drafts if draft.search), None),
        receipt=next((draft.receipt for draft in drafts if draft.receipt), None),
        constants=tuple(line for draft in drafts for line in draft.constants),
    )
