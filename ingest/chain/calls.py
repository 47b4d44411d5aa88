"""Many read-only calls in few questions: Multicall3 where there is one, else batches, else one by one."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from ingest.chain import abi
from ingest.chain.abi import ContractCall
from ingest.chain.pinned import BLOCK, Answer, Call, PinnedChain, contract_answer
from ingest.chain.replies import NodeProblem, RpcError

MULTICALL = "0xca11bde05977b3631167028862be2a173976ca11"
FIRST, LARGEST, LARGEST_BATCH = 64, 500, 100
GIVE_UP = 3  # times in a row that Multicall3 fails for two calls


class Contracts:
    """Calls contracts at the pinned block. Not for concurrent use.

    How many calls go into one question follows from what the nodes take: halved when a question was too
    large, slowly enlarged when one was answered.
    """

    def __init__(self, chain: PinnedChain) -> None:
        self.chain = chain
        self._size = FIRST
        self._failures = 0
        self._multicall = self.has_code(MULTICALL)

    @property
    def way(self) -> str:
        """How calls are made now."""
        return "Multicall3" if self._multicall else "one eth_call each"

    def has_code(self, address: str) -> bool:
        """Whether there is a contract at the address."""
        (code,) = self.chain.ask([("eth_getCode", [address, BLOCK])], contract_answer)
        return isinstance(code, bytes) and bool(code)

    def each(self, calls: Iterable[ContractCall]) -> Iterator[Answer]:
        """An answer for each call, in order: the returned bytes, or the error by which the contract refused.

        ``calls`` is read a batch at a time, as answers are taken.
        """
        source = iter(calls)
        while batch := list(islice(source, self._size)):
            yield from self._answers(batch)

    def all(self, *calls: ContractCall) -> list[Answer]:
        """`each`, at once."""
        return list(self.each(calls))

    def apart(self, calls: Sequence[ContractCall]) -> list[Answer]:
        """Each call on its own, as a wallet makes it, whatever `each` does."""
        return [
            answer
            for start in range(0, len(calls), FIRST)
            for answer in self._batch(calls[start : start + FIRST])
        ]

    def _answers(self, batch: Sequence[ContractCall]) -> list[Answer]:
        if not self._multicall or len(batch) == 1:
            return self._batch(batch)
        answers = self._aggregate(batch)
        if answers is not None:
            self._failures = 0
            self._size = min(LARGEST, max(self._size, len(batch)) + max(1, len(batch) // 8))
            return answers
        if len(batch) == 2:
            self._failures += 1
            self._multicall = self._failures < GIVE_UP
        return self._halves(batch)

    def _halves(self, batch: Sequence[ContractCall]) -> list[Answer]:
        middle = len(batch) // 2
        self._size = max(2, middle)
        return [*self._answers(batch[:middle]), *self._answers(batch[middle:])]

    def _aggregate(self, batch: Sequence[ContractCall]) -> list[Answer] | None:
        """Through Multicall3; None if it could not be answered like that."""
        try:
            whole = _eth_call(ContractCall(MULTICALL, abi.aggregate3(batch)))
            (answer,) = self.chain.ask([whole], contract_answer, part=True)
        except NodeProblem:
            return None
        found = None if isinstance(answer, RpcError) else abi.results(answer, len(batch))
        if found is None:
            return None
        answers: list[Answer] = [data if success else _revert(data) for success, data in found]
        # A refusal without a word may be gas that ran out for this call, or for all that came after another.
        silent = [place for place, (success, data) in enumerate(found) if not success and not data]
        for place, again in zip(silent, self.apart([batch[place] for place in silent]), strict=True):
            answers[place] = again
        return answers

    def _batch(self, batch: Sequence[ContractCall]) -> list[Answer]:
        if len(batch) > LARGEST_BATCH:
            return self._halves(batch)
        try:
            return self.chain.ask([_eth_call(each) for each in batch], contract_answer, part=len(batch) > 1)
        except NodeProblem:
            return self._halves(batch)


def _eth_call(each: ContractCall) -> Call:
    return "eth_call", [{"to": each.to, "data": f"0x{each.data}"}, BLOCK]


def _revert(data: bytes) -> RpcError:
    return RpcError(3, "execution reverted", f"0x{data.hex()}")
