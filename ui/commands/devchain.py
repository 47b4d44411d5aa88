"""``magpie devchain``: a local chain on which the catalogue's tokens have owners."""

from typing import Annotated

import typer

from ui.options import ConfigOption, HomeOption, JsonOption, settings_from


def register(app: typer.Typer) -> None:
    app.command()(devchain)


def devchain(
    port: Annotated[
        int, typer.Option(help="Port on this machine; 0 takes a free one.", min=0, max=65535)
    ] = 8545,
    tokens: Annotated[
        int, typer.Option(help="Tokens a collection, from the lowest id.", min=1, max=10000)
    ] = 50,
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """Run a local development chain until Ctrl-C, with real contracts holding the catalogue's first tokens.

    It is not Ethereum mainnet, and every receipt from it says so. The tokens are dealt to alice, bob and
    carol in turn. Set the two printed variables in another terminal, then use `magpie verify` there.
    """
    import shlex
    import sys
    from threading import Event

    from agent.devchain.holdings import share_out
    from agent.devchain.server import DevChain
    from magpie.catalog import Catalog
    from ui.console import errors, print_json

    with Catalog(settings_from(home, config).catalog_path) as catalog:
        holdings = share_out(catalog, tokens)
    console = errors()
    console.print(f"deploying {len(holdings)} contracts and minting their tokens on a local chain ...")
    with DevChain.start(holdings, port=port) as chain:
        if as_json:
            print_json({"url": chain.url, "contracts": chain.contracts, "accounts": chain.accounts})
        else:
            for name, value in chain.environment().items():
                print(f"export {name}={shlex.quote(value)}")
        sys.stdout.flush()  # a script may be waiting for it at the other end of a pipe
        for name, address in chain.accounts.items():
            if any(name in shares for shares in holdings.values()):
                console.print(f"{name:8} {address}")
        console.print("local development chain (not Ethereum mainnet) is running; Ctrl-C stops it")
        try:
            Event().wait()
        except KeyboardInterrupt:
            console.print("stopped")
