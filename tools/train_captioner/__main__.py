"""``python -m tools.train_captioner --out adapter``: train, convert, validate."""

import argparse
import json
from pathlib import Path

from ingest.paraphrase.model import MODEL
from magpie import models
from tools.train_captioner.base import adapter_weights, load
from tools.train_captioner.batches import batches, encoded
from tools.train_captioner.convert import convert
from tools.train_captioner.examples import training_examples
from tools.train_captioner.recipe import Recipe
from tools.train_captioner.trainer import train
from tools.train_captioner.validation import validate


def main() -> None:
    """Write the adapter and its metrics to ``--out``."""
    parser = argparse.ArgumentParser(prog="python -m tools.train_captioner", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder for the adapter and its metrics")
    parser.add_argument("--steps", type=int, default=Recipe.steps)
    parser.add_argument("--seed", type=int, default=Recipe.seed)
    parser.add_argument("--threads", type=int, default=0, help="0: as torch likes")
    parser.add_argument("--validate", type=int, default=100, help="trait sets of the styles held out")
    args = parser.parse_args()
    recipe = Recipe(seed=args.seed, steps=args.steps)
    made = make(recipe, args.out, threads=args.threads)
    figures = validate(made, args.validate) if args.validate else {}
    (args.out / "metrics.json").write_text(json.dumps({**recipe.as_dict(), **figures}, indent=2) + "\n")
    print(json.dumps(figures, indent=2))


def make(recipe: Recipe, out: Path, *, threads: int) -> Path:
    """Train by ``recipe``; the adapter's GGUF file in ``out``."""
    model, tokenizer = load(models.find(MODEL).path, recipe, threads=threads)
    count = recipe.steps * recipe.batch
    examples = training_examples(count, seed=recipe.seed, sampled_share=recipe.sampled_share)
    rows = encoded(examples, tokenizer)
    train(model, batches(rows, recipe.batch, seed=recipe.seed), recipe, out, print)
    path = out / f"{models.OWN_CAPTIONS}.gguf"
    config = model.base_model.model.config
    heads = {"heads": config.num_attention_heads, "kv_heads": config.num_key_value_heads}
    convert(adapter_weights(model), recipe.alpha, path, **heads)
    return path


if __name__ == "__main__":
    main()
