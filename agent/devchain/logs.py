"""What ``eth_getLogs`` asks for and answers with."""

from dataclasses import dataclass
from typing import Self

from agent.devchain.evm import Log
from agent.devchain.params import INVALID_PARAMS, Json, RpcFault, address, hexed, raw

_MAX_CHOICES = 100


@dataclass(frozen=True)
class LogFilter:
    """A filter object. Of ``addresses`` any, and of each topic's choices any; an empty choice takes all."""

    first: Json
    last: Json
    block_hash: str | None
    addresses: frozenset[bytes]
    topics: tuple[frozenset[int], ...]

    @classmethod
    def parse(cls, given: Json) -> Self:
        """Raises `RpcFault` for anything but a filter; the blocks are named as for any other method."""
        if not isinstance(given, dict):
            raise RpcFault(INVALID_PARAMS, "invalid argument 0: expected a filter object")
        if "blockHash" in given and ("fromBlock" in given or "toBlock" in given):
            raise RpcFault(INVALID_PARAMS, "cannot specify both blockHash and fromBlock/toBlock")
        topics = given.get("topics") or []
        if not isinstance(topics, list) or len(topics) > 4:
            raise RpcFault(INVALID_PARAMS, "expected at most 4 topics")
        return cls(
            first=given.get("fromBlock", "latest"),
            last=given.get("toBlock", "latest"),
            block_hash=given.get("blockHash"),
            addresses=frozenset(address(each) for each in _choices(given.get("address"))),
            topics=tuple(
                frozenset(int.from_bytes(raw(each, 32), "big") for each in _choices(t)) for t in topics
            ),
        )

    def takes(self, log: Log) -> bool:
        """Whether the event meets every condition."""
        if (self.addresses and log.address not in self.addresses) or len(log.topics) < len(self.topics):
            return False
        return all(
            not wanted or topic in wanted for wanted, topic in zip(self.topics, log.topics, strict=False)
        )


def _choices(given: Json) -> list[Json]:
    if given is None:
        return []
    choices = given if isinstance(given, list) else [given]
    if len(choices) > _MAX_CHOICES:
        raise RpcFault(INVALID_PARAMS, f"expected at most {_MAX_CHOICES} choices")
    return choices


def encoded(log: Log) -> dict[str, Json]:
    """The event as nodes write it."""
    return {
        "address": hexed(log.address),
        "topics": [f"0x{topic:064x}" for topic in log.topics],
        "data": hexed(log.data),
        "blockNumber": hex(log.block),
        "blockHash": hexed(log.block_hash),
        "transactionHash": hexed(log.transaction),
        "transactionIndex": "0x0",  # eth-tester mines every transaction in a block of its own
        "logIndex": hex(log.place),
        "removed": False,
    }
