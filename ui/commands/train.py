"""`magpie train clip`."""

from pathlib import Path
from typing import Annotated

import typer

from ui.options import CollectionOption, ConfigOption, HomeOption, JsonOption, settings_from


def register(app: typer.Typer) -> None:
    """Add the command group to ``app``."""
    group = typer.Typer(no_args_is_help=True, help="Train models on what is ingested.")
    group.command("clip")(clip)
    app.add_typer(group, name="train")


def clip(
    out: Annotated[
        Path | None, typer.Option(help="Folder of the run.", show_default="HOME/training/clip")
    ] = None,
    minutes: Annotated[float, typer.Option(min=0.01, help="Minutes of training.")] = 40.0,
    steps: Annotated[int | None, typer.Option(min=1, help="Steps instead of minutes: repeatable.")] = None,
    collection: CollectionOption = None,
    seed: Annotated[int, typer.Option(help="Seed of weights and batches.")] = 0,
    export: Annotated[Path | None, typer.Option(help="Copy the chosen weights to this folder.")] = None,
    json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """Train the small CLIP on the ingested tokens. Stopped, the same command goes on."""
    from retrieval.training.clip import train_clip
    from retrieval.training.recipe import Recipe
    from retrieval.training.weights import copy
    from ui.console import print_json, progress, results

    settings = settings_from(home, config)
    run = out or settings.home / "training" / "clip"
    with progress() as tick:
        result = train_clip(
            settings, Recipe(seed=seed, minutes=minutes, steps=steps), run, collection or (), tick=tick
        )
    if export:
        copy(run / "best", export)
    if json:
        scores = {part: getattr(result, part)._asdict() for part in ("validation", "held_out")}
        print_json({"run": str(run), "steps": result.steps, "best_step": result.best_step, **scores})
        return
    console = results()
    console.print(
        f"{result.steps} steps in {result.seconds / 60:.1f} min; kept the weights of step {result.best_step}"
    )
    for part, found in (("validation", result.validation), ("held out", result.held_out)):
        figures = {name: value for name, value in found._asdict().items() if name != "collections"}
        console.print(f"{part}: " + ", ".join(f"{name} {value:.3f}" for name, value in figures.items()))
    console.print(f"weights: {export or run / 'best'}")
