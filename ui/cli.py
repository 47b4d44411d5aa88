"""The ``magpie`` command: one Typer app, its commands registered from `ui.commands`.

Exit codes: 0 done, 1 an error the user can fix (one line, with the fix), 2 wrong usage, 3 nothing found.
"""

import sys
from importlib import import_module
from typing import Annotated

import typer

COMMANDS = (
    "demo",
    "ingest",
    "index",
    "search",
    "recommend",
    "verify",
    "ask",
    "page",
    "eval",
    "train",
    "models",
    "devchain",
)

app = typer.Typer(
    name="magpie",
    help="Ask, in your own words, for NFTs you would love, and trust the answer.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        print(f"magpie {version('magpie')}")
        raise typer.Exit


@app.callback()
def _magpie(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


for _name in COMMANDS:
    import_module(f"ui.commands.{_name}").register(app)


def main() -> None:
    """Entry point: runs a command and turns errors people can fix into one line and exit code 1."""
    from magpie.errors import MagpieError

    try:
        app()
    except MagpieError as error:
        print(f"magpie: {error}", file=sys.stderr)
        raise SystemExit(1) from None
    except KeyboardInterrupt:
        print("magpie: stopped; run the same command again to continue", file=sys.stderr)
        raise SystemExit(130) from None
    except BrokenPipeError:
        sys.stderr.close()
        raise SystemExit(0) from None


if __name__ == "__main__":
    main()
