"""The searches of the search benchmark, and what they should find by brute force: see `bench.search`."""

import random
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from bench.search_home import Source, drawn
from magpie.conditions import AllOf, AnyOf, Condition, Has
from magpie.domain import Token, TokenRef
from magpie.query import Filter
from retrieval.ports import IndexKind, Vectors
from retrieval.search import Searcher

K = 10
SHARES = (1.0, 0.1, 0.01, 0.001, 0.0001)
CONDITIONS = 6  # a share
REPEATS = 4  # of each, with other words
_ALIKE = 1e-6  # cosines that differ by less are equally good


class Asked(NamedTuple):
    """One search, and the share of all tokens that its filter was meant to allow."""

    share: float
    words: str
    filter: Filter


def questions(searcher: Searcher, tokens: int) -> list[Asked]:
    """Searches for a few traits of a token, under conditions that allow about each share of all tokens."""
    rng = random.Random(0)
    catalog = searcher.catalog
    homes = catalog.collections()
    some = [
        catalog.token(home.ref(rng.randrange(catalog.counts()[home.name].tokens)))
        for home in rng.choices(homes, k=40)
    ]
    held = [token for token in some if token and len(token.traits) >= 2]
    sized = [(len(searcher.select(one)) / tokens, one) for one in _candidates(held, rng)]
    asked = []
    for share in SHARES:
        nearest = sorted(sized, key=lambda pair: abs(np.log(max(pair[0], 1e-9) / share)))
        filters = [Filter()] if share == 1.0 else [one for _, one in nearest[:CONDITIONS]]
        for at in range(CONDITIONS * REPEATS):
            traits = rng.choice(held).traits
            words = " ".join(t.value for t in rng.sample(traits, min(3, len(traits))))
            asked.append(Asked(share, words, filters[at % len(filters)]))
    return asked


def _candidates(held: Sequence[Token], rng: random.Random) -> list[Filter]:
    found: list[Filter] = []
    for token in held:
        traits: list[Condition] = [Has.of(trait) for trait in token.traits if trait.type]
        other: list[Condition] = [Has.of(trait) for trait in rng.choice(held).traits if trait.type]
        pairs = [AllOf(parts=tuple(rng.sample(traits, 2))) for _ in range(3)] if len(traits) > 1 else []
        triples = [AllOf(parts=tuple(rng.sample(traits, 3)))] if len(traits) > 2 else []
        either = [AnyOf(parts=(*rng.sample(traits, 1), *other[:size])) for size in (1, 2, 3, 4)]
        for condition in [*traits, *pairs, *triples, *either]:
            found.append(Filter(where=(condition,)))
            found.append(Filter(where=(condition,), collections=(token.collection,)))
    return found


def brute(
    around: Sequence[Source],
    tokens: int,
    kind: IndexKind,
    asked: Sequence[Asked],
    queries: Vectors,
    allowed: Mapping[Filter, Sequence[TokenRef]],
) -> list[dict[TokenRef, float]]:
    """For each search the cosines of its `K` nearest, and of all that equal the last of them, in float64."""
    numbers: dict[Filter, dict[str, list[int]]] = {}
    for condition, refs in allowed.items():
        own = numbers.setdefault(condition, {})
        for ref in refs:
            own.setdefault(ref.contract, []).append(ref.token_id)
    best: list[list[tuple[float, TokenRef]]] = [[] for _ in asked]
    for part in drawn(around, tokens):
        home = part.collection
        cosines = part.vectors(kind).astype(np.float64) @ queries.astype(np.float64).T
        for at, one in enumerate(asked):
            inside = range(part.size) if one.share == 1 else numbers[one.filter].get(home.contract, ())
            ids = np.array(inside, np.int64)
            scores = cosines[ids, at]
            least = np.partition(scores, -K)[-K] if len(ids) > K else -np.inf
            chosen = np.flatnonzero(scores >= least - _ALIKE)
            best[at] += [(float(scores[row]), home.ref(int(ids[row]))) for row in chosen]
            best[at] = sorted(best[at], key=lambda pair: -pair[0])[: 4 * K]
    return [
        {ref: cosine for cosine, ref in found if cosine >= found[min(K, len(found)) - 1][0] - _ALIKE}
        for found in best
    ]


def recall(ranked: Sequence[tuple[TokenRef, float]], truth: Mapping[TokenRef, float]) -> float:
    right = {ref for ref, _ in ranked[:K]} & set(truth)
    return len(right) / min(K, len(truth)) if truth else 1.0
