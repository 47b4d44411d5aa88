"""``magpie ask``: the agent, for one question or a file of them."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ui.options import (
    CollectionOption,
    ConfigOption,
    ConversationOption,
    HomeOption,
    JsonOption,
    settings_from,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agent.assemble import Agent


def register(app: typer.Typer) -> None:
    """Add ``ask``."""
    app.command("ask")(ask)


def ask(
    question: Annotated[str, typer.Argument(help="What you want to know.", show_default=False)] = "",
    image: Annotated[Path | None, typer.Option("--image", help="A picture to go with it.")] = None,
    collection: CollectionOption = None,
    conversation: ConversationOption = None,
    batch: Annotated[
        Path | None,
        typer.Option("--batch", help="Answer a file of questions, JSON Lines in and out; - reads stdin."),
    ] = None,
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """Answer one question, every fact with its evidence; exit code 3 if nothing matches."""
    from agent.assemble import ALONE, open_agent
    from agent.conversations import usable_name
    from magpie.errors import InputError
    from ui.console import errors, print_json, results
    from ui.terminal import print_answer, print_asides

    if batch is not None and (question or image):
        raise InputError("give a question or --batch, not both")
    if batch is not None and conversation is not None:
        raise InputError("a line of --batch names its own conversation; drop --conversation")
    if batch is not None:
        return _batch(batch, home, config)
    settings = settings_from(home, config)
    name = ALONE if conversation is None else usable_name(conversation)
    with open_agent(settings, keep=conversation is not None) as agent:
        answer = agent.ask(question, image=image, conversation=name, collections=collection or ())
    if as_json:
        print_json(answer.model_dump(mode="json"))
    else:
        print_answer(results(), answer, settings.dataset_dir)
        print_asides(errors(), answer)
    if answer.outcome == "no_match":
        raise typer.Exit(3)


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
