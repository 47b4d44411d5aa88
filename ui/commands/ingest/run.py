"""Takes sources in, with progress; then the table of collections, and what was left out and why."""

from typing import TYPE_CHECKING, Annotated

import typer

from ui import console

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ingest.ports import Problem, Source
    from ingest.report import IngestReport
    from magpie.settings import Settings

SHOWN = 20
_UNPARTITIONED = "kept here, left out of partitions"
PruneOption = Annotated[bool, typer.Option("--prune", help="Remove tokens that the source no longer holds.")]


def take(
    sources: "Sequence[Source]",
    unread: "Sequence[Problem]",
    settings: "Settings",
    *,
    as_json: bool,
    prune: bool = False,
) -> None:
    """Ingest ``sources`` and print what came of it; exits 1 if nothing was read.

    ``unread`` is what gave no source.
    """
    from ingest.pipeline import ingest

    with console.progress() as tick:
        report = ingest(sources, settings, tick=tick, prune=prune)
    finish(report, unread, as_json=as_json)


def finish(report: "IngestReport", unread: "Sequence[Problem]", *, as_json: bool) -> None:
    """Print what came of an ingest; exits 1 if nothing was read."""
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
        if c.failed_filters and not c.generated:
            yield f"{c.name}: {'; '.join(c.failed_filters)}; {_UNPARTITIONED}"
        yield from _lines(c.skipped)
    if samples := sum(bool(c.failed_filters) and c.generated for c in report.collections):
        yield f"{samples} generated collections: {_UNPARTITIONED}"
    yield from _lines(report.skipped)
    if not report.ingested:
        yield "magpie: nothing could be ingested"


def _lines(problems: "Sequence[Problem]") -> "Iterator[str]":
    """One line each, up to a few; then how many more there are."""
    yield from (str(problem) for problem in problems[:SHOWN])
    if len(problems) > SHOWN:
        yield f"... and {len(problems) - SHOWN:,} more (--json lists them all)"
