"""Many questions, one JSON object a line in, one a line out. Knows no file and no terminal."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from agent.assemble import Agent
from magpie import text
from magpie.domain import Model
from magpie.errors import InputError, MagpieError

MAX_NESTING = 64


class Question(Model):
    """One line. Lines that share a ``conversation`` follow each other in it; the others stand alone."""

    question: str = ""
    id: str | int | None = None
    image: Path | None = None
    conversation: str | None = Field(default=None, min_length=1)
    collections: tuple[str, ...] = ()


def answer_lines(agent: Agent, lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    """A record for each line with text: ``line``, ``id`` if it has one, and ``answer`` or ``error``."""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        record: dict[str, Any] = {"line": number}
        try:
            asked = _read(line)
            if asked.id is not None:
                record["id"] = asked.id
            alone = asked.conversation is None
            conversation = asked.conversation or f"line {number}"
            answer = agent.ask(
                asked.question, image=asked.image, conversation=conversation, collections=asked.collections
            )
            if alone:
                agent.forget(conversation)
            record["answer"] = answer.model_dump(mode="json")
        except MagpieError as error:
            record["error"] = str(error)
        yield record


def _read(line: str) -> Question:
    if text.nests_deeper(line, MAX_NESTING):
        raise InputError('JSON nested too deeply; write {"question": "…"}')
    try:
        written = json.loads(line)
        return Question.model_validate({"question": written} if isinstance(written, str) else written)
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join(map(str, problem["loc"])) or "line"
        raise InputError(f"{where}: {problem['msg']}") from error
    except ValueError as error:
        raise InputError(f'not JSON ({error}); write {{"question": "…"}}') from error
