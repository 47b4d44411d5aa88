"""Conversations that can be listed, shown again, resumed, renamed and deleted. Knows no graph and no page."""

import json
import secrets
import sqlite3
from datetime import datetime

from pydantic import Field, ValidationError

from agent.answer import Answer
from agent.state import State, now
from magpie import text
from magpie.domain import Model
from magpie.errors import InputError, unknown_name

NAME_LIMIT = 80
TITLE_LIMIT = 80
PICTURE_TITLE = "A picture"
_ROWS = (
    "SELECT name, title, started, used,"
    " (SELECT COUNT(*) FROM turns WHERE conversation = conversations.id) FROM conversations"
)


class Conversation(Model):
    """One conversation. ``name`` is its identity and never changes; ``title`` is for people."""

    name: str
    title: str
    started: datetime
    used: datetime
    turns: int = Field(ge=1)


class StoredTurn(Model):
    """One complete turn. ``answer`` is None where another version of Magpie wrote one that is not read here.

    ``picture`` says whether the question came with one; pictures themselves are not kept.
    """

    number: int = Field(ge=1)
    at: datetime
    question: str
    picture: bool
    text: str
    answer: Answer | None


class Conversations:
    """The conversations of one `State`. Threads may share it."""

    def __init__(self, state: State) -> None:
        self._state = state

    def all(self) -> tuple[Conversation, ...]:
        """Every conversation, the last used first."""
        with self._state.reading() as db:
            rows = db.execute(f"{_ROWS} ORDER BY used DESC, id DESC").fetchall()
        return tuple(map(_conversation, rows))

    def find(self, name: str) -> Conversation | None:
        """The conversation, or None if there is none of that name."""
        with self._state.reading() as db:
            row = db.execute(f"{_ROWS} WHERE name = ?", (name,)).fetchone()
        return _conversation(row) if row else None

    def turns(self, name: str) -> tuple[StoredTurn, ...]:
        """Its complete turns, the first one first. Raises `InputError` for an unknown name."""
        with self._state.reading() as db:
            home = self._known(db, name)
            rows = db.execute(
                "SELECT number, at, picture, answer FROM turns WHERE conversation = ? ORDER BY number",
                (home,),
            ).fetchall()
        return tuple(_turn(*row) for row in rows)

    def rename(self, name: str, title: str) -> None:
        """Another title. Raises `InputError` for an unknown name or an empty title."""
        cleaned = text.clean(title, TITLE_LIMIT)
        if not cleaned:
            raise InputError("the new title is empty; give at least one character")
        with self._state.transaction() as db:
            db.execute("UPDATE conversations SET title = ? WHERE id = ?", (cleaned, self._known(db, name)))

    def delete(self, name: str) -> None:
        """Leave nothing of the conversation in the file. Raises `InputError` for an unknown name."""
        with self._state.deletion() as db:
            db.execute("DELETE FROM conversations WHERE id = ?", (self._known(db, name),))
            for table in ("checkpoints", "writes"):
                db.execute(f"DELETE FROM {table} WHERE thread_id = ?", (name,))

    def mark(self, name: str) -> int | None:
        """What `append` compares, to tell whether the conversation was deleted since."""
        with self._state.reading() as db:
            row = db.execute("SELECT id FROM conversations WHERE name = ?", (name,)).fetchone()
        return int(row[0]) if row else None

    def append(self, answer: Answer, *, picture: bool, since: int | None) -> bool:
        """Add a complete turn, making its conversation; call it within a transaction.

        False, and nothing is added, if the conversation that had the mark ``since`` is gone.
        """
        with self._state.transaction() as db:
            at, home = now(), self.mark(answer.conversation)
            if since is not None and home != since:
                return False
            if home is None:
                title = text.clean(answer.question, TITLE_LIMIT) or PICTURE_TITLE
                home = db.execute(
                    "INSERT INTO conversations (name, title, started, used) VALUES (?, ?, ?, ?)",
                    (answer.conversation, title, at, at),
                ).lastrowid
            db.execute("UPDATE conversations SET used = ? WHERE id = ?", (at, home))
            db.execute(
                "INSERT INTO turns (conversation, number, at, picture, answer)"
                " SELECT ?, COALESCE(MAX(number), 0) + 1, ?, ?, ? FROM turns WHERE conversation = ?",
                (home, at, picture, answer.model_dump_json(), home),
            )
            return True

    def _known(self, db: sqlite3.Connection, name: str) -> int:
        row = db.execute("SELECT id FROM conversations WHERE name = ?", (name,)).fetchone()
        if row is None:
            known = [one.name for one in self.all()]
            if not known:
                raise InputError(f"unknown conversation {name!r}; none is kept yet: `magpie chat` begins one")
            raise unknown_name("conversation", name, known)
        return int(row[0])


def new_name() -> str:
    """A name for a conversation that nobody named."""
    return secrets.token_hex(6)


def usable_name(written: str) -> str:
    """The name that a person wrote, fit for a line of a terminal. Raises `InputError` if nothing is left."""
    name = text.clean(written, NAME_LIMIT)
    if not name:
        raise InputError("the conversation's name is empty; give at least one character")
    return name


def _conversation(row: tuple[str, str, str, str, int]) -> Conversation:
    name, title, started, used, turns = row
    return Conversation(name=name, title=title, started=started, used=used, turns=turns)


def _turn(number: int, at: str, picture: int, written: str) -> StoredTurn:
    try:
        answer = Answer.model_validate_json(written)
        question, said = answer.question, answer.text
    except ValidationError:
        answer, plain = None, json.loads(written)
        question, said = str(plain.get("question", "")), str(plain.get("text", ""))
    return StoredTurn(
        number=number,
        at=datetime.fromisoformat(at),
        question=question,
        picture=bool(picture),
        text=said,
        answer=answer,
    )
