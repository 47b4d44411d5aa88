"""One GGUF file in llama.cpp: its own chat template, its window, and its words. Not safe for two threads."""

import codecs
import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Any

from agent.chat_model.prefix import Prefixes
from agent.chat_model.window import Message, fit
from magpie.errors import InputError, ModelNotFoundError
from magpie.optional import require

_LOADING = threading.Lock()
_PIECE = 64  # tokens that are worth evaluating by themselves: many short pieces take longer than a few
_SEEDS = 2**32 - 1  # the next one means "any" to llama.cpp


@dataclass(frozen=True)
class Sampling:
    """How words are drawn. Equal prompts and equal samplings give equal words."""

    max_tokens: int
    temperature: float
    seed: int
    stop: tuple[str, ...] = ()
    grammar: str | None = None


@dataclass(frozen=True)
class Prompt:
    """``tokens``, in pieces that end at ``ends`` and at the end. ``left_out``: messages that did not fit."""

    tokens: list[int]
    ends: tuple[int, ...]
    left_out: int = 0


@dataclass
class Usage:
    """Filled while words are written. ``kept``: tokens of the prompt that need not be evaluated again.

    ``finish`` is ``stop`` where the model or a stop word ended the reply, ``length`` where tokens ran out.
    """

    prompt: int = 0
    kept: int = 0
    written: int = 0
    left_out: int = 0
    finish: str = "length"


class Gguf:
    """The loaded file. Raises `ModelNotFoundError` if llama.cpp cannot load it or it cannot chat."""

    def __init__(self, path: Path, *, n_ctx: int, threads: int | None, prefix_bytes: int) -> None:
        self._path, self._n_ctx = path, n_ctx
        self._package = require("llama_cpp", extra="llm")
        self._api: Any = self._package.llama_cpp
        with _LOADING, _plain_weights(self._api):
            try:
                self._llama = self._package.Llama(
                    str(path), n_ctx=n_ctx, n_threads=threads, n_threads_batch=threads, verbose=False
                )
            except ValueError as error:
                raise ModelNotFoundError(f"{path} is not a model llama.cpp can load: {error}") from error
        try:
            self._template = self._own_template()
        except ModelNotFoundError:
            self.close()
            raise
        self._control = self._control_words()
        self._prefixes = Prefixes(self._llama, prefix_bytes)

    def close(self) -> None:
        """Free the weights."""
        self._llama.close()

    @property
    def parameters(self) -> int:
        """How many weights the model has."""
        return int(self._api.llama_model_n_params(self._llama.model))

    def prompt(self, messages: Sequence[Message], max_tokens: int) -> Prompt:
        """What of ``messages`` fits beside a reply of ``max_tokens``, which gets half the window at most."""
        safe = [
            {**message, "content": self._control.sub(_broken, message["content"])} for message in messages
        ]
        room = self._n_ctx - min(max_tokens, self._n_ctx // 2)
        kept = fit(safe, lambda some: len(self._tokens(some)), room)
        tokens = self._tokens(kept)
        ends = [0]
        for count in range(1, len(kept)):
            end = self._shared(kept[:count], tokens)
            enough = 1 if count == len(kept) - 1 else _PIECE
            if ends[-1] + enough <= end < len(tokens):
                ends.append(end)
        return Prompt(tokens, tuple(ends[1:]), len(messages) - len(kept))

    def words(self, prompt: Prompt, sampling: Sampling, usage: Usage) -> Iterator[str]:
        """The reply, piece by piece, without a stop word or anything after it.

        Under a grammar ``finish`` is ``stop`` only if the reply is a whole sentence of it.
        """
        usage.prompt, usage.left_out = len(prompt.tokens), prompt.left_out
        usage.kept = self._prefixes.prepare(prompt.tokens, prompt.ends)
        most = min(sampling.max_tokens, self._n_ctx - len(prompt.tokens))
        decoder, held = codecs.getincrementaldecoder("utf-8")("replace"), ""
        for token in self._drawn(prompt, sampling):
            if self._api.llama_vocab_is_eog(self._llama._model.vocab, token):
                usage.finish = "stop"
                break
            if usage.written == most:  # looked one further, to see whether the grammar was at its end
                break
            usage.written += 1
            ready, held, is_stopped = _until(
                sampling.stop, held + decoder.decode(self._llama.detokenize([token]))
            )
            if ready:
                yield ready
            if is_stopped:
                usage.finish = "stop"
                return
            if usage.written == most and sampling.grammar is None:
                break
        if rest := held + decoder.decode(b"", final=True):
            yield rest

    def _drawn(self, prompt: Prompt, sampling: Sampling) -> Iterator[int]:
        grammar = None
        if sampling.grammar is not None:
            self._check_grammar(sampling.grammar)
            grammar = self._package.LlamaGrammar.from_string(sampling.grammar, verbose=False)
        self._llama.set_seed(sampling.seed % _SEEDS)
        drawn: Iterator[int] = self._llama.generate(prompt.tokens, temp=sampling.temperature, grammar=grammar)
        return drawn

    def _check_grammar(self, grammar: str) -> None:
        sampler = self._api.llama_sampler_init_grammar(
            self._llama._model.vocab,
            grammar.encode(),
            b"root",
        )
        if not sampler:
            raise InputError(f"llama.cpp cannot read this grammar: {grammar.strip()[:120]!r}")
        self._api.llama_sampler_free(sampler)

    def _tokens(self, messages: Sequence[Message], *, to_reply: bool = True) -> list[int]:
        text = self._rendered(messages, to_reply=to_reply)
        return list(self._llama.tokenize(text.encode("utf-8", "replace"), add_bos=False, special=True))

    def _shared(self, beginning: Sequence[Message], tokens: Sequence[int]) -> int:
        """How many ``tokens`` are those of the ``beginning`` alone; 0 where the template refuses it."""
        try:
            alone = self._tokens(beginning, to_reply=False)
        except InputError:
            return 0
        return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(alone, tokens, strict=False)))

    def _rendered(self, messages: Sequence[Message], *, to_reply: bool) -> str:
        refused = (ValueError, TypeError, require("jinja2", extra="llm").TemplateError)
        self._template.add_generation_prompt = to_reply
        try:
            return str(self._template(messages=list(messages)).prompt)
        except refused:
            pass  # many templates know no system message, or no two messages of one role in a row
        try:
            return str(self._template(messages=_alternating(messages)).prompt)
        except refused as error:
            raise InputError(
                f"the chat template of {self._path.name} refuses this conversation: {error}"
            ) from error

    def _own_template(self) -> Any:  # noqa: ANN401 (a llama_cpp class)
        source = self._llama.metadata.get("tokenizer.chat_template")
        if not source:
            raise ModelNotFoundError(
                f"{self._path} has no chat template: give a GGUF of a chat or instruct model"
            )
        model = self._llama._model
        named = {
            name: model.token_get_text(token) if token != -1 else ""
            for name, token in (("eos_token", model.token_eos()), ("bos_token", model.token_bos()))
        }
        try:
            return self._package.llama_chat_format.Jinja2ChatFormatter(template=source, **named)
        except require("jinja2", extra="llm").TemplateError as error:
            raise ModelNotFoundError(f"the chat template of {self._path} cannot be read: {error}") from error

    def _control_words(self) -> re.Pattern[str]:
        """Names of control tokens: in a message they are text like any other, and must not act as tokens."""
        model = self._llama._model
        control = [
            model.token_get_text(token)
            for token in range(model.n_vocab())
            if self._api.llama_vocab_is_control(model.vocab, token)
        ]
        return re.compile(
            "|".join(re.escape(name) for name in sorted(control, key=len, reverse=True) if name) or "(?!)"
        )


def _broken(name: re.Match[str]) -> str:
    return f"{name[0][0]} {name[0][1:]}"


def _alternating(messages: Sequence[Message]) -> list[Message]:
    """The same words with user and assistant by turns, what the system says at the head of the first."""
    turns: list[Message] = []
    for message in messages:
        role = "assistant" if message["role"] == "assistant" else "user"
        if turns and turns[-1]["role"] == role:
            turns[-1] = {"role": role, "content": f"{turns[-1]['content']}\n\n{message['content']}"}
        else:
            turns.append({"role": role, "content": message["content"]})
    return turns


def _until(stops: Sequence[str], text: str) -> tuple[str, str, bool]:
    """What of ``text`` is before a stop word, what may be the beginning of one, and whether one was there."""
    found = [at for at in (text.find(stop) for stop in stops if stop) if at >= 0]
    if found:
        return text[: min(found)], "", True
    lengths = [size for stop in stops for size in range(1, len(stop)) if text.endswith(stop[:size])]
    held = max(lengths, default=0)
    return text[: len(text) - held], text[len(text) - held :], False


@contextmanager
def _plain_weights(low_level: Any) -> Iterator[None]:  # noqa: ANN401 (a module of ctypes)
    """Load weights into ordinary buffers while this is open.

    llama.cpp built with AMX crashes at the first token on Sapphire Rapids and newer
    (https://github.com/ggml-org/llama.cpp/issues/20824), and `Llama` has no argument for
    ``use_extra_bufts``, which switches the AMX buffers off.
    """
    original = low_level.llama_model_default_params

    def without_extra_buffers() -> Any:  # noqa: ANN401 (a ctypes structure)
        params = original()
        params.use_extra_bufts = False
        return params

    low_level.llama_model_default_params = without_extra_buffers
    try:
        yield
    finally:
        low_level.llama_model_default_params = original
