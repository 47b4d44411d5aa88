"""`magpie ingest chain`: collections from their contracts."""

from typing import TYPE_CHECKING, Annotated

import typer

from ui import console
from ui.commands.ingest.run import PruneOption, finish
from ui.options import ConfigOption, HomeOption, JsonOption, settings_from

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ingest.sources.chain import ChainSource


def register(commands: typer.Typer) -> None:
    """Add ``chain``."""
    commands.command()(chain)


def chain(
    contracts: Annotated[
        list[str],
        typer.Argument(metavar="CONTRACT...", help="0x…, eip155:1:0x…, or a collection's name."),
    ],
    chain: Annotated[
        str | None, typer.Option("--chain", help="Which chain.", show_default="eip155:1, Ethereum mainnet")
    ] = None,
    name: Annotated[
        str | None, typer.Option("--name", help="The collection's name.", show_default="the contract's")
    ] = None,
    subject: Annotated[
        str | None, typer.Option("--subject", help='What the pictures show, such as "ape".')
    ] = None,
    ids: Annotated[str | None, typer.Option("--ids", help="Only these tokens, such as 1,5-9.")] = None,
    limit: Annotated[
        int | None, typer.Option("--limit", min=1, help="Only the first so many tokens.")
    ] = None,
    refresh: Annotated[
        bool, typer.Option("--refresh", help="Fetch everything again, whatever is here already.")
    ] = False,
    prune: PruneOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Fetch collections from their contracts: ids and links at one block, then metadata and pictures.

    Needs a node of the chain in the settings. What was fetched before is not fetched again.
    """
    from ingest.chain.addresses import parse_ids
    from ingest.chain.enumeration import MAX_IDS
    from ingest.pipeline import ingest
    from ingest.sources.chain import ChainSources, Options
    from magpie.errors import InputError

    if name and len(contracts) > 1:
        raise InputError(f"--name is for one contract, and {len(contracts)} were given")
    settings = settings_from(home, config)
    chosen = parse_ids(ids, most=MAX_IDS) if ids else None
    options = Options(name=name, subject=subject, ids=chosen, limit=limit, refresh=refresh)
    with console.progress() as tick:
        sources = ChainSources(contracts, settings, options, chain=chain, tick=tick)
        report = ingest(sources, settings, tick=tick, prune=prune)
    for line in (line for source in sources.opened for line in evidence(source)):
        console.errors().print(line, markup=False, highlight=False, soft_wrap=True)
    finish(report, sources.problems, as_json=json)


def evidence(source: "ChainSource") -> "Iterator[str]":
    """What the collection was read from, in a few lines."""
    told, name = source.provenance, source.collection.name
    yield (
        f"{name}: {told['standard']} at block {told['block_number']:,} ({told['block_tag']})"
        f" {told['block_hash']}, by {told['node']}"
    )
    yield f"{name}: {source.total:,} ids: {told['ids']}"
    yield f"{name}: links: {told['uri_pattern'] or ', '.join(told['uri_places'])}"
    hosts = ", ".join(f"{host} ({files:,})" for host, files in source.hosts.items())
    yield (
        f"{name}: files from {hosts or 'the chain, or here already'}; checked against the hash in their link:"
        f" {told['verified']:,} tokens; not: {told['unverified']:,}; no hash: {told['without_hash']:,}"
    )
    yield from (f"{name}: {note}" for note in told["notes"])
