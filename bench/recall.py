"""Every retrieval figure that Magpie's CLIP is judged by, image signal alone, in one table.

    python -m bench.recall --home HOME             # collections that the model was trained on or adapted to
    python -m bench.recall --home HOME --unseen    # collections that it has never seen

Reads an indexed dataset; each row is one run of `magpie eval retrieval`, whose definitions hold
(docs/evaluation.md). Prints the figure, its 95% interval over queries, chance, and the figure to reach.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from eval.metrics import Figure
from eval.protocol import AskName, TaskName
from eval.report import Plan, Report, Row
from eval.retrieval import run
from magpie.settings import load_settings


class Line(NamedTuple):
    """One row of the table; ``least`` is what is to be reached."""

    what: str
    figure: Figure
    least: float


class Bench(NamedTuple):
    """What all rows share."""

    home: Path
    collections: tuple[str, ...]
    queries: int
    ask: AskName
    seed: int

    def report(self, task: TaskName, **plan: object) -> Report:
        """One evaluation by the image signal."""
        shared = {
            "collections": self.collections,
            "queries": self.queries,
            "ask": self.ask,
            "seed": self.seed,
        }
        whole = Plan.model_validate({"task": task, "systems": ("image",), **shared, **plan})
        return run(load_settings(flags={"home": self.home}), whole, tick=lambda *_: None)[0]


def seen(bench: Bench) -> Iterator[Line]:
    """Of collections that the model knows: held-out tokens, all collections pooled."""
    found = row(bench.report("caption-to-image"), "pooled", "equal")
    yield Line("caption, R@1", found.figures["Success@1"], 0.985)
    yield Line("caption, R@10", found.figures["Success@10"], 0.999)
    traits = row(bench.report("traits-to-image"), "pooled", "holds")
    yield Line("2 or 3 traits in plain words, nDCG@10", traits.figures["nDCG@10"], 0.85)
    captions = row(bench.report("image-to-caption"), "pooled", "equal")
    for measure, name in (("Success@1", "R@1"), ("Success@10", "R@10")):
        least = found.figures[measure].mean - 0.02
        yield Line(f"picture to caption, {name}", captions.figures[measure], least)
    altered = bench.report("altered-to-image", gallery="all", queries=min(bench.queries or 300, 300))
    for part in altered.by_kind:
        if (part.scope, part.reading) == ("pooled", "equal"):
            yield Line(f"picture, {part.kind}, R@1", part.figures["Success@1"], 0.95)


def unseen(bench: Bench) -> Iterator[Line]:
    """Of collections that the model does not know: each by itself, 1000 of its tokens."""
    report = bench.report("caption-to-image", ask="any", gallery="all", tokens=1000, queries=0)
    for part in report.by_collection:
        if part.reading == "equal":
            yield Line(f"{part.collection}, caption, R@10 of 1000", part.figures["Success@10"], 0.25)
    (mean,) = [over for over in report.over_collections if over.reading == "equal"]
    yield Line("mean of collections", mean.figures["Success@10"], 0.25)


def row(report: Report, scope: str, reading: str) -> Row:
    """The report's figures over all queries of one gallery under one reading."""
    (found,) = [row for row in report.rows if (row.scope, row.reading) == (scope, reading)]
    return found


def main() -> None:
    """Print the table for the home given on the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("-c", "--collection", action="append", default=[])
    parser.add_argument("--unseen", action="store_true")
    parser.add_argument("--queries", type=int, default=0, help="at most this many; 0 for all held-out tokens")
    parser.add_argument("--ask", choices=("held-out", "validation"), default="held-out")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    bench = Bench(given.home, tuple(given.collection), given.queries, given.ask, given.seed)
    print("| what | figure | 95% interval | chance | to reach | |\n|---|---|---|---|---|---|")
    for what, figure, least in (unseen if given.unseen else seen)(bench):
        met = "yes" if figure.mean >= least else "no"
        ends = f"[{figure.low:.3f}, {figure.high:.3f}]"
        print(
            f"| {what} | {figure.mean:.3f} | {ends} | {figure.chance:.4f} | {least:.3f} | {met} |", flush=True
        )


if __name__ == "__main__":
    main()
