"""Call data for the functions that are read, and strict reading of what a contract sends back. Pure.

Nothing is decoded by a general library: an array whose elements all point at the same megabyte would be
copied once an element there. Here nothing read from an answer can be larger than the answer.
"""

from collections.abc import Sequence
from typing import NamedTuple

WORD = 32
SUPPORTS_INTERFACE, NAME, SYMBOL, TOTAL_SUPPLY = "01ffc9a7", "06fdde03", "95d89b41", "18160ddd"
OWNER_OF, TOKEN_URI, TOKEN_BY_INDEX, CONTRACT_URI = "6352211e", "c87b56dd", "4f6ccce7", "e8a3d485"
PUNK_IMAGE, PUNK_ATTRIBUTES = "74beb047", "76dfe297"
AGGREGATE3 = "82ad56cb"
TRANSFER = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"
"""The topic of ``Transfer(address,address,uint256)``."""


class ContractCall(NamedTuple):
    """One read-only call. ``data`` is hex without 0x."""

    to: str
    data: str


def call(to: str, selector: str, number: int | None = None) -> ContractCall:
    """A function without arguments, or with one number."""
    return ContractCall(to, selector if number is None else f"{selector}{number:064x}")


def supports(to: str, interface_id: str) -> ContractCall:
    """ERC-165's question for one interface, given as eight hex digits."""
    return ContractCall(to, SUPPORTS_INTERFACE + interface_id.ljust(64, "0"))


def aggregate3(calls: Sequence[ContractCall]) -> str:
    """Multicall3's ``aggregate3`` of the calls, each allowed to fail. Hex without 0x."""
    entries = []
    for to, data in calls:
        size = len(data) // 2
        padding = "0" * (-len(data) % (2 * WORD))
        entries.append(f"{int(to, 16):064x}{1:064x}{3 * WORD:064x}{size:064x}{data}{padding}")
    offsets, place = [], WORD * len(calls)
    for entry in entries:
        offsets.append(f"{place:064x}")
        place += len(entry) // 2
    return f"{AGGREGATE3}{WORD:064x}{len(calls):064x}{''.join(offsets)}{''.join(entries)}"


def results(answer: bytes, count: int) -> list[tuple[bool, bytes]] | None:
    """What ``aggregate3`` returned for ``count`` calls: success and data of each; None if it is malformed."""
    start = number_at(answer, 0)
    if start is None or number_at(answer, start) != count or count * 4 * WORD > len(answer):
        return None
    start += WORD
    found: list[tuple[bool, bytes]] = []
    room = len(answer)
    for place in range(count):
        entry = _within(answer, start, start + place * WORD)
        success = None if entry is None else number_at(answer, entry)
        content = None if entry is None else bytes_at(answer, entry, entry + WORD, limit=room)
        if success not in (0, 1) or content is None:
            return None
        room -= len(content)
        found.append((success == 1, content))
    return found


def number_at(answer: bytes, place: int) -> int | None:
    """The word at ``place``, or None if the answer ends before it does."""
    return int.from_bytes(answer[place : place + WORD], "big") if place + WORD <= len(answer) else None


def _within(answer: bytes, base: int, place: int) -> int | None:
    """Where the offset at ``place``, counted from ``base``, leads; None if that is outside."""
    offset = number_at(answer, place)
    return base + offset if offset is not None and base + offset + WORD <= len(answer) else None


def bytes_at(answer: bytes, base: int, place: int, *, limit: int) -> bytes | None:
    """The ``bytes`` or ``string`` whose offset is at ``place``; None if it is outside or above ``limit``."""
    start = _within(answer, base, place)
    size = None if start is None else number_at(answer, start)
    if start is None or size is None or size > limit or start + WORD + size > len(answer):
        return None
    return answer[start + WORD : start + WORD + size]


def as_number(answer: bytes) -> int | None:
    """A uint256 that is the whole answer."""
    return number_at(answer, 0) if len(answer) == WORD else None


def as_true(answer: bytes) -> bool:
    """Whether the answer is exactly ``true``."""
    return as_number(answer) == 1


def as_address(answer: bytes) -> str | None:
    """An address that is the whole answer, lower case."""
    number = as_number(answer)
    return f"0x{number:040x}" if number is not None and number < 2**160 else None


def as_text(answer: bytes, limit: int, *, errors: str = "replace") -> str | None:
    """A ``string``, or a ``bytes32`` as contracts before 2018 give; None if it is neither or too long.

    ``errors`` is what becomes of invalid UTF-8; with "strict", None.
    """
    if len(answer) == WORD:
        content: bytes | None = answer.rstrip(b"\0")
    else:
        content = bytes_at(answer, 0, 0, limit=limit)
    try:
        return None if content is None else content.decode("utf-8", errors)
    except UnicodeDecodeError:
        return None
