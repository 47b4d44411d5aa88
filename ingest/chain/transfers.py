"""Token ids from the contract's Transfer events: what was minted and not burned since. Resumable.

Nodes limit a question by blocks, by results, by time or by bytes, and say so in their own words; so any
refusal halves the range of blocks, and every answer lets it grow again.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from ingest.chain.abi import TRANSFER
from ingest.chain.block import block_from, quantity
from ingest.chain.pinned import Call, PinnedChain
from ingest.chain.replies import NodeProblem, RpcError
from magpie.errors import SourceError
from magpie.files import write_atomic
from magpie.progress import Tick, unseen

FILE = ".transfers.json"
FIRST_RANGE, LARGEST_RANGE = 2_000, 1_000_000
SAVE_EVERY = 20  # ranges
ZERO_TOPIC = f"0x{0:064x}"
_WORD = re.compile(r"0x[0-9a-fA-F]{64}")


class Event(NamedTuple):
    """One token minted or burned; events sort as they happened."""

    block: int
    place: int
    minted: bool
    token_id: int


@dataclass
class Progress:
    """Up to which block the events are known, and the ids that were left then."""

    through: int = -1
    block_hash: str = ""
    ids: set[int] = field(default_factory=set)

    def take(self, events: Iterable[Event]) -> None:
        """Apply events in the order in which they happened."""
        for event in sorted(events):
            (self.ids.add if event.minted else self.ids.discard)(event.token_id)


def minted_ids(
    chain: PinnedChain, address: str, folder: Path, *, most: int, tick: Tick = unseen
) -> list[int]:
    """The ids that exist at the pinned block, in order.

    What is known already is kept in a file in ``folder`` and continued from there. Raises `SourceError` if
    the node gives no events, or there are more than ``most`` ids. ``tick`` counts blocks.
    """
    saved = folder / FILE
    progress = _still_true(chain, _load(saved, address)) or Progress(_first_block(chain, address) - 1)
    before = progress.through
    for count, _ in enumerate(_ranges(chain, address, progress), start=1):
        tick("events", progress.through - before, chain.block.number - before)
        if len(progress.ids) > most:
            raise SourceError(f"{address} has more than {most:,} tokens; give --ids to take some of them")
        if count % SAVE_EVERY == 0 or progress.through == chain.block.number:
            _save(saved, address, progress)
    return sorted(progress.ids)


def _ranges(chain: PinnedChain, address: str, progress: Progress) -> Iterator[None]:
    """Read range after range into ``progress``, pausing after each."""
    step = FIRST_RANGE
    while progress.through < chain.block.number:
        first = progress.through + 1
        last = min(chain.block.number, first + step - 1)
        found = _read(chain, address, first, last)
        if found is None:
            step = max(1, (last - first + 1) // 2)
            continue
        events, progress.block_hash = found
        progress.take(events)
        progress.through = last
        yield
        step = min(LARGEST_RANGE, step + max(1, step // 2))


def _read(chain: PinnedChain, address: str, first: int, last: int) -> tuple[list[Event], str] | None:
    """The events of a range and the hash of its last block; None if the node wants a smaller range."""
    divisible = last > first

    def reading(answer: Any) -> Any:  # noqa: ANN401 (anything JSON can hold)
        if isinstance(answer, RpcError):
            raise NodeProblem(f"gave {answer}", too_much=divisible and not answer.is_busy)
        if isinstance(answer, list):
            events = (_event(log, address, first, last) for log in answer)
            return [event for event in events if event is not None]
        return block_from(answer, chain.block.tag)

    try:
        minted, burned, header = chain.ask(_calls(address, first, last), reading, part=divisible)
    except NodeProblem:
        return None
    return [*minted, *burned], header.hash


def _calls(address: str, first: int, last: int) -> list[Call]:
    where = {"address": address, "fromBlock": hex(first), "toBlock": hex(last)}
    return [
        ("eth_getLogs", [{**where, "topics": [TRANSFER, ZERO_TOPIC]}]),
        ("eth_getLogs", [{**where, "topics": [TRANSFER, None, ZERO_TOPIC]}]),
        ("eth_getBlockByNumber", [hex(last), False]),
    ]


def _event(log: Any, address: str, first: int, last: int) -> Event | None:  # noqa: ANN401 (any JSON)
    """One log; None if no id is among its topics. Raises `NodeProblem` if it is not what was asked for."""
    topics = log.get("topics") if isinstance(log, dict) else None
    if not isinstance(topics, list) or str(log.get("address")).lower() != address.lower():
        raise NodeProblem("gave events that were not asked for")
    words = [topic.lower() for topic in topics if isinstance(topic, str) and _WORD.fullmatch(topic)]
    block = quantity(log.get("blockNumber"))
    if words[:1] != [TRANSFER] or ZERO_TOPIC not in words[1:3] or not first <= block <= last:
        raise NodeProblem("gave events that were not asked for")
    if len(words) != 4:
        return None
    # From nobody to nobody is a burn: the token is not there afterwards.
    return Event(block, quantity(log.get("logIndex")), words[2] != ZERO_TOPIC, int(words[3], 16))


def _first_block(chain: PinnedChain, address: str) -> int:
    """The block that brought the contract; 0 if the node no longer knows the past's state."""
    low, high = 0, chain.block.number
    while low < high:
        middle = (low + high) // 2
        code = chain.ask([("eth_getCode", [address, hex(middle)])], lambda answer: answer)[0]
        if not isinstance(code, str):
            return 0
        low, high = (low, middle) if len(code) > 2 else (middle + 1, high)
    return low


def _still_true(chain: PinnedChain, progress: Progress | None) -> Progress | None:
    """The progress, unless the block it ends with has been replaced or lies ahead of the pinned one."""
    if progress is None or progress.through > chain.block.number:
        return None
    (header,) = chain.ask([("eth_getBlockByNumber", [hex(progress.through), False])], lambda answer: answer)
    try:
        return progress if block_from(header, chain.block.tag).hash == progress.block_hash else None
    except NodeProblem:
        return None


def _load(saved: Path, address: str) -> Progress | None:
    if not saved.is_file():
        return None
    try:
        record = json.loads(saved.read_text("utf-8"))
        ids = {int(each) for each in record["ids"]}
        return Progress(int(record["through"]), str(record["hash"]), ids) if record["of"] == address else None
    except (ValueError, KeyError, TypeError):
        return None  # not ours, or of another version: the chain still has it all


def _save(saved: Path, address: str, progress: Progress) -> None:
    record = {
        "of": address,
        "through": progress.through,
        "hash": progress.block_hash,
        "ids": [str(each) for each in sorted(progress.ids)],
    }
    write_atomic(saved, (json.dumps(record) + "\n").encode())
