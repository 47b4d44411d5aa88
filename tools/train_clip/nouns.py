"""Nouns: pixel-art characters of a head, glasses, a body and an accessory, put together anew.

The art is in the public domain by its makers' word; only the run-length pictures of the package are read.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from tools.train_clip import colours
from tools.train_clip.pack import SIZE, Pack, Pixels, make
from tools.train_clip.packages import Packages, Plan
from tools.train_clip.words import titled

PACKAGE, VERSION, PATH = "@nouns/assets", "0.10.0", "dist/image-data.json"
LICENCE = "Nouns by Nounders: art in the public domain (CC0), read from the package @nouns/assets (GPL-3.0)"
SIDE, COUNT, HEADS = 32, 3000, 1000
_OWN = {"d5d7e1": "Cool", "e1d7d5": "Warm"}
_RESPELLED = {
    "bege": "beige", "grayscale": "gray scale", "computerblue": "computer blue", "darkbrown": "dark brown",
    "darkpink": "dark pink", "foggrey": "fog grey", "bluegrey": "blue grey", "hotbrown": "hot brown",
    "redpinkish": "red pink", "slimegreen": "slime green", "boxingglove": "boxing glove",
    "cannedham": "canned ham",
    "cassettetape": "cassette tape", "chefhat": "chef hat", "chilli": "chili pepper",
    "coffeebean": "coffee bean",
    "cordlessphone": "cordless phone", "cottonball": "cotton ball", "crystalball": "crystal ball",
    "dino": "dinosaur", "croc hat": "crocodile hat", "crt bsod": "computer with blue screen",
    "firehydrant": "fire hydrant", "goldcoin": "gold coin", "hardhat": "hard hat", "highheel": "high heel",
    "hockeypuck": "hockey puck", "hotdog": "hot dog", "icepop b": "ice pop", "horse deepfried": "horse",
    "lipstick2": "lipstick", "piggybank": "piggy bank", "pirateship": "pirate ship", "porkbao": "pork bun",
    "queencrown": "queen crown", "rosebud": "rose", "skeleton hat": "skeleton with a hat",
    "snowglobe": "snow globe",
    "thumbsup": "thumbs up", "toiletpaper full": "toilet paper", "trashcan": "trash can", "wallsafe": "safe",
    "washingmachine": "washing machine", "wizardhat": "wizard hat", "treasurechest": "treasure chest",
    "baseball gameball": "baseball", "burger dollarmenu": "burger", "chart bars": "bar chart",
    "fir": "fir tree",
    "bubble speech": "speech bubble", "bigfoot yeti": "yeti", "console handheld": "handheld console",
    "factory dark": "factory", "ghost B": "ghost", "glasses big": "big glasses", "film 35mm": "film roll",
    "mountain snowcap": "snowy mountain", "ruler triangular": "triangular ruler", "star sparkles": "star",
    "taco classic": "taco", "toothbrush fresh": "toothbrush", "whale alive": "live whale",
    "saguaro": "cactus",
    "peyote": "peyote cactus", "weed": "cannabis", "nigiri": "sushi", "rangefinder": "camera",
    "grouper": "fish",
    "pop": "soda can", "ducky": "rubber duck", "fullblack": "full black",
    "black eyes red": "black red eyes", "cd": "compact disc", "lp": "vinyl record", "eth": "ethereum logo",
    "yingyang": "yin yang", "oldshirt": "old shirt", "id": "identity card", "marsface": "face on mars",
    "slimesplat": "slime splat", "flash": "lightning flash", "hoodiestrings uneven": "hoodie strings",
    "1n": "1n text", "none": "plain", "small bling": "small gold chain", "med": "medium",
    "moon block": "moon",
}  # fmt: skip
_FIRST = {"bling": "{} necklace", "txt": "{} text", "text": "{} text", "tee": "{} t-shirt",
          "stripes": "{} stripes",
          "stains": "{} stains", "checker": "{} checker", "checkers": "{} checkers", "tie": "{} tie",
          "shirt": "{} shirt", "scarf": "{} scarf", "collar": "{} collar"}  # fmt: skip
_ABSTRACT = frozenset({"abstract", "lint", "maze", "rgb", "turing", "void", "undead", "retainer"})


def packs(packages: Packages) -> Iterator[Plan]:
    """Not clear: the makers give the art to the public domain, but the package states GPL-3.0."""
    yield Plan("Nouns", partial(_whole, packages), clear=False)
    yield Plan("Noun heads", partial(_heads, packages), clear=False)


def _whole(packages: Packages) -> Pack:
    """Tokens of all five parts, most upon a colour of any name, some upon one of the makers' two."""
    art = packages.json(PACKAGE, VERSION, PATH)
    palette, rng = _palette(art), np.random.default_rng(11)
    rows, pictures = [], []
    for _ in range(COUNT):
        if rng.random() < 0.2:
            code = str(rng.choice(list(_OWN)))
            background, shade = _OWN[code], _parsed(code)
        else:
            background, shade = colours.draw(rng)
        row, picture = [("Background", background)], _flat(shade)
        for part, kind in (
            ("bodies", "Body"),
            ("accessories", "Accessory"),
            ("heads", "Head"),
            ("glasses", "Glasses"),
        ):
            drawn = art["images"][part][int(rng.integers(len(art["images"][part])))]
            _lay(picture, drawn["data"], palette)
            name = titled(readable(drawn["filename"]))
            if name != "Plain":
                row.append((kind, name))
        rows.append(row)
        pictures.append(_grown(picture))
    return make("Nouns", "noun", rows, np.stack(pictures), licence=LICENCE)


def _heads(packages: Packages) -> Pack:
    """One head of a thing or an animal each, half of them with glasses."""
    art = packages.json(PACKAGE, VERSION, PATH)
    palette, rng = _palette(art), np.random.default_rng(12)
    heads = [head for head in art["images"]["heads"] if readable(head["filename"]) not in _ABSTRACT]
    rows, pictures = [], []
    for number in range(HEADS):
        head = heads[number % len(heads)]
        background, shade = colours.draw(rng)
        row, picture = [("Background", background), ("", titled(readable(head["filename"])))], _flat(shade)
        _lay(picture, head["data"], palette)
        if rng.random() < 0.5:
            glasses = art["images"]["glasses"][int(rng.integers(len(art["images"]["glasses"])))]
            _lay(picture, glasses["data"], palette)
            row.append((str(rng.choice(["Glasses", "Eyewear"])), titled(readable(glasses["filename"]))))
        rows.append(row)
        pictures.append(_grown(picture))
    return make("Noun heads", "pixel head", rows, np.stack(pictures), licence=LICENCE)


def readable(filename: str) -> str:
    """``body-bege-crt`` -> beige crt; ``accessory-bling-anchor`` -> anchor necklace."""
    name = re.sub(r"^(head|body|accessory|glasses)-", "", filename).replace("-", " ").replace(" text", "")
    name = _RESPELLED.get(name) or " ".join(_RESPELLED.get(word, word) for word in name.split())
    first, _, rest = name.partition(" ")
    if filename.startswith("accessory-") and rest and first in _FIRST:
        return _FIRST[first].format(rest)
    return name


def _palette(art: Mapping[str, Any]) -> Sequence[tuple[int, int, int]]:
    return [_parsed(code) if code else (0, 0, 0) for code in art["palette"]]


def _parsed(code: str) -> colours.RGB:
    return int(code[:2], 16), int(code[2:4], 16), int(code[4:6], 16)


def _flat(shade: colours.RGB) -> Pixels:
    return np.full((SIDE, SIDE, 4), (*shade, 255), np.uint8)


def _lay(picture: Pixels, data: str, palette: Sequence[tuple[int, int, int]]) -> None:
    """Draw a run-length picture: palette, top, right, bottom, left, pairs of length and colour."""
    raw = bytes.fromhex(data.removeprefix("0x"))
    top, right, _, left = raw[1:5]
    x, y = left, top
    for length, index in zip(raw[5::2], raw[6::2], strict=True):
        for _ in range(length):
            if index:
                picture[y, x, :3] = palette[index]
            x += 1
            if x == right:
                x, y = left, y + 1


def _grown(picture: Pixels) -> Pixels:
    scale = SIZE // SIDE
    return picture.repeat(scale, 0).repeat(scale, 1)
