"""Settings -> a connected agent. The only place that builds; everything else receives."""

from collections.abc import Generator, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING, Self

from agent.answer import Answer, AnswerReady, Event
from agent.library import Library
from agent.wording import ModelOpener
from magpie import text
from magpie.errors import InputError, ModelNotFoundError
from magpie.settings import Settings

if TYPE_CHECKING:
    from agent.chat_model import ChatModel

NO_MODEL = "none"
QUESTION_LIMIT = 2000


class Agent:
    """Answers questions about the ingested collections. Use as a context manager; threads may share it.

    Each ``conversation`` has its own memory of the last turn ("the second one", "a beanie instead").
    """

    def __init__(self, settings: Settings, model: "ChatModel | None" = None, *, notice: str = "") -> None:
        """Owns ``model``; without one, answers are worded from templates and ``notice`` says why.

        Raises `MagpieError` if nothing is ingested or indexed.
        """
        from agent.graph import Parts, build_graph, new_memory
        from agent.onchain.verifier import Verifier
        from agent.tools import make_toolbox
        from retrieval.search import open_searcher

        self.settings = settings
        with ExitStack() as opened:
            searcher = opened.enter_context(open_searcher(settings))
            if model is not None:
                opened.callback(model.close)
            self._library = Library(searcher.catalog)
            toolbox = make_toolbox(searcher, self._library, Verifier(settings, searcher.catalog))
            opener = ModelOpener(model) if model is not None else None
            parts = Parts(self._library, toolbox, opener, (notice,) if notice else ())
            self._memory = new_memory()
            self._graph = build_graph(parts, self._memory)
            self._opened = opened.pop_all()

    def ask(
        self,
        question: str,
        *,
        image: Path | None = None,
        conversation: str = "default",
        collections: Sequence[str] = (),
    ) -> Answer:
        """The whole answer. ``collections`` limits the search; a person's own words may narrow it further.

        Raises `InputError` for an empty question without a picture, an unknown collection, a missing picture.
        """
        for event in self.stream(question, image=image, conversation=conversation, collections=collections):
            if isinstance(event, AnswerReady):
                return event.answer
        raise RuntimeError("a turn ended without an answer")

    def stream(
        self,
        question: str,
        *,
        image: Path | None = None,
        conversation: str = "default",
        collections: Sequence[str] = (),
    ) -> Generator[Event]:
        """The same turn as events; the last is always `AnswerReady`.

        Closing the iterator stops the turn, and the conversation is as it was before it.
        """
        from agent.graph import Turn, run

        asked = text.clean(question, QUESTION_LIMIT)
        if not asked and image is None:
            raise InputError("ask something, or give a picture with --image")
        if image is not None and not image.is_file():
            raise InputError(f"there is no picture at {image}; give the path of an image file")
        within = tuple(self._library.catalog.collection(name).name for name in collections)
        turn = Turn(asked, conversation, image, within)
        events = run(self._graph, turn)
        ready: AnswerReady | None = None
        with closing(events):
            try:
                for event in events:
                    if isinstance(event, AnswerReady):
                        ready = event  # told when the turn is remembered, so that a reader may leave at once
                    else:
                        yield event
            finally:
                turn.stopping.set()  # before the graph is closed, which waits for its running node
        if ready:
            yield ready

    def forget(self, conversation: str) -> None:
        """Drop the memory of one conversation; unknown names are fine."""
        self._memory.delete_thread(conversation)

    def close(self) -> None:
        """Free the models and close the catalogue."""
        self._opened.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_agent(settings: Settings) -> Agent:
    """An agent over ``settings.home``. Models load on first use.

    Without the weights that ``settings.llm`` names, or while the server that it names does not answer,
    answers are worded from templates and say so in their notices. Raises `MagpieError` if nothing is ingested
    or indexed.
    """
    if settings.llm == NO_MODEL:
        return Agent(settings)
    from agent.chat_model import open_model

    try:
        model = open_model(settings)
    except ModelNotFoundError as error:
        return Agent(settings, notice=f"worded from templates: {error}")
    return Agent(settings, model)
