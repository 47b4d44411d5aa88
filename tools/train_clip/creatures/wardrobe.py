"""What an invented collection's traits are called, and the values that its tokens draw from."""

from collections.abc import Container, Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from tools.train_clip.creatures import hair
from tools.train_clip.creatures.canvas import Rgb
from tools.train_clip.creatures.names import COLOURED_EYES, EYES, HEADGEAR
from tools.train_clip.creatures.scenery import Tone

# part of a creature: what collections call its trait type, a name said twice being likelier
TYPES = {
    "background": ("Background",) * 4 + ("BG", "Backdrop", "Background Color"),
    "skin": ("Skin", "Body", "Body", "Type", "Base", "Body Color", "Skin Color"),
    "fur": ("Fur", "Skin", "Body", "Coat", "Fur Color", "Fur"),
    "feathers": ("Feathers", "Body", "Plumage", "Skin", "Feathers"),
    "clothes": (
        "Clothes", "Clothing", "Outerwear", "Outfit", "Shirt", "Body", "Torso", "Clothing", "Clothes",
    ),
    "eyes": ("Eyes", "Eyes", "Eyes", "Eye"),
    "eyewear": ("Eyewear", "Eyewear", "Glasses", "Face", "Facewear", "Eye Accessory", "Eyes Accessory"),
    "headgear": ("Headwear", "Head", "Hat", "Hats", "Headgear", "Headwear", "Top"),
    "hair": ("Hair", "Hair", "Hairstyle", "Head"),
    "mouth": ("Mouth", "Mouth", "Mouth", "Expression"),
    "beak": ("Beak", "Beak", "Bill"),
    "mark": ("Body", "Type", "Class", "Clan", "Rank", "Species", "Level", "Generation", "Size", "Mark"),
}  # fmt: skip
# Kinds of skin that have a look of their own: the colour, and the pattern that `heads.head` draws.
KINDS: Mapping[str, tuple[Rgb, str]] = {
    "Zombie": ((120, 160, 90), "zombie"), "Alien": ((140, 220, 170), "plain"),
    "Robot": ((165, 172, 185), "robot"), "Gold": ((235, 185, 40), "plain"),
    "Golden": ((235, 185, 40), "plain"), "Skeleton": ((235, 230, 215), "skeleton"),
    "Bone": ((227, 218, 195), "skeleton"), "Rainbow": ((250, 200, 60), "rainbow"),
    "Leopard": ((225, 170, 80), "leopard"), "Cheetah": ((230, 180, 90), "leopard"),
    "Tiger": ((240, 140, 40), "tiger"), "Zebra": ((240, 240, 240), "striped"),
    "Ice": ((190, 230, 250), "plain"), "Lava": ((200, 60, 20), "spotted"),
    "Ghost": ((240, 242, 250), "plain"), "Demon": ((190, 35, 35), "plain"),
    "Devil": ((190, 35, 35), "plain"), "Metal": ((150, 158, 170), "robot"),
    "Cyborg": ((175, 180, 190), "robot"), "Undead": ((130, 150, 110), "zombie"),
    "Panda": ((245, 245, 245), "plain"), "Polar": ((245, 248, 250), "plain"),
    "Albino": ((250, 240, 235), "plain"), "Snow": ((245, 250, 255), "plain"),
    "Silver": ((190, 195, 205), "plain"),
}  # fmt: skip
FLESH: Mapping[str, Rgb] = {
    "Pale": (250, 228, 210), "Lighter": (250, 225, 200), "Light": (245, 212, 182), "Fair": (245, 215, 185),
    "Medium": (205, 155, 112), "Mid": (200, 150, 108), "Tan": (215, 170, 125), "Olive": (190, 150, 105),
    "Brown": (150, 100, 68), "Dark": (110, 72, 50), "Darker": (80, 50, 38), "Ebony": (62, 40, 32),
}  # fmt: skip
# Words that say nothing that can be seen.
_IDLE = (
    "Brave", "Guardian", "Hunter", "Professor", "Sage", "Stark", "Tranquil", "Crescent", "Noble", "Prime",
    "Alpha", "Rookie", "Stealth", "Pack", "Roaming", "Common", "Rare", "Epic", "Legendary", "Genesis",
    "Normal", "Classic", "Nova", "Echo", "Drift", "Omega", "Oracle", "Titan", "Rogue", "Mystic", "Wanderer",
    "Fable", "Vector", "Zen", "Quest", "Lucky", "Supreme", "Basic", "Deluxe", "Standard", "Founder",
    "Captain", "Scout", "Ranger", "Orbit", "Pulse", "Static", "Wild",
)  # fmt: skip
_HAIR = frozenset(hair.ABOVE)
HATS = {name: kind for name, kind in HEADGEAR.items() if kind[0] not in _HAIR}
HAIR = {name: kind for name, kind in HEADGEAR.items() if kind[0] in _HAIR}


class Value(NamedTuple):
    """One value: its name, what is drawn, in which colour, and the name's two halves if it has them."""

    name: str
    drawing: str
    colour: Rgb | None = None
    halves: tuple[str, str] | None = None  # the colour's name and the thing's


class Layer(NamedTuple):
    """One trait type: the part that it draws, what it is called, how many tokens have it, and its values.

    ``split``: the colour is a trait of its own, as in Hair=Mohawk, Hair Color=Red.
    """

    part: str
    type: str
    share: float
    values: Sequence[Value]
    split: bool = False

    def draw(self, rng: np.random.Generator) -> Value:
        """A value; the first are the commonest, as in collections."""
        weights = 1 / np.arange(2, len(self.values) + 2) ** 0.6
        return self.values[int(rng.choice(len(self.values), p=weights / weights.sum()))]

    def said(self, value: Value) -> list[tuple[str, str]]:
        """The trait types and values that say it."""
        if self.split and value.halves:
            colour, thing = value.halves
            return [(self.type, thing), (f"{self.type} Color", colour)]
        return [(self.type, value.name)]


def called(part: str, rng: np.random.Generator) -> str:
    """A name for the trait type of ``part``."""
    return str(rng.choice(TYPES[part]))


def tinted(rng: np.random.Generator, count: int, tone: Tone) -> list[Value]:
    """At most ``count`` values that are nothing but a colour."""
    found: dict[str, Value] = {}
    for _ in range(3 * count):
        name, rgb = tone.draw(rng)
        if len(found) < count:
            found.setdefault(name, Value(name, "plain", rgb))
    return list(found.values())


def skins(rng: np.random.Generator, tone: Tone, *, human: bool) -> list[Value]:
    """Colours of fur or skin, and some kinds that have a look of their own."""
    plain = _flesh(rng) if human and rng.random() < 0.6 else tinted(rng, int(rng.integers(4, 12)), tone)
    special = _chosen(KINDS, rng, 0, 7)
    return plain + [Value(name, KINDS[name][1], KINDS[name][0]) for name in special]


def _flesh(rng: np.random.Generator) -> list[Value]:
    """Tones of human skin by their names, or numbered from light to dark."""
    names = _chosen(FLESH, rng, 3, 8)
    if rng.random() < 0.2:
        tones = sorted((FLESH[name] for name in names), reverse=True)
        return [Value(f"Skin Tone {n + 1}", "plain", rgb) for n, rgb in enumerate(tones)]
    return [Value(name, "plain", FLESH[name]) for name in names]


def things(
    known: Mapping[str, tuple[str, bool]], rng: np.random.Generator, least: int, most: int, tone: Tone
) -> list[Value]:
    """A choice of ``least`` names or more, fewer than ``most``, in any order, without two of one name.

    What takes a colour comes in one to three of them, or in one that is not said.
    """
    after, found = bool(rng.random() < 0.3), []
    for name in _chosen(known, rng, least, most):
        kind, coloured = known[name]
        if coloured and rng.random() < 0.25:
            found.append(Value(name, kind, tone.draw(rng)[1]))
        elif coloured:
            found += [_in_colour(name, kind, tone, rng, after) for _ in range(int(rng.integers(1, 4)))]
        else:
            found.append(Value(name, kind))
    unique = list({value.name: value for value in found}.values())
    return [unique[row] for row in rng.permutation(len(unique))]


def _chosen(known: Iterable[str], rng: np.random.Generator, least: int, most: int) -> list[str]:
    return [str(name) for name in rng.permutation(list(known))[: int(rng.integers(least, most))]]


def _in_colour(name: str, kind: str, tone: Tone, rng: np.random.Generator, after: bool) -> Value:
    colour, rgb = tone.draw(rng)
    return Value(f"{name} {colour}" if after else f"{colour} {name}", kind, rgb, (colour, name))


def features(
    known: Mapping[str, str],
    coloured: Container[str],
    rng: np.random.Generator,
    least: int,
    most: int,
    tone: Tone,
    usual: Rgb | None = None,
) -> list[Value]:
    """A choice of eyes, eyewear or mouths. Some of the ``coloured`` say one; the rest have ``usual``."""
    found = []
    for name in _chosen(known, rng, least, most):
        if known[name] in coloured and rng.random() < 0.45:
            found.append(_in_colour(name, known[name], tone, rng, bool(rng.random() < 0.3)))
        else:
            found.append(Value(name, known[name], usual))
    return list({value.name: value for value in found}.values())


def eyes(rng: np.random.Generator, tone: Tone) -> list[Value]:
    """Looks of eyes, and some that are only a colour."""
    plain = [value._replace(drawing="open") for value in tinted(rng, int(rng.integers(1, 6)), tone)]
    return features(EYES, COLOURED_EYES, rng, 5, 20, tone) + plain


def mark(rng: np.random.Generator) -> Layer:
    """A trait whose words say nothing that can be seen, such as the ranks and numbers of many collections."""
    count, kind = int(rng.integers(3, 9)), int(rng.integers(3))
    words = [str(word) for word in rng.permutation(_IDLE)[:count]]
    names = words if kind == 0 else [f"{words[0]} {n + 1}" if kind == 1 else str(n + 1) for n in range(count)]
    values = [Value(name, str(number)) for number, name in enumerate(names)]
    return Layer("mark", called("mark", rng), rng.uniform(0.6, 1), values)
