"""``magpie replay``: a traced question asked again, and what has changed in its answer."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ui.options import ConfigOption, HomeOption, JsonOption, settings_from

if TYPE_CHECKING:
    from agent.replay import Replay


def register(app: typer.Typer) -> None:
    """Add ``replay``."""
    app.command("replay")(replay)


def replay(
    file: Annotated[Path, typer.Argument(help="What `magpie ask --trace` wrote.", show_default=False)],
    anyway: Annotated[
        bool, typer.Option("--anyway", help="Ask although the index, a model or Magpie are others.")
    ] = False,
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """Ask a traced question again, with what was said before it and its seed, and compare the answers.

    Exit code: 0 for the same text, calls and evidence, 1 if anything differs. Nothing of it is remembered.
    """
    from agent.replay import replay as ask_again
    from agent.trace import read
    from ui.console import print_json

    settings = settings_from(home, config)
    told = ask_again(settings, read(file), anyway=anyway)
    if as_json:
        print_json(told.model_dump(mode="json"))
    else:
        _show(told)
    if not told.same:
        raise typer.Exit(1)


def _show(told: "Replay") -> None:
    from agent.replay import MOST_TOLD
    from ui.console import errors

    for other in told.versions:
        errors().print(f"note: made with {other}", style="dim", markup=False, soft_wrap=True)
    if told.same:
        print("same answer")
        return
    for other in told.settings:
        errors().print(f"note: setting {other}", style="dim", markup=False, soft_wrap=True)
    for difference in told.differences:
        print(difference)
    if len(told.differences) == MOST_TOLD:
        print("and perhaps more")
