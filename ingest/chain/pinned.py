"""One chain at one block, whichever of its nodes answers: failover, waiting, and no mixture of blocks."""

import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from ingest.chain.block import Asks, Block, BlockTag, check_chain, check_same, header_call, pin
from ingest.chain.nodes import chain_label, load_web3
from ingest.chain.replies import NodeProblem, RpcError
from magpie.errors import SourceError

MAX_ANSWER = 32 << 20
ROUNDS = 3
BLOCK = "<the pinned block>"
"""Stands for the pinned block among a call's parameters."""

Call = tuple[str, list[Any]]
Answer = bytes | RpcError
T = TypeVar("T")


def contract_answer(answer: Any) -> Answer:  # noqa: ANN401 (anything JSON can hold)
    """The bytes a contract gave, or its refusal. Raises `NodeProblem` for what no contract said."""
    if isinstance(answer, RpcError):
        if answer.is_revert or answer.is_out_of_gas or answer.asks_off_chain:
            return answer
        raise NodeProblem(f"gave {answer}")
    try:
        if isinstance(answer, str) and answer.startswith("0x"):
            return bytes.fromhex(answer[2:])
    except ValueError:
        pass
    raise NodeProblem("gave something that is not hex data")


class PinnedChain:
    """Asks the first node that answers, always about the same block. Not for concurrent use.

    A node that fails is left for the next one, which has to have the very block; when all have failed, they
    are asked again after a pause, since most of what stops a public node is its limit of questions a second.
    """

    def __init__(
        self,
        nodes: Sequence[Asks],
        chain_id: int,
        tag: BlockTag,
        *,
        pause: Callable[[float], None] | None = None,
    ) -> None:
        """Pins the block. ``pause`` waits so many seconds. Raises `SourceError` if no node can name one."""
        self._nodes, self._chain_id, self._pause = list(nodes), chain_id, pause or time.sleep
        self._by_number: set[int] = set()
        self._checked: set[int] = set()
        self._current = 0
        self.notes: tuple[str, ...] = ()
        self.block: Block = self._anyhow(lambda node: self._pin(node, tag))

    @property
    def host(self) -> str:
        """The node that answers now."""
        return self._nodes[self._current].host

    def ask(self, calls: Sequence[Call], reading: Callable[[Any], T], *, part: bool = False) -> list[T]:
        """Each call's result in order, as ``reading`` takes it.

        ``reading`` gets the JSON or the `RpcError` in its place, and raises `NodeProblem` if it is of no use.
        ``part``: the caller can ask for less at a time, so `NodeProblem` is raised where that may help.
        Raises `SourceError` when every node has failed again and again.
        """
        return self._anyhow(lambda node: [reading(each) for each in self._ask(node, calls)], part=part)

    def _anyhow(self, read: Callable[[Asks], T], *, part: bool = False) -> T:
        problems: dict[str, str] = {}
        for attempt in range(ROUNDS):
            if attempt:
                self._pause(2.0**attempt)
            for _ in self._nodes:
                node = self._nodes[self._current]
                try:
                    return read(node)
                except NodeProblem as problem:
                    if part and problem.too_much:
                        raise
                    problems[node.host] = str(problem)
                    self._current = (self._current + 1) % len(self._nodes)
        each = "; ".join(f"{host} {problem}" for host, problem in problems.items())
        raise SourceError(
            f"no node of {chain_label(self._chain_id)} could be read: {each};"
            " try again, or set another node in MAGPIE_NODES",
            retryable=True,
        )

    def _pin(self, node: Asks, tag: BlockTag) -> Block:
        block, self.notes = pin(node, self._chain_id, tag)
        self._checked.add(self._current)
        return block

    def _ask(self, node: Asks, calls: Sequence[Call]) -> list[Any]:
        place = self._current
        if place not in self._checked:
            found_id, header = node.ask([("eth_chainId", []), header_call(self.block)])
            check_chain(found_id, self._chain_id)
            check_same(header, self.block)
            self._checked.add(place)
        answers = self._at_block(node, calls, by_number=place in self._by_number)
        unknown = any(isinstance(answer, RpcError) and answer.is_unknown_block for answer in answers)
        if unknown and place not in self._by_number:
            answers = self._at_block(node, calls, by_number=True)
            self._by_number.add(place)
        return answers

    def _at_block(self, node: Asks, calls: Sequence[Call], *, by_number: bool) -> list[Any]:
        """By number, the block's hash is compared with every question, in the same exchange."""
        name = hex(self.block.number) if by_number else self.block.name
        named = [(method, [name if each == BLOCK else each for each in params]) for method, params in calls]
        if not by_number:
            return node.ask(named)
        *answers, header = node.ask([*named, header_call(self.block)])
        check_same(header, self.block)
        self.block = self.block.model_copy(update={"pinned_by": "number"})
        return answers


def open_chain(urls: Sequence[str], chain_id: int, tag: BlockTag, timeout: float) -> PinnedChain:
    """The chain behind those nodes, pinned. Raises `SourceError` if none of them answers."""
    load_web3()
    from ingest.chain.node import Node

    return PinnedChain([Node(url, timeout, max_answer=MAX_ANSWER) for url in urls], chain_id, tag)
