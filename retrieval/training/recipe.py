"""Everything that decides what a training run computes, in one frozen value stored beside its weights."""

import math
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from magpie.errors import InputError

Masking = Literal["pixels", "captions", "none"]
Precision = Literal["auto", "bfloat16", "float16", "float32"]


def _small_clip() -> dict[str, Any]:
    # Half of the weights are the tokenizer's 49,408 words; the rest must train in under an hour on one core.
    return {
        "embed_dim": 256,
        "vision_cfg": {"image_size": 64, "layers": [1, 2, 1, 1], "width": 32},
        "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 128, "heads": 4, "layers": 3},
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

    With ``steps``, on one device and one thread, a run is repeatable, whether it was interrupted or not; with
    ``minutes`` the schedule follows the clock.

    ``start``: "" for weights by chance, of the shape ``model_cfg``; else the weights to go on from: a
    catalogue name ("magpie-clip"), a folder that was exported, or "ARCHITECTURE:TAG_OR_FILE" of open_clip.
    Shape, tokenizer and look of the pictures are then the start's (`retrieval.training.starts.resolve`).
    ``peak_rate``: None for the one that suits the start.
    ``image_groups``, ``text_groups``: train only the last so many of open_clip's layer groups; None for all.

    ``masking``: what dropping a trait means: "pixels" covers its layer in the picture too, "captions" only
    leaves it unsaid, "none" drops nothing (plain fine-tuning). ``dropped_captions``: share of samples that
    lose traits, each with chance a half. ``covered``: share of those whose pictures lose them too.
    ``components``: share of a batch that is one layer alone, with its own words.

    ``one_collection``: share of a batch that is of one collection; the others come from all of them, or from
    ``spread`` others, which keeps negatives hard where collections are many.

    ``rehearsed``: collections that the start knows already; ``rehearsal`` is their share of all rows.

    ``pictures_first``: share of the run in which the picture tower learns alone, by its choices, from
    ``pictures_batch`` a step; then it is locked, and the text tower learns alone among ``bank`` pictures a
    step, at ``words_rate`` times the rate (`training.lessons`).

    ``captioned``: share of a batch that has captions; the others' facts are taught, and they are negatives.
    ``questions``: how many questions of one to three traits are asked of each batch besides its captions.
    ``choices_weight``: of the second lesson, to read each trait off each vector (`training.choices`), the
    ``answers_taught`` commonest; its own weights learn at ``head_rate`` times the rate.

    ``disturbed``: share of pictures that are cropped, framed or recoloured. ``echoes``: share of the pictures
    of the first lesson that repeat others, cropped and put back: their vectors must be the same.

    ``patience``: stop after so many validations without a better one; 0 for never.
    """

    seed: int = 0
    minutes: float = 40.0
    steps: int | None = None
    start: str = ""
    batch: int = 128
    peak_rate: float | None = None
    weight_decay: float = 0.05
    warmup: float = 0.05
    clip_norm: float = 1.0
    ema: float = 0.99
    max_logit_scale: float = 50.0
    image_groups: int | None = None
    text_groups: int | None = None
    masking: Masking = "pixels"
    dropped_captions: float = 0.45
    covered: float = 0.5
    components: float = 0.0625
    one_collection: float = 0.5
    spread: int | None = None
    rehearsed: tuple[str, ...] = ()
    rehearsal: float = 0.3
    pictures_first: float = 0.0
    pictures_batch: int = 64
    bank: int = 8192
    words_rate: float = 3.0
    captioned: float = 1.0
    questions: int = 0
    choices_weight: float = 0.3
    answers_taught: int = 8192
    head_rate: float = 10.0
    precision: Precision = "auto"
    compile: bool = False
    disturbed: float = 0.75
    echoes: float = 0.0
    patience: int = 0
    validate_seconds: float = 240.0
    validate_steps: int | None = None
    checkpoint_seconds: float = 60.0
    model_cfg: dict[str, Any] = field(default_factory=_small_clip)
    preprocess_cfg: dict[str, Any] = field(default_factory=_preprocess)
    start_digest: str = ""

    def __post_init__(self) -> None:
        """Raises `InputError` for numbers with which no run could be made, or none would end."""
        shares = (
            *("dropped_captions", "covered", "components", "one_collection", "rehearsal", "warmup"),
            *("captioned", "disturbed", "echoes", "pictures_first"),
        )
        limits = dict.fromkeys(shares, (0.0, 1.0)) | {
            "minutes": (0.0, math.inf),
            "steps": (1, math.inf),
            "batch": (1, math.inf),
            "peak_rate": (0.0, math.inf),
            "patience": (0, math.inf),
        }
        for name, (least, most) in limits.items():
            value = getattr(self, name)
            if value is not None and not (least <= value <= most and math.isfinite(value)):
                raise InputError(f"{name} must be from {least:g} to {most:g}, not {value:g}")

    @property
    def size(self) -> int:
        """Side of the square training picture, in pixels."""
        return int(self.preprocess_cfg["size"])

    @property
    def validation_steps(self) -> int | None:
        """Steps between validations of a run by steps: a tenth of it unless given; None if by minutes."""
        if self.steps is None:
            return None
        return self.validate_steps or max(1, self.steps // 10)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)
