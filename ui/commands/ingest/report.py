"""`magpie ingest report`: one HTML page over what is ingested."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ui.options import CollectionOption, ConfigOption, HomeOption, JsonOption, settings_from

if TYPE_CHECKING:
    from ingest.page.build import Report


def register(commands: typer.Typer) -> None:
    """Add ``report``."""
    commands.command()(report)


def report(
    collection: CollectionOption = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Where to write it.", show_default="HOME/report/index.html")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Which tokens are shown.")] = 0,
    show: Annotated[bool, typer.Option("--open", help="Open it in a browser.")] = False,
    home: HomeOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Write one HTML page: pictures, traits, captions, filters, and what was left out and why."""
    from ingest.page.build import build
    from ingest.page.render import html
    from magpie.files import write_atomic
    from ui import console

    settings = settings_from(home, config)
    page = _writable(out or settings.home / "report" / "index.html")
    with console.progress() as tick:
        made = build(settings, names=collection or (), seed=seed, tick=tick)
    content = html(made).encode()
    write_atomic(page, content)
    if json:
        console.print_json({"page": str(page), "bytes": len(content), **made.model_dump(mode="json")})
    else:
        print(page)
        _summarise(made, len(content))
    if show:
        _open(page)


def _writable(page: Path) -> Path:
    from magpie.errors import InputError

    page = page.expanduser().absolute()
    if page.is_dir():
        raise InputError(f"{page} is a folder: name a file, such as --out {page / 'report.html'}")
    return page


def _summarise(made: "Report", size: int) -> None:
    from ingest.page import wording
    from ui import console

    chapters = wording.counted(len(made.chapters), "collection")
    tokens = wording.counted(made.totals.tokens, "token")
    console.errors().print(f"{chapters}, {tokens}, {wording.size(size)}", markup=False)


def _open(page: Path) -> None:
    import webbrowser

    from ui import console

    if not webbrowser.open(page.as_uri()):
        console.errors().print("magpie: no browser could be opened: open the file yourself", markup=False)
