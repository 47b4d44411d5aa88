"""Dynamic masking against plain fine-tuning: equal steps, equal seeds, full captions and two or three traits.

``python -m bench.masking [--home HOME] [--start START] [--steps 250] [--seeds 3]``: on the home's collections
and their stored layers, or, without one, on four generated collections with exact layers. Four ways are
trained with each seed; a figure is the mean over seeds and tokens, its interval a 95% bootstrap over tokens
of their mean over seeds. Differences are paired: the same tokens and questions. Tokens asked for are held
out, unless ``--part validation`` is given, for tuning.
"""

import argparse
import io
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ingest import images, svg, traits
from ingest.sources.dicebear import GeneratedSource
from ingest.sources.layers import exact_layers
from ingest.sources.styles import STYLES
from magpie.domain import Token, Trait
from magpie.settings import load_settings
from retrieval.layers import Layer
from retrieval.training.corpus import Corpus, assemble, load
from retrieval.training.pixels import fit
from retrieval.training.recipe import Recipe
from retrieval.training.starts import resolve
from retrieval.training.trainer import Trainer
from retrieval.training.validation import answers

Values = npt.NDArray[np.float64]
SIZE = 64
DRAWN = ("bottts", "micah", "miniavs", "personas")
WAYS: dict[str, dict[str, Any]] = {
    "plain": {"masking": "none", "components": 0.0},
    "captions": {"masking": "captions", "components": 0.0},
    "pixels": {"masking": "pixels", "components": 0.0},
    "pixels and components": {"masking": "pixels"},
}
# A quarter of the shipped picture tower, so that twelve runs take minutes.
SMALL = {
    "embed_dim": 128,
    "vision_cfg": {"image_size": SIZE, "layers": [1, 1, 1, 1], "width": 16},
    "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 128, "heads": 4, "layers": 2},
    "custom_text": True,
}


@dataclass(frozen=True)
class Book:
    """Exact layers in memory."""

    known: dict[tuple[str, tuple[str, str]], Layer]

    def of(self, collection: str, trait: Trait) -> Layer | None:
        return self.known.get((collection, trait.key))


def generated(count: int) -> Corpus:
    """``count`` tokens of each of the drawn styles, 64 px, with their exact layers."""
    from PIL import Image

    sources = [GeneratedSource(style, count) for style in STYLES if style.name in DRAWN]
    tokens, pixels, known = [], [], {}
    for source in sources:
        home = source.collection
        for item in source.items():
            with Image.open(io.BytesIO(svg.render(item.read_image(), images.WIDTH))) as image:
                pixels.append(np.asarray(fit(image, SIZE)))
            found = traits.parse(item.metadata).traits
            ref = home.ref(item.token_id)
            tokens.append(Token(ref=ref, collection=home.name, name=str(ref), traits=found))
        for layer in exact_layers(source, range(min(count, 60)), SIZE, examples=3):
            known[home.name, layer.trait.key] = Layer(layer.seen >= 0.5, layer.component)
    print(f"{len(tokens)} tokens, {len(known)} layers", flush=True)
    return assemble(tokens, [source.collection for source in sources], np.stack(pixels), Book(known))


def asked(corpus: Corpus, recipe: Recipe, run: Path, part: str) -> tuple[Values, Values]:
    """Train, then one value a token: the full caption found it first, and nDCG@10 of two or three traits."""
    trainer = Trainer(corpus, recipe, run)
    trainer.fit(tick=lambda *_: None)
    found = answers(trainer.average, corpus, getattr(corpus, part), recipe)
    return (found.full == 0).astype(np.float64), found.short_ndcg


def interval(values: Values) -> tuple[float, float, float]:
    """Mean of (n,), and the 95% bootstrap interval over them."""
    rng = np.random.default_rng(0)
    means = [values[rng.integers(len(values), size=len(values))].mean() for _ in range(2000)]
    low, high = np.percentile(means, [2.5, 97.5])
    return float(values.mean()), float(low), float(high)


def told(values: Values, signed: str = "") -> str:
    mean, low, high = interval(values)
    return f"{mean:{signed}.3f} [{low:{signed}.3f}, {high:{signed}.3f}]"


def compare(corpus: Corpus, base: Recipe, seeds: int, part: str, ways: Sequence[str] = tuple(WAYS)) -> None:
    """Train every way with every seed and print the table. ``base`` is resolved."""
    print(f"{len(corpus.train)} tokens to train on, {len(getattr(corpus, part))} asked for", flush=True)
    found: dict[str, list[tuple[Values, Values]]] = {way: [] for way in ways}
    for seed in range(seeds):
        for way in ways:
            with tempfile.TemporaryDirectory() as run:
                recipe = replace(base, seed=seed, **WAYS[way])
                found[way].append(asked(corpus, recipe, Path(run), part))
            full, short = (float(values.mean()) for values in found[way][-1])
            print(f"seed {seed}, {way}: full R@1 {full:.3f}, 2-3 traits nDCG@10 {short:.3f}", flush=True)
    print(
        "\n| way | full caption R@1 | minus plain | 2-3 traits nDCG@10 | minus plain |\n|---|---|---|---|---|"
    )
    plain = [np.mean([run[question] for run in found["plain"]], axis=0) for question in (0, 1)]
    for way, runs in found.items():
        means = [np.mean([run[question] for run in runs], axis=0) for question in (0, 1)]
        cells = [cell for m, p in zip(means, plain, strict=True) for cell in (told(m), told(m - p, "+"))]
        print(f"| {way} | {' | '.join(cells)} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--start", default="")
    parser.add_argument("--steps", type=int, default=250)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--tokens", type=int, default=300, help="of each generated collection")
    parser.add_argument("--part", choices=("held_out", "validation"), default="held_out")
    given = parser.parse_args()
    shape = {} if given.start else {"model_cfg": SMALL}
    base = Recipe(start=given.start, steps=given.steps, batch=given.batch, **shape)
    if given.start:  # one rate for all ways: the plain one would get a lower one
        base = resolve(base)
    with tempfile.TemporaryDirectory() as folder:
        if given.home:
            settings = load_settings(None, {"home": given.home, "threads": 1})
            corpus = load(settings, Path(folder), base.preprocess_cfg, tick=lambda *_: None)
        else:
            corpus = generated(given.tokens)
        compare(corpus, base, given.seeds, given.part)


if __name__ == "__main__":
    main()
