"""What is to be fetched for each token: by its URI, or, for CryptoPunks, from their data contract."""

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Protocol
from urllib.parse import urlsplit

from ingest.chain import punks
from ingest.chain.calls import Contracts
from ingest.chain.contract import Contract
from ingest.chain.token_files import Wanted
from ingest.chain.uris import origin_of, sample_of, study, uris_of
from ingest.fetch.client import Fetched
from ingest.ports import Known, RawToken

FEW = 5
READ_AT_ONCE = 100  # punks asked about before they are read


class Tokens(Protocol):
    """The tokens of one contract.

    ``undecided``: what is read now may be a placeholder, so that nothing names a version of it.
    """

    ids: Sequence[int]
    undecided: bool
    notes: tuple[str, ...]
    facts: Mapping[str, object]

    def wanted(self, known: Known, read: Mapping[int, Fetched]) -> Iterator[Wanted | RawToken]:
        """Each token as it is kept, or what to fetch of it. ``read`` is metadata that was fetched already."""

    def few(self) -> list[Wanted]:
        """A few tokens from one end to the other, for what all have in common."""


class UriTokens:
    """ERC-721: one ``tokenURI`` a token."""

    def __init__(self, contracts: Contracts, contract: Contract, ids: Sequence[int]) -> None:
        self.ids = ids
        self._contracts, self._address = contracts, contract.address
        self._study = study(contracts, contract.address, ids)
        self.undecided = self._study.alike or self._study.unstable
        self.notes = tuple(self._notes())
        self.facts: Mapping[str, object] = {
            "uri_pattern": str(self._study.pattern) if self._study.pattern else None,
            "uri_places": sorted({_place(uri) for uri in self._study.sample.values()}),
        }

    def _notes(self) -> Iterator[str]:
        if self._study.alike:
            yield "all sampled token URIs are the same: not revealed yet; the next run asks again"
        if self._study.unstable:
            yield "token URIs differ from one read to the next at one block: every run fetches all tokens"

    def wanted(self, known: Known, read: Mapping[int, Fetched]) -> Iterator[Wanted | RawToken]:
        for token_id, uri in uris_of(self._contracts, self._address, self.ids, self._study.pattern):
            origin = "" if self.undecided else origin_of(uri)
            kept = known.kept(token_id, origin) if origin else None
            yield kept or Wanted(token_id, uri, origin, read.get(token_id))

    def few(self) -> list[Wanted]:
        chosen = sample_of(self.ids, FEW, 0)
        found = uris_of(self._contracts, self._address, chosen, self._study.pattern)
        return [Wanted(token_id, uri, "" if self.undecided else origin_of(uri)) for token_id, uri in found]


class PunkTokens:
    """CryptoPunks: the data contract is sealed, so a punk that was read once never changes."""

    undecided = False
    notes: tuple[str, ...] = ()

    def __init__(self, contracts: Contracts, data_contract: str, numbers: Sequence[int]) -> None:
        self.ids = numbers
        self._contracts, self._address = contracts, data_contract
        self.facts: Mapping[str, object] = {
            "uri_pattern": None,
            "uri_places": ["the chain"],
            "data_contract": data_contract,
        }

    def wanted(self, known: Known, read: Mapping[int, Fetched]) -> Iterator[Wanted | RawToken]:
        numbers = iter(self.ids)
        while part := list(islice(numbers, READ_AT_ONCE)):
            kept = {number: known.kept(number, self._origin(number)) for number in part}
            yield from (token for token in kept.values() if token)
            yield from self._read([number for number in part if kept[number] is None])

    def few(self) -> list[Wanted]:
        return []

    def _read(self, numbers: Sequence[int]) -> Iterator[Wanted]:
        for punk in punks.read_punks(self._contracts, self._address, numbers):
            metadata = punks.metadata(punk)
            uri = json.dumps(metadata | {"image": punk.picture}) if metadata else ""
            yield Wanted(punk.number, uri, self._origin(punk.number))

    def _origin(self, number: int) -> str:
        return f"{self._address}/{number}"


def _place(uri: str) -> str:
    """Where a URI leads, in a word: the chain itself, a network that knows content by hash, or a web host."""
    head = uri[:200].strip()
    if head[:5].lower() == "data:" or head[:1] in ("{", "["):
        return "the chain"
    try:
        parts = urlsplit(head)
    except ValueError:
        return "unreadable"
    return (
        (parts.hostname or "unreadable")
        if parts.scheme in ("http", "https")
        else parts.scheme or "unreadable"
    )
