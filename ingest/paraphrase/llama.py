"""llama.cpp decoding many prompts at once: a GGUF model, with a LoRA on it if one is given."""

import ctypes
import logging
import math
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy
from numpy.typing import NDArray

from magpie.errors import ModelNotFoundError
from magpie.optional import require

LENGTH = 512  # tokens of a prompt and its answer
_MIN_P = 0.05


class Request(NamedTuple):
    """One text to continue, by at most ``most`` tokens. ``place`` is where its answer belongs."""

    place: int
    prompt: list[int]
    seed: int
    most: int


@dataclass
class _Sequence:
    """A request being answered. ``feed``: tokens that the model has not seen yet."""

    place: int
    feed: list[int]
    left: int
    random: numpy.random.Generator
    position: int = 0
    answer: bytearray = field(default_factory=bytearray)


class Weights:
    """A model in memory, which several `Decoder`s share. `close` frees it, after they are closed."""

    def __init__(self, model: Path, adapter: Path | None) -> None:
        self.api: Any = require("llama_cpp", extra="llm")
        logging.getLogger("llama-cpp-python").setLevel(logging.CRITICAL)
        self.api.llama_backend_init()
        params = self.api.llama_model_default_params()
        # With AMX, llama.cpp crashes at the first token (https://github.com/ggml-org/llama.cpp/issues/20824).
        params.use_extra_bufts = False
        self.model = self.api.llama_model_load_from_file(str(model).encode(), params)
        if not self.model:
            raise ModelNotFoundError(f"{model} is not a model that llama.cpp can load")
        self.vocabulary = self.api.llama_model_get_vocab(self.model)
        self.words = int(self.api.llama_vocab_n_tokens(self.vocabulary))
        self.adapter = self._adapter(adapter) if adapter else None

    def close(self) -> None:
        """Free the model, and its adapter with it."""
        if self.model:
            self.api.llama_model_free(self.model)
            self.model = None

    def tokens(self, text: str) -> list[int]:
        """The ids of ``text``. Names of control tokens are read as these tokens."""
        coded = text.encode()
        found = (self.api.llama_token * (len(coded) + 1))()
        count = self.api.llama_tokenize(self.vocabulary, coded, len(coded), found, len(found), False, True)
        return list(found[:count])

    def piece(self, token: int) -> bytes:
        """The bytes that a token stands for, which need not be whole characters."""
        buffer = ctypes.create_string_buffer(256)
        size = self.api.llama_token_to_piece(self.vocabulary, token, buffer, len(buffer), 0, False)
        return buffer.raw[: max(size, 0)]

    def _adapter(self, path: Path) -> Any:  # noqa: ANN401 (a pointer)
        adapter = self.api.llama_adapter_lora_init(self.model, str(path).encode())
        if not adapter:
            self.close()
            raise ModelNotFoundError(f"{path} is not an adapter for this model")
        return adapter


class Decoder:
    """One thread's use of `Weights`: up to ``sequences`` requests are decoded together, step by step.

    Each has its own random numbers. What it gets does not depend on the others, but for sums that differ in
    their last digits with how many tokens are in a step.
    """

    def __init__(self, weights: Weights, *, sequences: int, temperature: float) -> None:
        self._weights, self._api = weights, weights.api
        self._sequences, self._temperature = sequences, temperature
        params = self._api.llama_context_default_params()
        params.n_ctx, params.n_seq_max = sequences * LENGTH, sequences
        params.n_batch = params.n_ubatch = LENGTH
        params.n_threads = params.n_threads_batch = 1
        params.kv_unified = False
        self._context = self._api.llama_init_from_model(weights.model, params)
        if not self._context:
            raise ModelNotFoundError("llama.cpp found no memory for a context")
        self._memory = self._api.llama_get_memory(self._context)
        self._batch = self._api.llama_batch_init(LENGTH, 0, 1)
        if weights.adapter:
            adapters = (self._api.llama_adapter_lora_p_ctypes * 1)(weights.adapter)
            self._api.llama_set_adapters_lora(self._context, adapters, 1, (ctypes.c_float * 1)(1.0))

    def close(self) -> None:
        """Free what is not shared."""
        self._api.llama_batch_free(self._batch)
        self._api.llama_free(self._context)

    def serve(self, waiting: deque[Request], answers: list[str]) -> None:
        """Answer requests from ``waiting``, which other decoders may share, until none is left."""
        slots: dict[int, _Sequence] = {}
        while waiting or slots:
            for slot in range(self._sequences):
                if slot not in slots and (request := _next(waiting)):
                    random = numpy.random.default_rng(request.seed)
                    slots[slot] = _Sequence(request.place, request.prompt, request.most, random)
            for slot in self._step(slots):
                done = slots.pop(slot)
                self._api.llama_memory_seq_rm(self._memory, slot, -1, -1)
                answers[done.place] = done.answer.decode("utf-8", "ignore")

    def _step(self, slots: dict[int, _Sequence]) -> list[int]:
        """Feed what fits into one batch, and draw a token for each sequence fed; the slots that are done."""
        fed: dict[int, int] = {}
        self._batch.n_tokens = 0
        for slot, sequence in sorted(slots.items(), key=lambda item: len(item[1].feed)):
            if self._batch.n_tokens + len(sequence.feed) <= LENGTH:
                fed[slot] = self._add(slot, sequence)
        if fed and self._api.llama_decode(self._context, self._batch) != 0:
            raise RuntimeError("llama.cpp could not decode a batch that fits its context")
        return [slot for slot, last in fed.items() if self._draw(slots[slot], last)]

    def _add(self, slot: int, sequence: _Sequence) -> int:
        """Put the sequence's tokens into the batch; the place of the last one, whose successor is wanted."""
        batch = self._batch
        for token in sequence.feed:
            place = batch.n_tokens
            batch.token[place] = token
            batch.pos[place] = sequence.position
            batch.n_seq_id[place] = 1
            batch.seq_id[place][0] = slot
            batch.logits[place] = False
            sequence.position += 1
            batch.n_tokens += 1
        batch.logits[batch.n_tokens - 1] = True
        return int(batch.n_tokens) - 1

    def _draw(self, sequence: _Sequence, last: int) -> bool:
        """Draw the sequence's next token; whether it ends here."""
        pointer = self._api.llama_get_logits_ith(self._context, last)
        token = self._drawn(numpy.ctypeslib.as_array(pointer, (self._weights.words,)), sequence.random)
        if self._api.llama_vocab_is_eog(self._weights.vocabulary, token):
            return True
        sequence.answer += self._weights.piece(token)
        sequence.feed = [token]
        sequence.left -= 1
        return sequence.left <= 0

    def _drawn(self, logits: NDArray[numpy.float32], random: numpy.random.Generator) -> int:
        """A token by temperature, of those at least `_MIN_P` times as likely as the likeliest (min-p)."""
        best = int(logits.argmax())
        if self._temperature <= 0:
            return best
        likely = numpy.flatnonzero(logits >= logits[best] + self._temperature * math.log(_MIN_P))
        weights = numpy.exp((logits[likely].astype(float) - logits[best]) / self._temperature)
        return int(random.choice(likely, p=weights / weights.sum()))


def _next(waiting: deque[Request]) -> Request | None:
    try:
        return waiting.popleft()
    except IndexError:  # another decoder took the last one
        return None
