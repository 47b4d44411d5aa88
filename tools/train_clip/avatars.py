"""Portraits put together from parts: DiceBear's styles in any colour, and CryptoPunks upon named colours."""

import io
import re
from collections.abc import Iterator, Mapping
from functools import partial

import dicebear
import numpy as np
from PIL import Image

from ingest.sources.dicebear import GeneratedSource, Style, readable
from ingest.sources.punks import PUNKS, PunkSource, is_rare
from ingest.sources.styles import STYLES
from magpie.splits import split_of
from tools.train_clip import colours, render
from tools.train_clip.avatar_styles import ALIKE, PRESENT, STYLES_BESIDE
from tools.train_clip.pack import SIZE, Pack, Pixels, make
from tools.train_clip.packages import Packages, Plan

COUNT, MANY = (
    500,
    {"pixel-art": 2000, "avataaars": 800, "bottts": 800, "open-peeps": 600, "pixel-art-neutral": 600},
)
PUNKS_TAKEN = 2000
CLEAR = frozenset({"CC0 1.0", "CC BY 4.0", "MIT"})
Row = list[tuple[str, str]]
_NUMBER = re.compile(r"( \d+)+$")
_UNNAMED = re.compile(r"^(variant)?[ \d]*$", re.IGNORECASE)
# A line of the drawing, or a part that is seldom of any other colour than people's own.
_KEPT_COLOURS = frozenset(
    {"ink", "stroke", "outline", "teeth", "tongue", "throat", "uvula", "sclera", "glint", "paper"}
)
_PEOPLE = frozenset({"skin", "base", "mouth", "lips", "nose", "eyebrows", "eyes", "freckles"})


def packs(packages: Packages) -> Iterator[Plan]:
    """The punks and a pack a style, clear if the style is CC0, CC BY or MIT."""
    yield Plan("Punks", _punks)
    for style in (*STYLES_BESIDE, *STYLES):
        stated = GeneratedSource(style, 0).definition["meta"]["license"]["name"]
        yield Plan(f"Avatars {style.name}", partial(_pack, style), clear=stated in CLEAR)


def _pack(style: Style) -> Pack:
    source = GeneratedSource(style, 0)
    drawn = dicebear.Style(source.definition)
    rng = np.random.default_rng(sum(map(ord, style.name)))
    rows, pictures = [], []
    for number in range(MANY.get(style.name, COUNT)):
        row, picture = _avatar(source, drawn, f"training:{style.name}:{number}", rng)
        rows.append(_varied(row, rng))
        pictures.append(picture)
    licence = f"{style.name} by {source.definition['meta']['creator']['name']}: {source.collection.licence}"
    return make(f"Avatars {style.name}", style.subject, rows, np.stack(pictures), licence=licence)


def _avatar(
    source: GeneratedSource, drawn: dicebear.Style, seed: str, rng: np.random.Generator
) -> tuple[Row, Pixels]:
    """One avatar, parts that the style seldom draws drawn oftener, some of its colours of any name."""
    own = _own_colours(source.definition["colors"], rng)
    background = "backgroundColor" in own
    seldom = {
        f"{name}Probability": 35
        for name, part in source.definition["components"].items()
        if part.get("probability", 100) < 35
    }
    chosen = {option: [colours.hexed(shade)] for option, (_, shade) in own.items()}
    avatar = dicebear.Avatar(drawn, {"seed": seed, **seldom, **chosen})
    markup = str(avatar)
    found = source.chosen(avatar.to_json()["options"], markup)
    row = [kept for option, kind, value in found if (kept := _trait(option, kind, value, own))]
    told = {option for option, _, _ in found} | source.style.skip
    for option, (name, shade) in own.items():
        if option not in told and (option == "backgroundColor" or colours.hexed(shade) in markup):
            row.append((source.style.types.get(option) or readable(option), name))
    blocky = source.style.name.startswith("pixel") or rng.random() < 0.7
    picture = render.svg(markup) if blocky else render.coarse(markup, rng)
    return row, render.upon(picture, own["backgroundColor"][1]) if background else picture


def _own_colours(
    palette: Mapping[str, object], rng: np.random.Generator
) -> dict[str, tuple[str, colours.RGB]]:
    """Colours of any name for some parts, by option, where a style would choose from a few."""
    own = {}
    for part in palette:
        likely = 0.25 if part in _PEOPLE else 0.5
        if part not in _KEPT_COLOURS and part != "background" and rng.random() < likely:
            own[f"{part}Color"] = colours.draw(rng)
    if rng.random() < 0.6:
        own["backgroundColor"] = colours.draw(rng)
    return own


def _trait(
    option: str, kind: str, value: str, own: Mapping[str, tuple[str, colours.RGB]]
) -> tuple[str, str] | None:
    """The trait without the numbers that say nothing of what is seen; None if nothing is left."""
    if option.removesuffix("Color") in _KEPT_COLOURS:
        return None
    if option in own:
        return kind, own[option][0]
    shown = _NUMBER.sub("", value).replace("T Shirt", "T-Shirt")
    if option == "hairVariant" and shown in ("Long", "Short"):
        shown = f"{shown} Hair"
    if _UNNAMED.match(shown):
        shown = PRESENT.get(option, "")
    return (kind, shown) if shown and shown != "None" else None


def _varied(row: Row, rng: np.random.Generator) -> Row:
    """The row as other collections would write it: ``Red Beanie`` in one; types by other names."""
    values = dict(row)
    for kind in list(values):
        colour = f"{kind} Color"
        if colour in values and values[kind] not in values[colour] and rng.random() < 0.6:
            values[kind] = f"{values.pop(colour)} {values[kind]}"
    return [
        (str(rng.choice(ALIKE[kind])) if kind in ALIKE and rng.random() < 0.5 else kind, value)
        for kind, value in values.items()
    ]


def chosen_punks(rng: np.random.Generator) -> set[int]:
    """Numbers of `PUNKS_TAKEN` punks for training, the rare kinds among them more often than they are."""
    source = PunkSource(full=True)
    free = [number for number in range(PUNKS) if split_of(source.collection.ref(number)) == "train"]
    table = source._table
    rare = [number for number in free if is_rare(table[number])]
    some = rng.choice(rare, min(300, len(rare)), replace=False).tolist()
    others = sorted(set(free).difference(some))
    return {*some, *rng.choice(others, PUNKS_TAKEN - len(some), replace=False).tolist()}


def _punks() -> Pack:
    """Punks upon named colours."""
    source = PunkSource(full=True)
    rng = np.random.default_rng(7)
    chosen = chosen_punks(rng)
    rows: list[Row] = []
    pictures: list[Pixels] = []
    for raw in source.items():
        if raw.token_id not in chosen or raw.read_image is None:
            continue
        background, shade = colours.draw(rng)
        traits = [(each["trait_type"], each["value"]) for each in raw.metadata["attributes"]]
        rows.append([("Background", background), *traits])
        pictures.append(render.upon(_sprite(raw.read_image()), shade))
    return make("Punks", "punk", rows, np.stack(pictures), licence=source.collection.licence)


def _sprite(png: bytes) -> Pixels:
    with Image.open(io.BytesIO(png)) as image:
        return np.asarray(image.convert("RGBA").resize((SIZE, SIZE), Image.Resampling.NEAREST), np.uint8)
