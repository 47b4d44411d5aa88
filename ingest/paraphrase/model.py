"""The caption model: SmolLM2 with our adapter, which words one line of a prompt as one caption.

A model without an adapter is shown examples first, in ChatML.
"""

import os
import zlib
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Self

from ingest.paraphrase.check import CAPTIONS
from ingest.paraphrase.llama import LENGTH, Decoder, Request, Weights
from ingest.paraphrase.prompt import read
from magpie import models
from magpie.errors import ModelNotFoundError
from magpie.models import FoundModel
from magpie.settings import Settings

MODEL = "smollm2-135m"
START, END = "<|im_start|>", "<|im_end|>"  # one token each; the adapter was trained between them
SHOWN = (
    (
        "zombie ape | gold fur, laser eyes and a small grin | wears a red hoodie | before a blue background",
        "This zombie ape has gold fur, laser eyes and a small grin, wears a red hoodie, and stands against a"
        " blue background.",
    ),
    (
        "cat | wears a beanie and round glasses | striped fur and sleepy eyes | holds a balloon",
        "Wearing a beanie and round glasses, a cat shows striped fur and sleepy eyes, and holds a balloon.",
    ),
)
_ASKED = "Write one sentence that names everything in the line, and nothing else."
SEQUENCES = 24  # captions that one thread decodes together
TEMPERATURE = 0.7


def open_writer(settings: Settings) -> "LlamaWriter":
    """The model that ``settings.llm`` names, with our adapter if it is the embedded one.

    Raises `ModelNotFoundError` with the fix, also if it is "none".
    """
    if settings.llm == "none":
        raise ModelNotFoundError('the setting llm is "none"')
    model = models.find(settings.llm, allow_network=settings.allow_network)
    adapter = models.find(models.OWN_CAPTIONS) if model.spec.name == MODEL else None
    return LlamaWriter(model, adapter, threads=settings.threads)


class LlamaWriter:
    """A `CaptionWriter` over llama.cpp, for one thread. `close` frees it; so does leaving it as a context.

    Each line of a prompt is a sequence of its own, so a prompt's captions do not see each other. One decoder
    a core: threads that share one wait for each other at every layer, and spin meanwhile.
    """

    def __init__(
        self,
        model: FoundModel,
        adapter: FoundModel | None,
        *,
        threads: int = 0,
        sequences: int = SEQUENCES,
        temperature: float = TEMPERATURE,
    ) -> None:
        self._model, self._adapter, self._temperature = model, adapter, temperature
        self._weights = Weights(model.path, adapter.path if adapter else None)
        self._decoders = [
            Decoder(self._weights, sequences=sequences, temperature=temperature)
            for _ in range(threads or os.cpu_count() or 1)
        ]

    @property
    def id(self) -> str:
        """Names and digests of model and adapter, and the temperature."""
        used = [found for found in (self._model, self._adapter) if found]
        named = "+".join(f"{found.spec.name}@{found.sha256()[:12]}" for found in used)
        return f"{named} t={self._temperature}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Free the weights; nothing can be written any more."""
        for decoder in self._decoders:
            decoder.close()
        self._decoders = []
        self._weights.close()

    def write(self, prompts: Sequence[str], *, seed: int) -> list[list[str]]:
        """A caption for each line of each prompt, "" for a line that is too long for the model."""
        lines = [
            (f"{place} {line}", line)
            for prompt in prompts
            for place, line in zip(range(CAPTIONS), prompt.split("\n"), strict=True)
        ]
        answers = [""] * len(lines)
        waiting = deque(
            request
            for place, (name, line) in enumerate(lines)
            if (request := self._request(place, line, zlib.crc32(f"{seed} {name}".encode())))
        )
        with ThreadPoolExecutor(len(self._decoders)) as pool:
            for done in [pool.submit(decoder.serve, waiting, answers) for decoder in self._decoders]:
                done.result()
        captions = [next(iter(read(answer)), "") for answer in answers]
        return [captions[start : start + CAPTIONS] for start in range(0, len(captions), CAPTIONS)]

    def _request(self, place: int, line: str, seed: int) -> Request | None:
        """What to decode for a line; None if line and caption may not fit."""
        asked = self._weights.tokens(f"{START}{line}\n" if self._adapter else _shown(line))
        most = len(self._weights.tokens(line)) * 3 // 2 + 32  # a caption repeats its line in other words
        return Request(place, asked, seed, most) if len(asked) + most <= LENGTH else None


def _shown(line: str) -> str:
    """The line as the last of a few turns of a chat."""
    turns = [("system", _ASKED)]
    for asked, caption in SHOWN:
        turns += [("user", asked), ("assistant", caption)]
    chat = "".join(f"{START}{role}\n{words}{END}\n" for role, words in [*turns, ("user", line)])
    return f"{chat}{START}assistant\n"
