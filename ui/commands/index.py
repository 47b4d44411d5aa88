"""``magpie index``: build or update the dual index."""

from typing import TYPE_CHECKING

import typer

from ui.options import ConfigOption, HomeOption, JsonOption, settings_from

if TYPE_CHECKING:
    from retrieval.index import IndexReport


def register(app: typer.Typer) -> None:
    """Add ``index``."""
    app.command("index")(index)


def index(home: HomeOption = None, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Build or update the dual index of pictures and captions. Stopped, it continues when run again."""
    from dataclasses import asdict

    from retrieval.index import build
    from ui.console import print_json, progress

    with progress() as tick:
        report = build(settings_from(home, config), tick=tick)
    if as_json:
        print_json(asdict(report))
    else:
        _show(report)


def _show(report: "IndexReport") -> None:
    from rich.markup import escape
    from rich.table import Table

    from ui.console import errors, results

    table = Table("index", "tokens", "added", "changed", "removed", "skipped", "seconds", "encoder", box=None)
    for name, stage in (("image", report.image), ("caption", report.caption)):
        counts = (stage.total, stage.added, stage.changed, stage.removed, len(stage.skipped))
        table.add_row(
            name, *(f"{count:,}" for count in counts), f"{stage.seconds:.1f}", escape(stage.encoder)
        )
    results().print(table)
    skipped = report.image.skipped | report.caption.skipped
    for token, why in list(skipped.items())[:10]:
        errors().print(f"skipped {token}: {escape(why)}", soft_wrap=True)
    if len(skipped) > 10:
        errors().print(f"and {len(skipped) - 10:,} more; `magpie index --json` lists them")
