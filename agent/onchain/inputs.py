"""Token ids as people write them, checked before anything is asked."""

import re

from ingest.chain.addresses import shortened
from magpie.errors import InputError

ZERO = "0x" + "0" * 40
_TOKEN_ID = re.compile(r"#?(?:0[xX]([0-9a-fA-F]{1,64})|([0-9]{1,78}))")


def parse_token_id(text: str) -> int:
    """A token id in decimal or 0x hexadecimal, with or without #. Raises `InputError`."""
    match = _TOKEN_ID.fullmatch(text.strip())
    if match is None:
        raise InputError(f"{shortened(text)} is not a token id; it is a whole number from 0 to 2^256 - 1")
    hexadecimal, decimal = match.groups()
    return checked_token_id(int(hexadecimal, 16) if hexadecimal else int(decimal))


def checked_token_id(token_id: int) -> int:
    """The id, if a uint256 holds it. Raises `InputError`."""
    if not 0 <= token_id < 2**256:
        raise InputError(
            f"{shortened(hex(token_id))} is not a token id; it is a whole number from 0 to 2^256 - 1"
        )
    return token_id
