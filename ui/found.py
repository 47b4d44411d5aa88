"""What a search found as its JSON has it: every hit with its token, its traits and its rarity."""

from collections.abc import Sequence
from typing import Literal

from pydantic import Field

from agent.onchain.inputs import parse_token_id
from magpie.catalog import Catalog
from magpie.catalog_ranks import Ranked
from magpie.domain import Model, Token, TokenRef, Trait
from magpie.errors import InputError
from magpie.query import Hit, PhraseMatch, Query, SearchResult, SignalScore
from retrieval.copies.verdict import Disguise, Verdict

Says = Literal["this is", "this is nearly", "no known token"]


class RarityRank(Model):
    """``rank`` 1 of ``ranked`` is the rarest; ``partial`` says why not to rely on it, "" if one may."""

    rank: int
    ranked: int
    score: float
    partial: str

    @classmethod
    def of(cls, ranked: Ranked | None) -> "RarityRank | None":
        return cls(**ranked._asdict()) if ranked else None


class TokenRecord(Model):
    """One token; ``ref`` is CAIP-19, ``image`` relative to the dataset folder.

    ``collection`` and ``name`` are None if it has left the catalogue since it was indexed.
    """

    ref: str
    collection: str | None
    token_id: str
    name: str | None
    traits: tuple[Trait, ...]
    image: str | None
    rarity: RarityRank | None


class FoundToken(TokenRecord):
    """A hit (`magpie.query.Hit`). ``same`` and ``lacks`` are left out where they are empty."""

    score: float
    signals: tuple[SignalScore, ...]
    same: tuple[str, ...] = Field(default=(), exclude_if=lambda refs: not refs)
    lacks: tuple[str, ...] = Field(default=(), exclude_if=lambda names: not names)


class CopyFound(Model):
    """What is said of the picture that was searched by (`retrieval.copies.verdict.Verdict`)."""

    says: Says
    tokens: tuple[str, ...]
    disguise: Disguise | None
    misfit: float | None
    score: float

    @classmethod
    def of(cls, verdict: Verdict) -> "CopyFound":
        fields = verdict.model_dump(mode="json") | {"tokens": tuple(map(str, verdict.tokens))}
        return cls(says=says(verdict), **fields)


class SearchFound(Model):
    """A query and its `SearchResult`. ``copy`` is there only where it was searched by a picture."""

    query: Query
    understood: tuple[PhraseMatch, ...]
    hits: tuple[FoundToken, ...]
    unread: tuple[str, ...]
    closest: tuple[FoundToken, ...]
    reason: str | None
    known: CopyFound | None = Field(
        default=None, serialization_alias="copy", exclude_if=lambda verdict: verdict is None
    )


def found(query: Query, result: SearchResult, catalog: Catalog, verdict: Verdict | None) -> SearchFound:
    """``result`` with what the catalogue knows of its tokens."""
    return SearchFound(
        query=query,
        understood=result.understood,
        hits=_tokens(result.hits, catalog),
        unread=result.unread,
        closest=_tokens(result.closest, catalog),
        reason=result.reason,
        known=CopyFound.of(verdict) if verdict else None,
    )


def says(verdict: Verdict) -> Says:
    """Whether a picture is a known token, or nearly one."""
    if not verdict.tokens:
        return "no known token"
    return "this is" if verdict.disguise == "exact" else "this is nearly"


def token_named(written: str, catalog: Catalog) -> TokenRef:
    """The token that ``COLLECTION 123`` or CAIP-19 names. Raises `InputError` if neither is written."""
    name, _, number = written.strip().rpartition(" ")
    if not name:
        return TokenRef.parse(written)
    number = number.removeprefix("#")
    if not (number.isascii() and number.isdigit()):
        raise InputError(f'{written!r} names no token; write it as "COLLECTION 123"')
    return catalog.collection(name.strip()).ref(parse_token_id(number))


def _tokens(hits: Sequence[Hit], catalog: Catalog) -> tuple[FoundToken, ...]:
    refs = [hit.ref for hit in hits]
    tokens, ranks = catalog.tokens(refs), catalog.ranks(refs)
    return tuple(_found(hit, tokens.get(hit.ref), ranks.get(hit.ref)) for hit in hits)


def _found(hit: Hit, token: Token | None, ranked: Ranked | None) -> FoundToken:
    return FoundToken(
        ref=str(hit.ref),
        collection=token.collection if token else None,
        token_id=str(hit.ref.token_id),
        name=token.name if token else None,
        traits=token.traits if token else (),
        image=token.image if token else None,
        rarity=RarityRank.of(ranked),
        score=hit.score,
        signals=hit.signals,
        same=tuple(map(str, hit.same)),
        lacks=hit.lacks,
    )
