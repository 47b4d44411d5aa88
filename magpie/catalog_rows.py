"""What the catalogue's rows become: domain objects and counts. Pure."""

import hashlib
import re
from collections.abc import Sequence
from typing import NamedTuple

from magpie import text
from magpie.domain import Token, TokenRef, Trait

_STOP = frozenset(
    re.findall(
        r"\w+", "a an and are be for from in is it its of on or that the this to with containing picture"
    )
)


class Changes(NamedTuple):
    """What a write did, in tokens."""

    added: int
    changed: int
    unchanged: int


class TraitCount(NamedTuple):
    """One published trait of one collection and how many tokens have it."""

    collection: str
    trait: Trait
    tokens: int


class CollectionCount(NamedTuple):
    """How much of one collection is here."""

    tokens: int
    images: int
    traits: int


def words_to_match(query: str) -> list[str]:
    """The words of a question that BM25 looks for: no stop words, no repeats, in order."""
    return list(dict.fromkeys(word for word in text.words(query) if word not in _STOP))[:64]


def digest(token: Token) -> str:
    return hashlib.sha256(token.model_dump_json().encode()).hexdigest()


def token_from(head: Sequence[str], traits: Sequence[Trait]) -> Token:
    chain, contract, collection, token_id, name, caption, image, image_sha256 = head
    return Token(
        ref=TokenRef(chain=chain, contract=contract, token_id=int(token_id)),
        collection=collection,
        name=name,
        traits=tuple(traits),
        caption=caption,
        image=image,
        image_sha256=image_sha256,
    )
