"""`magpie ingest`: one module a group of commands, each with ``register(commands)``."""

from importlib import import_module

import typer

GROUPS = ("files", "hub", "chain", "captions", "partition", "report")

commands = typer.Typer(help="Bring collections into the dataset and the catalogue.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add ``magpie ingest`` and all its commands."""
    for name in GROUPS:
        import_module(f"{__name__}.{name}").register(commands)
    app.add_typer(commands, name="ingest")
