"""What learning a new collection costs the old ones: with and without rehearsal, at equal steps.

    python -m bench.adaptation [--home HOME --old NAME... --new NAME...] [--steps 240] [--seeds 2]

Adapts the start to the old collections, and from there to the new ones: on those alone, with shares of the
rows from the old ones, and on all of them as if all were new. Figures are of validation tokens, the old and
the new collections asked apart; means over seeds, and the standard deviation. Without a home, three generated
collections are the old ones and a fourth is new.
"""

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

import numpy as np

from ingest.pipeline import ingest
from ingest.sources.dicebear import GeneratedSource
from ingest.sources.styles import STYLES
from magpie.catalog import Catalog
from magpie.progress import unseen
from magpie.settings import Settings
from magpie.splits import split_of
from retrieval.adaptation.selection import Scope, take_part
from retrieval.training import starts
from retrieval.training.corpus import Corpus, load
from retrieval.training.pixels import Rows
from retrieval.training.recipe import Recipe
from retrieval.training.trainer import Trainer
from retrieval.training.validation import Scores

GENERATED, TOKENS = 4, 400
SHARES = (0.15, 0.3, 0.5)


class Figures(NamedTuple):
    """In-collection R@1 by the full caption and nDCG@10 by two or three traits, old and new collections."""

    old_r1: float
    old_ndcg: float
    new_r1: float
    new_ndcg: float


class Bench:
    """One seed's models and the tokens that they are asked about."""

    def __init__(self, settings: Settings, asked: argparse.Namespace, seed: int, folder: Path) -> None:
        self.settings, self.asked, self.seed, self.folder = settings, asked, seed, folder
        self.corpus = self._corpus((), (*asked.old, *asked.new))
        self.judge = self._trainer("judge", self.corpus, asked.start)

    def train(self, name: str, corpus: Corpus, start: str, **fields: object) -> str:
        """The folder of the weights that the run ended with."""
        self._trainer(name, corpus, start, **fields).fit(tick=unseen)
        return str(self.folder / name / "best")

    def figures(self, start: str) -> Figures:
        old, new = (self._scores(start, names) for names in (self.asked.old, self.asked.new))
        return Figures(old.in_collection_r1, old.short_ndcg10, new.in_collection_r1, new.short_ndcg10)

    def rows(self) -> Iterator[tuple[str, Figures]]:
        """The start, the model adapted to the old collections, and what it becomes."""
        old, new = tuple(self.asked.old), tuple(self.asked.new)
        yield "as it starts", self.figures(self.asked.start)
        first = self.asked.start
        if not self.asked.known:
            first = self.train("old", self._corpus((), old), first)
            yield "adapted to the old", self.figures(first)
        yield "no rehearsal", self.figures(self.train("none", self._corpus((), new), first))
        mixed = self._corpus(old, new)
        for share in self.asked.shares:
            run = self.train(f"share-{share}", mixed, first, rehearsed=old, rehearsal=share)
            yield f"rehearsal {share:g}", self.figures(run)
        yield "all as if new", self.figures(self.train("as-new", self.corpus, first))

    def _scores(self, start: str, names: Sequence[str]) -> Scores:
        rows = self.corpus.validation
        return self.judge.scores_of(start, _of(self.corpus, rows, names))

    def _corpus(self, old: tuple[str, ...], new: tuple[str, ...]) -> Corpus:
        with Catalog(self.settings.catalog_path) as catalog:
            tokens = list(catalog.iter_tokens([*old, *new]))
        chosen = take_part(tokens, Scope(new, old, afresh=False))
        trained = [t for t in chosen if split_of(t.ref) == "train"]
        limited = {t.ref for t in trained[:: max(1, len(trained) // self.asked.most)]}
        among = {t.ref for t in chosen if split_of(t.ref) != "train" or t.ref in limited}
        cache = self.folder.parent / "pixels"
        look = starts.resolve(Recipe(start=self.asked.start)).preprocess_cfg
        return load(self.settings, cache, look, among=among, tick=unseen)

    def _trainer(self, name: str, corpus: Corpus, start: str, **fields: object) -> Trainer:
        recipe = Recipe(start=start, seed=self.seed, steps=self.asked.steps, batch=self.asked.batch)
        run = self.folder / name
        run.mkdir(parents=True, exist_ok=True)
        changed = Recipe(**{**recipe.as_dict(), **fields})
        return Trainer(corpus, changed, run, threads=1)


def _of(corpus: Corpus, rows: Rows, names: Sequence[str]) -> Rows:
    return np.sort(np.concatenate([corpus.by_collection(rows)[name] for name in names]))


@contextmanager
def _home(asked: argparse.Namespace) -> Iterator[Settings]:
    with tempfile.TemporaryDirectory() as folder:
        if asked.home:
            yield Settings(home=asked.home)
            return
        settings, styles = Settings(home=Path(folder)), STYLES[:GENERATED]
        ingest([GeneratedSource(style, TOKENS) for style in styles], settings, tick=unseen)
        with Catalog(settings.catalog_path) as catalog:
            *asked.old, last = [collection.name for collection in catalog.collections()]
        asked.new = [last]
        yield settings


def main() -> None:
    """Print a table: what is found of the old and of the new collections by each model."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--home", type=Path)
    parser.add_argument("--old", nargs="+")
    parser.add_argument("--new", nargs="+")
    parser.add_argument("--start", default="magpie-clip")
    parser.add_argument("--steps", type=int, default=240)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--most", type=int, default=4000, help="training tokens of one corpus")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--shares", type=float, nargs="*", default=SHARES, help="of the rows, rehearsed")
    parser.add_argument("--known", action="store_true", help="the start was adapted to the old ones already")
    asked = parser.parse_args()
    if asked.home and not (asked.old and asked.new):
        parser.error("--home needs --old and --new")
    began = perf_counter()
    found: dict[str, list[Figures]] = {}
    with _home(asked) as settings, tempfile.TemporaryDirectory() as folder:
        for seed in range(asked.seeds):
            for name, figures in Bench(settings, asked, seed, Path(folder) / str(seed)).rows():
                found.setdefault(name, []).append(figures)
    print(f"old: {', '.join(asked.old)}; new: {', '.join(asked.new)}; {asked.steps} steps of {asked.batch}, ")
    print(
        f"{asked.seeds} seeds, {perf_counter() - began:.0f} s; validation tokens, mean (standard deviation)"
    )
    print(f"{'':20}" + "".join(f"{name:>16}" for name in Figures._fields))
    for name, rows in found.items():
        table = np.array(rows)
        cells = (
            f"{mean:.3f} ({spread:.3f})"
            for mean, spread in zip(table.mean(0), table.std(0, ddof=min(1, len(rows) - 1)), strict=True)
        )
        print(f"{name:20}" + "".join(f"{cell:>16}" for cell in cells))


if __name__ == "__main__":
    main()
