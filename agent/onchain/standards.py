"""How each kind of contract is asked for an owner, and how its answer is read. Pure; no node here."""

import re
from typing import NamedTuple

from agent.onchain.receipt import Method
from ingest.chain.punks import is_cryptopunks
from magpie.domain import Collection

SUPPORTS_ERC721 = "0x01ffc9a7" + "80ac58cd".ljust(64, "0")
"""Call data of ``supportsInterface(0x80ac58cd)``."""

_SELECTORS: dict[Method, str] = {"ownerOf": "0x6352211e", "punkIndexToAddress": "0x58178168"}
_WORD = re.compile(r"0x[0-9a-fA-F]{64}")
_HEX = re.compile(r"0x([0-9a-fA-F]{2})*")


class OwnerCall(NamedTuple):
    """One question to one contract."""

    method: Method
    data: str


def owner_call(collection: Collection, token_id: int) -> OwnerCall:
    """CryptoPunks have their own function, also when a development contract stands in for theirs."""
    method: Method = "punkIndexToAddress" if is_cryptopunks(collection) else "ownerOf"
    return OwnerCall(method, f"{_SELECTORS[method]}{token_id:064x}")


def as_address(result: object) -> str | None:
    """The address in a returned word, lower case, or None if it is not exactly one address."""
    if not isinstance(result, str) or not _WORD.fullmatch(result) or int(result[2:26], 16):
        return None
    return "0x" + result[26:].lower()


def as_true(result: object) -> bool:
    """Whether the result is exactly the word 1, which is ``true``."""
    return isinstance(result, str) and bool(_WORD.fullmatch(result)) and int(result, 16) == 1


def byte_count(result: object) -> int | None:
    """How many bytes of hex data; None if it is not hex data at all."""
    return (len(result) - 2) // 2 if isinstance(result, str) and _HEX.fullmatch(result) else None
