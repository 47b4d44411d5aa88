"""Token URIs: what a few of them tell of all, and what of a URI names a version of its token."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from urllib.parse import urlsplit, urlunsplit

from ingest.chain import abi
from ingest.chain.calls import Contracts
from ingest.chain.contract import MAX_URI
from ingest.chain.pinned import Answer

SPREAD, AT_RANDOM = 8, 12
FEWEST = 3  # samples that make a pattern
LONGEST_ORIGIN = 300
_NONCE = re.compile(
    r"_|t|ts|time|timestamp|nonce|rand(om)?|cb|cache_?bust(er)?|block(_?number)?", re.IGNORECASE
)


@dataclass(frozen=True)
class Pattern:
    """URIs that are ``prefix``, the id in decimal or as 64 hexadecimal digits, ``suffix``."""

    prefix: str
    suffix: str
    hexadecimal: bool = False

    def uri(self, token_id: int) -> str:
        return f"{self.prefix}{_written(token_id, hexadecimal=self.hexadecimal)}{self.suffix}"

    def __str__(self) -> str:
        return f"{self.prefix}{'{id:064x}' if self.hexadecimal else '{id}'}{self.suffix}"


@dataclass(frozen=True)
class Study:
    """What the sampled URIs tell. ``alike``: all are the same. ``unstable``: one block, two answers."""

    pattern: Pattern | None = None
    alike: bool = False
    unstable: bool = False
    sample: Mapping[int, str] = field(default_factory=dict)


def study(contracts: Contracts, address: str, ids: Sequence[int]) -> Study:
    """Read the URIs of the first, the last, evenly spread and random ids, twice, by two ways.

    A pattern counts only if it gives every one of them. A contract can make its URIs depend on who asks and
    with how much gas, so the ways differ; then no URI names a version of a token.
    """
    chosen = sample_of(ids, SPREAD, AT_RANDOM, seed=address)
    calls = [abi.call(address, abi.TOKEN_URI, each) for each in chosen]
    first, second = (
        [as_uri(answer) for answer in way] for way in (contracts.all(*calls), contracts.apart(calls))
    )
    sample = {token_id: uri for token_id, uri in zip(chosen, first, strict=True) if uri}
    alike = len(sample) > 1 and len(set(sample.values())) == 1
    unstable = first != second
    return Study(None if alike or unstable else find_pattern(sample), alike, unstable, sample)


def find_pattern(sample: Mapping[int, str]) -> Pattern | None:
    """The one pattern that gives every URI of the sample, if there is one.

    Never for ``data:``: such a URI is the metadata itself, and what a few have in common another may lack.
    """
    if len(sample) < FEWEST or any(uri[:5].lower() == "data:" for uri in sample.values()):
        return None
    longest = max(sample)  # the id with most digits is in fewest places by chance
    uri = sample[longest]
    for hexadecimal in (True, False):
        written = _written(longest, hexadecimal=hexadecimal)
        place = uri.rfind(written)
        while place >= 0:
            pattern = Pattern(uri[:place], uri[place + len(written) :], hexadecimal)
            if all(pattern.uri(token_id) == given for token_id, given in sample.items()):
                return pattern
            place = uri.rfind(written, 0, place + len(written) - 1)
    return None


def uris_of(
    contracts: Contracts, address: str, ids: Iterable[int], pattern: Pattern | None
) -> Iterator[tuple[int, str]]:
    """Each id with its URI, "" where the contract gives none. Without a pattern the contract is asked."""
    if pattern is not None:
        yield from ((token_id, pattern.uri(token_id)) for token_id in ids)
        return
    pending: list[int] = []

    def calls() -> Iterator[abi.ContractCall]:
        for token_id in ids:
            pending.append(token_id)
            yield abi.call(address, abi.TOKEN_URI, token_id)

    for answer in contracts.each(calls()):
        yield pending.pop(0), as_uri(answer)


def as_uri(answer: Answer) -> str:
    """The URI in an answer; "" for a refusal and for what is no text."""
    return (abi.as_text(answer, MAX_URI, errors="strict") or "").strip() if isinstance(answer, bytes) else ""


def sample_of(ids: Sequence[int], spread: int, at_random: int, *, seed: str = "") -> list[int]:
    """Ids from one end to the other, evenly and by chance; in order, the same for the same ids and seed."""
    places = {place * (len(ids) - 1) // max(1, spread - 1) for place in range(spread)} if ids else set()
    places |= set(Random(seed).sample(range(len(ids)), min(at_random, len(ids))))
    return [ids[place] for place in sorted(places)]


def origin_of(uri: str) -> str:
    """What of a URI names the version: without parameters that only name a moment, and short.

    So ``https://…/7?ts=1700000000`` is ``https://…/7``; a long one, as ``data:`` always is, is its SHA-256.
    """
    if uri[:4].lower() == "http" and "?" in uri:
        try:
            parts = urlsplit(uri)
        except ValueError:
            return uri[:LONGEST_ORIGIN]
        kept = [each for each in parts.query.split("&") if not _NONCE.fullmatch(each.partition("=")[0])]
        uri = urlunsplit(parts._replace(query="&".join(kept)))
    return uri if len(uri) <= LONGEST_ORIGIN else f"sha256:{hashlib.sha256(uri.encode()).hexdigest()}"


def _written(token_id: int, *, hexadecimal: bool) -> str:
    return f"{token_id:064x}" if hexadecimal else str(token_id)
