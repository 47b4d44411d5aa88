"""`magpie ui`: starts the Streamlit page."""

import socket
from pathlib import Path
from typing import Annotated

import typer

from ui.options import ConfigOption, HomeOption, settings_from

PortOption = Annotated[int, typer.Option("--port", min=1, max=65535, help="Where the page is served.")]
AddressOption = Annotated[str, typer.Option("--address", help="The interface to listen on.")]
BrowserOption = Annotated[bool, typer.Option("--browser/--no-browser", help="Open a browser window.")]


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""

    @app.command()
    def ui(
        home: HomeOption = None,
        config: ConfigOption = None,
        port: PortOption = 8501,
        address: AddressOption = "127.0.0.1",
        browser: BrowserOption = True,
    ) -> None:
        """Open the page: chat, pictures, evidence. Ctrl-C ends it."""
        from magpie.optional import require

        settings = settings_from(home, config)  # a wrong setting is told here, not in the browser
        _check_free(address, port)
        streamlit = require("streamlit.web.cli", extra="ui")
        flags = {
            "server.port": port,
            "server.address": address,
            "server.headless": str(not browser).lower(),
            "server.showEmailPrompt": "false",
            "browser.gatherUsageStats": "false",
        }
        script = str(Path(__file__).parents[1] / "app.py")
        passed = ["--home", str(settings.home), *(["--config", str(config)] if config else [])]
        options = [f"--{name}={value}" for name, value in flags.items()]
        streamlit.main.main(
            ["run", script, *options, "--", *passed], prog_name="magpie ui", standalone_mode=False
        )


def _check_free(address: str, port: int) -> None:
    from magpie.errors import InputError

    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        socket.create_server((address, port), family=family).close()
    except OSError as error:
        raise InputError(
            f"cannot serve on {address}, port {port} ({error.strerror}): give another --port or --address"
        ) from error
