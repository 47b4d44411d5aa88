"""The one call behind ``magpie train clip``."""

from collections.abc import Sequence
from pathlib import Path

from magpie.progress import Tick
from magpie.settings import Settings
from retrieval.training import starts
from retrieval.training.corpus import load
from retrieval.training.recipe import Recipe
from retrieval.training.trainer import Result, Trainer


def train_clip(
    settings: Settings, recipe: Recipe, run: Path, collections: Sequence[str] = (), *, tick: Tick
) -> Result:
    """Train on the home's tokens that are not held out; the chosen weights are in ``run/best``.

    Called again on the same ``run`` it goes on where it stopped, or gives the result if it had finished.
    Raises `InputError` for an unknown collection, too few pictures, or a run begun with another recipe.
    """
    recipe = starts.resolve(recipe, allow_network=settings.allow_network)
    run.mkdir(parents=True, exist_ok=True)
    corpus = load(settings, run, recipe.preprocess_cfg, collections, tick=tick)
    return Trainer(
        corpus,
        recipe,
        run,
        threads=settings.threads,
        device=settings.device,
        allow_network=settings.allow_network,
    ).fit(tick=tick)
