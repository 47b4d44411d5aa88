"""One turn under way: what was asked, its clock, and what was done so far. Knows no graph."""

import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from agent.answer import Step, ToolCall
from agent.wording import SEED

TURN_SECONDS = 60.0


@dataclass(frozen=True)
class Turn:
    """Setting ``stopping`` ends the turn at the next chance. ``seed`` is the wording's."""

    question: str
    conversation: str
    image: Path | None = None
    collections: tuple[str, ...] = ()
    seed: int = SEED
    started: float = field(default_factory=time.monotonic)
    stopping: threading.Event = field(default_factory=threading.Event)
    steps: list[Step] = field(default_factory=list)
    calls: list[ToolCall] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.started

    @property
    def limit(self) -> float:
        """How many seconds it may take."""
        return TURN_SECONDS

    @property
    def is_over(self) -> bool:
        return self.stopping.is_set() or self.seconds > self.limit
