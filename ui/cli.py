"""The ``magpie`` command: one Typer app, its commands registered from `ui.commands`.

Exit codes: 0 done, 1 an error the user can fix (one line, with the fix), 2 wrong usage, 3 nothing found.
"""

import sys
from importlib import import_module
from io import TextIOWrapper
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMANDS = (
    "demo",
    "ingest",
    "index",
    "search",
    "copies",
    "recommend",
    "verify",
    "ask",
    "replay",
    "chat",
    "conversations",
    "taste",
    "mcp",
    "page",
    "eval",
    "train",
    "models",
    "devchain",
)

INTERRUPTED = 130  # what Typer makes of Ctrl-C, without a word

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

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a terminal that cannot show a name must not end the command
            stream.reconfigure(errors="backslashreplace")
    try:
        _refuse_undecodable(sys.argv[1:])
        app()
    except MagpieError as error:
        print(f"magpie: {_one_line(error)}", file=sys.stderr)
        raise SystemExit(1) from None
    except SystemExit as ended:
        if ended.code == INTERRUPTED:
            print("magpie: stopped; run the same command again to continue", file=sys.stderr)
        raise
    except BrokenPipeError:
        sys.stderr.close()
        raise SystemExit(0) from None
    except OSError as error:  # a full disk, a read-only home, a file where a folder must be
        print(f"magpie: {_one_line(error)}; make room or access, then run it again", file=sys.stderr)
        raise SystemExit(1) from None


def _refuse_undecodable(arguments: "Sequence[str]") -> None:
    """Bytes that are no text reach Python as lone surrogates, which no model, database or JSON file takes."""
    from magpie.errors import InputError

    for argument in arguments:
        if argument != argument.encode("utf-8", "replace").decode():
            raise InputError(f"{argument!r} is not UTF-8 text: type it again, or rename the file")


def _one_line(error: Exception) -> str:
    """The message, whatever names and control characters somebody put into it."""
    return "".join(c if c.isprintable() else " " for c in str(error))


if __name__ == "__main__":
    main()
