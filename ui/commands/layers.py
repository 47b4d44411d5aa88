"""`magpie train layers`."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ui.options import CollectionOption, ConfigOption, HomeOption, JsonOption, settings_from

if TYPE_CHECKING:
    from magpie.domain import Collection, Token
    from magpie.progress import Tick
    from magpie.settings import Settings
    from retrieval.layers.build import Report
    from retrieval.layers.recover import Recovered


def register(group: typer.Typer) -> None:
    """Add the command to the group."""
    group.command("layers")(layers)


def layers(
    collection: CollectionOption = None,
    sheets: Annotated[
        Path | None,
        typer.Option(help="Folder for the pictures to judge by.", show_default="HOME/training/layers"),
    ] = None,
    json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """Find which pixels show each trait. Stopped, the same command goes on; what is done stays."""
    from dataclasses import asdict

    from retrieval.layers.build import build
    from ui.console import print_json, progress

    settings = settings_from(home, config)
    with progress() as tick:
        reports = build(settings, collection or (), exact=known_exactly, tick=tick)
        pages = _draw(settings, reports, sheets or settings.home / "training" / "layers")
    if json:
        print_json([{**asdict(report), "sheet": pages.get(report.collection)} for report in reports])
        return
    _print(reports, pages)


def known_exactly(
    collection: "Collection", tokens: "Sequence[Token]", tick: "Tick"
) -> "list[Recovered] | None":
    """The layers of a generated collection, drawn anew; None for others and without the drawing library."""
    from ingest.sources.dicebear import GeneratedSource
    from ingest.sources.layers import exact_layers
    from ingest.sources.styles import STYLES
    from magpie.errors import MissingExtraError
    from retrieval.layers.grid import FINEST
    from retrieval.layers.recover import SEEN_BY_MOST, Recovered

    style = next((style for style in STYLES if style.title == collection.name), None)
    if style is None or not collection.is_generated:
        return None
    ids = [token.ref.token_id for token in tokens]
    try:
        exact = list(exact_layers(GeneratedSource(style, max(ids) + 1), ids, FINEST, tick=tick))
    except MissingExtraError:
        return None
    return [
        Recovered(layer.trait, layer.seen >= SEEN_BY_MOST, layer.component, layer.tokens, 1.0)
        for layer in exact
        if (layer.seen >= SEEN_BY_MOST).any()
    ]


def _draw(settings: "Settings", reports: "list[Report]", folder: Path) -> dict[str, str]:
    """A picture sheet for each collection whose layers were made, and where it lies."""
    from magpie.catalog import Catalog
    from retrieval.layers.sheet import sheet

    pages = {}
    with Catalog(settings.catalog_path) as catalog:
        for report in reports:
            path = folder / f"{report.collection}.png"
            if report.layers and (report.made or not path.is_file()):
                page = sheet(
                    settings.dataset_dir, report.collection, list(catalog.iter_tokens([report.collection]))
                )
                if page:
                    folder.mkdir(parents=True, exist_ok=True)
                    page.save(path)
            if path.is_file():
                pages[report.collection] = str(path)
    return pages


def _print(reports: "list[Report]", pages: dict[str, str]) -> None:
    from rich.markup import escape
    from rich.table import Table

    from ui.console import errors, results

    table = Table(box=None)
    for heading in ("collection", "tokens", "traits", "with a layer", "exact", "agreement", "seconds"):
        table.add_column(heading, justify="left" if heading == "collection" else "right")
    for report in reports:
        table.add_row(
            escape(report.collection),
            f"{report.tokens:,}",
            f"{report.traits:,}",
            f"{report.layers:,}",
            f"{report.exact:,}",
            f"{report.agreement:.3f}" if report.layers else "",
            f"{report.seconds:.1f}" if report.made else "as it was",
        )
    results().print(table)
    for report in reports:
        if "" in report.left_out:
            errors().print(f"{escape(report.collection)}: {report.left_out['']}")
    if pages:
        results().print(f"pictures to judge by: {escape(str(Path(next(iter(pages.values()))).parent))}")
