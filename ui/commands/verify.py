"""``magpie verify``: who owns a token, with the receipt."""

from typing import TYPE_CHECKING, Annotated

import typer

from ui.options import ConfigOption, HomeOption, JsonOption, settings_from

if TYPE_CHECKING:
    from agent.onchain.receipt import Receipt

# A no and a nobody-knows must both stop a script that goes on with &&.
_EXIT = {"owned": 0, "not_owned": 3, "nonexistent": 3, "unverified": 1}


def register(app: typer.Typer) -> None:
    # Unknown options become arguments, so that the token id -1 is refused as one and not as an option.
    app.command(context_settings={"ignore_unknown_options": True})(verify)


def verify(
    collection: Annotated[str, typer.Argument(metavar="COLLECTION|CONTRACT", help="Name or 0x address.")],
    token: Annotated[str, typer.Argument(metavar="TOKEN", help="Token id.")],
    owner: Annotated[
        str | None, typer.Option("--owner", metavar="ADDR", help="Is it this 0x address's?")
    ] = None,
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """Ask the chain who owns a token, at one pinned block.

    The verdict is owned, not_owned, nonexistent, or unverified when no node could tell.

    Exit code: 0 owned (without --owner: somebody owns it), 3 not_owned or nonexistent, 1 unverified.
    The receipt is printed in every case, and --json prints all of it.
    """
    from agent.onchain.inputs import parse_token_id
    from agent.onchain.verifier import Verifier
    from magpie.catalog import Catalog

    settings = settings_from(home, config)
    token_id = parse_token_id(token)
    catalog = Catalog(settings.catalog_path) if settings.catalog_path.is_file() else None
    try:
        verifier = Verifier(settings, catalog)
        receipt = verifier.verify(verifier.find_collection(collection), token_id, owner)
    finally:
        if catalog:
            catalog.close()
    _show(receipt, as_json)
    raise typer.Exit(_EXIT[receipt.verdict])


def _show(receipt: "Receipt", as_json: bool) -> None:
    from agent.onchain.wording import sentence
    from ui.console import print_json

    if as_json:
        print_json(receipt.model_dump(mode="json"))
        return
    print(sentence(receipt))
    if receipt.block_number is not None:
        when = f"{receipt.block_time:%Y-%m-%d %H:%M:%S} UTC"
        print(f"  chain     {receipt.chain_label}, id {receipt.chain_id}")
        print(f"  contract  {receipt.contract}, {receipt.method} ({receipt.standard or 'no contract'})")
        print(f"  block     {receipt.block_number} ({receipt.block_tag}), {when}")
        print(f"            {receipt.block_hash}")
        print(f"  node      {receipt.node}")
    for note in receipt.notes:
        print(f"  note      {note}")
    if receipt.verdict != "unverified":
        for attempt in receipt.attempts:
            print(f"  failed    {attempt.node} {attempt.problem}")
