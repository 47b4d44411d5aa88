"""Chat models behind LangChain's interface: a local LLaMA over llama.cpp, a server's, and a scripted one.

With `agent.graph`, the only place that knows LangChain. No model knows what is asked of it.
"""

from collections.abc import Sequence

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage

from agent.chat_model.fair_queue import StoppedError
from agent.chat_model.llama import LlamaChat
from agent.chat_model.reply_format import ReplyFormatError
from agent.chat_model.scripted import ScriptedChat
from agent.chat_model.served import ServedChat
from magpie.models import find
from magpie.served import served_model
from magpie.settings import Settings

ChatModel = LlamaChat | ScriptedChat | ServedChat

__all__ = [
    "ChatModel",
    "LlamaChat",
    "ReplyFormatError",
    "ScriptedChat",
    "ServedChat",
    "StoppedError",
    "as_messages",
    "open_model",
]


def open_model(settings: Settings) -> LlamaChat | ServedChat:
    """The model that ``settings.llm`` names. It loads, or is asked, at its first call.

    Raises `ModelNotFoundError` if its weights are not here, `ConfigError` if a setting forbids it.
    """
    key = settings.llm_key.get_secret_value() if settings.llm_key else None
    if served := served_model(settings.llm):
        served.require_allowed(allow_network=settings.allow_network, has_key=bool(key))
        return ServedChat(served, key=key)
    token = settings.hub_token.get_secret_value() if settings.hub_token else None
    weights = find(settings.llm, allow_network=settings.allow_network, hub=str(settings.hub_url), token=token)
    return LlamaChat(path=weights.path, threads=settings.threads)


def as_messages(system: str, turns: Sequence[tuple[str, str]], user: str) -> list[BaseMessage]:
    """A prompt: instructions, example turns (user, reply), and what the user says now."""
    examples = [m for asked, reply in turns for m in (HumanMessage(asked), AIMessage(reply))]
    return [SystemMessage(system), *examples, HumanMessage(user)]
