"""Colour emoji and icons with the names that everybody knows them by, each upon a colour and upon nothing."""

import re
from collections.abc import Iterator, Mapping
from functools import partial

import numpy as np

from magpie.text import article
from tools.train_clip import colours, render
from tools.train_clip.pack import Pack, Pixels, make
from tools.train_clip.packages import Drawing, IconSet, Packages, Plan, icon_set
from tools.train_clip.words import RUN_TOGETHER, Named, named

# prefix, version; the first two name what the sets without readable names draw.
SETS = (
    ("noto", "1.2.9"),
    ("twemoji", "1.2.5"),
    ("fluent-emoji-flat", "1.2.6"),
    ("emojione", "1.2.3"),
    ("noto-v1", "1.2.5"),
    ("fxemoji", "1.2.2"),
    ("streamline-emojis", "1.2.4"),
)
_TONE = re.compile(r"-(medium-light|medium-dark|light|medium|dark)(-skin-tone)?$|-skin-tone")
_GROUPS_DROPPED = frozenset({"Symbols", "Flags", "Modifiers"})
_DROPPED = re.compile(
    r"""
    o-?clock|-thirty|^clock-|button|keycap|^letter-|arrow(?!.*(bow|heart))|^input-|symbol$|^mahjong|^regional
    |zodiac|^family-|^couple-with-heart-|^kiss-(wo)?man-|holding-hands-|-(un)?checked$|^no-|-mark$|level
    |bar-chart|chart-|moon-\d|^\d+$|^[a-z]$|shape-\d|facing-right|-combo|bust|card-index|file-|page-|e-mail
    |^(aries|taurus|gemini|cancer|leo|virgo|libra|scorpio|sagittarius|capricorn|aquarius|pisces|ophiuchus)$
    |envelope|mailbox|inbox|outbox|globe-show|map-of|unknown|^u\d{4}|selector|^information|prohibited|-sign$
    |entry$|silhouette
    """,
    re.VERBOSE,
)
_KEPT_SLUGS = """
    pirate-flag rainbow-flag chequered-flag crossed-flags triangular-flag white-flag black-flag japan canada
    brazil france germany united-states united-kingdom flag-japan flag-canada flag-france flag-united-states
    radioactive biohazard peace-symbol yin-yang star-of-david atom-symbol recycling-symbol anger-symbol
    infinity musical-note musical-notes warning sparkle trident-emblem fleur-de-lis bow-and-arrow
    heart-with-arrow
    red-circle blue-circle green-circle yellow-circle purple-circle orange-circle brown-circle black-circle
    white-circle red-square blue-square green-square yellow-square purple-square orange-square brown-square
    heart-suit spade-suit club-suit diamond-suit clapper-board
    """
_KEPT = frozenset(_KEPT_SLUGS.split())
_RUN_TOGETHER = frozenset({"Firefox OS Emoji"})
_TONED = 60
_WAYS = (
    "{}",
    "{}",
    "{a} {}",
    "a picture of {a} {}",
    "{} emoji",
    "an emoji of {}",
    "{} icon",
    "pixel art of {}",
)


def packs(packages: Packages) -> Iterator[Plan]:
    for prefix, version in SETS:
        yield Plan(f"Emoji {prefix}", partial(_pack, packages, prefix, version))


def _pack(packages: Packages, prefix: str, version: str) -> Pack:
    art = icon_set(packages, prefix, version)
    known = icon_set(packages, *SETS[0])
    rng = np.random.default_rng(sum(map(ord, prefix)))
    rows, captions, pictures = [], [], []
    for slug, drawing in chosen(art, known, rng):
        name = named(slug)
        for backed in (True, False):
            pixelated = rng.random() < 0.25
            markup = render.placed(drawing, rng)
            picture = render.coarse(markup, rng) if pixelated else render.svg(markup)
            if render.visible(picture) < 0.02:
                continue
            traits, words = name.traits(rng), _said(name, pixelated, rng)
            if backed:
                colour, shade = _backdrop(picture, rng)
                picture = render.upon(picture, shade)
                traits = [("Background", colour), *traits]
                words += f" on {article(colour)} {colour.lower()} background"
            rows.append(traits)
            captions.append(words)
            pictures.append(picture)
    return make(f"Emoji {prefix}", "emoji", rows, np.stack(pictures), captions=captions, licence=art.credit)


def chosen(art: IconSet, known: IconSet, rng: np.random.Generator) -> Iterator[tuple[str, Drawing]]:
    """The drawings of visible things, by their readable slug, skin tones but for a few left out."""
    readable = {slug.replace("-", ""): slug for slug in (*known.aliases, *known.drawings)} | RUN_TOGETHER
    plain = [own for own in art.drawings if not _toned(own, art)]
    toned = [own for own in art.drawings if _toned(own, art)]
    few = [toned[i] for i in rng.permutation(len(toned))[:_TONED]]
    seen = set()
    for own in (*plain, *few):
        slug = re.sub(r"-\d$", "", _spelled(own, art, known, readable))
        group = known.groups.get(known.aliases.get(slug, slug)) or art.groups.get(own, "Symbols")
        dropped = not slug or group in _GROUPS_DROPPED or _DROPPED.search(slug)
        if (slug in _KEPT or not dropped) and (slug, art.drawings[own].markup) not in seen:
            seen.add((slug, art.drawings[own].markup))
            yield slug, art.drawings[own]


def _toned(own: str, art: IconSet) -> bool:
    """Whether an icon is another's in a skin tone; ``traffic-light`` is not."""
    found = _TONE.search(own)
    return found is not None and ("skin-tone" in own or own[: found.start()] in art.drawings)


def _spelled(own: str, art: IconSet, known: IconSet, readable: Mapping[str, str]) -> str:
    """An icon's name in words with hyphens, or "" if its words run together and nothing tells them apart."""
    if _toned(own, art) and "skin-tone" not in own:
        return f"{own}-skin-tone"
    if "-" in own or own in known.drawings or own in known.aliases:
        return own
    return readable.get(own, "" if art.title in _RUN_TOGETHER else own)


def _said(name: Named, pixelated: bool, rng: np.random.Generator) -> str:
    ways = _WAYS if pixelated else _WAYS[:-1]
    said = str(rng.choice(name.all))
    return str(rng.choice(ways)).format(said, a=article(said))


def _backdrop(picture: Pixels, rng: np.random.Generator) -> tuple[str, colours.RGB]:
    """A colour that the picture does not drown in: the eye tells it from the mean of its pixels."""
    red, green, blue = picture[picture[..., 3] > 60][:, :3].mean(0).round().astype(int).tolist()
    return colours.other(rng, (red, green, blue), apart=25)
