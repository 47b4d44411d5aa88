"""`magpie train`: the CLIP, and the layers that its training masks pictures with."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ui.commands import layers
from ui.options import CollectionOption, ConfigOption, HomeOption, JsonOption, settings_from

if TYPE_CHECKING:
    from retrieval.training.recipe import Recipe
    from retrieval.training.trainer import Result

_SCRATCH = "scratch"
_Masking = Literal["pixels", "captions", "none"]
_Precision = Literal["auto", "bfloat16", "float16", "float32"]


def register(app: typer.Typer) -> None:
    """Add the command group to ``app``."""
    group = typer.Typer(no_args_is_help=True, help="Train models on what is ingested.")
    group.command("clip")(clip)
    layers.register(group)
    app.add_typer(group, name="train")


def clip(
    out: Annotated[
        Path | None, typer.Option(help="Folder of the run.", show_default="HOME/training/clip")
    ] = None,
    start: Annotated[
        str | None,
        typer.Option(
            help="Weights to go on from: magpie-clip, a folder, an open_clip ARCHITECTURE:TAG_OR_FILE, "
            f"or {_SCRATCH} for none.",
            show_default="the image encoder of the settings",
        ),
    ] = None,
    minutes: Annotated[float, typer.Option(min=0.01, help="Minutes of training.")] = 40.0,
    steps: Annotated[int | None, typer.Option(min=1, help="Steps instead of minutes: repeatable.")] = None,
    collection: CollectionOption = None,
    masking: Annotated[
        _Masking,
        typer.Option(help="What dropping a trait does: cover it as well, only not say it, or no drops."),
    ] = "pixels",
    components: Annotated[
        float | None,
        typer.Option(min=0, max=0.9, help="Share of a batch that is one layer alone.", show_default="1/16"),
    ] = None,
    pictures_first: Annotated[
        float,
        typer.Option(
            min=0,
            max=0.95,
            help="Share of the run in which the image tower learns traits alone, before the text tower does. "
            "For collections that are to be searched; 0.65 suits.",
        ),
    ] = 0.0,
    batch: Annotated[int, typer.Option(min=2, help="Pictures in a step.")] = 128,
    rate: Annotated[
        float | None,
        typer.Option(min=0, help="Highest learning rate.", show_default="one that suits the start"),
    ] = None,
    image_groups: Annotated[
        int | None,
        typer.Option(min=0, help="Train only the last groups of the image tower.", show_default="all"),
    ] = None,
    text_groups: Annotated[
        int | None,
        typer.Option(min=0, help="Train only the last groups of the text tower.", show_default="all"),
    ] = None,
    patience: Annotated[
        int, typer.Option(min=0, help="Stop after so many validations without a better one; 0: never.")
    ] = 0,
    precision: Annotated[_Precision, typer.Option(help="Numbers of a step.")] = "auto",
    compiled: Annotated[bool, typer.Option("--compile", help="Compile the image tower by torch.")] = False,
    seed: Annotated[int, typer.Option(help="Seed of weights and batches.")] = 0,
    export: Annotated[Path | None, typer.Option(help="Copy the chosen weights to this folder.")] = None,
    json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """Fine-tune a CLIP on the ingested tokens. Stopped, the same command goes on."""
    from retrieval.training import starts
    from retrieval.training.clip import train_clip
    from retrieval.training.recipe import Recipe
    from retrieval.training.weights import copy
    from ui.console import progress

    settings = settings_from(home, config)
    run = out or settings.home / "training" / "clip"
    plain = masking == "none"
    recipe = Recipe(
        seed=seed,
        minutes=minutes,
        steps=steps,
        start="" if start == _SCRATCH else start or starts.configured(settings),
        batch=batch,
        peak_rate=rate,
        masking=masking,
        components=(0.0 if plain else Recipe.components) if components is None else components,
        pictures_first=pictures_first,
        image_groups=image_groups,
        text_groups=text_groups,
        patience=patience,
        precision=precision,
        compile=compiled,
    )
    with progress() as tick:
        result = train_clip(settings, recipe, run, collection or (), tick=tick)
    if export:
        copy(run / "best", export)
    _show(result, run, recipe, export or run / "best", json)


def _show(result: "Result", run: Path, recipe: "Recipe", weights: Path, json: bool) -> None:
    from ui.console import print_json, results

    found = {"start": result.before, "validation": result.validation, "held_out": result.held_out}
    if json:
        measured = {part: None if scores is None else scores._asdict() for part, scores in found.items()}
        known = {"run": str(run), "from": recipe.start or None, "steps": result.steps}
        print_json({**known, "best_step": result.best_step, "seconds": round(result.seconds, 1), **measured})
        return
    console = results()
    console.print(
        f"{result.steps} steps in {result.seconds / 60:.1f} min; kept the weights of step {result.best_step}"
    )
    for part, scores in found.items():
        if scores is not None:
            figures = {name: value for name, value in scores._asdict().items() if name != "collections"}
            listed = ", ".join(f"{name} {value:.3f}" for name, value in figures.items())
            console.print(f"{part.replace('_', ' ')}: {listed}")
    console.print(f"curve: {run / 'curve.svg'}")
    console.print(f"weights: {weights}")
