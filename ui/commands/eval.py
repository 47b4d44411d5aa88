"""`magpie eval`: measured claims, each with its interval and its chance level."""

from collections.abc import Iterable
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ui.options import CollectionOption, ConfigOption, HomeOption, JsonOption, settings_from

if TYPE_CHECKING:
    from rich.table import Table

    from eval.metrics import Figure
    from eval.report import Report, Row


class SystemName(StrEnum):
    """`eval.report.SYSTEMS`, which is too heavy to import for a help text; a test compares the two."""

    image = "image"
    caption = "caption"
    bm25 = "bm25"
    fused = "fused"
    traits = "traits"
    fused_traits = "fused+traits"


SignalOption = Annotated[
    list[SystemName] | None,
    typer.Option("--signal", help="Only this signal; repeat for more.", show_default="all"),
]
GalleryOption = Annotated[
    Literal["held-out", "all"],
    typer.Option("--gallery", help="Look among held-out tokens only, or among all."),
]
QueriesOption = Annotated[
    int, typer.Option("--queries", min=0, help="At most this many, spread over the collections; 0 for all.")
]
SeedOption = Annotated[
    int, typer.Option("--seed", min=0, help="Chooses the queries and the bootstrap's draws.")
]
OutOption = Annotated[
    Path | None,
    typer.Option("--out", help="A new folder for the run's files.", show_default="HOME/eval/<time>"),
]
_MEASURES = {
    ("strict", "Success"): "the very token: top-k accuracy, which is R@k here",
    ("equal", "Success"): "any token with equal traits: top-k accuracy (Success@k)",
    ("equal", "R"): "share of all tokens with equal traits: R@k",
}


def register(app: typer.Typer) -> None:
    """Add the command group to ``app``."""
    group = typer.Typer(help="Measure, with intervals and chance levels.", no_args_is_help=True)
    group.command("retrieval")(retrieval)
    app.add_typer(group, name="eval")


def retrieval(
    collection: CollectionOption = None,
    signal: SignalOption = None,
    gallery: GalleryOption = "held-out",
    queries: QueriesOption = 300,
    seed: SeedOption = 0,
    out: OutOption = None,
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """Ask for held-out tokens by their captions, and count how often they are found."""
    from eval import artefacts
    from eval.report import SYSTEMS, Plan
    from eval.retrieval import run
    from retrieval.search import open_searcher
    from ui.console import errors, print_json, progress, results

    settings = settings_from(home, config)
    folder = out or settings.home / "eval" / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    artefacts.refuse_used(folder)
    plan = Plan(
        systems=tuple(name for name in SYSTEMS if signal is None or name in signal),
        collections=tuple(collection or ()),
        gallery=gallery,
        queries=queries,
        seed=seed,
    )
    with progress() as tick, open_searcher(settings) as searcher:
        report, evidence = run(searcher, settings, plan, tick=tick)
    artefacts.write(folder, report, evidence)
    if as_json:
        print_json(report.model_dump(mode="json"))
    else:
        console = results()
        for part in render(report):
            console.print(part)
    errors().print(f"run, qrels, per-query values and settings: {folder}", soft_wrap=True)


def render(report: "Report") -> "Iterable[Table | str]":
    """The report for a person: a table for each gallery and reading, the collections, the caveats."""
    missing = "; ".join(f"{count} {reason}" for reason, count in report.undefined.items()) or "none"
    yield (
        f"{report.queries} queries (seed {report.plan.seed}) of {report.held_out} held-out tokens; cannot be"
        f" asked for: {missing}. Means, and below them 95% bootstrap intervals over queries"
        f" ({report.resamples} resamples)."
    )
    for scope in dict.fromkeys(row.scope for row in report.rows):
        for (reading, measure), meaning in _MEASURES.items():
            rows = [row for row in report.rows if (row.scope, row.reading) == (scope, reading)]
            if rows and (reading == "strict" or rows[0].relevant > 1):
                yield _table(f"{scope}, gallery {rows[0].gallery_size:.0f} · {meaning}", measure, rows)
            elif rows and measure == "Success":
                yield f"{scope}: no query's token has one of equal traits here: both readings agree.\n"
    if report.by_collection:
        yield _collections(report)
    yield from (f"* {caveat}" for caveat in report.caveats)
    yield f"* {report.verbatim:.0%} of the queries are the indexed caption word for word."


def _table(title: str, measure: str, rows: "list[Row]") -> "Table":
    from rich import box
    from rich.table import Table

    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, padding=0)
    table.add_column("k", no_wrap=True)
    names = [name for name in rows[0].figures if name.startswith(f"{measure}@")]
    for name in names:
        table.add_column(name.partition("@")[2], justify="right", no_wrap=True)
    for row in rows:
        table.add_row(row.system, *(_cell(row.figures[name]) for name in names))
    table.add_row("chance", *(_short(rows[0].figures[name].chance, 3) for name in names), style="dim")
    return table


def _collections(report: "Report") -> "Table":
    """In-collection accuracy of the first system, which is `image` unless it was left out."""
    from rich import box
    from rich.table import Table

    system = report.plan.systems[0]
    rows = [row for row in report.by_collection if row.system == system and row.reading == "equal"]
    title = f"{system}, in-collection, equal traits count · by collection"
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, padding=0)
    table.add_column("collection", no_wrap=True)
    for name in ("asked", "among", "top-1", "chance", "top-10", "chance"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in rows:
        first, tenth = row.figures["Success@1"], row.figures["Success@10"]
        cells = (_line(first), _short(first.chance, 3), _line(tenth), _short(tenth.chance, 3))
        table.add_row(row.collection, str(row.queries), f"{row.gallery_size:.0f}", *cells)
    return table


def _cell(figure: "Figure") -> str:
    return f"{_short(figure.mean, 3)}\n{_short(figure.low, 2)}–{_short(figure.high, 2)}"


def _line(figure: "Figure") -> str:
    return f"{_short(figure.mean, 3)} {_short(figure.low, 2)}–{_short(figure.high, 2)}"


def _short(value: float, digits: int) -> str:
    """``0.947`` as ``.947`` and 1 as ``1.0``: eight columns have to fit a terminal."""
    if 0 < value < 10**-digits / 2:
        return f"<{10**-digits:.{digits}f}".replace("0.", ".")
    return f"{value:.{digits}f}".removeprefix("0") if value < 1 else "1.0"
