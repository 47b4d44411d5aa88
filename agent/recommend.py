"""Which collections somebody would like, with a score that is the sum of its named parts.

Parts, each rounded to three decimals so that what is shown adds up: ``captions`` (the liked words against the
mean caption vector), ``about`` (against the collection's own description), ``words`` (the share of liked
words that are its name, subject or traits) and, negative, ``disliked``. Knows no wallet, no other collector.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
from pydantic import Field

from agent.library import Library
from magpie import text
from magpie.domain import Collection, Model, Trait
from magpie.errors import InputError, unknown_name

Vectors = npt.NDArray[np.float32]
WORDS_WEIGHT = 0.5
DISLIKE_WEIGHT = 0.5
_ASKING = re.compile(
    r"\b(please|can you|could you|recommend\w*|suggest\w*|some|any|me|nft|nfts|collections?|find|show|for|"
    r"some(one|body)|who|i|would|might|should|really|like|likes|love|loves|enjoy|enjoys|prefer|prefers|want|wants|"
    r"what|which|else|if|at|in|it|something|anything|things?|similar|looks?|looking|give|collect|buy|that|are|is|"
    r"with|a|an|the|to|my|taste|and|of|people(?= who)|fans?|lovers?|\d+)\b",
    re.IGNORECASE,
)
_DISLIKING = re.compile(
    r"(?:\b(?:but|and|who|i)\b\s*|,\s*)*\b(?:hates?|dislikes?|"
    r"(?:are|is)(?: not|n't)|(?:does not|doesn't|do not|don't|not) (?:like|want|enjoy)|"
    r"except|nothing|without|not|no)\b\s*([^,.;]*)",
    re.IGNORECASE,
)


class CaptionSpace(Protocol):
    """What `retrieval.search.Searcher` offers here: unit vectors of one space, ``d`` wide."""

    def collection_centroids(self) -> dict[str, Vectors]: ...

    def embed_caption(self, texts: Sequence[str]) -> Vectors: ...


class Part(Model):
    """One named summand of a score."""

    name: str
    value: float


class TraitReason(Model):
    """A liked word that the collection publishes as a trait, and how many of its tokens here have it."""

    phrase: str
    trait: Trait
    tokens: int = Field(ge=1)


class Recommendation(Model):
    """One collection. ``score`` is exactly the rounded sum of ``parts``."""

    collection: Collection
    tokens: int
    score: float
    parts: tuple[Part, ...]
    traits: tuple[TraitReason, ...] = ()


@dataclass(frozen=True)
class Taste:
    """What somebody said they like and dislike, and what they have."""

    likes: tuple[str, ...] = ()
    dislikes: tuple[str, ...] = ()
    owned: tuple[str, ...] = ()


def taste_of(question: str) -> Taste:
    """The liked and disliked words of a sentence such as "for someone who likes robots but not cats"."""
    dislikes = tuple(filter(None, (_bare(match[1]) for match in _DISLIKING.finditer(question))))
    likes = _bare(_DISLIKING.sub(" ", question))
    return Taste(likes=(likes,) if likes else (), dislikes=dislikes)


def recommend_collections(
    space: CaptionSpace, library: Library, taste: Taste, k: int
) -> tuple[Recommendation, ...]:
    """The best ``k`` collections that are not owned, best first, ties by name.

    Where something is liked, only those that score above 0.

    Raises `InputError` when nothing is liked or disliked, for ``k`` < 1 and for an unknown owned collection.
    """
    if k < 1:
        raise InputError("-k must be at least 1")
    likes = tuple(filter(None, (text.clean(words) for words in taste.likes)))
    dislikes = tuple(filter(None, (text.clean(words) for words in taste.dislikes)))
    if not (likes or dislikes):
        raise InputError("say what is liked, for example --like 'friendly robots'")
    owned = {_known(name, library) for name in taste.owned}
    centroids = space.collection_centroids()
    names = [name for name in library.names.collections if name in centroids and name not in owned]
    if not names:
        return ()
    captions = np.stack([centroids[name] for name in names])
    abouts = space.embed_caption([_about(library.collection(name), library) for name in names])
    liked, disliked = space.embed_caption(likes), space.embed_caption(dislikes)
    ranked = [
        _score(library.collection(name), library, likes, dislikes, _Cosines.of(row, about, liked, disliked))
        for name, row, about in zip(names, captions, abouts, strict=True)
    ]
    fitting = [one for one in ranked if one.score > 0 or not likes]
    return tuple(sorted(fitting, key=lambda one: (-one.score, one.collection.name))[:k])


@dataclass(frozen=True)
class _Cosines:
    """Mean cosine of the liked (disliked) words with captions and description; 0 without words."""

    captions: float
    about: float
    disliked: float

    @classmethod
    def of(cls, captions: Vectors, about: Vectors, liked: Vectors, disliked: Vectors) -> "_Cosines":
        return cls(
            captions=_mean(liked @ captions),
            about=_mean(liked @ about),
            disliked=_mean(disliked @ (captions + about)),
        )


def _mean(cosines: Vectors) -> float:
    return float(cosines.mean()) if len(cosines) else 0.0


def _score(
    collection: Collection, library: Library, likes: Sequence[str], dislikes: Sequence[str], cosines: _Cosines
) -> Recommendation:
    found, share = _matched(collection, library, likes)
    _, bad_share = _matched(collection, library, dislikes)
    parts = [("captions", cosines.captions), ("about", cosines.about), ("words", WORDS_WEIGHT * share)]
    if dislikes:
        parts.append(("disliked", -DISLIKE_WEIGHT * (cosines.disliked + bad_share)))
    rounded = tuple(Part(name=name, value=round(value, 3) + 0.0) for name, value in parts)
    return Recommendation(
        collection=collection,
        tokens=library.counts[collection.name].tokens,
        score=round(sum(part.value for part in rounded), 3),
        parts=rounded,
        traits=found,
    )


def _matched(
    collection: Collection, library: Library, phrases: Sequence[str]
) -> tuple[tuple[TraitReason, ...], float]:
    """Traits here that the phrases name, most common first, and the share of words so explained."""
    counts = library.trait_counts([collection.name])
    tokens_with = {count.trait.key: count.tokens for count in counts}
    own_words = {text.singular(word) for word in text.words(f"{collection.name} {collection.subject}")}
    reasons: dict[tuple[str, str], TraitReason] = {}
    explained = total = 0
    for phrase in phrases:
        words = {text.singular(word) for word in text.words(phrase)}
        named = {word for word in words if word in own_words}
        for match in library.read(phrase, [collection.name]).matches:
            best = max(match.traits, key=lambda trait: (tokens_with.get(trait.key, 0), str(trait)))
            if not match.negated and tokens_with.get(best.key):
                reasons[best.key] = TraitReason(phrase=match.phrase, trait=best, tokens=tokens_with[best.key])
                named |= words & {text.singular(word) for word in text.words(match.phrase)}
        explained, total = explained + len(named), total + len(words)
    ordered = sorted(reasons.values(), key=lambda reason: (-reason.tokens, str(reason.trait)))
    return tuple(ordered[:3]), explained / total if total else 0.0


def about(collection: Collection) -> str:
    """What a collection says of itself: what somebody likes who likes it."""
    return text.clean(f"{collection.subject}. {collection.description}", 400)


def _about(collection: Collection, library: Library) -> str:
    common = ", ".join(count.trait.value for count in library.trait_counts([collection.name])[:12])
    return text.clean(f"{collection.name}: {collection.subject}. {collection.description} {common}", 800)


def _bare(words: str) -> str:
    return " ".join(re.sub(r"[^\w' -]", " ", _ASKING.sub(" ", words)).split())


def _known(name: str, library: Library) -> str:
    for known in library.names.collections:
        if text.fold(known) == text.fold(name):
            return known
    raise unknown_name("collection", name, library.names.collections)
