"""Chat models behind LangChain's interface: a local LLaMA over llama.cpp, and a scripted one.

With `agent.graph` and `agent.memory`, the only module that knows LangChain. Neither model knows what is asked
of it.
"""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage, SystemMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from pydantic import Field, PrivateAttr

from magpie.errors import ModelNotFoundError
from magpie.optional import require

if TYPE_CHECKING:
    from llama_cpp import Llama

_SMALL_FILE = 500_000_000  # bytes
_LOADING = threading.Lock()


class LlamaChat(BaseChatModel):
    """A GGUF file run by llama.cpp. Loads at the first call; `close` frees it.

    One call at a time: a `Llama` is not safe for two, so others wait at a lock. The chat template is the
    GGUF's own. ``grammar`` (GBNF) may be given to `invoke` and `stream`; validate what comes back all the
    same. Closing a stream ends its generation.
    """

    path: Path
    n_ctx: int = Field(default=2048, ge=128)
    threads: int = Field(default=0, ge=0, description="0: one for a small model, else as llama.cpp chooses")
    max_tokens: int = Field(default=48, ge=1)
    temperature: float = Field(default=0.4, ge=0)
    seed: int = 7

    _lock: threading.Lock = PrivateAttr(default_factory=threading.Lock)
    _llama: Any = PrivateAttr(default=None)

    @property
    def _llm_type(self) -> str:
        return "llama.cpp"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"path": str(self.path), "temperature": self.temperature, "seed": self.seed}

    @property
    def parameters(self) -> int:
        """How many weights the model has. Loads it."""
        with self._lock:
            return int(require("llama_cpp", extra="llm").llama_model_n_params(self._loaded().model))

    def close(self) -> None:
        """Free the weights. A later call loads them again."""
        with self._lock:
            if self._llama is not None:
                self._llama.close()
                self._llama = None

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,  # noqa: ANN401 (LangChain's signature)
    ) -> ChatResult:
        words = "".join(
            str(chunk.message.content) for chunk in self._stream(messages, stop, run_manager, **kwargs)
        )
        return ChatResult(generations=[ChatGeneration(message=AIMessage(content=words))])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,  # noqa: ANN401 (LangChain's signature)
    ) -> Iterator[ChatGenerationChunk]:
        with self._lock:
            llama = self._loaded()
            llama.reset()  # a kept prefix changes sums in their last digits: then one seed gives two answers
            pieces = llama.create_chat_completion(
                [_as_dict(message) for message in messages],
                stream=True,
                stop=stop or [],
                max_tokens=kwargs.get("max_tokens", self.max_tokens),
                temperature=kwargs.get("temperature", self.temperature),
                seed=kwargs.get("seed", self.seed),
                grammar=_grammar(kwargs.get("grammar")),
            )
            for piece in pieces:
                words = piece["choices"][0]["delta"].get("content")
                if not words:
                    continue
                chunk = ChatGenerationChunk(message=AIMessageChunk(content=words))
                if run_manager:
                    run_manager.on_llm_new_token(words, chunk=chunk)
                yield chunk

    def _threads(self) -> int | None:
        # Waiting threads spin: on a busy machine a second one made a 135M model 20 times slower.
        return self.threads or (1 if self.path.stat().st_size < _SMALL_FILE else None)

    def _loaded(self) -> "Llama":
        if self._llama is None:
            llama_cpp = require("llama_cpp", extra="llm")
            with _LOADING, _plain_weights(llama_cpp.llama_cpp):
                try:
                    self._llama = llama_cpp.Llama(
                        str(self.path),
                        n_ctx=self.n_ctx,
                        n_threads=self._threads(),
                        n_threads_batch=self._threads(),
                        seed=self.seed,
                        verbose=False,
                    )
                except ValueError as error:
                    raise ModelNotFoundError(
                        f"{self.path} is not a model llama.cpp can load: {error}"
                    ) from error
        return self._llama


class ScriptedChat(BaseChatModel):
    """Says the given ``lines`` in order, over and over: for tests and for showing a conversation."""

    lines: Sequence[str] = Field(min_length=1)
    parameters: int = 0
    asked: list[list[BaseMessage]] = Field(default_factory=list, exclude=True)

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,  # noqa: ANN401 (LangChain's signature)
    ) -> ChatResult:
        line = self.lines[len(self.asked) % len(self.lines)]
        self.asked.append(list(messages))
        return ChatResult(generations=[ChatGeneration(message=AIMessage(content=line))])

    def close(self) -> None:
        """Nothing to free."""


ChatModel = LlamaChat | ScriptedChat


def as_messages(system: str, turns: Sequence[tuple[str, str]], user: str) -> list[BaseMessage]:
    """A prompt: instructions, example turns (user, reply), and what the user says now."""
    examples = [m for asked, reply in turns for m in (HumanMessage(asked), AIMessage(reply))]
    return [SystemMessage(system), *examples, HumanMessage(user)]


def _as_dict(message: BaseMessage) -> dict[str, str]:
    roles = {"human": "user", "ai": "assistant", "system": "system"}
    return {"role": roles[message.type], "content": str(message.content)}


def _grammar(source: str | None) -> Any:  # noqa: ANN401 (a llama_cpp class)
    if source is None:
        return None
    return require("llama_cpp", extra="llm").LlamaGrammar.from_string(source, verbose=False)


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
