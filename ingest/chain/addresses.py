"""Addresses and token ids as people write them, checked before anything is asked."""

import re

from magpie.errors import InputError
from magpie.optional import require

_ADDRESS = re.compile(r"0[xX][0-9a-fA-F]{40}")
_RANGE = re.compile(r"([0-9]{1,78})(?:-([0-9]{1,78}))?")
_NAME = re.compile(r"(?!0[xX])\S+\.[a-zA-Z]{2,}")


def checked_address(text: str) -> str:
    """The address in EIP-55 spelling. Raises `InputError` for a wrong checksum, a name, or anything else."""
    written = text.strip()
    if _NAME.fullmatch(written):
        raise InputError(f"names such as {shortened(written)} are not supported yet; give the 0x address")
    if not _ADDRESS.fullmatch(written):
        raise InputError(f"{shortened(written)} is not an address; it is 0x and 40 hexadecimal digits")
    address = checksummed(written)
    digits = written[2:]
    if digits not in (digits.lower(), digits.upper(), address[2:]):
        raise InputError(f"the checksum of {written} is wrong, so a digit may be mistyped; copy it again")
    return address


def checksummed(address: str) -> str:
    """EIP-55 spelling of 20 bytes in hex."""
    return str(require("eth_utils", extra="chain").to_checksum_address(address.lower()))


def parse_ids(text: str, *, most: int) -> list[int]:
    """The ids of ``"1,5-9"``, in order. Raises `InputError` if that is none, or more than ``most``."""
    ids: set[int] = set()
    for part in text.split(","):
        match = _RANGE.fullmatch(part.strip())
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
        if not first <= last < 2**256:
            raise InputError(f"{shortened(part)} is neither a token id nor a range; write them as 1,5-9")
        if len(ids) + last - first >= most:
            raise InputError(f"{shortened(text)} names more than {most:,} tokens; take fewer at a time")
        ids.update(range(first, last + 1))
    return sorted(ids)


def shortened(text: str) -> str:
    """What a person wrote, quoted, at most 60 characters of it."""
    return repr(text if len(text) <= 60 else text[:60] + "…")
