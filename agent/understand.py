"""A question and what came before it -> what is asked, of which collections and tokens. No model.

Names, ids and addresses come from `agent.mentions`, traits from `agent.library`, the intent from
`agent.intents` and `agent.routing`; `agent.resolve` finds out what is missing.
"""

import re
from collections.abc import Sequence
from pathlib import Path

from agent.context import (
    Frame,
    asked_again,
    leans_on,
    merge_conditions,
    ranking_words,
    showing,
    without_drops,
)
from agent.facts_asked import facts_asked, wants_rare
from agent.intents import SURE, Reading, read_intent, set_aside, wishes_for_price
from agent.library import Library
from agent.mentions import Mentions, find_mentions
from agent.resolve import resolve
from agent.routing.router import Router, settled
from agent.understanding import TOKENS_SHOWN, Understanding
from agent.written_in import written_in
from magpie import text
from magpie.query import PhraseMatch
from retrieval.phrases import Reading as TraitReading

_NO_AT_START = re.compile(r"^\W*(no|nope|nah)\s*,", re.IGNORECASE)
_MORE = re.compile(r"\bmore\W*$", re.IGNORECASE)


def understand(
    question: str,
    frame: Frame,
    library: Library,
    router: Router | None = None,
    *,
    image: Path | None = None,
    within: Sequence[str] = (),
    taste_known: bool = False,
) -> Understanding:
    """Read ``question`` in the light of ``frame``; ``within`` limits the collections from outside.

    Without a ``router`` the intent is read from cue words alone. ``taste_known``: there is a taste profile to
    recommend by.
    """
    said = _NO_AT_START.sub("", question)
    written = written_in(said, library.trait_types)
    if written is not None:
        if written.condition is None:
            return Understanding(question=question, intent="find", confidence=1.0, ask_back=written.problem)
        said = written.rest
    wanted = set_aside(said)
    mentions = _mentions(wanted, library)
    named = tuple(mention.collection for mention in mentions.collections)
    follow_up = leans_on(question, frame, named) and image is None
    scope = _scope(mentions, frame if follow_up else Frame(), within)
    rest = without_drops(mentions.rest) if follow_up else mentions.rest
    said_traits = library.read(rest, scope)
    scope = scope or (() if follow_up else said_traits.named)
    new = said_traits.matches
    reading = cued = read_intent(
        said,
        mentions,
        conditions=len(new),
        unread=len(said_traits.unread),
        picture=image is not None,
        follow_up=follow_up,
    )
    if written is not None:
        reading = Reading(intent="find", confidence=1.0)
    elif router is not None and image is None:
        route = router.route(said, mentions, said_traits, showing(frame))
        reading = settled(route, reading, mentions, said_traits)
    said_by_traits = bool(new or written) and frame.asked != "recommend"
    again = None if said_by_traits else asked_again(question, frame, mentions, cued)
    if again:
        reading = reading.model_copy(update={"intent": again, "topic": None, "confidence": 1.0})
        if not mentions.token_ids:
            mentions = mentions.model_copy(update={"token_ids": frame.asked_ids})
    reading = _trust(reading, said_traits, mentions)
    refines = follow_up and reading.intent in ("find", "collection_facts") and not mentions.token_ids
    conditions = new
    replaced: tuple[PhraseMatch, ...] = ()
    if refines:
        conditions, replaced = merge_conditions(said, frame.conditions, new, library.single_valued(scope))
    elif follow_up:
        scope = _scope(mentions, Frame(), within)
    before = ranking_words(frame.words, conditions, replaced) if refines else ""
    found = Understanding(
        question=question,
        **reading.model_dump(),
        mentions=mentions,
        collections=scope,
        conditions=conditions,
        where=written.condition if written else None,
        replaced=replaced,
        words=f"{before} {_words(said_traits, image)}".strip(),
        unread=_unread(said, said_traits),
        image=image or (frame.image if refines else None),
        owner=mentions.addresses[0] if mentions.addresses else None,
        limit=mentions.limit or _limit_after(said, frame if refines else Frame()),
        refines=refines,
        wants_price=wishes_for_price(said),
        rarest=wants_rare(said),
        asked=facts_asked(said, (count.trait.type for count in library.trait_counts(scope))),
    )
    return resolve(found, frame, library, taste_known=taste_known)


def _limit_after(said: str, frame: Frame) -> int:
    """How many tokens to show; "show me more" adds to those of the last list."""
    return min(len(frame.shown) + TOKENS_SHOWN, 99) if _MORE.search(said) else TOKENS_SHOWN


def _mentions(wanted: str, library: Library) -> Mentions:
    """Exact look-ups first; a spelling is guessed only for words that are no trait."""
    mentions = find_mentions(wanted, library.names)
    if mentions.collections:
        return mentions
    unread = library.read(wanted).unread
    known = [word for word in text.words(wanted) if word not in unread]
    return find_mentions(wanted, library.names, guess_except=known)


def _words(said: TraitReading, image: Path | None) -> str:
    """What to rank by: nothing for "show me CryptoPunks", or "which look like this?" beside a picture."""
    return said.wanted if said.unread or said.matches else ""


def _unread(said: str, traits: TraitReading) -> tuple[str, ...]:
    """The words that decide nothing but the order: of "the rarest one" the first decides which."""
    if not wants_rare(said):
        return traits.unread
    return tuple(word for word in traits.unread if not wants_rare(f"the {word} one"))


def _scope(mentions: Mentions, frame: Frame, within: Sequence[str]) -> tuple[str, ...]:
    named = tuple(mention.collection for mention in mentions.collections)
    if within:
        return tuple(name for name in named if name in within) or tuple(within)
    return named or frame.collections


def _trust(reading: Reading, said: TraitReading, mentions: Mentions) -> Reading:
    """With little to go on, look rather than guess; a price wish beside traits is still a look."""
    new = said.matches
    if reading.intent == "collection_facts" and new and not mentions.collections:
        counting = facts_asked(mentions.rest, ()).counting
        if len(said.unread) > len(new) and not counting:  # "what is Bored Ape Yacht Club?"
            return reading.model_copy(update={"intent": "decline", "topic": "unknown"})
    declined_price = reading.intent == "decline" and reading.topic == "price"
    if declined_price and new and wishes_for_price(mentions.rest):
        return reading.model_copy(update={"intent": "find", "topic": None})
    unsure = reading.confidence < SURE and reading.intent not in (
        "find",
        "clarify",
        "decline",
        "help",
        "smalltalk",
    )
    if unsure and new:
        return reading.model_copy(update={"intent": "find", "topic": None})
    return reading
