"""One who answers: the turns over what an open agent shares, and a memory that may be its own."""

from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from agent.answer import Answer, AnswerReady, Event, Versions
from agent.conversations import Conversations
from agent.library import Library
from agent.profile import Profiles
from agent.remember import Memory, recall
from agent.routing.router import Router
from agent.state import State
from agent.wording import SEED, Opener
from magpie import text
from magpie.errors import InputError
from magpie.settings import Settings

if TYPE_CHECKING:
    from retrieval.search import Searcher

ALONE = "default"
QUESTION_LIMIT = 2000


@dataclass(frozen=True)
class Shared:
    """What is opened once, however many speak: index, models, and what answers depend on."""

    settings: Settings
    searcher: "Searcher"
    library: Library
    versions: Callable[[int], Versions]
    router: Router | None = None
    opener: Opener | None = None
    notices: tuple[str, ...] = ()


class Speaker:
    """Answers questions. Use as a context manager; threads may share it.

    Each ``conversation`` has its own memory of the last turn ("the second one", "a beanie instead").
    ``conversations`` and ``profiles`` are what is remembered.
    """

    def __init__(self, shared: Shared, state: State, begun: Memory | None = None) -> None:
        """Owns ``state``. New conversations begin with the frame of ``begun``; the profile is its too."""
        from agent.graph import Parts, build_graph
        from agent.onchain.verifier import Verifier
        from agent.tools import make_toolbox

        self._shared, self._state, self._begun = shared, state, begun
        self.settings, self.searcher, self.versions = shared.settings, shared.searcher, shared.versions
        self.conversations, self.profiles = Conversations(state), Profiles(state)
        if begun is not None:
            self.profiles.change(lambda _: begun.profile)
        verifier = Verifier(shared.settings, shared.searcher.catalog)
        parts = Parts(
            shared.library,
            make_toolbox(shared.searcher, shared.library, verifier, self.profiles),
            self.profiles,
            shared.versions,
            shared.router,
            shared.opener,
            shared.notices,
        )
        self._graph = build_graph(parts)

    def ask(
        self,
        question: str,
        *,
        image: Path | None = None,
        conversation: str = ALONE,
        collections: Sequence[str] = (),
        seed: int = SEED,
    ) -> Answer:
        """The whole answer. ``collections`` limits the search; a person's own words may narrow it further.

        ``seed``, from 0 to `agent.wording.MOST_SEED`, is for how a model words it. Raises `InputError` for an
        empty question without a picture, an unknown collection, a missing picture.
        """
        events = self.stream(
            question, image=image, conversation=conversation, collections=collections, seed=seed
        )
        for event in events:
            if isinstance(event, AnswerReady):
                return event.answer
        raise RuntimeError("a turn ended without an answer")

    def stream(
        self,
        question: str,
        *,
        image: Path | None = None,
        conversation: str = ALONE,
        collections: Sequence[str] = (),
        seed: int = SEED,
    ) -> Generator[Event]:
        """The same turn as events; the last is always `AnswerReady`.

        Closing the iterator stops the turn, and the conversation is as it was before it.
        """
        from agent.graph import run
        from agent.memory import TurnSaver
        from agent.turn import Turn

        asked = text.clean(question, QUESTION_LIMIT)
        if not asked and image is None:
            raise InputError("ask something, or give a picture with --image")
        if image is not None and not image.is_file():
            raise InputError(f"there is no picture at {image}; give the path of an image file")
        within = tuple(self._shared.library.catalog.collection(name).name for name in collections)
        picture = image.absolute() if image else None  # a later turn may lean on it from another folder
        turn = Turn(asked, conversation, picture, within, seed)
        saver = TurnSaver(self._state, conversation)
        begun = self._begun.frame if self._begun and saver.frame(conversation) is None else None
        events = run(self._graph, turn, saver, begun)
        ready: AnswerReady | None = None
        with closing(events):
            try:
                for event in events:
                    if isinstance(event, AnswerReady):
                        ready = event  # told once the turn is kept, so that a reader may leave at once
                    else:
                        yield event
            finally:
                turn.stopping.set()  # before the graph is closed, which waits for its running node
        if ready:
            yield AnswerReady(answer=saver.finish(ready.answer, picture=image is not None))

    def memory(self, conversation: str = ALONE) -> Memory:
        """What the conversation's next turn leans on."""
        from agent.memory import TurnSaver

        kept = TurnSaver(self._state, conversation).frame(conversation)
        begun = self._begun or Memory()
        frame = begun.frame if kept is None else recall(kept, self._shared.library.names.collections)[0]
        return Memory(frame=frame, profile=self.profiles.get())

    def apart(self, begun: Memory | None = None) -> "Speaker":
        """Another one over the same index and models, who remembers ``begun`` and keeps nothing."""
        return Speaker(self._shared, State(None), begun or Memory())

    def forget(self, conversation: str) -> None:
        """Leave nothing of one conversation; unknown names are fine."""
        if self.conversations.find(conversation):
            self.conversations.delete(conversation)

    def close(self) -> None:
        """Close what is remembered."""
        self._state.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
