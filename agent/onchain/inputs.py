"""Addresses and token ids as people write them, checked before anything is asked."""

import re

from magpie.errors import InputError
from magpie.optional import require

ZERO = "0x" + "0" * 40
_ADDRESS = re.compile(r"0[xX][0-9a-fA-F]{40}")
_NAME = re.compile(r"(?!0[xX])\S+\.[a-zA-Z]{2,}")
_TOKEN_ID = re.compile(r"#?(?:0[xX]([0-9a-fA-F]{1,64})|([0-9]{1,78}))")


def checked_address(text: str) -> str:
    """The address in EIP-55 spelling. Raises `InputError` for a wrong checksum, a name, or anything else."""
    written = text.strip()
    if _NAME.fullmatch(written):
        raise InputError(f"names such as {_short(written)} are not supported yet; give the 0x address")
    if not _ADDRESS.fullmatch(written):
        raise InputError(f"{_short(written)} is not an address; it is 0x and 40 hexadecimal digits")
    address = checksummed(written)
    digits = written[2:]
    if digits not in (digits.lower(), digits.upper(), address[2:]):
        raise InputError(f"the checksum of {written} is wrong, so a digit may be mistyped; copy it again")
    return address


def checksummed(address: str) -> str:
    """EIP-55 spelling of 20 bytes in hex."""
    return str(require("eth_utils", extra="chain").to_checksum_address(address.lower()))


def parse_token_id(text: str) -> int:
    """A token id in decimal or 0x hexadecimal, with or without #. Raises `InputError`."""
    match = _TOKEN_ID.fullmatch(text.strip())
    if match is None:
        raise InputError(f"{_short(text)} is not a token id; it is a whole number from 0 to 2^256 - 1")
    hexadecimal, decimal = match.groups()
    return checked_token_id(int(hexadecimal, 16) if hexadecimal else int(decimal))


def checked_token_id(token_id: int) -> int:
    """The id, if a uint256 holds it. Raises `InputError`."""
    if not 0 <= token_id < 2**256:
        raise InputError(
            f"{_short(hex(token_id))} is not a token id; it is a whole number from 0 to 2^256 - 1"
        )
    return token_id


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:60] + "…")
