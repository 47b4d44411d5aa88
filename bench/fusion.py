"""How the fusion weights were chosen: nDCG@10 of each setting on validation questions.

    python -m bench.fusion --home HOME [--write]

Reads an indexed dataset. The questions are made of a few traits of validation tokens, as published and in
other words, and of whole captions; the gallery is the validation tokens, and every one with the asked traits
is right. Nothing here looks at test tokens. Prints each signal alone beside the fused settings; ``--write``
freezes the best of them in `retrieval/fusion_weights.json`, which every search reads.
"""

import argparse
import json
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from magpie.domain import Token, TokenRef, Trait
from magpie.files import write_atomic
from magpie.query import Query, Signal
from magpie.settings import Settings
from magpie.splits import split_of
from retrieval.fusion import WEIGHTS, fuse
from retrieval.search import Searcher, open_searcher

Weights = Mapping[Signal, float]
# Words that no trait of the sample spells.
OTHER_WORDS = {
    "Beanie": "wool hat",
    "Cigarette": "smoke",
    "Mustache": "whiskers",
    "Zombie": "undead",
    "Glasses": "spectacles",
    "Shades": "spectacles",
    "Beard": "facial hair",
    "Chain": "necklace",
    "Hair": "hairdo",
    "Smile": "cheerful mouth",
    "Frown": "displeased",
    "Angry": "mad",
    "Blue": "azure",
    "Green": "emerald",
    "Purple": "violet",
    "Pink": "rosy",
}
ALONE: Sequence[Weights] = ({"image": 1.0}, {"caption": 1.0}, {"bm25": 1.0})
FUSED: Sequence[Weights] = tuple(
    {"image": image, "caption": caption, "bm25": bm25}
    for image, caption, bm25 in (
        (1.0, 1.0, 1.0),
        (1.0, 0.5, 1.0),
        (1.0, 1.0, 2.0),
        (0.5, 1.0, 1.0),
        (0.5, 1.0, 2.0),
        (0.5, 0.5, 1.5),
        (0.5, 0.25, 1.0),
        (1.0, 0.5, 1.5),
        (1.0, 0.5, 2.0),
        (1.0, 0.25, 1.5),
        (0.5, 1.0, 3.0),
        (0.2, 0.5, 1.5),
    )
)


class Question(NamedTuple):
    """``right`` are the gallery's tokens that have every asked trait."""

    kind: str
    words: str
    right: frozenset[TokenRef]


def questions(tokens: Sequence[Token], each: int, seed: int) -> list[Question]:
    """``each`` questions of the kinds verbatim, other words and caption."""
    rng = random.Random(seed)
    asked: list[Question] = []
    kinds = {"verbatim": each, "other words": each, "caption": each}
    while kinds:
        token = rng.choice(tokens)
        kind = rng.choice(sorted(kinds))
        count = len(token.traits) if kind == "caption" else min(len(token.traits), rng.choice((1, 2, 2, 3)))
        traits = rng.sample(token.traits, count)
        plain = " ".join(trait.value for trait in traits)
        words = {"verbatim": plain, "other words": _reworded(plain), "caption": token.caption}[kind]
        if not traits or (kind == "other words" and words == plain):
            continue
        asked.append(Question(kind, words, _right(tokens, traits)))
        kinds[kind] -= 1
        kinds = {name: left for name, left in kinds.items() if left}
    return asked


def _reworded(words: str) -> str:
    for published, other in OTHER_WORDS.items():
        words = words.replace(published, other)
    return words


def _right(tokens: Sequence[Token], traits: Sequence[Trait]) -> frozenset[TokenRef]:
    return frozenset(token.ref for token in tokens if all(token.has(trait) for trait in traits))


def ndcg(found: Sequence[TokenRef], right: frozenset[TokenRef], k: int = 10) -> float:
    """Binary nDCG@k, in [0, 1]."""
    gain = sum(1 / np.log2(place + 2) for place, ref in enumerate(found[:k]) if ref in right)
    return float(gain / sum(1 / np.log2(place + 2) for place in range(min(k, len(right)))))


def compare(searcher: Searcher, asked: Sequence[Question], gallery: Sequence[TokenRef]) -> Weights:
    """Print one line a setting: its mean nDCG@10 by kind of question and over them. The best fused one."""
    rankings = [
        searcher.rankings(Query(text=question.words, k=200, understand=False), gallery=gallery)
        for question in asked
    ]
    kinds = sorted({question.kind for question in asked})
    print(f"{len(asked)} questions, {len(gallery)} validation tokens; nDCG@10")
    print(f"{'image caption bm25':22}" + "".join(f"{kind:>13}" for kind in kinds) + f"{'mean':>9}")
    best: tuple[float, Weights] = (-1.0, {})
    for weights in (*ALONE, *FUSED):
        scores: dict[str, list[float]] = {kind: [] for kind in kinds}
        for question, ranked in zip(asked, rankings, strict=True):
            used = {signal: found for signal, found in ranked.items() if weights.get(signal)}
            hits = fuse(used, weights, 10)
            scores[question.kind].append(ndcg([hit.ref for hit in hits], question.right))
        means = [float(np.mean(scores[kind])) for kind in kinds]
        name = " ".join(f"{weights.get(signal, 0):5.1f}" for signal in ("image", "caption", "bm25"))
        print(f"{name:22}" + "".join(f"{mean:13.3f}" for mean in means) + f"{np.mean(means):9.3f}")
        if weights in FUSED:
            best = max(best, (float(np.mean(means)), weights), key=lambda scored: scored[0])
    return best[1]


def main() -> None:
    """Run over the home given on the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--each", type=int, default=100, help="questions of each kind")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--write", action="store_true", help="freeze the best fused weights")
    given = parser.parse_args()
    with open_searcher(Settings(home=given.home)) as searcher:
        tokens = [t for t in searcher.catalog.iter_tokens() if t.traits and split_of(t.ref) == "validation"]
        best = compare(searcher, questions(tokens, given.each, given.seed), [token.ref for token in tokens])
    if given.write:
        made_by = f"python -m bench.fusion --home HOME --each {given.each} --seed {given.seed} --write"
        frozen = {"made_by": made_by, "weights": {**best, "traits": WEIGHTS["traits"]}}
        write_atomic(Path("retrieval/fusion_weights.json"), (json.dumps(frozen, indent=2) + "\n").encode())


if __name__ == "__main__":
    main()
