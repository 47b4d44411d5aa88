"""A question and what came before it -> what is asked, of which collections and tokens. No model.

Names, ids and addresses come from `agent.mentions`, traits from `agent.library`, the intent from
`agent.intents`; this module puts them together and finds out what is missing.
"""

import re
from collections.abc import Sequence
from pathlib import Path

from pydantic import Field

from agent.context import Frame, leans_on, merge_conditions, ranking_words, without_drops
from agent.facts_asked import FactsAsked, facts_asked
from agent.intents import SURE, Intent, Reading, Topic, read_intent, set_aside, wishes_for_price
from agent.library import Library
from agent.mentions import Mentions, find_mentions
from agent.recommend import Taste, taste_of
from magpie import text
from magpie.domain import Address, CollectionName, Model, TokenRef
from magpie.query import PhraseMatch
from retrieval.phrases import Reading as TraitReading

TOKENS_SHOWN = 5
_NO_AT_START = re.compile(r"^\W*(no|nope|nah)\s*,", re.IGNORECASE)
_COMPARES = re.compile(r"\bcompare (it|this|that)\b", re.IGNORECASE)
_MORE = re.compile(r"\bmore\W*$", re.IGNORECASE)
_OF_WHICH = re.compile(r"\b(which|what) collection\b.*\b(it|that|this|they|those|these)\b", re.IGNORECASE)
_NO_TASTE = "What do you like? Tell me a look or a subject, such as “friendly robots” or “calm landscapes”."
_TOKEN_INTENTS = frozenset({"token_facts", "similar", "verify"})


class Understanding(Model):
    """One question, resolved.

    ``words`` are what to rank by, ``unread`` those of them that name no trait. ``ask_back`` is the one thing
    that is missing, as a question to the person.
    """

    question: str
    intent: Intent
    confidence: float
    topic: Topic | None = None
    cues: tuple[str, ...] = ()
    mentions: Mentions = Mentions()
    collections: tuple[CollectionName, ...] = ()
    conditions: tuple[PhraseMatch, ...] = ()
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
    ask_back: str | None = None


def understand(
    question: str, frame: Frame, library: Library, *, image: Path | None = None, within: Sequence[str] = ()
) -> Understanding:
    """Read ``question`` in the light of ``frame``; ``within`` limits the collections from outside."""
    said = _NO_AT_START.sub("", question)
    wanted = set_aside(said)
    mentions = _mentions(wanted, library)
    named = tuple(mention.collection for mention in mentions.collections)
    follow_up = leans_on(question, frame, named) and image is None
    scope = _scope(mentions, frame if follow_up else Frame(), within)
    rest = without_drops(mentions.rest) if follow_up else mentions.rest
    said_traits = library.read(rest, scope)
    scope = scope or (() if follow_up else said_traits.named)
    new = said_traits.matches
    reading = _intent(said, mentions, said_traits, picture=image is not None, follow_up=follow_up)
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
        replaced=replaced,
        words=f"{before} {_words(said_traits, image)}".strip(),
        unread=said_traits.unread,
        image=image or (frame.image if refines else None),
        owner=mentions.addresses[0] if mentions.addresses else None,
        limit=mentions.limit or _limit_after(said, frame if refines else Frame()),
        refines=refines,
        wants_price=wishes_for_price(said),
        asked=facts_asked(said, (count.trait.type for count in library.trait_counts(scope))),
    )
    return _resolve_tokens(found, frame, library)


def _intent(
    said: str, mentions: Mentions, traits: TraitReading, *, picture: bool, follow_up: bool
) -> Reading:
    """The intent by cues, and where they are weak by the traits that were read."""
    found, unread = len(traits.matches), len(traits.unread)
    reading = read_intent(
        said, mentions, conditions=found, unread=unread, picture=picture, follow_up=follow_up
    )
    return _trust(reading, traits, mentions)


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


def _scope(mentions: Mentions, frame: Frame, within: Sequence[str]) -> tuple[str, ...]:
    named = tuple(mention.collection for mention in mentions.collections)
    if within:
        return tuple(name for name in named if name in within) or tuple(within)
    return named or frame.collections


def taste_in(found: Understanding) -> tuple[Taste, tuple[CollectionName, ...]]:
    """What ``found`` says is liked and disliked, and the collections named as liked."""
    said, like = found.mentions.rest, []
    for mention in found.mentions.collections:
        if mention.how == "name" and text.key(mention.phrase) != text.key(found.mentions.rest):
            said = said.replace(mention.phrase, " ")
            like.append(mention.collection)
    unwanted = taste_of(found.mentions.rest).dislikes
    liked = [
        name
        for name, mention in zip(like, found.mentions.collections, strict=False)
        if not any(mention.phrase in words for words in unwanted)
    ]
    return taste_of(said), tuple(liked)


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


def _resolve_tokens(found: Understanding, frame: Frame, library: Library) -> Understanding:
    """Fill ``tokens`` (and the collection of "the second one"), or say what is missing."""
    if found.intent == "collection_facts" and found.mentions.ordinals and frame.shown_collections:
        return _nth_collection(found, frame)
    if found.intent == "collection_facts" and _OF_WHICH.search(found.question) and frame.focus:
        home = library.catalog.collection_of(frame.focus)
        return found.model_copy(update={"collections": (home.name,)}) if home else found
    if found.intent not in _TOKEN_INTENTS:
        return _with_taste(found) if found.intent == "recommend" else found
    tokens: tuple[TokenRef, ...] = ()
    ask_back: str | None = None
    if found.mentions.token_ids:
        tokens, ask_back = _by_id(found, frame, library)
    elif found.mentions.ordinals and frame.shown_collections and not frame.shown:
        return _nth_collection(found.model_copy(update={"intent": "collection_facts"}), frame)
    elif found.mentions.ordinals:
        tokens, ask_back = _by_place(found.mentions.ordinals, frame, _COMPARES.search(found.question))
    elif frame.focus and (found.mentions.pointing or not found.mentions.collections):
        tokens = (frame.focus,)
    if not tokens and ask_back is None and not (found.intent == "similar" and found.image):
        one = "I can check one token at a time: which one? " if found.owner else "Which token do you mean? "
        ask_back = f"{one}Give a collection and a number, such as “CryptoPunks #7804”."
    if tokens and found.intent == "verify":
        ask_back = ask_back or _missing_owner(found)
    return found.model_copy(update={"tokens": tokens, "ask_back": ask_back})


def _with_taste(found: Understanding) -> Understanding:
    taste, like = taste_in(found)
    nothing = not (taste.likes or taste.dislikes or like)
    return found.model_copy(update={"ask_back": _NO_TASTE}) if nothing else found


def _by_id(found: Understanding, frame: Frame, library: Library) -> tuple[tuple[TokenRef, ...], str | None]:
    ids = found.mentions.token_ids
    homes = found.collections or frame.collections
    if not homes and frame.focus:
        home = library.catalog.collection_of(frame.focus)
        homes = (home.name,) if home else ()
    if not homes:
        homes = tuple(
            name
            for name, known in library.names.collections.items()
            if library.catalog.token(known.ref(ids[0]))
        )
    if len(homes) != 1:
        some = ", ".join((homes or tuple(library.names.collections))[:4])
        return (), f"Which collection is #{ids[0]} of? For example {some}."
    return tuple(library.collection(homes[0]).ref(token_id) for token_id in ids), None


def _by_place(
    places: Sequence[int], frame: Frame, compared: re.Match[str] | None
) -> tuple[tuple[TokenRef, ...], str | None]:
    """The tokens at these places of the last list; "compare it with …" adds the one in focus."""
    count = len(frame.shown)
    if not count:
        return (), "I have not shown any tokens yet. Which token do you mean?"
    if any(place > count for place in places):
        return (), f"The last list has {count} token{'s' if count > 1 else ''}. Which one do you mean?"
    named = [frame.shown[place - 1 if place > 0 else place] for place in places]
    first = [frame.focus] if compared and frame.focus else []
    return tuple(dict.fromkeys([*first, *named])), None


def _nth_collection(found: Understanding, frame: Frame) -> Understanding:
    place, count = found.mentions.ordinals[0], len(frame.shown_collections)
    if place > count:
        return found.model_copy(
            update={"ask_back": f"The last list has {count} collections. Which one do you mean?"}
        )
    return found.model_copy(
        update={"collections": (frame.shown_collections[place - 1 if place > 0 else place],)}
    )


def _missing_owner(found: Understanding) -> str | None:
    if found.mentions.half_address:
        return "Which address is that in full? I need all 40 hexadecimal digits after 0x."
    if found.mentions.ens:
        return f"Which address is {found.mentions.ens}? I cannot look up ENS names; give the 0x address."
    if re.search(r"\b(i|me|my|mine)\b", found.question, re.IGNORECASE) and not found.owner:
        return "Which wallet is yours? Give its full 0x address and I will read the chain."
    return None
