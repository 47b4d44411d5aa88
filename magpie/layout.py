"""Where one token's files lie: the published NFT1000 layout, and the other namings that are read.

``dataset/<Collection>/{images,metadata,captions,prompts}/<Collection>_<id>.*`` is written. The authors'
code also uses ``img`` and ``caption`` folders and bare ``<id>`` stems; those are read.
"""

import re
from pathlib import Path

IMAGES, METADATA, CAPTIONS, PROMPTS = "images", "metadata", "captions", "prompts"
DASHBOARD = "metadata_dashboard.json"
READ_AS = {
    "images": IMAGES,
    "image": IMAGES,
    "img": IMAGES,
    "metadata": METADATA,
    "captions": CAPTIONS,
    "caption": CAPTIONS,
    "prompts": PROMPTS,
    "prompt": PROMPTS,
}
_SUFFIX = {IMAGES: "png", METADATA: "json", CAPTIONS: "txt", PROMPTS: "txt"}
_STEM = re.compile(r"^(?:(?P<name>.+)_)?(?P<id>[0-9]{1,78})$")


def relative_path(collection: str, kind: str, token_id: int) -> str:
    """Path of one file below the dataset folder, '/'-separated."""
    return f"{collection}/{kind}/{collection}_{token_id}.{_SUFFIX[kind]}"


def picture_file(dataset: Path, image: str | None) -> Path | None:
    """The file of a picture that the catalogue names; None without one or if the name leaves the dataset."""
    if not image:
        return None
    path = (dataset / image).resolve()
    return path if path.is_relative_to(dataset.resolve()) else None


def token_id_of(stem: str) -> int | None:
    """The token id in a file stem (``Name_12`` or ``12``), or None if it has none or it exceeds uint256."""
    match = _STEM.match(stem)
    token_id = int(match["id"]) if match else None
    return token_id if token_id is not None and token_id < 2**256 else None
