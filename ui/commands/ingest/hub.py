"""`magpie ingest hub`: collections of the Hub's NFT1000 dataset."""

from typing import TYPE_CHECKING, Annotated

import typer

from ui import console
from ui.commands.ingest.run import PruneOption, finish
from ui.options import ConfigOption, HomeOption, JsonOption, settings_from

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ingest.hub.listing import Archive, Listing

DOWNLOADS = "downloads"
NOTHING_FOUND = 3


def register(commands: typer.Typer) -> None:
    """Add ``hub``."""
    commands.command()(hub)


def hub(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="NAME...", help="Collections, by the name of their zip.")
    ] = None,
    show: Annotated[
        bool, typer.Option("--list", help="Only list what there is: names that hold NAME, or all.")
    ] = False,
    everything: Annotated[bool, typer.Option("--all", help="All collections; asks for --yes.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Yes, download all of them.")] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Keep the zips after they are taken in.")] = False,
    prune: PruneOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Download NFT1000 collections from the Hub, check them, and take them in.

    The dataset is gated: accept its terms on its page, then log in with HF_TOKEN or `hf auth login`.
    """
    from ingest.hub.access import sign_in
    from ingest.hub.listing import read_listing
    from ingest.pipeline import ingest
    from ingest.sources.hub import HubDownloads
    from magpie.errors import InputError

    if bool(names) == everything and not show:
        raise InputError("name the collections to download, or give --all; --list shows what there is")
    settings = settings_from(home, config)
    listing = read_listing(asked := sign_in(settings))
    if show:
        _list(listing, listing.matching(names or ()), as_json=json)
        return
    chosen = listing.choose(names) if names else listing.archives
    if everything and not yes:
        raise InputError(f"--all is {len(chosen):,} zips, {_size(chosen)}: add --yes to download them")
    with console.progress() as tick:
        downloads = HubDownloads(asked, listing, chosen, settings.home / DOWNLOADS, tick=tick, keep=keep)
        report = ingest(downloads, settings, tick=tick, prune=prune)
    finish(report, downloads.problems, as_json=json)


def _list(listing: "Listing", archives: "Sequence[Archive]", *, as_json: bool) -> None:
    """Names and sizes on standard output; what is no collection's zip on standard error."""
    from rich.markup import escape
    from rich.table import Table

    if as_json:
        rows = [{"name": a.name, "bytes": a.size, "sha256": a.sha256} for a in archives]
        console.print_json({"revision": listing.revision, "collections": rows})
        return
    table = Table("collection", box=None)
    table.add_column("size", justify="right", no_wrap=True)
    for archive in archives:
        table.add_row(escape(archive.name), _size([archive]))
    console.results().print(table)
    for line in (
        *listing.problems,
        f"{len(archives):,} of {len(listing.archives):,} collections, {_size(archives)}",
    ):
        console.errors().print(str(line), markup=False, soft_wrap=True)
    if not archives:
        raise typer.Exit(NOTHING_FOUND)


def _size(archives: "Sequence[Archive]") -> str:
    return f"{sum(archive.size for archive in archives) / 10**6:,.1f} MB"
