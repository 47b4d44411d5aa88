"""Everything that decides what a training run computes, in one frozen value stored beside its weights."""

from dataclasses import asdict, dataclass, field
from typing import Any


def _small_clip() -> dict[str, Any]:
    # Half of the weights are the tokenizer's 49,408 words; the rest must train in under an hour on one core.
    return {
        "embed_dim": 256,
        "vision_cfg": {"image_size": 64, "layers": [1, 2, 1, 1], "width": 32},
        "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 128, "heads": 4, "layers": 2},
        "custom_text": True,
    }


def _preprocess() -> dict[str, Any]:
    # Box: area average when shrinking, exact pixels when enlarging. The background is CryptoPunks' own.
    return {
        "size": 64,
        "mean": [0.5, 0.5, 0.5],
        "std": [0.25, 0.25, 0.25],
        "interpolation": "box",
        "resize_mode": "pad",
        "background": [99, 133, 150],
    }


@dataclass(frozen=True)
class Recipe:
    """A run's recipe. The length is ``steps`` if given, else ``minutes`` of training time.

    With ``steps`` and one thread a run is repeatable, whether it was interrupted or not; with ``minutes``
    the schedule follows the clock.
    """

    seed: int = 0
    minutes: float = 40.0
    steps: int | None = None
    batch: int = 128
    peak_rate: float = 1.2e-3
    weight_decay: float = 0.05
    warmup: float = 0.05
    clip_norm: float = 1.0
    ema: float = 0.99
    max_logit_scale: float = 50.0
    dropped_captions: float = 0.45
    one_collection: float = 0.5
    facts_weight: float = 0.1
    bfloat16: bool = True
    augment: bool = True
    validate_seconds: float = 240.0
    checkpoint_seconds: float = 60.0
    model_cfg: dict[str, Any] = field(default_factory=_small_clip)
    preprocess_cfg: dict[str, Any] = field(default_factory=_preprocess)

    @property
    def size(self) -> int:
        """Side of the square training picture, in pixels."""
        return int(self.preprocess_cfg["size"])

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)
