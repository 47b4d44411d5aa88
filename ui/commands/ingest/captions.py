"""`magpie ingest captions`: three fluent paraphrases a token, each checked before it is kept."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from ui.options import CollectionOption, ConfigOption, HomeOption, JsonOption, settings_from

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

    from ingest.paraphrase.prompt import CaptionWriter
    from ingest.paraphrase.run import CaptionReport
    from magpie.settings import Settings


class Writer(StrEnum):
    """Who words the captions."""

    LLM = "llm"
    RULES = "rules"


def register(commands: typer.Typer) -> None:
    """Add ``captions``."""
    commands.command()(captions)


def captions(
    collection: CollectionOption = None,
    limit: Annotated[
        int | None, typer.Option("--limit", min=1, help="Only the first N tokens of each collection.")
    ] = None,
    subject: Annotated[
        str | None, typer.Option("--subject", help='What the pictures show, such as "ape"; one collection.')
    ] = None,
    writer: Annotated[Writer, typer.Option("--writer", help="The local LLM, or rules alone.")] = Writer.LLM,
    home: HomeOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Add three paraphrases to each caption file, by the local LLM, each checked against the traits."""
    from ingest.paraphrase.run import write_captions
    from magpie.errors import InputError
    from ui import console

    noun = " ".join((subject or "").split())
    if subject is not None and (len(collection or ()) != 1 or not noun):
        raise InputError("--subject is a noun for one collection: name it with --collection")
    settings = settings_from(home, config)
    with _writer(settings, writer) as chosen, console.progress() as tick:
        reports = write_captions(settings, collection or (), tick, chosen, limit=limit, subject=noun or None)
    if json:
        console.print_json([report.model_dump(mode="json") for report in reports])
    else:
        _show(reports)


def _writer(settings: "Settings", wanted: Writer) -> "AbstractContextManager[CaptionWriter | None]":
    """The model, closed in the end; None, and one line that says so, where there is none."""
    from contextlib import nullcontext

    from ingest.paraphrase.model import open_writer
    from magpie.errors import MissingExtraError, ModelNotFoundError
    from ui import console

    if wanted is Writer.RULES:
        return nullcontext()
    try:
        return open_writer(settings)
    except (MissingExtraError, ModelNotFoundError) as error:
        console.errors().print(
            f"no caption model: {error}; captions are by rule", markup=False, soft_wrap=True
        )
        return nullcontext()


def _show(reports: "Sequence[CaptionReport]") -> None:
    from rich.table import Table

    from ui import console

    table = Table("collection", "subject", box=None)
    for heading in ("tokens", "sets", "llm", "retried", "by rule", "published", "files"):
        table.add_column(heading, justify="right", no_wrap=True)
    for r in reports:
        figures = (r.tokens, r.sets, r.llm, r.retried, r.rule_based, r.published, r.written)
        table.add_row(r.collection, r.subject, *(f"{figure:,}" for figure in figures))
    if reports:
        console.results().print(table)
    for r in reports:
        if r.faults:
            told = ", ".join(f"{count:,} {kind}" for kind, count in r.faults.items())
            console.errors().print(f"{r.collection}: captions not kept: {told}", markup=False, soft_wrap=True)
