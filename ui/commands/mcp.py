"""``magpie mcp``: Magpie's tools for other programs, over the Model Context Protocol."""

import signal
import sys
from typing import Annotated

import typer

from ui.options import ConfigOption, HomeOption, settings_from


def register(app: typer.Typer) -> None:
    """Add ``mcp``."""
    app.command("mcp")(mcp)


def mcp(
    http: Annotated[
        int | None,
        typer.Option(
            "--http",
            min=0,
            max=65535,
            metavar="PORT",
            help="Serve over HTTP on this port of 127.0.0.1 (0: any free one) instead of stdin and stdout.",
        ),
    ] = None,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """Serve search, facts, recommendations, verification and the agent to MCP clients.

    A client starts this command itself and talks to it over stdin and stdout; see docs/mcp.md for what to
    write into its configuration. With --http it serves programs of this machine until Ctrl-C.
    """
    from magpie.optional import require

    settings = settings_from(home, config)
    require("mcp", extra="mcp")
    from ui.mcp_desk import Desk
    from ui.mcp_server import HOST, listen, serve_http, serve_stdio

    if http is None:
        # A thread waits for input, and asyncio waits for it: on a terminal the first Ctrl-C would do nothing
        # (python-sdk issue 3551). Nothing is lost by ending at once.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        with Desk(settings) as desk:
            if sys.stdin.isatty():
                print(
                    "serving on standard input, for an MCP client to start; Ctrl-C ends it", file=sys.stderr
                )
            serve_stdio(desk)
        return
    with listen(http) as listening, Desk(settings) as desk:
        address = f"http://{HOST}:{listening.getsockname()[1]}/mcp"
        print(f"serving at {address}; Ctrl-C ends it", file=sys.stderr)
        serve_http(desk, listening)
