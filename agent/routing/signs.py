"""What can be seen of a question without understanding it, as numbers beside its embedding. Pure."""

import re
from functools import cache
from typing import Literal

import numpy as np
import numpy.typing as npt

from agent.cues import CUES
from agent.intents import set_aside
from agent.mentions import Mentions
from retrieval.phrases import Reading

Shown = Literal["tokens", "token", "collections"]  # what the last answer showed
_SHOWN: tuple[Shown, ...] = ("tokens", "token", "collections")
_MENTIONED = (
    *("a collection", "a subject", "a misspelt collection", "two collections", "a token", "two tokens"),
    *("a place", "two places", "pointing", "an address", "an ENS name", "half an address", "a number wanted"),
    *("traits", "unread words", "words", "a question mark"),
)

_LONGEST_VALUE = 4  # words
_NEUTRAL = (
    (re.compile(r"\b0x[0-9a-f]{2,}\b", re.IGNORECASE), "0xabc"),
    (re.compile(r"\b[\w-]{3,}\.eth\b", re.IGNORECASE), "name.eth"),
)


@cache
def names() -> tuple[str, ...]:
    """What each number says, in order: the weights of a classifier are of these and no others."""
    cued = [f"{intent} {topic}".strip() for intent, topic in _cued()]
    return (*(f"cue: {name}" for name in cued), *_MENTIONED, *(f"after {shown}" for shown in _SHOWN))


def signs(question: str, mentions: Mentions, traits: Reading, shown: Shown | None) -> npt.NDArray[np.float32]:
    """(`names`,) of ``question``; ``mentions`` and ``traits`` are what was found in it."""
    wanted = set_aside(question)
    cues = dict.fromkeys(_cued(), 0.0)
    for cue in CUES:
        if cue.pattern.search(wanted):
            cues[cue.intent, cue.topic or ""] += cue.weight / 3
    how = {mention.how for mention in mentions.collections}
    mentioned = (
        *(bool(how & {"name", "contract"}), "subject" in how, "fuzzy" in how, len(mentions.collections) > 1),
        *(bool(mentions.token_ids), len(mentions.token_ids) > 1),
        *(bool(mentions.ordinals), len(mentions.ordinals) > 1, mentions.pointing),
        *(bool(mentions.addresses), bool(mentions.ens), bool(mentions.half_address)),
        mentions.limit is not None,
        *(min(len(traits.matches), 3) / 2, min(len(traits.unread), 6) / 4),
        *(min(len(question.split()), 40) / 10, "?" in question),
    )
    return np.array([*cues.values(), *mentioned, *(shown == one for one in _SHOWN)], np.float32)


def neutral(question: str, mentions: Mentions, traits: Reading) -> str:
    """``question`` with plain words for what was looked up in it: a name's own meaning decides nothing.

    "How many apes are there?" is about the catalogue where there are apes in it, else about nature.
    """
    known = [
        (mention.phrase, "punk" if mention.how == "subject" else "the collection")
        for mention in mentions.collections
    ]
    known += [(match.phrase, "red hat") for match in traits.matches if not _asks(match.phrase)]
    for phrase, plain in sorted(known, key=lambda one: -len(one[0])):
        many = "s" if phrase.lower().endswith("s") and plain != "the collection" else ""
        question = re.sub(rf"(?<!\w){re.escape(phrase)}(?!\w)", plain + many, question)
    for pattern, plain in _NEUTRAL:
        question = pattern.sub(plain, question)
    for token_id in mentions.token_ids:
        question = re.sub(rf"#?\s?\b{token_id}\b", "#1", question)
    return question


def _asks(value: str) -> bool:
    """Whether a value would ask or order something: such a name is read as what it says."""
    return len(value.split()) > _LONGEST_VALUE or any(cue.pattern.search(value) for cue in CUES)


@cache
def _cued() -> tuple[tuple[str, str], ...]:
    return tuple(sorted({(cue.intent, cue.topic or "") for cue in CUES}))
