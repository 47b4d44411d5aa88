"""Copies in the eight published disguises: what is found, rightly and wrongly, by us and by hashing.

    python -m bench.copies --home HOME [-c COLLECTION]... [--tokens 1500] [--queries 100]
    python -m bench.copies --home HOME --fit      # choose the limits on validation tokens, write limits.json

Each asked token's picture is disguised in each way and looked up twice: among all tokens (recall: its own
token, or one with an equal picture, is named), and with its own left out (false: any token is named). So the
false of "exact" is that of unrelated tokens of look-alike collections, and the others are of disguised ones.
pHash and dHash name the nearest token within a distance: the greatest at which they name one for at most 1%
of the unrelated; ties count as found. Times are of the processor, of one look-up whose token is known.
"""

import argparse
import json
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from time import process_time
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from eval.copymint import DISGUISES, disguise
from magpie.catalog import Catalog
from magpie.domain import TokenRef
from magpie.layout import picture_file
from magpie.settings import load_settings
from magpie.splits import split_of
from retrieval.copies import sketchbook
from retrieval.copies.explain import MEANS, Means
from retrieval.copies.finder import Finder, Found, Limits, frozen
from retrieval.copies.sketchbook import Sketchbook
from retrieval.pictures import open_picture
from retrieval.views import on_white

if TYPE_CHECKING:
    from PIL.Image import Image

_MOST_FALSE = 0.01
_LIMITS = Path(__file__).resolve().parents[1] / "retrieval" / "copies" / "limits.json"
_LOOSE = Limits(dict.fromkeys(MEANS, 1.0), 0.0, 0.0)  # with these every ratio is the misfit itself


class Asked(NamedTuple):
    """One picture asked with, in one disguise."""

    row: int
    kind: str
    picture: "Image"


class Outcome(NamedTuple):
    """What our finder said; and by hash, the distance from the own token and the least from another."""

    known: Found | None
    unknown: Found | None
    own: bool
    hashes: dict[str, tuple[int, int]]
    ms: float


def main() -> None:
    """Print the table, or choose the limits."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("-c", "--collection", action="append", default=[])
    parser.add_argument(
        "--tokens", type=int, default=1500, help="of each collection, evenly spread; 0 for all"
    )
    parser.add_argument(
        "--queries", type=int, default=100, help="tokens that are asked with, evenly by collection"
    )
    parser.add_argument("--fit", action="store_true")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    settings = load_settings(flags={"home": given.home})
    with Catalog(settings.catalog_path) as catalog:
        dataset = catalog.dataset_hash()
    book = part_of(sketchbook.load(settings, dataset), given.collection, given.tokens)

    @lru_cache(2000)
    def opened(row: int) -> "Image | None":
        file = picture_file(settings.dataset_dir, book.images[row])
        return open_picture(file) if file else None

    rows = chosen(book, "validation" if given.fit else "test", given.queries, given.seed)
    print(f"{len(book.refs):,} tokens of {len(book.spans)} collections; {len(rows)} asked with", flush=True)
    if given.fit:
        fit(book, opened, rows, given.seed)
    else:
        measure(book, opened, rows, given.seed)


def part_of(book: Sketchbook, collections: Sequence[str], tokens: int) -> Sketchbook:
    """The named collections, or all, and of each at most so many tokens."""
    rows = [
        row
        for name, span in book.spans.items()
        if not collections or name in collections
        for row in (
            span if not tokens else {span[int(at)]: 0 for at in np.linspace(0, len(span) - 1, tokens)}
        )
    ]
    names = (book.refs, book.collections, book.images, book.digests)
    return Sketchbook(*([column[row] for row in rows] for column in names), sketches=book.sketches[rows])


def chosen(book: Sketchbook, split: str, queries: int, seed: int) -> list[int]:
    """Rows of the split, as many of each collection as of any other while there are."""
    rng = random.Random(seed)
    held = [
        rng.sample(found, len(found))
        for span in book.spans.values()
        if (found := [row for row in span if split_of(TokenRef.parse(book.refs[row])) == split])
    ]
    turns = [rows[at] for at in range(max(map(len, held), default=0)) for rows in held if at < len(rows)]
    return turns[:queries]


def disguised(book: Sketchbook, opened, rows: Sequence[int], seed: int) -> Iterator[Asked]:  # noqa: ANN001
    """Every picture in every disguise that means anything for it, a disguise after the other."""
    for kind in DISGUISES:
        for row in rows:
            picture = disguise(opened(row), kind, f"{seed}:{book.refs[row]}")
            if picture is not None:
                yield Asked(row, kind, picture)


def measure(book: Sketchbook, opened, rows: Sequence[int], seed: int) -> None:  # noqa: ANN001
    """Print a line a disguise."""
    finder = Finder(book, opened)
    hashes = {
        name: np.stack([hashed(opened(row)) for row in range(len(book.refs))])
        for name, hashed in HASHES.items()
    }
    print("| disguise | asked | recall | false | pHash | false | dHash | false | CPU ms |", flush=True)
    print("|---|---|---|---|---|---|---|---|---|", flush=True)
    limits: dict[str, int] = {}
    for kind, asked in groupby(disguised(book, opened, rows, seed), key=lambda one: one.kind):
        many = [outcome(book, finder, hashes, one) for one in asked]
        if not limits:  # the first are not disguised
            for name in HASHES:
                nearest = sorted(one.hashes[name][1] for one in many)
                limits[name] = nearest[int(_MOST_FALSE * len(nearest))] - 1
        print(line(kind, many, limits), flush=True)
    print(f"\nGreatest distance of 64: {limits}")


def line(kind: str, many: Sequence[Outcome], limits: dict[str, int]) -> str:
    """One row of the table."""
    shares = [np.mean([one.own for one in many]), np.mean([one.unknown is not None for one in many])]
    for name, limit in limits.items():
        near = [
            (own <= min(limit, other), other <= limit) for own, other in (one.hashes[name] for one in many)
        ]
        shares += [np.mean([own for own, _ in near]), np.mean([other for _, other in near])]
    figures = " | ".join(f"{share:.3f}" for share in shares)
    return f"| {kind} | {len(many)} | {figures} | {np.median([one.ms for one in many]):.0f} |"


def outcome(book: Sketchbook, finder: Finder, hashes: dict[str, np.ndarray], asked: Asked) -> Outcome:
    """Both look-ups of one picture."""
    twins = book.twins[book.digests[asked.row]]
    start = process_time()
    known = finder.find(asked.picture)
    ms = (process_time() - start) * 1000
    unknown = finder.find(asked.picture, without=twins)
    distances = {}
    for name, hashed in HASHES.items():
        apart = (hashes[name] != hashed(asked.picture)).sum(axis=1)
        own = int(apart[twins].min())
        apart[twins] = 64
        distances[name] = own, int(apart.min())
    return Outcome(known, unknown, known is not None and known.row in twins, distances, ms)


def phash(picture: "Image") -> np.ndarray:
    """(64,): signs of the lowest 8 x 8 cosines of a 32 x 32 grey picture about their median."""
    from PIL import Image as Pillow

    grey = np.asarray(on_white(picture).convert("L").resize((32, 32), Pillow.Resampling.LANCZOS), np.float64)
    at = np.arange(32)
    cosines = np.cos(np.pi / 32 * (at + 0.5) * np.arange(8)[:, None])
    low = cosines @ grey @ cosines.T
    return (low > np.median(low)).ravel()


def dhash(picture: "Image") -> np.ndarray:
    """(64,): whether each of 9 x 8 grey cells is darker than its right neighbour."""
    from PIL import Image as Pillow

    grey = np.asarray(on_white(picture).convert("L").resize((9, 8), Pillow.Resampling.LANCZOS), np.int16)
    return (np.diff(grey, axis=1) > 0).ravel()


HASHES = {"pHash": phash, "dHash": dhash}


def fit(book: Sketchbook, opened, rows: Sequence[int], seed: int) -> None:  # noqa: ANN001
    """Choose for every means the greatest misfit that at most a hundredth of unknown pictures reach."""
    now = frozen()
    finder = Finder(book, opened, now)
    own: dict[Means, list[float]] = defaultdict(list)
    other: dict[Means, list[float]] = defaultdict(list)
    for asked in disguised(book, opened, rows, seed):
        twins = set(book.twins[book.digests[asked.row]])
        for one in finder.considered(asked.picture):
            if one.row in twins:
                own[one.explanation.means].append(one.explanation.misfit)
        least: dict[Means, float] = {}
        for one in finder.considered(asked.picture, without=twins):
            means = one.explanation.means
            least[means] = min(one.explanation.misfit, least.get(means, np.inf))
        for means, misfit in least.items():
            other[means].append(misfit)
    limits = {means: limit(own[means], other[means], now.limits[means]) for means in MEANS}
    ratios = [
        (misfit / limits[means], True) for means in MEANS for misfit in own[means] if misfit <= limits[means]
    ]
    ratios += [(misfit / limits[means], False) for means in MEANS for misfit in other[means]]
    level, slope = logistic([(min(ratio, 5.0), is_own) for ratio, is_own in ratios])
    held = {"made_by": "python -m bench.copies --fit", "limits": limits, "level": level, "slope": slope}
    _LIMITS.write_text(json.dumps(held, indent=2) + "\n")
    print(json.dumps(held, indent=2))


def limit(own: Sequence[float], other: Sequence[float], now: float) -> float:
    """Between what 98% of copies reach and what 1% of others do; ``now`` where too few are known."""
    if len(own) < 20 or len(other) < 20:
        return now
    reached, refused = (
        float(np.quantile([x for x in own if x <= 2 * now] or [now], 0.98)),
        float(np.quantile(other, _MOST_FALSE)),
    )
    return round(refused if reached >= refused else float(np.sqrt(max(reached, refused / 16) * refused)), 6)


def logistic(points: Sequence[tuple[float, bool]]) -> tuple[float, float]:
    """Level and slope of the line whose logistic is the share of copies, both kinds weighing alike."""
    ratio = np.array([x for x, _ in points])
    copy = np.array([is_own for _, is_own in points])
    weight = np.where(copy, 0.5 / max(copy.sum(), 1), 0.5 / max((~copy).sum(), 1))
    level, slope = 0.0, 0.0
    for _ in range(4000):
        p = 1 / (1 + np.exp(-(level - slope * ratio)))
        level += 2 * float((weight * (copy - p)).sum())
        slope -= 2 * float((weight * (copy - p) * ratio).sum())
    return round(level, 4), round(slope, 4)


if __name__ == "__main__":
    main()
