"""Beginnings of prompts that llama.cpp has evaluated already, kept so that they are not evaluated again.

One seed must always give the same words, and sums differ in their last digits with how many tokens are
evaluated together. So a prompt is always evaluated in the same pieces, which end where messages of it end,
whether a beginning is kept or not; and what was kept is restored bit by bit.
"""

import ctypes
from collections import OrderedDict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from magpie.optional import require

if TYPE_CHECKING:
    from llama_cpp import Llama

Key = tuple[tuple[int, ...], tuple[int, ...]]  # tokens, and where the pieces of them end


class Prefixes:
    """The least recently used beginnings are forgotten when all take more than ``budget`` bytes."""

    def __init__(self, llama: "Llama", budget: int) -> None:
        self._llama, self._budget = llama, budget
        self._api: Any = require("llama_cpp", extra="llm").llama_cpp
        self._kept: OrderedDict[Key, Any] = OrderedDict()
        self._size = 0

    def prepare(self, tokens: Sequence[int], ends: Sequence[int]) -> int:
        """Leave ``llama`` with ``tokens`` evaluated up to the last of ``ends``; how many of them were kept.

        ``ends`` rise, above 0 and below the number of tokens.
        """
        kept = self._restore(tokens, ends)
        done = kept
        for end in ends:
            if end <= done:
                continue
            self._llama.eval(tokens[done:end])
            done = end
            if end == ends[0] or end in ends[-2:]:  # for other talks, the same question, and the next turn
                self._keep(tokens, ends, end)
        return kept

    def _restore(self, tokens: Sequence[int], ends: Sequence[int]) -> int:
        context = self._llama.ctx
        self._llama.reset()
        self._api.llama_memory_clear(self._api.llama_get_memory(context), False)
        for end in reversed(ends):
            state = self._kept.get(_key(tokens, ends, end))
            if state is None:
                continue
            self._kept.move_to_end(_key(tokens, ends, end))
            if self._api.llama_state_seq_set_data(context, state, len(state), 0) != len(state):
                raise RuntimeError("llama.cpp did not take back a state that it gave")
            self._llama.input_ids[:end] = tokens[:end]
            self._llama.n_tokens = end
            return end
        return 0

    def _keep(self, tokens: Sequence[int], ends: Sequence[int], end: int) -> None:
        size = self._api.llama_state_seq_get_size(self._llama.ctx, 0)
        if size > self._budget:
            return
        state = (ctypes.c_uint8 * size)()
        if self._api.llama_state_seq_get_data(self._llama.ctx, state, size, 0) != size:
            raise RuntimeError("llama.cpp gave less of its state than it said")
        self._kept[_key(tokens, ends, end)] = state
        self._size += size
        while self._size > self._budget:
            self._size -= len(self._kept.popitem(last=False)[1])


def _key(tokens: Sequence[int], ends: Sequence[int], end: int) -> Key:
    return tuple(tokens[:end]), tuple(e for e in ends if e <= end)
