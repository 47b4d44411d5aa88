"""Many questions, one JSON object a line in, one a line out. Knows no file and no terminal."""

import hashlib
import json
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any, NamedTuple

from pydantic import Field, ValidationError

from agent.answer import Answer, AnswerReady
from agent.remember import Memory
from agent.speaker import Speaker
from agent.wording import SEED
from magpie import text
from magpie.domain import Model
from magpie.errors import InputError, MagpieError
from magpie.files import sha256_file

MAX_NESTING = 64
_AHEAD = 4  # lines a job that are read before the first of them is answered
Record = dict[str, Any]


class Question(Model):
    """One line. Lines that share a ``conversation`` follow each other in it; the others stand alone."""

    question: str = ""
    id: str | int | None = None
    image: Path | None = None
    conversation: str | None = Field(default=None, min_length=1)
    collections: tuple[str, ...] = ()


class Kept(NamedTuple):
    """What an earlier run answered: the line's digest, and what its conversation then remembered."""

    digest: str
    memory: Memory | None


class _Line(NamedTuple):
    """A numbered line: what it asks, or why it asks nothing."""

    number: int
    digest: str
    asked: Question | None
    problem: str = ""

    @property
    def conversation(self) -> str | None:
        return self.asked.conversation if self.asked else None


def answer_lines(
    agent: Speaker, lines: Iterable[str], *, jobs: int = 1, seed: int = SEED
) -> Iterator[Record]:
    """A record for each line with text: ``line``, ``id`` if it has one, and ``answer`` or ``error``.

    ``jobs`` lines are answered at a time; records come in the order of the lines all the same. An answer does
    not depend on ``jobs``: what is said in a line is remembered in its conversation alone. ``digest`` and
    ``memory`` are what `answer_others` goes on from.
    """
    for _, record in answer_others(agent, lines, {}, jobs=jobs, seed=seed):
        if record is not None:
            yield record


def answer_others(
    agent: Speaker, lines: Iterable[str], kept: Mapping[int, Kept], *, jobs: int = 1, seed: int = SEED
) -> Iterator[tuple[int, Record | None]]:
    """Each line with text by its number, from 1, with its record: None if what is ``kept`` answers it.

    That is so if the digest is the same: of the line, its picture, and all lines of its conversation before.
    """
    waiting: deque[tuple[_Line, Future[Record] | None]] = deque()
    ahead = 1 if jobs == 1 else _AHEAD * jobs

    with _Answering(agent, jobs, seed) as answering:
        for line in _numbered(lines):
            old = kept.get(line.number)
            same = old is not None and old.digest == line.digest
            if same and old:
                answering.recall(line, old.memory)
            waiting.append((line, None if same else answering.submit(line)))
            if len(waiting) >= ahead:
                yield answering.take(*waiting.popleft())
        while waiting:
            yield answering.take(*waiting.popleft())


class _Answering:
    """The threads that answer, and what each conversation remembers. Lines of one follow each other."""

    def __init__(self, agent: Speaker, jobs: int, seed: int) -> None:
        self._agent, self._seed = agent, seed
        self._threads = ThreadPoolExecutor(jobs, "batch")
        self._stopping = Event()
        self._memories: dict[str, Memory] = {}
        self._last: dict[str, Future[Record]] = {}

    def __enter__(self) -> "_Answering":
        return self

    def __exit__(self, *_: object) -> None:
        """Turns under way are given up at their next step."""
        self._stopping.set()
        self._threads.shutdown(cancel_futures=True)

    def recall(self, line: _Line, memory: Memory | None) -> None:
        """Let the conversation of a line that is not asked go on from what it left."""
        name = line.conversation
        if name is None or memory is None:
            return
        before, remembered = self._last.get(name), partial(self._memories.__setitem__, name, memory)
        if before is None:
            remembered()
        else:
            before.add_done_callback(lambda _: remembered())

    def submit(self, line: _Line) -> Future[Record]:
        """The record to be, once all earlier lines of its conversation have theirs."""
        before, done = self._last.get(line.conversation or ""), Future[Record]()
        if line.conversation:
            self._last[line.conversation] = done
        if before is None:
            self._start(line, done)
        else:
            before.add_done_callback(lambda _: self._start(line, done))
        return done

    def take(self, line: _Line, done: Future[Record] | None) -> tuple[int, Record | None]:
        """The number of a line and its record, which is waited for."""
        record = done.result() if done else None
        if done is not None and self._last.get(line.conversation or "") is done:
            del self._last[line.conversation or ""]  # a record is not held longer than it is needed
        return line.number, record

    def _start(self, line: _Line, done: Future[Record]) -> None:
        with suppress(RuntimeError):  # shut down: nobody waits any more
            self._threads.submit(self._run, line, done)

    def _run(self, line: _Line, done: Future[Record]) -> None:
        try:
            record = self._record(line)
        except BaseException as error:  # noqa: BLE001 (raised again where the record is taken)
            done.set_exception(error)
        else:
            done.set_result(record)

    def _record(self, line: _Line) -> Record:
        record: Record = {"line": line.number, "digest": line.digest}
        if line.asked is None:
            return {**record, "error": line.problem}
        if line.asked.id is not None:
            record["id"] = line.asked.id
        try:
            answer, memory = self._answer(line, line.asked)
        except (MagpieError, OSError) as error:
            return {**record, "error": str(error)}
        if line.conversation:
            self._memories[line.conversation] = memory
            record["memory"] = memory.model_dump(mode="json")
        return {**record, "answer": answer.model_dump(mode="json")}

    def _answer(self, line: _Line, asked: Question) -> tuple[Answer, Memory]:
        name = asked.conversation or f"line {line.number}"
        with self._agent.apart(self._memories.get(asked.conversation or "")) as speaker:
            events = speaker.stream(
                asked.question,
                image=asked.image,
                conversation=name,
                collections=asked.collections,
                seed=self._seed,
            )
            for event in events:
                if isinstance(event, AnswerReady):
                    return event.answer, speaker.memory(name)
                if self._stopping.is_set():
                    events.close()
                    raise InputError("stopped")
        raise RuntimeError("a turn ended without an answer")


def _numbered(lines: Iterable[str]) -> Iterator[_Line]:
    """Each line that has text, with the digest of it and of those of its conversation before."""
    said: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            asked = _read(line)
        except InputError as error:
            yield _Line(number, _digest(line.strip()), None, str(error))
            continue
        before = said.get(asked.conversation or "", "")
        digest = _digest(before, asked.model_dump_json(), _picture(asked.image))
        if asked.conversation:
            said[asked.conversation] = digest
        yield _Line(number, digest, asked)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _picture(path: Path | None) -> str:
    with suppress(OSError):  # the answer will say what is wrong with it
        return sha256_file(path) if path and path.is_file() else ""
    return ""


def _read(line: str) -> Question:
    if text.nests_deeper(line, MAX_NESTING):
        raise InputError('JSON nested too deeply; write {"question": "…"}')
    try:
        written = json.loads(line)
        json.dumps(written, ensure_ascii=False).encode()  # halves of characters can be in no answer
        return Question.model_validate({"question": written} if isinstance(written, str) else written)
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join(map(str, problem["loc"])) or "line"
        raise InputError(f"{where}: {problem['msg']}") from error
    except ValueError as error:
        raise InputError(f'not JSON ({error}); write {{"question": "…"}}') from error
