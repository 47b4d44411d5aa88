"""A collection as its project would put it on IPFS: pictures in one directory, metadata in another."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from ingest.ipfs.build import Dag
from ingest.ports import RawToken, Source


@dataclass(frozen=True)
class Published:
    """``files`` are for a `Gateway`; ``metadata`` and ``images`` are the CIDs of the directories in them."""

    files: Mapping[str, bytes]
    metadata: str
    images: str

    @property
    def base_uri(self) -> str:
        """What the contract puts before the token's id."""
        return f"ipfs://{self.metadata}/"


def publish(source: Source, *, suffix: str = "") -> Published:
    """All of ``source``: ``metadata/<id><suffix>``, whose ``image`` leads to ``ipfs://<images>/<id>.png``.

    The rest of the metadata is as the source has it. A token without a picture keeps its metadata's own link,
    one without metadata is left out, as on a real chain nothing would lead to it.
    """
    metadata: dict[int, object] = {}
    pictures: dict[str, bytes] = {}
    names: dict[int, str] = {}
    for raw in source.items():
        if raw.metadata is not None:
            metadata[raw.token_id] = raw.metadata
            if raw.read_image:
                names[raw.token_id] = f"{raw.token_id}{_ending(raw)}"
                pictures[names[raw.token_id]] = raw.read_image()
    images = str(Dag().add_files(pictures).cid)
    texts = {
        f"{token_id}{suffix}": _linked(
            published, f"ipfs://{images}/{names[token_id]}" if token_id in names else ""
        )
        for token_id, published in metadata.items()
    }
    files = {f"images/{name}": content for name, content in pictures.items()}
    files |= {f"metadata/{name}": content for name, content in texts.items()}
    return Published(files, str(Dag().add_files(texts).cid), images)


def _ending(raw: RawToken) -> str:
    ending = PurePosixPath(raw.image_name).suffix
    return ending if ending.isascii() and ending[1:].isalnum() else ".png"


def _linked(metadata: object, image: str) -> bytes:
    """As JSON, with ``image`` as the picture's link. A bare list of traits becomes an object, to hold it."""
    record = dict(metadata) if isinstance(metadata, Mapping) else {"attributes": metadata}
    return json.dumps(record | {"image": image} if image else record).encode()
