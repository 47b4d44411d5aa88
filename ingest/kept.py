"""What the dataset holds of a collection already, so that a source fetches nothing twice."""

import json
from pathlib import Path

from ingest import dataset
from ingest.images import CONVERTER
from ingest.ledger import Entry, Ledger, digest
from ingest.ports import RawToken
from magpie import layout


class Kept:
    """`ingest.ports.Known`: the ledger says what a token was made from, its files that it is all there."""

    def __init__(self, folder: Path, collection: str, ledger: Ledger) -> None:
        self._folder, self._collection, self._ledger = folder, collection, ledger

    def kept(self, token_id: int, origin: str) -> RawToken | None:
        """The token from disk, with the problems it had; None if it is to be fetched.

        None too if another version of our converter made the picture, as originals are not kept.
        """
        entry = self._ledger.get(token_id)
        if not origin or entry is None or entry.origin != origin:
            return None
        if not entry.metadata and not entry.picture:
            return None
        if entry.original and entry.original.converter != CONVERTER:
            return None
        if entry.picture and not dataset.has_picture(self._folder, self._collection, token_id, entry):
            return None
        return self._token(token_id, entry)

    def before(self, token_id: int) -> RawToken | None:
        """The token as it was last fetched, from wherever that was."""
        entry = self._ledger.get(token_id)
        return self.kept(token_id, entry.origin) if entry else None

    def _token(self, token_id: int, entry: Entry) -> RawToken | None:
        metadata = self._read(layout.METADATA, token_id) if entry.metadata else b"null"
        if metadata is None or (entry.metadata and digest(metadata) != entry.metadata):
            return None
        said = {kind: self._read(kind, token_id) for kind in entry.published}
        if None in said.values():
            return None
        return RawToken(
            token_id,
            metadata=json.loads(metadata),
            caption=(said.get(layout.CAPTIONS) or b"").decode("utf-8", "replace"),
            prompt=(said.get(layout.PROMPTS) or b"").decode("utf-8", "replace"),
            problems=entry.problems,
            origin=entry.origin,
            verified=entry.verified,
        )

    def _read(self, kind: str, token_id: int) -> bytes | None:
        try:
            return (self._folder / layout.relative_path(self._collection, kind, token_id)).read_bytes()
        except FileNotFoundError:
            return None
