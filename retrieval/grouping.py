"""Hits that are one answer, shown once: equal traits in a collection, or equal pictures without any. Pure."""

from collections.abc import Mapping, Sequence

from magpie.domain import Token, TokenRef
from magpie.query import Hit


def grouped(hits: Sequence[Hit], tokens: Mapping[TokenRef, Token], k: int) -> tuple[Hit, ...]:
    """The first ``k`` groups in the order of their best hits, which name the others as ``same``.

    Equal pictures with other traits are other answers: conditions tell them apart. A hit without a picture,
    and one that ``tokens`` lacks, stays by itself.
    """
    groups: dict[object, list[Hit]] = {}
    for hit in hits:
        groups.setdefault(_kind(hit.ref, tokens.get(hit.ref)), []).append(hit)
    return tuple(
        best.model_copy(update={"same": tuple(hit.ref for hit in others)}) if others else best
        for best, *others in list(groups.values())[:k]
    )


def _kind(ref: TokenRef, token: Token | None) -> object:
    if token is None or token.image_sha256 is None:
        return ref
    if token.traits:
        return token.collection, frozenset(trait.key for trait in token.traits)
    return token.image_sha256
