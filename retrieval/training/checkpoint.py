"""A run's state on disk: enough to go on as if it had never stopped."""

import io
import json
import math
from typing import TYPE_CHECKING

from magpie.files import write_atomic

if TYPE_CHECKING:
    from retrieval.training.trainer import Trainer

NAME, LOG = "checkpoint.pt", "metrics.jsonl"


def save(trainer: "Trainer") -> None:
    """Write the state in one move: a reader, or a crash, sees the old file or the new one."""
    import torch

    buffer = io.BytesIO()
    state = {
        "step": trainer.step,
        "validated": trainer.validated,
        "seconds": trainer.seconds,
        "best": trainer.best,
        "model": trainer.model.state_dict(),
        "average": trainer.average.state_dict(),
        "head": trainer.head.state_dict(),
        "optimizer": trainer.optimizer.state_dict(),
    }
    torch.save(state, buffer)
    write_atomic(trainer.run / NAME, buffer.getvalue())


def restore(trainer: "Trainer") -> None:
    """Load the state of the trainer's folder, if there is one."""
    import torch

    path = trainer.run / NAME
    if not path.is_file():
        return
    state = torch.load(path, map_location="cpu", weights_only=True)
    trainer.model.load_state_dict(state["model"])
    trainer.average.load_state_dict(state["average"])
    trainer.head.load_state_dict(state["head"])
    trainer.optimizer.load_state_dict(state["optimizer"])
    for name in ("step", "validated", "seconds", "best"):
        setattr(trainer, name, state[name])
    _forget_log_after(trainer)


def _forget_log_after(trainer: "Trainer") -> None:
    """Drop the log of steps that are about to be taken again."""
    path = trainer.run / LOG
    if path.is_file():
        lines = path.read_text("utf-8").splitlines(keepends=True)
        write_atomic(path, "".join(line for line in lines if _step_of(line) <= trainer.step).encode())


def _step_of(line: str) -> float:
    try:
        return float(json.loads(line)["step"])
    except ValueError:  # the line that was being written
        return math.inf
