"""Settings -> a connected agent. The only place that builds; everything else receives."""

from contextlib import ExitStack
from typing import TYPE_CHECKING

from agent.library import Library
from agent.routing.router import Router
from agent.speaker import ALONE, QUESTION_LIMIT, Shared, Speaker
from agent.state import State
from agent.versions import NONE, versions_of
from agent.wording import ModelOpener
from magpie.errors import MissingExtraError, ModelNotFoundError
from magpie.settings import Settings

if TYPE_CHECKING:
    from agent.chat_model import ChatModel

__all__ = ["ALONE", "QUESTION_LIMIT", "Agent", "open_agent", "open_router"]


class Agent(Speaker):
    """Answers questions about the ingested collections. Use as a context manager; threads may share it.

    ``searcher`` is what its tools search with.
    """

    def __init__(
        self,
        settings: Settings,
        model: "ChatModel | None" = None,
        *,
        notice: str = "",
        keep: bool = False,
        patience: float | None = None,
    ) -> None:
        """Owns ``model``; without one, answers are worded from templates and ``notice`` says why.

        What is remembered is in ``settings.state_path`` if ``keep``, else gone with the agent, and nowhere on
        disk. ``patience`` is that of `ModelOpener`. Raises `MagpieError` if nothing is ingested or indexed.
        """
        from retrieval.search import open_searcher

        with ExitStack() as opened:
            searcher = opened.enter_context(open_searcher(settings))
            if model is not None:
                opened.callback(model.close)
            state = opened.enter_context(State(settings.state_path if keep else None))
            router, unrouted = open_router(settings)
            shared = Shared(
                settings,
                searcher,
                Library(searcher.catalog),
                versions_of(settings, model, router),
                router,
                ModelOpener(model, patience) if model is not None else None,
                tuple(filter(None, (notice, unrouted))),
            )
            super().__init__(shared, state)
            self._opened = opened.pop_all()

    def close(self) -> None:
        """Free the models and close the catalogue."""
        self._opened.close()


def open_router(settings: Settings) -> tuple[Router | None, str]:
    """The classifier of intents, ready; or None, and why intents are read from cue words alone."""
    router = Router(settings)
    try:
        router.load()
    except (MissingExtraError, ModelNotFoundError) as error:
        return None, f"intents are read from cue words alone: {error}"
    return router, ""


def open_agent(settings: Settings, *, keep: bool = False, patience: float | None = None) -> Agent:
    """An agent over ``settings.home``, remembering on disk if ``keep``. Models load on first use.

    ``patience`` is how many seconds a model gets for its sentence, where its size shall not decide. Without
    the weights that ``settings.llm`` names, or while the server that it names does not answer, answers are
    worded from templates and say so in their notices. Raises `MagpieError` if nothing is ingested or indexed.
    """
    if settings.llm == NONE:
        return Agent(settings, keep=keep)
    from agent.chat_model import open_model

    try:
        model = open_model(settings)
    except ModelNotFoundError as error:
        return Agent(settings, notice=f"worded from templates: {error}", keep=keep)
    return Agent(settings, model, keep=keep, patience=patience)
