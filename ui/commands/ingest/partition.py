"""`magpie ingest partition`: NFT1000's sets of the collections that are here, as files."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ui import console
from ui.options import ConfigOption, HomeOption, JsonOption, settings_from

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ingest.partition.plan import Partition

PARTITIONS = "partitions"


def register(commands: typer.Typer) -> None:
    """Add ``partition``."""
    commands.command()(partition)


def partition(
    sets: Annotated[
        list[str] | None,
        typer.Option("--set", help="NFT1000, NFT1000-mini or NFT100-mini; repeat for more; all, if none."),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Another number, other collections and tokens.")] = 0,
    official: Annotated[
        Path | None,
        typer.Option("--official", help="Take the splits from lists such as NFT1000_partitioning.json."),
    ] = None,
    counts: Annotated[
        Path | None,
        typer.Option("--counts", help="Plan from a JSON file of names and token counts, without a dataset."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder to write to.", show_default="partitions/ of --home")
    ] = None,
    home: HomeOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Deal collections into train, val and test, and draw the tokens of the small sets.

    No collection is in two splits, and a collection is in the same split of every set.
    """
    from ingest.partition.files import write
    from ingest.partition.plan import Request, make

    settings = settings_from(home, config)
    request = Request(tuple(dict.fromkeys(sets or ())), seed, official, counts)
    with console.progress() as tick:
        made = make(request, settings, tick=tick)
        files = [write(one, out or settings.home / PARTITIONS) for one in made]
    (_print_json if json else _show)(made, files)


def _print_json(made: "Sequence[Partition]", files: "Sequence[Sequence[Path]]") -> None:
    from ingest.partition.files import counts_of

    rows = [
        {
            "set": one.rule.name,
            "seed": one.seed,
            "counts": counts_of(one),
            "notes": one.notes,
            "files": [str(file) for file in written],
        }
        for one, written in zip(made, files, strict=True)
    ]
    console.print_json({"sets": rows})


def _show(made: "Sequence[Partition]", files: "Sequence[Sequence[Path]]") -> None:
    """Figures beside the published ones on standard output; notes and files on standard error."""
    from rich.table import Table

    table = Table("set", "split", box=None)
    for heading in ("collections", "tokens", "published", "tokens"):
        table.add_column(heading, justify="right", no_wrap=True)
    for one in made:
        for split, (collections, tokens) in one.counts.items():
            published = one.published[split] if one.published else None
            told = [f"{figure:,}" for figure in published] if published else ["", ""]
            table.add_row(one.rule.name, split, f"{collections:,}", f"{tokens:,}", *told)
    console.results().print(table)
    for note in dict.fromkeys(note for one in made for note in one.notes):
        console.errors().print(note, markup=False, soft_wrap=True)
    for document, *_ in files:
        console.errors().print(f"written: {document}", markup=False, soft_wrap=True)
