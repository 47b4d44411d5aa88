"""`magpie ingest`: collections from folders and zips, and the sample."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ui import console
from ui.options import ConfigOption, HomeOption, JsonOption, settings_from

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ingest.ports import Problem, Source
    from ingest.report import IngestReport
    from magpie.settings import Settings

SHOWN = 20

commands = typer.Typer(help="Bring collections into the dataset and the catalogue.", no_args_is_help=True)
PruneOption = Annotated[bool, typer.Option("--prune", help="Remove tokens that the source no longer holds.")]


def register(app: typer.Typer) -> None:
    """Add ``magpie ingest sample`` and ``magpie ingest folder``."""
    app.add_typer(commands, name="ingest")


@commands.command()
def sample(
    full: Annotated[
        bool, typer.Option("--full", help="All 10,000 punks, 500 of each generated collection.")
    ] = False,
    home: HomeOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Build the sample: CryptoPunks with their real traits, and collections generated from avatar styles."""
    from ingest.sources.sample import sample_sources

    _run(sample_sources(full=full), (), settings_from(home, config), as_json=json)


@commands.command()
def folder(
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH...", help="Collections: folders, zips, or folders of them.")
    ],
    contract: Annotated[
        str | None, typer.Option("--contract", help="Contract address (Ethereum mainnet).")
    ] = None,
    subject: Annotated[
        str | None, typer.Option("--subject", help='What the pictures show, such as "ape".')
    ] = None,
    prune: PruneOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Read NFT1000 collections from PATH: a folder or a zip each, or a folder that holds them."""
    from ingest.sources.discovery import discover

    found = discover(paths, contract=contract, subject=subject)
    _run(found.sources, found.problems, settings_from(home, config), as_json=json, prune=prune)


def _run(
    sources: "Sequence[Source]",
    unread: "Sequence[Problem]",
    settings: "Settings",
    *,
    as_json: bool,
    prune: bool = False,
) -> None:
    from ingest.pipeline import ingest

    with console.progress() as tick:
        report = ingest(sources, settings, tick=tick, prune=prune)
    report = report.model_copy(update={"skipped": (*unread, *report.skipped)})
    if as_json:
        console.print_json(report.model_dump(mode="json"))
    else:
        _show(report)
    if not report.ingested:
        raise typer.Exit(1)


def _show(report: "IngestReport") -> None:
    """The table of collections on standard output; what was left out, and why, on standard error."""
    from rich.table import Table

    table = Table("collection", box=None)
    for heading in ("tokens", "images", "traits", "added", "changed", "unchanged", "skipped"):
        table.add_column(heading, justify="right", no_wrap=True)
    for c in report.collections:
        figures = (c.tokens, c.images, c.traits, c.added, c.changed, c.unchanged, len(c.skipped))
        table.add_row(c.name, *(f"{figure:,}" for figure in figures))
    if report.collections:
        console.results().print(table)
    for line in _left_out(report):
        console.errors().print(line, markup=False, soft_wrap=True)


def _left_out(report: "IngestReport") -> "Iterator[str]":
    for c in report.collections:
        for count, what in ((c.without_image, "no picture"), (c.without_traits, "no traits")):
            if count:
                yield f"{c.name}: {count:,} of the tokens read have {what}"
        if c.dropped_traits:
            reasons = ", ".join(f"{count:,} {reason}" for reason, count in c.dropped_traits.items())
            yield f"{c.name}: published traits left out: {reasons}"
        if c.removed:
            yield f"{c.name}: {c.removed:,} tokens removed that the source no longer holds"
        if c.vanished:
            yield f"{c.name}: {len(c.vanished):,} tokens are no longer in the source (--prune removes them)"
        yield from _lines(c.skipped)
    yield from _lines(report.skipped)
    if not report.ingested:
        yield "magpie: nothing could be ingested"


def _lines(problems: "Sequence[Problem]") -> "Iterator[str]":
    """One line each, up to a few; then how many more there are."""
    yield from (str(problem) for problem in problems[:SHOWN])
    if len(problems) > SHOWN:
        yield f"... and {len(problems) - SHOWN:,} more (--json lists them all)"
