"""A local LLaMA behind LangChain's interface, over llama.cpp."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import LanguageModelInput
from langchain_core.language_models.chat_models import (
    BaseChatModel,
    agenerate_from_stream,
    generate_from_stream,
)
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from pydantic import BaseModel, Field, PrivateAttr

from agent.chat_model.fair_queue import queue_of
from agent.chat_model.gguf import Gguf, Sampling, Usage
from agent.chat_model.reply_format import ReplyFormatError, checked, grammar_of
from agent.chat_model.run_ahead import Wish, run_ahead, run_ahead_async
from agent.chat_model.structured import structured
from agent.chat_model.window import Message
from magpie.errors import InputError

_SMALL_FILE = 500_000_000  # bytes
_ROLES = {"human": "user", "ai": "assistant", "system": "system", "HumanMessageChunk": "user"}
_ROLES |= {"AIMessageChunk": "assistant", "SystemMessageChunk": "system"}


class LlamaChat(BaseChatModel):
    """A GGUF file run by llama.cpp. Loads at the first call; `close` frees it.

    One call at a time: calls of all instances over one file wait in one line, first come, first served. The
    chat template is the GGUF's own. What does not fit into ``n_ctx`` is left out: the oldest turns, then the
    middle of long messages. The same messages and seed give the same words, whatever was asked in between.

    `invoke` and `stream` also take ``max_tokens``, ``temperature`` and ``seed``; ``grammar`` (GBNF) or
    ``response_format`` (`agent.chat_model.reply_format`), where a reply that breaks it is a
    `ReplyFormatError`; ``stopping``, an event, and ``patience``, in seconds from the call, after which
    `StoppedError` is raised, also while waiting in the line. Closing a stream ends its generation.
    """

    path: Path
    n_ctx: int = Field(default=2048, ge=128)
    threads: int = Field(default=0, ge=0, description="0: one for a small model, else as llama.cpp chooses")
    max_tokens: int = Field(default=48, ge=1)
    temperature: float = Field(default=0.4, ge=0)
    seed: int = 7
    stop: list[str] = Field(default_factory=list)
    prefix_megabytes: int = Field(default=128, ge=0, description="for beginnings of prompts, kept evaluated")
    takes_grammar: Literal[True] = True

    _gguf: Gguf | None = PrivateAttr(default=None)
    _parameters: int = PrivateAttr(default=0)

    @property
    def _llm_type(self) -> str:
        return "llama.cpp"

    @property
    def model_name(self) -> str:
        """The file's name without its ending."""
        return self.path.stem

    @property
    def _identifying_params(self) -> dict[str, Any]:
        names = ("path", "n_ctx", "max_tokens", "temperature", "seed", "stop")
        return {name: str(getattr(self, name)) for name in names}

    @property
    def parameters(self) -> int:
        """How many weights the model has. The first time it loads the model, which may wait for a turn."""
        if not self._parameters:
            with queue_of(self.path).turn():
                self._parameters = self._loaded().parameters
        return self._parameters

    def close(self) -> None:
        """Free the weights when the calls before this one are done. A later call loads them again."""
        with queue_of(self.path).turn():
            if self._gguf is not None:
                self._gguf.close()
                self._gguf = None

    def with_structured_output(
        self,
        schema: dict[str, Any] | type,
        *,
        include_raw: bool = False,
        method: Literal["json_schema", "function_calling", "json_mode"] = "json_schema",
        strict: bool | None = None,
        **kwargs: Any,  # noqa: ANN401 (LangChain's signature)
    ) -> Runnable[LanguageModelInput, dict[str, Any] | BaseModel]:
        """Replies as values of ``schema``: held to it by a grammar and validated, by every ``method``.

        Raises `ReplyFormatError` for a reply that is none, or has it as ``parsing_error`` beside the raw one.
        """
        return structured(self, schema, include_raw=include_raw, method=method, strict=strict, **kwargs)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,  # noqa: ANN401 (LangChain's signature)
    ) -> ChatResult:
        return generate_from_stream(self._stream(messages, stop, run_manager, **kwargs))

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,  # noqa: ANN401 (LangChain's signature)
    ) -> ChatResult:
        return await agenerate_from_stream(self._astream(messages, stop, run_manager, **kwargs))

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,  # noqa: ANN401 (LangChain's signature)
    ) -> Iterator[ChatGenerationChunk]:
        wish = _wish(kwargs)
        for chunk in run_ahead(lambda: self._chunks(messages, stop, kwargs, wish), wish):
            if run_manager:
                run_manager.on_llm_new_token(chunk.text, chunk=chunk)
            yield chunk

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,  # noqa: ANN401 (LangChain's signature)
    ) -> AsyncIterator[ChatGenerationChunk]:
        wish = _wish(kwargs)
        async for chunk in run_ahead_async(lambda: self._chunks(messages, stop, kwargs, wish), wish):
            if run_manager:
                await run_manager.on_llm_new_token(chunk.text, chunk=chunk)
            yield chunk

    def _chunks(
        self, messages: Sequence[BaseMessage], stop: list[str] | None, given: Mapping[str, Any], wish: Wish
    ) -> Iterator[ChatGenerationChunk]:
        """The reply's pieces, and a last chunk that counts tokens. Ends early when the ``wish`` is over."""
        sampling, form = self._sampling(stop, given), given.get("response_format")
        said = [_as_dict(message) for message in messages]
        usage, words = Usage(), ""
        with queue_of(self.path).turn(wish.is_over):
            gguf = self._loaded()
            for piece in gguf.words(gguf.prompt(said, sampling.max_tokens), sampling, usage):
                if wish.is_over():
                    return
                words += piece
                yield ChatGenerationChunk(message=AIMessageChunk(content=piece))
        if given.get("validate", True):
            if form is not None:
                checked(words, form, is_cut=usage.finish == "length")
            elif sampling.grammar is not None and usage.finish == "length":
                raise ReplyFormatError(
                    f"the reply's {sampling.max_tokens} tokens ended before the grammar did"
                )
        yield self._last(usage)

    def _sampling(self, stop: list[str] | None, given: Mapping[str, Any]) -> Sampling:
        form, grammar = given.get("response_format"), given.get("grammar")
        if form is not None and grammar is not None:
            raise InputError("give a grammar or a response_format, not both")
        return Sampling(
            max_tokens=given.get("max_tokens") or self.max_tokens,
            temperature=given.get("temperature", self.temperature),
            seed=given.get("seed", self.seed),
            stop=tuple(stop or self.stop),
            grammar=grammar_of(form) if form is not None else grammar,
        )

    def _last(self, usage: Usage) -> ChatGenerationChunk:
        about = {
            "finish_reason": usage.finish,
            "model_name": self.model_name,
            "model_provider": "llama.cpp",
            "messages_left_out": usage.left_out,
        }
        message = AIMessageChunk(
            content="",
            response_metadata=about,
            usage_metadata={
                "input_tokens": usage.prompt,
                "output_tokens": usage.written,
                "total_tokens": usage.prompt + usage.written,
                "input_token_details": {"cache_read": usage.kept},
            },
            chunk_position="last",
        )
        return ChatGenerationChunk(message=message, generation_info={"finish_reason": usage.finish})

    def _loaded(self) -> Gguf:
        """The model; only for whoever has the turn."""
        if self._gguf is None:
            # Waiting threads spin: on a busy machine a second one made a 135M model 20 times slower.
            threads = self.threads or (1 if self.path.stat().st_size < _SMALL_FILE else None)
            kept = self.prefix_megabytes * 1_000_000
            self._gguf = Gguf(self.path, n_ctx=self.n_ctx, threads=threads, prefix_bytes=kept)
        return self._gguf


def _wish(given: Mapping[str, Any]) -> Wish:
    return Wish(given.get("stopping"), given.get("patience"))


def _as_dict(message: BaseMessage) -> Message:
    if message.type not in _ROLES:
        raise InputError(
            f"a local model reads system, human and AI messages, not one of type {message.type!r}"
        )
    if not isinstance(message.content, str):
        strange = {b.get("type") for b in message.content if isinstance(b, dict)} - {"text"}
        if strange:
            raise InputError(f"a local model reads text only, not {', '.join(sorted(map(str, strange)))}")
    return {"role": _ROLES[message.type], "content": str(message.text)}
