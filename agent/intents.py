"""What a question asks for, by weighted cue words and by what it mentions. Pure, and it says why."""

import re

from pydantic import Field

from agent.cues import CUES, Intent, Topic
from agent.mentions import Mentions
from magpie import text
from magpie.domain import Model

SURE = 0.5  # below it, and with nothing to search for, the agent asks back


# "cheaper is not the point": a matter that the person sets aside decides nothing.
_SET_ASIDE = re.compile(
    r"[^,.;]*\b(?:(?:not|n't|never) (?:really )?(?:the point|important|matter|an issue|about|care\w*)"
    r"|doesn'?t matter|don'?t care|regardless of|never mind)\b[^,.;]*[,.;]?",
    re.IGNORECASE,
)
_PRICE_WISH = re.compile(
    r"\b(cheap\w*|expensive|affordable|under \d[\d.]* ?eth|below \d[\d.]* ?eth|floor)\b", re.IGNORECASE
)
_ABOUT_HERE = re.compile(r"\b(collections?|traits?|how many (tokens|nfts|pictures))\b", re.IGNORECASE)
_LIKE_A_COLLECTION = re.compile(
    r"\b(something|anything|collections?|nfts) (like|similar to)\b", re.IGNORECASE
)
_ASKING = frozenset(
    text.words(
        "find show me some something anything any i want need a an the one please search give see get more"
        " nice good cool else to for is there of nft nfts token tokens what about and you can could"
    )
)
_OPEN_QUESTION = re.compile(
    r"^\W*(who|what|when|where|why|how|which|is|are|does|do|can|could|will|would|write|tell)\b", re.I
)


class Reading(Model):
    """The intent with a confidence, the ``topic`` if it is declined, and the cues that decided."""

    intent: Intent
    confidence: float = Field(ge=0, le=1)
    topic: Topic | None = None
    cues: tuple[str, ...] = ()


def set_aside(question: str) -> str:
    """``question`` without the clauses that say something is not the point."""
    kept = _SET_ASIDE.sub(" ", question).strip(" ,.;")
    return kept or question


def wishes_for_price(question: str) -> bool:
    """Whether the person wants tokens chosen by price, which nothing here can do."""
    return bool(_PRICE_WISH.search(set_aside(question)))


def read_intent(
    question: str, mentions: Mentions, *, conditions: int, unread: int, picture: bool, follow_up: bool
) -> Reading:
    """The intent of ``question``.

    ``conditions`` counts the traits it names, ``unread`` its words that name none; ``follow_up`` says that it
    leans on the last turn.
    """
    wanted = set_aside(question)
    scores: dict[Intent, float] = {}
    cues: dict[Intent, list[str]] = {}
    topics: dict[Intent, dict[Topic, float]] = {}
    for cue in CUES:
        match = cue.pattern.search(wanted)
        if match is None:
            continue
        scores[cue.intent] = scores.get(cue.intent, 0.0) + cue.weight
        cues.setdefault(cue.intent, []).append(match[0].lower())
        if cue.topic:
            held = topics.setdefault(cue.intent, {})
            held[cue.topic] = held.get(cue.topic, 0.0) + cue.weight
    _weigh_mentions(scores, mentions, conditions=conditions, picture=picture, follow_up=follow_up)
    _weigh_names(scores, wanted, mentions, unread=unread)
    scores = {intent: score for intent, score in scores.items() if score > 0}
    if not scores:
        return _nothing_clear(wanted, mentions, unread=unread, picture=picture)
    best = max(scores, key=lambda intent: (scores[intent], intent))
    others = sum(scores.values()) - scores[best]
    confidence = round(scores[best] / (scores[best] + 0.5 * others + 0.75), 3)
    about = topics.get(best, {})
    topic = max(about, key=lambda one: about[one], default=None)
    if (
        best == "find"
        and not (conditions or picture or follow_up or mentions.collections)
        and (not unread or _no_subject(wanted))
    ):
        return Reading(intent="clarify", confidence=confidence, cues=tuple(cues.get(best, ())))
    return Reading(intent=best, confidence=confidence, topic=topic, cues=tuple(cues.get(best, ())))


def _weigh_mentions(
    scores: dict[Intent, float], mentions: Mentions, *, conditions: int, picture: bool, follow_up: bool
) -> None:
    """Add what the mentions say; an intent that lacks what it is about falls to nothing."""

    def add(intent: Intent, weight: float) -> None:
        scores[intent] = scores.get(intent, 0.0) + weight

    token = bool(mentions.token_ids or mentions.ordinals or mentions.pointing)
    add("find", min(conditions, 2) * 1.25 + (3.5 if picture else 0) + (1.0 if follow_up else 0))
    if token and not (mentions.pointing and conditions):
        add("token_facts", 1.5)
    if mentions.addresses or mentions.ens or mentions.half_address:
        add("verify" if token else "holdings", 2.0)
    if not token:
        # Who owns no token in particular, but a wallet is named, holds many.
        wallet = bool(mentions.addresses or mentions.ens) or scores.get("holdings", 0.0) > 0
        add("holdings", scores.get("verify", 0.0) if wallet else 0.0)
    if not (mentions.collections or conditions or follow_up or _ABOUT_HERE.search(mentions.rest)):
        scores["collection_facts"] = 0.0
    if not token:
        scores["token_facts"] = 0.0
        scores["similar"] = scores.get("similar", 0.0) if picture else 0.0
    elif conditions == 0 and not picture:
        scores["find"] = scores.get("find", 0.0) - 1.0
    if scores.get("recommend") and token:
        add("similar", 4.0)  # "recommend a punk like 7804"
    if scores.get("recommend") and conditions and "collection" not in mentions.rest.lower():
        add("find", 2.5)  # "recommend a zombie with a hat" asks for tokens


def _weigh_names(scores: dict[Intent, float], wanted: str, mentions: Mentions, *, unread: int) -> None:
    """A name alone asks what it is; with more words, or by what it is made of ("robots"), it asks to see."""
    if not mentions.collections or mentions.token_ids or mentions.ordinals:
        return
    by_subject = all(mention.how == "subject" for mention in mentions.collections)
    look = bool(unread or by_subject) and not _OPEN_QUESTION.match(wanted)
    intent: Intent = "find" if look else "collection_facts"
    scores[intent] = scores.get(intent, 0.0) + 0.5
    if not by_subject and _LIKE_A_COLLECTION.search(wanted):
        scores["recommend"] = scores.get("recommend", 0.0) + 2.5


def _nothing_clear(question: str, mentions: Mentions, *, unread: int, picture: bool) -> Reading:
    if picture:
        return Reading(intent="find", confidence=1.0)
    if mentions.collections:
        return Reading(intent="collection_facts", confidence=SURE)
    if _OPEN_QUESTION.match(question):
        return Reading(intent="decline", confidence=SURE, topic="elsewhere")
    if not unread or _no_subject(question):
        return Reading(intent="clarify", confidence=0.0)
    return Reading(intent="find", confidence=0.3)


def _no_subject(question: str) -> bool:
    """Whether no word is left to search for once the words of asking are taken away."""
    return not [word for word in re.findall(r"[^\W\d_]{2,}", question.lower()) if word not in _ASKING]
