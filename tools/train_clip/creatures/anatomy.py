"""Where a creature's parts are: the geometry that a collection's drawings share."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from tools.train_clip.creatures.canvas import Canvas, Point, Rgb
from tools.train_clip.creatures.manner import Manner

# subject: (ears, mouth), which `heads` and `mouths` draw
SUBJECTS = {
    "bear": ("round", "snout"), "panda": ("round", "snout"), "bird": ("feathered", "beak"),
    "owl": ("tufts", "beak"), "penguin": ("none", "beak"), "duck": ("none", "beak"),
    "parrot": ("feathered", "beak"), "chicken": ("comb", "beak"), "wolf": ("pointed", "snout"),
    "fox": ("pointed", "snout"), "cat": ("pointed", "cat"), "dog": ("floppy", "snout"),
    "rabbit": ("long", "cat"), "mouse": ("round", "snout"), "ape": ("side", "muzzle"),
    "monkey": ("side", "muzzle"), "gorilla": ("side", "muzzle"), "toad": ("eyes", "wide"),
    "frog": ("eyes", "wide"), "lizard": ("none", "wide"), "dragon": ("horns", "snout"),
    "cow": ("horns", "muzzle"), "bull": ("horns", "muzzle"), "pig": ("floppy", "muzzle"),
    "tiger": ("round", "snout"), "lion": ("mane", "snout"), "koala": ("round", "muzzle"),
    "man": ("side", "human"), "woman": ("side", "human"), "person": ("side", "human"),
    "punk": ("side", "human"), "alien": ("none", "human"), "robot": ("antenna", "slot"),
    "zombie": ("side", "human"), "skull": ("none", "teeth"), "skeleton": ("none", "teeth"),
    "ghost": ("none", "human"), "monster": ("horns", "teeth"), "devil": ("horns", "human"),
    "shark": ("fin", "teeth"), "fish": ("fin", "wide"), "octopus": ("none", "wide"),
    "dinosaur": ("spikes", "teeth"), "astronaut": ("none", "human"), "doll": ("side", "human"),
    "wizard": ("side", "human"), "sheep": ("floppy", "cat"), "goat": ("horns", "muzzle"),
    "elephant": ("side", "snout"), "unicorn": ("horn", "muzzle"), "hedgehog": ("spikes", "snout"),
}  # fmt: skip


@dataclass(frozen=True)
class Anatomy:
    """A collection's geometry, in shares of the picture's side. ``look`` shifts the face to a side."""

    head: Point
    radii: Point
    square: bool
    shoulders: float  # half of the body's width
    neck: float  # where the body begins
    ears: str
    mouth: str
    look: float
    eye: float  # radius
    gap: float  # half of the distance between the eyes
    belly: bool
    face: float  # size of a paler face, 0 for none
    shadow: tuple[int, float, float]  # side, share, depth
    manner: Manner = Manner()  # noqa: RUF009 (immutable)

    @property
    def eyes(self) -> tuple[Point, Point]:
        """The middles of the left and of the right eye."""
        x, y = self.head[0] + self.look, self.head[1] - 0.04
        return (x - self.gap, y), (x + self.gap, y)

    @property
    def top(self) -> float:
        """The y of the skull's highest point."""
        return self.head[1] - self.radii[1]

    @property
    def lips(self) -> Point:
        return self.head[0] + self.look, self.head[1] + self.radii[1] * 0.5

    @property
    def hatted(self) -> "Anatomy":
        """The same with a head of the size that its hats are made for."""
        (rx, ry), (x, y), by = self.radii, self.head, self.manner.hat
        return replace(self, radii=(rx * by, ry * by), head=(x, y - self.manner.hat_lift))

    @property
    def side(self) -> int:
        """Where it looks: -1 to the left, 1 to the right or straight on."""
        return 1 if self.look >= 0 else -1


Drawing = Callable[[Canvas, Anatomy, Rgb], None]


def draw_anatomy(subject: str, rng: np.random.Generator) -> Anatomy:
    """One collection's geometry. KeyError for a subject that is not in `SUBJECTS`."""
    ears, mouth = SUBJECTS[subject]
    rx, ry = rng.uniform(0.16, 0.31), rng.uniform(0.17, 0.29)
    head = 0.5 + rng.normal(0, 0.03), rng.uniform(0.40, 0.56)
    blob = rng.random() < 0.4  # head and body in one, as penguins and owls are drawn
    return Anatomy(
        head=head,
        radii=(rx, ry),
        square=bool(rng.random() < (0.8 if subject == "robot" else 0.25)),
        shoulders=rx * (rng.uniform(0.98, 1.12) if blob else rng.uniform(0.7, 1.6)),
        neck=head[1] + ry * (rng.uniform(0.0, 0.4) if blob else rng.uniform(0.75, 1.0)),
        ears=ears,
        mouth=mouth,
        look=float(rng.choice([0, 0, -0.06, 0.06, 0.09])),
        eye=rng.uniform(0.025, 0.06),
        gap=rx * rng.uniform(0.35, 0.5),
        belly=bool(rng.random() < 0.3),
        face=float(rng.choice([0, 0, 0.6, 0.75])),
        shadow=(int(rng.choice([-1, 1])), rng.uniform(0.3, 0.5), float(rng.choice([0, 0, 0.12, 0.2, 0.3]))),
    )
