"""``magpie conversations``: what is kept of them, shown, renamed and deleted."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from ui.options import ConfigOption, HomeOption, JsonOption, settings_from

if TYPE_CHECKING:
    from agent.conversations import Conversation, Conversations


def register(app: typer.Typer) -> None:
    """Add ``conversations``."""
    app.command("conversations")(conversations)


def conversations(
    name: Annotated[
        str | None, typer.Argument(help="Show all turns of this one.", show_default=False)
    ] = None,
    delete: Annotated[
        list[str] | None, typer.Option("--delete", help="Delete this one for good; repeat for more.")
    ] = None,
    rename: Annotated[
        tuple[str, str] | None,
        typer.Option("--rename", help="Give this one another title.", metavar="NAME TITLE"),
    ] = None,
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """List the conversations that are kept, the last used first; or show, rename or delete one."""
    from agent.conversations import Conversations
    from agent.state import State
    from ui.console import print_json

    path = settings_from(home, config).state_path
    with State(path if path.exists() else None) as state:  # looking makes no file
        kept = Conversations(state)
        for unwanted in delete or ():
            kept.delete(unwanted)
        if rename:
            kept.rename(*rename)
        if name is None and as_json:
            print_json([one.model_dump(mode="json") for one in kept.all()])
        elif name is None:
            _list(kept.all(), quiet=bool(delete or rename))
        else:
            _show(kept, name, as_json=as_json)


def _list(found: "tuple[Conversation, ...]", *, quiet: bool) -> None:
    from rich.markup import escape
    from rich.table import Table

    from ui.console import errors, results

    if not found:
        if not quiet:
            errors().print(
                "No conversation is kept; `magpie chat` and `magpie ui` begin one.", soft_wrap=True
            )
        return
    table = Table("name", "last used", "turns", "title", box=None, pad_edge=False)
    for one in found:
        used = one.used.astimezone().strftime("%Y-%m-%d %H:%M")
        table.add_row(escape(one.name), used, str(one.turns), escape(one.title))
    results().print(table)


def _show(kept: "Conversations", name: str, *, as_json: bool) -> None:
    from ui.console import print_json, results
    from ui.terminal import print_turn

    turns, known = kept.turns(name), kept.find(name)
    if as_json and known:
        whole: dict[str, Any] = known.model_dump(mode="json")
        print_json(whole | {"turns": [turn.model_dump(mode="json") for turn in turns]})
        return
    for turn in turns:
        print_turn(results(), turn)
