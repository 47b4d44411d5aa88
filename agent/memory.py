"""The graph's checkpointer: LangGraph's own for SQLite, which keeps a checkpoint only with its whole turn.

A turn reads the conversation's last checkpoint when it begins. What the graph would save on its way stays in
memory; `TurnSaver.finish` writes the last checkpoint and the answer in one transaction and drops the older
checkpoints. So a turn that was stopped or killed half-way is not in the file at all. One saver a turn.
"""

import json
import shlex
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import ChannelVersions, Checkpoint, CheckpointMetadata, CheckpointTuple
from langgraph.checkpoint.sqlite import SqliteSaver
from pydantic import BaseModel

from agent.answer import Answer
from agent.conversations import Conversations
from agent.state import State
from magpie.errors import SourceError


class PlainJson:
    """A serializer of plain JSON, which cannot call anything when it is read."""

    def dumps_typed(self, obj: Any) -> tuple[str, bytes]:  # noqa: ANN401 (anything JSON can hold)
        """Raises `TypeError` for what is no plain JSON: a bug in the graph's state."""
        return "json", json.dumps(obj, ensure_ascii=False, allow_nan=False).encode("utf-8", "surrogatepass")

    def loads_typed(self, data: tuple[str, bytes]) -> Any:  # noqa: ANN401 (anything JSON can hold)
        """Raises `ValueError` for any other kind, which Magpie never writes."""
        kind, written = data
        if kind != "json":
            raise ValueError(f"it is {kind!r}, not plain JSON")
        return json.loads(written.decode("utf-8", "surrogatepass"))


class _Shape(BaseModel):
    """What LangGraph relies on in a stored checkpoint."""

    v: int
    ts: str
    id: str
    channel_values: dict[str, Any]
    channel_versions: dict[str, str]
    versions_seen: dict[str, dict[str, str]]


class TurnSaver(SqliteSaver):
    """The checkpointer of one turn in one conversation."""

    def __init__(self, state: State, conversation: str) -> None:
        with state.reading() as db:
            super().__init__(db, serde=PlainJson())
        self.is_setup = True  # the tables are `State`'s
        self._state, self._conversations = state, Conversations(state)
        self._begun_in = self._conversations.mark(conversation)
        self._last: tuple[RunnableConfig, Checkpoint, CheckpointMetadata, ChannelVersions] | None = None

    @contextmanager
    def cursor(self, transaction: bool = True) -> Iterator[sqlite3.Cursor]:
        """The same as the library's, under the lock and in the transaction that all of `State` shares."""
        connected = self._state.transaction() if transaction else self._state.reading()
        with connected as db, closing(db.cursor()) as cursor:
            yield cursor

    def get_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """The conversation's last checkpoint. Raises `SourceError` if it is none that Magpie wrote."""
        try:
            found = super().get_tuple(config)
            if found is not None:
                _Shape.model_validate(found.checkpoint)
        except ValueError as error:  # pydantic's errors are of this kind, and those of JSON
            name = config["configurable"]["thread_id"]
            raise SourceError(
                f"what is remembered of the conversation {name!r} is damaged:"
                f" delete it with `magpie conversations --delete {shlex.quote(name)}`, or begin another"
            ) from error
        return found

    def frame(self, conversation: str) -> dict[str, Any] | None:
        """The frame that the conversation's last turn left, as JSON; None before the first."""
        found = self.get_tuple({"configurable": {"thread_id": conversation, "checkpoint_ns": ""}})
        return found.checkpoint["channel_values"].get("frame") if found else None

    def put(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Hold the checkpoint until `finish`."""
        self._last = config, checkpoint, metadata, new_versions
        place = config["configurable"]
        kept = {name: place[name] for name in ("thread_id", "checkpoint_ns")}
        return {"configurable": {**kept, "checkpoint_id": checkpoint["id"]}}

    def put_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        """Nothing: what one node of an unfinished turn wrote is never gone on with."""

    def finish(self, answer: Answer, *, picture: bool) -> Answer:
        """Remember the turn; the answer comes back, with a notice if it could not be."""
        if self._last is None:
            raise RuntimeError("a turn ended without a checkpoint")
        config, checkpoint, *_ = self._last
        thread = config["configurable"]["thread_id"]
        try:
            with self._state.transaction() as db:
                if not self._conversations.append(answer, picture=picture, since=self._begun_in):
                    return _not_remembered(answer, "the conversation was deleted meanwhile")
                super().put(*self._last)
                db.execute(
                    "DELETE FROM checkpoints WHERE thread_id = ? AND checkpoint_id <> ?",
                    (thread, checkpoint["id"]),
                )
        except SourceError as error:
            return _not_remembered(answer, str(error))
        return answer


def _not_remembered(answer: Answer, why: str) -> Answer:
    return answer.model_copy(update={"notices": (*answer.notices, f"this turn is not remembered: {why}")})
