"""Pictures of things, from sets of icons, that some collections wear instead of our own drawings of them."""

from collections.abc import Mapping

from PIL import Image

from tools.train_clip import render
from tools.train_clip.creatures.anatomy import Anatomy
from tools.train_clip.creatures.canvas import Canvas, Rgb
from tools.train_clip.icons import SETS as EMOJI
from tools.train_clip.packages import Drawing, IconSet, Packages, icon_set
from tools.train_clip.silhouettes import SETS as ONE_COLOUR

_SIDE = 48
# kind: slugs of emoji sets; the same slug in another set is another picture
_EMOJI: Mapping[str, str] = {
    "crown": "crown", "grad": "graduation-cap", "top": "top-hat", "cap": "billed-cap", "straw": "womans-hat",
    "army": "military-helmet", "hard": "rescue-workers-helmet", "phones": "headphone", "bow": "ribbon",
    "round": "glasses", "shades": "sunglasses", "goggles": "goggles", "fire": "fire", "cloud": "cloud",
    "bulb": "light-bulb", "mushroom": "mushroom", "egg": "cooking", "banana": "banana", "apple": "red-apple",
    "pizza": "pizza", "cactus": "cactus", "plant": "seedling", "icecream": "soft-ice-cream", "bone": "bone",
    "diamond": "gem-stone", "flower": "blossom", "moon": "crescent-moon",
}  # fmt: skip
# kind: slugs of sets in one colour, painted in the thing's
_ONE_COLOUR: Mapping[str, str] = {
    "crown": "crown queen-crown jewel-crown imperial-crown sharp-crown", "grad": "graduate-cap school",
    "top": "top-hat", "cap": "billed-cap", "straw": "skimmer-hat", "phones": "headphones",
    "round": "spectacles glasses", "shades": "sunglasses", "goggles": "steampunk-goggles safety-goggles",
    "3d": "3d-glasses", "patch": "eyepatch", "mask": "domino-mask", "bandana": "bandana", "fez": "fez",
    "jester": "jester-hat", "cowboy": "western-hat outback-hat", "party": "party-hat", "pirate": "pirate-hat",
    "wizard": "pointy-hat wizard-hat", "propeller": "propeller-beanie", "robin": "robin-hood-hat",
    "knight": "visored-helm closed-barbute", "santa": "santa-hat", "turban": "turban",
    "viking": "viking-helmet", "pom": "winter-hat", "space": "astronaut-helmet", "miner": "mining-helmet",
    "helmet": "american-football-helmet racing-helmet", "fedora": "fedora hat-fedora",
    "chef": "chef-hat chef-toque", "horns": "bull-horns", "fire": "fire", "diamond": "cut-diamond",
    "bone": "bone-knife", "flower": "flower-hat hat-flower",
}  # fmt: skip
EYEWEAR = frozenset({"round", "shades", "goggles", "3d", "patch", "mask"})
Picture = tuple[Image.Image, bool]  # and whether it is to be painted in the thing's colour


class Sprites:
    """The pictures there are of each kind, read from the packages at first use."""

    def __init__(self, packages: Packages | None = None) -> None:
        self._of: dict[str, list[Picture]] = {}
        if packages:
            for prefix, version in EMOJI:
                self._add(icon_set(packages, prefix, version), _EMOJI, painted=False)
            for prefix, version, _ in ONE_COLOUR:
                self._add(icon_set(packages, prefix, version), _ONE_COLOUR, painted=True)

    @property
    def counts(self) -> dict[str, int]:
        return {kind: len(pictures) for kind, pictures in self._of.items()}

    def draw(self, canvas: Canvas, of: Anatomy, kind: str, which: int, colour: Rgb) -> None:
        """On the head, or over the eyes if it is worn there."""
        image, painted = self._of[kind][which]
        if painted:
            image = _painted(image, colour)
        wide = 2 * (of.gap + of.eye * 2) if kind in EYEWEAR else 2.2 * of.radii[0]
        high = wide * image.height / image.width
        x = of.head[0] + (of.look if kind in EYEWEAR else 0)
        y = of.eyes[0][1] if kind in EYEWEAR else of.head[1] - of.radii[1] * 0.5 - high / 2
        canvas.paste(image, (x, y), wide, high)

    def _add(self, icons: IconSet, wanted: Mapping[str, str], *, painted: bool) -> None:
        for kind, slugs in wanted.items():
            for slug in slugs.split():
                drawing = icons.drawings.get(icons.aliases.get(slug, slug))
                if drawing is not None:
                    self._of.setdefault(kind, []).append((_cut(drawing), painted))


NO_SPRITES = Sprites()


def _cut(drawing: Drawing) -> Image.Image:
    """The drawing without the emptiness around it."""
    image = Image.fromarray(render.svg(render.whole(drawing), _SIDE))
    return image.crop(image.getchannel("A").point(lambda alpha: 255 * (alpha > 40)).getbbox())


def _painted(image: Image.Image, colour: Rgb) -> Image.Image:
    flat = Image.new("RGBA", image.size, (*colour, 255))
    flat.putalpha(image.getchannel("A"))
    return flat
