"""What a question was found to ask: one value, which the plan and the answer are made from."""

from pathlib import Path

from pydantic import Field

from agent.arguments import LookUp
from agent.cues import Intent, Topic
from agent.facts_asked import FactsAsked
from agent.mentions import Mentions
from magpie.conditions import Condition
from magpie.domain import Address, CollectionName, Model, TokenRef
from magpie.query import PhraseMatch

TOKENS_SHOWN = 5


class Understanding(Model):
    """One question, resolved.

    ``where`` is a condition as it was written, beside the ``conditions`` of its words. ``words`` are what to
    rank by, ``unread`` those of them that name no trait. ``rarest`` wants the rarest first, or what is rarer.
    ``looked_up`` is the look-up that "why" is about. ``ask_back`` is what is missing, as a question
    to the person.
    """

    question: str
    intent: Intent
    confidence: float
    topic: Topic | None = None
    cues: tuple[str, ...] = ()
    mentions: Mentions = Mentions()
    collections: tuple[CollectionName, ...] = ()
    conditions: tuple[PhraseMatch, ...] = ()
    where: Condition | None = None
    replaced: tuple[PhraseMatch, ...] = ()
    words: str = ""
    unread: tuple[str, ...] = ()
    image: Path | None = None
    tokens: tuple[TokenRef, ...] = ()
    owner: Address | None = None
    limit: int = Field(default=TOKENS_SHOWN, ge=1, le=99)
    refines: bool = False
    wants_price: bool = False
    asked: FactsAsked = FactsAsked()
    rarest: bool = False
    looked_up: LookUp | None = None
    ask_back: str | None = None

    @property
    def is_looked_up(self) -> bool:
        """Whether it asks for something that a tool finds out."""
        return self.intent not in ("help", "smalltalk", "decline", "clarify", "taste")
