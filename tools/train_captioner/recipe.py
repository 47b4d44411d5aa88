"""Everything that decides what a training run computes, in one frozen value stored beside its adapter."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Recipe:
    """A run's recipe. With one thread and the same libraries it is repeatable."""

    seed: int = 0
    steps: int = 220
    batch: int = 32
    rank: int = 16
    alpha: int = 32
    peak_rate: float = 1.5e-3
    warmup: float = 0.05
    weight_decay: float = 0.0
    clip_norm: float = 1.0
    sampled_share: float = 0.25  # of the examples, from the sample's collections; the others are made up

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)
