"""A chat model that says what it was given to say."""

from collections.abc import Sequence
from typing import Any, Literal

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from pydantic import Field


class ScriptedChat(BaseChatModel):
    """Says the given ``lines`` in order, over and over: for tests and for showing a conversation."""

    lines: Sequence[str] = Field(min_length=1)
    parameters: int = 0
    takes_grammar: Literal[True] = True
    asked: list[list[BaseMessage]] = Field(default_factory=list, exclude=True)

    @property
    def model_name(self) -> str:
        return "scripted"

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
