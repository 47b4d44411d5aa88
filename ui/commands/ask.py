"""``magpie ask``: the agent, for one question or a file of them."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
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
    from collections.abc import Iterable, Sequence

    from agent.assemble import Agent
    from agent.trace import Asked
    from magpie.settings import Settings

MOST_SEED = 2**32 - 2  # `agent.wording` has the same, and imports what need not be loaded for --help
MOST_JOBS = 64


def register(app: typer.Typer) -> None:
    """Add ``ask``."""
    app.command("ask")(ask)


def ask(
    question: Annotated[str, typer.Argument(help="What you want to know.", show_default=False)] = "",
    image: Annotated[Path | None, typer.Option("--image", help="A picture to go with it.")] = None,
    collection: CollectionOption = None,
    conversation: ConversationOption = None,
    seed: Annotated[
        int | None,
        typer.Option("--seed", min=0, max=MOST_SEED, help="For how a model words it.", show_default="7"),
    ] = None,
    trace: Annotated[
        Path | None, typer.Option("--trace", help="Write what `magpie replay` needs to ask it again.")
    ] = None,
    batch: Annotated[
        Path | None,
        typer.Option("--batch", help="Answer a file of questions, JSON Lines in and out; - reads stdin."),
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option("--jobs", min=1, max=MOST_JOBS, help="Lines answered at a time.", show_default="1"),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Write the answers here; lines that are answered in it are not asked."),
    ] = None,
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """Answer one question, every fact with its evidence; exit code 3 if nothing matches."""
    from magpie.errors import InputError

    if batch is None:
        if jobs is not None or out is not None:
            raise InputError("--jobs and --out are for many questions: give them with --batch")
        asked = _asked(question, image, conversation, collection or (), seed)
        keep = conversation is not None
        return _one(settings_from(home, config), asked, trace, keep=keep, as_json=as_json)
    if question or image or collection:
        raise InputError("give a question, with --image or --collection, or --batch, not both")
    if conversation is not None or trace is not None:
        raise InputError(
            "a line of --batch names its own conversation, and has no trace; drop --conversation and --trace"
        )
    _batch(settings_from(home, config), batch, out, jobs or 1, seed)


def _asked(
    question: str,
    image: Path | None,
    conversation: str | None,
    collections: "Sequence[str]",
    seed: int | None,
) -> "Asked":
    from agent.conversations import usable_name
    from agent.speaker import ALONE, QUESTION_LIMIT
    from agent.trace import Asked
    from agent.wording import SEED
    from magpie import text

    return Asked(
        question=text.clean(question, QUESTION_LIMIT),
        image=image,
        conversation=ALONE if conversation is None else usable_name(conversation),
        collections=tuple(collections),
        seed=SEED if seed is None else seed,
    )


def _one(settings: "Settings", asked: "Asked", trace: Path | None, *, keep: bool, as_json: bool) -> None:
    from agent.assemble import open_agent
    from agent.trace import ask as ask_plainly
    from agent.trace import ask_traced, write
    from ui.console import errors, print_json, results
    from ui.terminal import print_answer, print_asides

    with open_agent(settings, keep=keep) as agent:
        traced = ask_traced(agent, asked) if trace else None
        answer = traced.answer if traced else ask_plainly(agent, asked)
    if as_json:
        print_json(answer.model_dump(mode="json"))
    else:
        print_answer(results(), answer, settings.dataset_dir)
        print_asides(errors(), answer)
    if trace and traced:
        write(traced, trace)
    if answer.outcome == "no_match":
        raise typer.Exit(3)


def _batch(settings: "Settings", path: Path, out: Path | None, jobs: int, seed: int | None) -> None:
    from agent.assemble import open_agent
    from agent.wording import PATIENT_SECONDS, SEED

    drawn = SEED if seed is None else seed
    with _lines(path) as lines, open_agent(settings, patience=PATIENT_SECONDS) as agent:
        if out is None:
            _print_records(agent, lines, jobs, drawn)
        else:
            total = None if str(path) == "-" else _length(path)
            _write_records(agent, lines, out, jobs=jobs, seed=drawn, total=total)


@contextmanager
def _lines(path: Path) -> "Iterator[Iterable[str]]":
    from magpie.errors import InputError

    if str(path) == "-":
        yield sys.stdin
        return
    try:
        file = path.open(encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}); give a JSON Lines file") from error
    try:
        with file as lines:
            yield lines
    except UnicodeDecodeError as error:
        raise InputError(f"{path} cannot be read as UTF-8 lines ({error}); give a JSON Lines file") from error


def _length(path: Path) -> int:
    """How many lines have text; bytes will do."""
    with path.open("rb") as lines:
        return sum(1 for line in lines if line.strip())


def _print_records(agent: "Agent", lines: "Iterable[str]", jobs: int, seed: int) -> None:
    """One record a line, each flushed, so that what was answered survives an interruption."""
    import json

    from agent.batch import answer_lines

    done = failed = 0
    for record in answer_lines(agent, lines, jobs=jobs, seed=seed):
        print(json.dumps(record, ensure_ascii=False), flush=True)
        done, failed = done + 1, failed + ("error" in record)
    _tell_failed(failed, done)


def _write_records(
    agent: "Agent", lines: "Iterable[str]", out: Path, *, jobs: int, seed: int, total: int | None
) -> None:
    """The same into a file, which a later run goes on with."""
    from agent.batch import answer_others
    from agent.batch_file import AnswerFile
    from ui.console import errors, progress

    numbers: set[int] = set()
    asked = failed = 0
    with AnswerFile(out, agent.versions(seed)) as file:
        with progress() as tick:
            for number, record in answer_others(agent, lines, file.kept, jobs=jobs, seed=seed):
                numbers.add(number)
                if record is not None:
                    file.add(record)
                    asked, failed = asked + 1, failed + ("error" in record)
                tick("questions", len(numbers), total)
        file.finish(numbers)
    errors().print(
        f"{asked} asked, {len(numbers) - asked} answered before: {out}", markup=False, soft_wrap=True
    )
    _tell_failed(failed, len(numbers))


def _tell_failed(failed: int, done: int) -> None:
    from magpie.errors import InputError

    if failed:
        raise InputError(f"{failed} of {done} questions could not be answered; see the records with an error")
