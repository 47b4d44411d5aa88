"""A run's state on disk: enough to go on as if it had never stopped."""

import io
import time
from pathlib import Path
from typing import TYPE_CHECKING

from magpie.files import write_atomic
from retrieval.training import run_folder

if TYPE_CHECKING:
    from retrieval.training.trainer import Trainer

NAME = "checkpoint.pt"
_PLAIN = ("step", "validated", "seconds", "stale", "best", "before")
_STATEFUL = ("model", "average", "head", "optimizer", "scaler")
_LEAST = 20  # times what a checkpoint takes lies between two: at most a twentieth of the time is lost to them


class Rhythm:
    """Saves a trainer every so often."""

    def __init__(self, trainer: "Trainer") -> None:
        self._trainer, self._saved = trainer, trainer.seconds
        self._pause = trainer.recipe.checkpoint_seconds

    def maybe_save(self) -> None:
        """Save if it is time."""
        if self._trainer.seconds - self._saved >= self._pause:
            self.save()

    def save(self) -> None:
        """Save now."""
        began = time.monotonic()
        save(self._trainer)
        if self._pause:
            self._pause = max(self._pause, _LEAST * (time.monotonic() - began))
        self._saved = self._trainer.seconds


def exists(run: Path) -> bool:
    """Whether a run has been saved there."""
    return (run / NAME).is_file()


def save(trainer: "Trainer") -> None:
    """Write the state in one move: a reader, or a crash, sees the old file or the new one."""
    import torch

    buffer = io.BytesIO()
    state = {name: getattr(trainer, name) for name in _PLAIN}
    state |= {name: getattr(trainer, name).state_dict() for name in _STATEFUL}
    torch.save(state, buffer)
    write_atomic(trainer.run / NAME, buffer.getvalue())


def restore(trainer: "Trainer") -> None:
    """Load the state of the trainer's folder, if there is one, and forget what was logged after it."""
    import torch

    if exists(trainer.run):
        state = torch.load(trainer.run / NAME, map_location="cpu", weights_only=True)
        for name in _STATEFUL:
            getattr(trainer, name).load_state_dict(state[name])
        for name in _PLAIN:
            setattr(trainer, name, state[name])
    run_folder.forget_after(trainer.run, trainer.step if exists(trainer.run) else -1)
