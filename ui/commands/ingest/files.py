"""`magpie ingest sample` and `magpie ingest folder`: what is on this machine already."""

from pathlib import Path
from typing import Annotated

import typer

from ui.commands.ingest.run import PruneOption, take
from ui.options import ConfigOption, HomeOption, JsonOption, settings_from


def register(commands: typer.Typer) -> None:
    """Add ``sample`` and ``folder``."""
    commands.command()(sample)
    commands.command()(folder)


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

    take(sample_sources(full=full), (), settings_from(home, config), as_json=json)


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
    take(found.sources, found.problems, settings_from(home, config), as_json=json, prune=prune)
