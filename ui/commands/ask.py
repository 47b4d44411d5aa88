"""``magpie ask`` and ``magpie chat``: the agent, for one question, a file of them, or a conversation."""

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ui.options import CollectionOption, ConfigOption, HomeOption, JsonOption, settings_from

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console

    from agent.assemble import Agent

CHAT_HELP = "Ask in your own words. /image PATH [QUESTION] asks about a picture, /new forgets, /quit leaves."


def register(app: typer.Typer) -> None:
    """Add ``ask`` and ``chat``."""
    app.command("ask")(ask)
    app.command("chat")(chat)


def ask(
    question: Annotated[str, typer.Argument(help="What you want to know.", show_default=False)] = "",
    image: Annotated[Path | None, typer.Option("--image", help="A picture to go with it.")] = None,
    collection: CollectionOption = None,
    batch: Annotated[
        Path | None,
        typer.Option("--batch", help="Answer a file of questions, JSON Lines in and out; - reads stdin."),
    ] = None,
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """Answer one question, every fact with its evidence; exit code 3 if nothing matches."""
    from agent.assemble import open_agent
    from magpie.errors import InputError
    from ui.console import errors, print_json, results
    from ui.terminal import print_answer, print_asides

    if batch is not None and (question or image):
        raise InputError("give a question or --batch, not both")
    if batch is not None:
        return _batch(batch, home, config)
    settings = settings_from(home, config)
    with open_agent(settings) as agent:
        answer = agent.ask(question, image=image, collections=collection or ())
    if as_json:
        print_json(answer.model_dump(mode="json"))
    else:
        print_answer(results(), answer, settings.dataset_dir)
        print_asides(errors(), answer)
    if answer.outcome == "no_match":
        raise typer.Exit(3)


def chat(
    collection: CollectionOption = None,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """Talk with the agent in the terminal; end with /quit or Ctrl-D."""
    from agent.assemble import open_agent
    from magpie.errors import MagpieError
    from ui.console import errors

    console = errors()
    with open_agent(settings_from(home, config)) as agent:
        console.print(CHAT_HELP, style="dim", soft_wrap=True)
        while True:
            try:
                line = console.input("[bold]> [/bold]").strip()
            except (EOFError, KeyboardInterrupt):
                console.print()
                return
            if line in ("/quit", "/exit"):
                return
            try:
                _one_turn(agent, line, tuple(collection or ()), console)
            except MagpieError as error:
                console.print(f"magpie: {error}", style="red", markup=False, soft_wrap=True)
            except KeyboardInterrupt:
                console.print("stopped", style="dim", soft_wrap=True)


def _one_turn(agent: "Agent", line: str, collections: tuple[str, ...], console: "Console") -> None:
    from agent.answer import AnswerReady, StepFinished, TextDelta
    from ui.console import results
    from ui.terminal import print_asides, print_evidence, step_line

    if not line:
        return
    if line in ("/new", "/help"):
        if line == "/new":
            agent.forget("chat")
        console.print("A new conversation." if line == "/new" else CHAT_HELP, style="dim", soft_wrap=True)
        return
    question, image = _with_image(line)
    for event in agent.stream(question, image=image, conversation="chat", collections=collections):
        match event:
            case StepFinished():
                console.print(step_line(event.step), style="dim", markup=False, soft_wrap=True)
            case TextDelta():
                print(event.text, end="", flush=True)
            case AnswerReady():
                print()
                print_evidence(results(), event.answer, agent.settings.dataset_dir)
                print_asides(console, event.answer)


def _with_image(line: str) -> tuple[str, Path | None]:
    """The question and the picture of ``/image PATH [QUESTION]``; any other line is a question."""
    from magpie.errors import InputError

    if not line.startswith("/"):
        return line, None
    try:
        command, *rest = shlex.split(line)
    except ValueError as error:
        raise InputError(f"{error}; close the quotation in {line!r}") from error
    if command != "/image" or not rest:
        raise InputError(f"unknown command {line!r}; {CHAT_HELP}")
    return " ".join(rest[1:]), Path(rest[0]).expanduser()


def _batch(path: Path, home: Path | None, config: Path | None) -> None:
    from agent.assemble import open_agent
    from magpie.errors import InputError

    settings = settings_from(home, config)
    if str(path) == "-":
        with open_agent(settings) as agent:
            return _print_records(agent, sys.stdin)
    try:
        with path.open(encoding="utf-8") as lines, open_agent(settings) as agent:
            _print_records(agent, lines)
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read as UTF-8 lines ({error}); give a JSON Lines file") from error


def _print_records(agent: "Agent", lines: "Iterable[str]") -> None:
    """One record a line, each flushed, so that what was answered survives an interruption."""
    import json

    from agent.batch import answer_lines
    from magpie.errors import InputError

    done = failed = 0
    for record in answer_lines(agent, lines):
        print(json.dumps(record, ensure_ascii=False), flush=True)
        done, failed = done + 1, failed + ("error" in record)
    if failed:
        raise InputError(f"{failed} of {done} questions could not be answered; see the records with an error")
