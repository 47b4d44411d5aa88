"""`magpie eval`: measured claims, each with its interval and its chance level."""

from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

import typer

from ui.commands.eval_agent import agent
from ui.commands.eval_intents import intents
from ui.commands.eval_no_match import no_match
from ui.options import CollectionOption, ConfigOption, HomeOption, JsonOption, settings_from


class TaskChoice(StrEnum):
    """`eval.protocol.TASKS`, which is too heavy to import for a help text; a test compares the two."""

    caption_to_image = "caption-to-image"
    image_to_caption = "image-to-caption"
    traits_to_image = "traits-to-image"
    altered_to_image = "altered-to-image"


class SystemName(StrEnum):
    """`eval.report.SYSTEMS`, likewise."""

    image = "image"
    caption = "caption"
    bm25 = "bm25"
    fused = "fused"
    traits = "traits"
    fused_traits = "fused+traits"


TaskOption = Annotated[
    TaskChoice, typer.Option("--task", help="What is asked with, and what is looked for with it.")
]
WordingOption = Annotated[
    Literal["plain", "paraphrased", "misspelt", "negated"],
    typer.Option(
        "--wording",
        help="How traits are asked for: plainly, as a LLaMA words it, misspelt, or with one not wanted.",
    ),
]
SignalOption = Annotated[
    list[SystemName] | None,
    typer.Option("--signal", help="Only this signal; repeat for more.", show_default="all that apply"),
]
GalleryOption = Annotated[
    Literal["held-out", "all"] | None,
    typer.Option(
        "--gallery",
        help="Look among tokens of the split asked for only, or among all.",
        show_default="held-out; with --ask any, all",
    ),
]
AskOption = Annotated[
    Literal["held-out", "validation", "any"],
    typer.Option(
        "--ask",
        help="Ask for held-out tokens; for those to choose by; for any of collections never trained on.",
    ),
]
TokensOption = Annotated[
    int,
    typer.Option("--tokens", min=0, help="At most this many tokens of a collection take part; 0 for all."),
]
QueriesOption = Annotated[
    int, typer.Option("--queries", min=0, help="At most this many, spread over the collections; 0 for all.")
]
SeedOption = Annotated[
    int, typer.Option("--seed", min=0, help="Chooses tokens, traits, alterations and the bootstrap's draws.")
]
ViewsOption = Annotated[
    bool,
    typer.Option(
        "--views/--no-views",
        help="Compare an altered picture in all its views, as a search does, or as it is.",
    ),
]
OutOption = Annotated[
    Path | None,
    typer.Option("--out", help="A new folder for the run's files.", show_default="HOME/eval/<time>"),
]


def register(app: typer.Typer) -> None:
    """Add the command group to ``app``."""
    group = typer.Typer(help="Measure, with intervals and chance levels.", no_args_is_help=True)
    group.command("retrieval")(retrieval)
    group.command("no-match")(no_match)
    group.command("intents")(intents)
    group.command("agent")(agent)
    app.add_typer(group, name="eval")


def retrieval(
    task: TaskOption = TaskChoice.caption_to_image,
    wording: WordingOption = "plain",
    collection: CollectionOption = None,
    signal: SignalOption = None,
    gallery: GalleryOption = None,
    ask: AskOption = "held-out",
    tokens: TokensOption = 0,
    queries: QueriesOption = 300,
    seed: SeedOption = 0,
    views: ViewsOption = True,
    out: OutOption = None,
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """Ask for tokens by caption, by a few traits or by a picture, and count how often they are found."""
    from eval import artefacts
    from eval.report import SYSTEMS, Plan
    from eval.retrieval import run
    from ui.commands.eval_tables import render
    from ui.console import errors, print_json, progress, results

    settings = settings_from(home, config)
    folder = out or artefacts.free_folder(settings.home / "eval", f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}")
    artefacts.refuse_used(folder)
    plan = Plan(
        task=task.value,
        wording=wording,
        collections=tuple(collection or ()),
        gallery=gallery or ("all" if ask == "any" else "held-out"),
        ask=ask,
        tokens=tokens,
        queries=queries,
        seed=seed,
        views=views,
    )
    offered = SYSTEMS if plan.by_words else SYSTEMS[:1]
    chosen = tuple(name for name in SYSTEMS if name in (signal or offered))
    plan = plan.model_copy(update={"systems": chosen})
    with progress() as tick:
        report, evidence = run(settings, plan, tick=tick)
    artefacts.write(folder, report, evidence)
    if as_json:
        print_json(report.model_dump(mode="json"))
    else:
        console = results()
        for part in render(report):
            console.print(part)
    errors().print(f"run, qrels, per-query values and settings: {folder}", soft_wrap=True)
