"""Models of Ollama- and OpenAI-compatible servers, through LangChain's own packages for them.

A server is a stranger: whatever it does wrong becomes one `SourceError`, and it is not waited for endlessly.
Only what the setting names is asked: no proxy, key or address from the environment, and no redirect.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Literal

from agent.chat_model.fair_queue import StoppedError
from agent.chat_model.run_ahead import Wish, run_ahead
from magpie import text
from magpie.errors import MagpieError, SourceError
from magpie.optional import require
from magpie.served import ServedModel

if TYPE_CHECKING:
    import threading

    from langchain_core.language_models.chat_models import BaseChatModel
    from langchain_core.messages import BaseMessage

_PATIENCE = 60.0  # seconds for an answer, where the caller sets none
_CONNECT = 5.0
_LONGEST = 100_000  # characters of one reply
_NO_KEY = "none"  # both protocols want one; servers without keys ignore it


class ServedChat:
    """A server's model. Takes no grammar: what comes back must be checked by whoever asked for a form."""

    takes_grammar: Literal[False] = False
    parameters = 0  # neither protocol tells

    def __init__(
        self,
        served: ServedModel,
        *,
        key: str | None = None,
        max_tokens: int = 48,
        temperature: float = 0.4,
        seed: int = 7,
    ) -> None:
        """Asks nothing yet. ``key`` is sent with every request."""
        self._served, self._key = served, key or _NO_KEY
        self._drawing: dict[str, Any] = {"max_tokens": max_tokens, "temperature": temperature, "seed": seed}
        self._models: dict[tuple[Any, ...], BaseChatModel] = {}

    @property
    def model_name(self) -> str:
        """The model and the server's host."""
        return str(self._served)

    def stream(
        self,
        messages: "Sequence[BaseMessage]",
        *,
        grammar: str | None = None,
        stopping: "threading.Event | None" = None,
        patience: float | None = None,
        **drawing: float,
    ) -> "Iterator[BaseMessage]":
        """The reply in pieces. ``grammar`` is not sent: see ``takes_grammar``.

        ``drawing`` may be ``max_tokens``, ``temperature`` and ``seed``.

        Raises `SourceError` for a server that is down, refuses or makes no sense; `StoppedError` when
        ``stopping`` is set or ``patience`` is over, also while the server is silent.
        """
        del grammar
        patience = _PATIENCE if patience is None else patience
        wish = Wish(stopping, patience)
        return run_ahead(lambda: self._asked(messages, {**self._drawing, **drawing}), wish, daemon=True)

    def invoke(self, messages: "Sequence[BaseMessage]", **given: Any) -> "BaseMessage":  # noqa: ANN401 (as `stream`)
        """The whole reply; otherwise as `stream`."""
        from langchain_core.messages import AIMessage

        try:
            return AIMessage("".join(str(piece.content) for piece in self.stream(messages, **given)))
        except StoppedError as error:
            raise SourceError(f"the model server of {self._served} was too slow", retryable=True) from error

    def close(self) -> None:
        """Forget the connections. A later call makes new ones."""
        self._models.clear()

    def _asked(self, messages: "Sequence[BaseMessage]", drawing: dict[str, Any]) -> "Iterator[BaseMessage]":
        names = tuple(drawing.values())
        model = self._models.get(names) or self._models.setdefault(names, self._made(**drawing))
        size = 0
        try:
            for piece in model.stream(list(messages)):
                yield piece
                size += len(str(piece.content))
                if size > _LONGEST:
                    raise SourceError(f"the model server of {self._served} does not stop writing")
        except MagpieError:
            raise
        except Exception as error:
            raise SourceError(_problem(self._served, error), retryable=True) from error

    def _made(self, *, max_tokens: int, temperature: float, seed: int) -> "BaseChatModel":
        httpx = require("httpx", extra="servers")
        timeout = httpx.Timeout(_PATIENCE, connect=_CONNECT)
        drawing = {"model": self._served.model, "temperature": temperature, "seed": seed}
        made: BaseChatModel
        if self._served.protocol == "openai":
            made = require("langchain_openai", extra="servers").ChatOpenAI(
                base_url=self._served.url,
                api_key=self._key,
                openai_proxy="",
                extra_body={"max_tokens": max_tokens},  # the name that every compatible server knows
                max_retries=0,
                stream_usage=False,
                http_client=httpx.Client(timeout=timeout, trust_env=False),
                http_async_client=httpx.AsyncClient(timeout=timeout, trust_env=False),
                **drawing,
            )
        else:
            made = require("langchain_ollama", extra="servers").ChatOllama(
                base_url=self._served.url,
                num_predict=max_tokens,
                client_kwargs={
                    "timeout": timeout,
                    "trust_env": False,
                    "follow_redirects": False,
                    "headers": {"authorization": f"Bearer {self._key}"},
                },
                **drawing,
            )
        return made


def _problem(served: ServedModel, error: Exception) -> str:
    name = type(error).__name__
    status = getattr(error, "status_code", None)
    said = text.clean(str(error), 160)
    if status is not None and status >= 0:
        return f"the model server of {served} refused (status {status}): {said}"
    if "Connect" in name:
        return f"the model server of {served} does not answer: start it, or set MAGPIE_LLM to another model"
    if "Timeout" in name:
        return f"the model server of {served} was too slow"
    return f"the model server of {served} sent what is no reply ({name}: {said})"
