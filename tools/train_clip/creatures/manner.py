"""How a collection draws what all of them name alike: size and shape of lenses, eyes and hats, and light."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np


class Manner(NamedTuple):
    """Factors of the usual size (1), shares, and what is done at all."""

    lens: float = 1.0
    lens_height: float = 1.0
    rim: float = 0.33  # of a lens's radius
    round_lens: bool | None = None  # None: as the kind of glasses has it
    arms: bool = False  # of the glasses, to the ears
    glint: bool = False
    eye_height: float = 1.0
    iris: float = 0.6
    mouth: float = 1.0
    hat: float = 1.0
    hat_lift: float = 0.0
    light: float = 0.0  # how much darker the figure is at its foot than at its top
    grain: float = 0.0  # of noise on the figure, in levels of 255
    sprites: Mapping[str, int] = {}  # a kind of thing: which of its pictures is drawn instead of ours


def draw_manner(rng: np.random.Generator, pictured: Mapping[str, int]) -> Manner:
    """One collection's manner. ``pictured`` says how many pictures there are of each kind."""
    chosen = {
        kind: int(rng.integers(count)) for kind, count in sorted(pictured.items()) if rng.random() < 0.5
    }
    return Manner(
        lens=rng.uniform(0.75, 1.45),
        lens_height=rng.uniform(0.65, 1.25),
        rim=rng.uniform(0.15, 0.5),
        round_lens=bool(rng.random() < 0.5) if rng.random() < 0.5 else None,
        arms=bool(rng.random() < 0.5),
        glint=bool(rng.random() < 0.4),
        eye_height=rng.uniform(0.6, 1.5),
        iris=rng.uniform(0.4, 0.8),
        mouth=rng.uniform(0.7, 1.4),
        hat=rng.uniform(0.85, 1.25),
        hat_lift=rng.uniform(-0.03, 0.05),
        light=float(rng.choice([0, 0, 0.15, 0.3])),
        grain=float(rng.choice([0, 0, 0, 5, 10])),
        sprites=chosen if rng.random() < 0.6 else {},
    )
