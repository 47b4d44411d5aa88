"""Which tokens, collections and tastes a question is about, or the one thing that is missing. No model."""

import re
from collections.abc import Sequence

from agent.context import Frame
from agent.library import Library
from agent.recommend import Taste, taste_of
from agent.understanding import Understanding
from magpie import text
from magpie.domain import CollectionName, TokenRef

_OF_WHICH = re.compile(r"\b(which|what) collection\b.*\b(it|that|this|they|those|these)\b", re.IGNORECASE)
_MINE = re.compile(r"\b(i|my|mine)\b|\b(to|by) me\b", re.IGNORECASE)
_NO_TASTE = "What do you like? Tell me a look or a subject, such as “friendly robots” or “calm landscapes”."
_ONE_TOKEN = "I can check one token at a time: which one? "
_WHICH_TOKEN = "Give a collection and a number, such as “CryptoPunks #7804”."
_WHICH_TWO = "Which two shall I compare? Name two tokens, such as “#1 and #2”, or two collections."
_NOTHING_SHOWN = "I have not shown anything yet whose place I could explain. What shall I look for?"


def resolve(
    found: Understanding, frame: Frame, library: Library, *, taste_known: bool = False
) -> Understanding:
    """Fill ``tokens`` (and the collection of "the second one"), or say what is missing."""
    match found.intent:
        case "collection_facts" if found.mentions.ordinals and frame.shown_collections:
            return _nth_collection(found, frame)
        case "collection_facts" if _OF_WHICH.search(found.question) and frame.focus:
            home = library.catalog.collection_of(frame.focus)
            return found.model_copy(update={"collections": (home.name,)}) if home else found
        case "recommend" if not taste_known:
            return _with_taste(found)
        case "holdings":
            return found.model_copy(update={"ask_back": f"{_ONE_TOKEN}{_WHICH_TOKEN}"})
        case "why":
            return _explained(found, frame, library)
        case "compare" if not (found.mentions.token_ids or frame.shown or frame.focus):
            return _compared_collections(found, frame)
        case "token_facts" | "similar" | "verify" | "compare":
            return _of_tokens(found, frame, library)
    return found


def _of_tokens(found: Understanding, frame: Frame, library: Library) -> Understanding:
    tokens: tuple[TokenRef, ...] = ()
    ask_back: str | None = None
    if found.mentions.token_ids:
        tokens, ask_back = _by_id(found, frame, library)
    elif found.mentions.ordinals and frame.shown_collections and not frame.shown:
        return _nth_collection(found.model_copy(update={"intent": "collection_facts"}), frame)
    elif found.mentions.ordinals:
        tokens, ask_back = _by_place(found.mentions.ordinals, frame)
    elif found.intent == "token_facts" and found.mentions.pointing and frame.is_of_collections:
        first = frame.shown_collections[:1]
        return found.model_copy(update={"intent": "collection_facts", "collections": first})
    elif frame.focus and (found.mentions.pointing or not found.mentions.collections):
        tokens = (frame.focus,)
    if found.intent == "compare" and ask_back is None:
        return _compared(found, tokens, frame)
    if not tokens and ask_back is None and not (found.intent == "similar" and found.image):
        ask_back = f"{_ONE_TOKEN if found.owner else 'Which token do you mean? '}{_WHICH_TOKEN}"
    if tokens and found.intent == "verify":
        ask_back = ask_back or _missing_owner(found)
    homes = _home_of(found, tokens, library) if found.intent == "similar" else found.collections
    return found.model_copy(update={"tokens": tokens, "collections": homes, "ask_back": ask_back})


def _home_of(
    found: Understanding, tokens: Sequence[TokenRef], library: Library
) -> tuple[CollectionName, ...]:
    """Where to look for "one like it, but blue": beside it, if that collection has what is asked for."""
    home = library.catalog.collection_of(tokens[0]) if tokens and not found.collections else None
    if home is None or not found.conditions:
        return found.collections
    held = {count.trait.key for count in library.trait_counts([home.name])}
    here = all(held & {trait.key for trait in match.traits} for match in found.conditions)
    return (home.name,) if here else found.collections


def _compared(found: Understanding, tokens: tuple[TokenRef, ...], frame: Frame) -> Understanding:
    """Two tokens at least: a single one beside that in focus, none at all: the two that were shown."""
    if not tokens and len(set(found.collections)) > 1:
        return _compared_collections(found, frame)
    if len(tokens) < 2 and frame.focus and frame.focus not in tokens:
        tokens = (frame.focus, *tokens)
    if len(tokens) < 2 and not found.mentions.token_ids and len(frame.shown) == 2:
        tokens = frame.shown
    return found.model_copy(update={"tokens": tokens, "ask_back": None if len(tokens) > 1 else _WHICH_TWO})


def _compared_collections(found: Understanding, frame: Frame) -> Understanding:
    shown = frame.shown_collections
    places = [place - 1 if place > 0 else place for place in found.mentions.ordinals]
    named = [shown[place] for place in places if -len(shown) <= place < len(shown)]
    names = tuple(dict.fromkeys([*named, *found.collections]))
    if len(names) < 2 and found.mentions.pointing and len(shown) == 1:
        names = tuple(dict.fromkeys([*shown, *names]))
    if len(names) < 2 and not places and len(shown) > 1:
        names = tuple(dict.fromkeys([*names, *shown]))[:2]
    return found.model_copy(update={"collections": names, "ask_back": None if len(names) > 1 else _WHICH_TWO})


def _explained(found: Understanding, frame: Frame, library: Library) -> Understanding:
    """What the last look-up showed: the one that is named or counted, else that in focus, else the first."""
    if frame.looked_up is None:
        return found.model_copy(update={"ask_back": _NOTHING_SHOWN})
    found = found.model_copy(update={"looked_up": frame.looked_up})
    if frame.shown_collections and not frame.shown:
        named = tuple(mention.collection for mention in found.mentions.collections)
        return (
            _nth_collection(found, frame)
            if found.mentions.ordinals
            else found.model_copy(update={"collections": named})
        )
    tokens: tuple[TokenRef, ...] = frame.shown[:1]
    ask_back = None
    if found.mentions.token_ids:
        tokens, ask_back = _by_id(found, frame, library)
    elif found.mentions.ordinals:
        tokens, ask_back = _by_place(found.mentions.ordinals, frame)
    elif frame.focus in frame.shown and frame.focus:
        tokens = (frame.focus,)
    return found.model_copy(update={"tokens": tokens, "ask_back": ask_back})


def _with_taste(found: Understanding) -> Understanding:
    taste, like = taste_in(found)
    nothing = not (taste.likes or taste.dislikes or like)
    return found.model_copy(update={"ask_back": _NO_TASTE}) if nothing else found


def _by_id(found: Understanding, frame: Frame, library: Library) -> tuple[tuple[TokenRef, ...], str | None]:
    ids = found.mentions.token_ids
    if len(found.collections) > 1 and len(found.mentions.homed) > 1:
        return tuple(library.collection(name).ref(n) for name, n in found.mentions.homed), None
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


def _by_place(places: Sequence[int], frame: Frame) -> tuple[tuple[TokenRef, ...], str | None]:
    """The tokens at these places of the last list."""
    count = len(frame.shown)
    if not count:
        return (), "I have not shown any tokens yet. Which token do you mean?"
    if any(abs(place) > count for place in places):
        return (), f"The last list has {count} token{'s' if count > 1 else ''}. Which one do you mean?"
    return tuple(dict.fromkeys(frame.shown[place - 1 if place > 0 else place] for place in places)), None


def _nth_collection(found: Understanding, frame: Frame) -> Understanding:
    place, count = found.mentions.ordinals[0], len(frame.shown_collections)
    if abs(place) > count:
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
    if _MINE.search(found.question) and not found.owner:
        return "Which wallet is yours? Give its full 0x address and I will read the chain."
    return None


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
