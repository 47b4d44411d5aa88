"""The chat: questions in, steps, pictures, receipts and evidence out. Widgets only.

A visitor's turns, uploads and conversation are in ``st.session_state``; the agent is shared by all
visitors of the process, and keeps conversations apart by name.
"""

import shutil
import tempfile
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from agent.answer import Answer, AnswerReady, Event, StepFinished, StepStarted, TextDelta
from agent.assemble import Agent
from agent.conversations import StoredTurn, new_name
from magpie.errors import InputError, MagpieError
from ui import findings, view
from ui.escaping import plain, prose, streamed
from ui.indexed import Indexed

if TYPE_CHECKING:
    from streamlit.elements.lib.mutable_status_container import StatusContainer
    from streamlit.runtime.uploaded_file_manager import UploadedFile

PICTURE_TYPES = ["png", "jpg", "jpeg", "webp", "gif"]
Opener = Callable[[], Agent]
ASSISTANT, PERSON = ":material/raven:", ":material/person:"


@dataclass
class Turn:
    """One question and what came of it. Without an answer, words or a problem it was stopped half-way.

    ``words`` are all that is left of an answer in a form that only another version reads.
    """

    question: str
    picture: Path | None = None
    answer: Answer | None = None
    problem: MagpieError | None = None
    words: str = ""


@dataclass
class Visit:
    """Everything that belongs to one visitor."""

    conversation: str = field(default_factory=new_name)
    turns: list[Turn] = field(default_factory=list)
    chosen: str | None = None

    def keep(self, picture: bytes) -> Path:
        """Write an uploaded picture where the agent can read it, for as long as this visit lasts."""
        folder = Path(tempfile.mkdtemp(prefix="magpie-"))
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        path = folder / "picture"  # never the name that the visitor's file has
        path.write_bytes(picture)
        return path


def show(indexed: Indexed, agent: Opener) -> None:
    """The whole chat of this visitor, and the answer to what they just asked; ``agent`` opens one."""
    visit = current()
    turn = _asked(visit)
    with st.empty():  # a place of its own, so that the welcome is gone the moment a question is asked
        if not visit.turns and turn is None:
            with st.container():
                _welcome(indexed)
    if turn is not None:
        visit.turns.append(turn)
    for place, shown in enumerate(visit.turns):
        _show_question(shown)
        if shown is turn and turn.problem is None:
            _run(turn, visit, agent, indexed)
        else:
            _show_turn(shown, place, indexed, last=shown is visit.turns[-1])


def start_over() -> None:
    """Leave this visitor's conversation and begin another."""
    st.session_state.pop("visit", None)


def resume(conversation: str, turns: Sequence[StoredTurn]) -> None:
    """Show a kept conversation again, to go on with it."""
    shown = [Turn(turn.question, answer=turn.answer, words=turn.text) for turn in turns]
    st.session_state["visit"] = Visit(conversation, shown)


def current() -> Visit:
    """What belongs to this visitor."""
    visit: Visit = st.session_state.setdefault("visit", Visit())
    return visit


def _asked(visit: Visit) -> Turn | None:
    """What this run has to answer: a question typed, a picture added, or a chip that was pressed."""
    typed = st.chat_input(
        "Ask, or describe a look",
        key="question",
        accept_file=True,
        file_type=PICTURE_TYPES,
        max_chars=2000,
        submit_mode="stop",
    )
    chosen, visit.chosen = visit.chosen, None
    if typed:
        return _typed_turn(visit, typed.text.strip(), typed.files)
    return Turn(chosen) if chosen else None


def _typed_turn(visit: Visit, question: str, files: "list[UploadedFile]") -> Turn:
    if not files:
        return Turn(question)
    picture = visit.keep(files[0].getvalue())
    if _is_readable(picture):
        return Turn(question, picture)
    fix = "add a PNG, JPEG, WebP or GIF"
    return Turn(question, problem=InputError(f"{files[0].name} cannot be read as a picture; {fix}"))


def _choose(question: str) -> None:
    current().chosen = question


def _welcome(indexed: Indexed) -> None:
    st.markdown("# What are you looking for?")
    st.markdown(
        "Describe a look in your own words, add a picture, or ask who holds a token. "
        "Every name, trait and owner in an answer comes from evidence that you can open."
    )
    with st.container(key="starters"):
        for place, starter in enumerate(indexed.starters):
            with st.container(
                key=f"starter-{place}", border=True, horizontal=True, vertical_alignment="center"
            ):
                _picture_button(starter.picture, 52, starter.question, starter.question, f"ask-{place}")
    st.markdown("**Or begin with a collection**")
    with st.container(key="covers"):
        for place, (name, cover) in enumerate(indexed.library.covers.items()):
            with st.container(key=f"cover-{place}"):
                _picture_button(cover, 88, name, f"Tell me about {name}", f"about-{place}")


def _picture_button(picture: Path, width: int, label: str, question: str, key: str) -> None:
    if picture.is_file():
        st.image(picture, width=width, alt="")
    st.button(plain(label, 60), key=key, type="tertiary", on_click=_choose, args=(question,), wrap=True)


def _show_question(turn: Turn) -> None:
    with st.chat_message("user", avatar=PERSON):
        if turn.picture:
            st.image(turn.picture, width=160, alt="the picture you added")
        st.markdown(plain(turn.question, 2000) or ":gray[Find tokens that look like this]")


def _is_readable(picture: Path) -> bool:
    """Whether the file is a picture, whatever its name says."""
    from PIL import Image

    try:
        with Image.open(picture) as opened:
            opened.verify()
    except (OSError, SyntaxError, Image.DecompressionBombError):
        return False
    return True


def _run(turn: Turn, visit: Visit, agent: Opener, indexed: Indexed) -> None:
    """Answer ``turn`` while showing how: the same elements in the same order as `_show_turn` shows later."""
    place = len(visit.turns) - 1
    with st.container(key=f"answer-{place}"), st.chat_message("assistant", avatar=ASSISTANT):
        status = st.status("Getting ready", type="compact", expanded=True)
        try:
            events = agent().stream(turn.question, image=turn.picture, conversation=visit.conversation)
            with closing(events):
                st.write_stream(streamed(_pieces(events, turn, status), f"e{place}"))
        except MagpieError as error:
            turn.problem = error
            status.update(label="Stopped by a problem", state="error", expanded=False)
            findings.show_problem(error, indexed.home)
        if turn.answer:
            status.update(label=view.steps_label(turn.answer), state="complete", expanded=False)
            findings.show_findings(turn.answer, place, indexed.library)
            _suggestions(turn.answer, place)


def _pieces(events: Iterator[Event], turn: Turn, status: "StatusContainer") -> Iterator[str]:
    for event in events:
        match event:
            case StepStarted():
                status.update(label=plain(event.title), expanded=True)
            case StepFinished():
                status.markdown(view.step_line(event.step))
            case TextDelta():
                yield event.text
            case AnswerReady():
                turn.answer = event.answer


def _show_turn(turn: Turn, place: int, indexed: Indexed, *, last: bool) -> None:
    with st.container(key=f"answer-{place}"), st.chat_message("assistant", avatar=ASSISTANT):
        if turn.problem:
            findings.show_problem(turn.problem, indexed.home)
        elif turn.answer is None and turn.words:
            st.markdown(prose(turn.words, f"e{place}"))
        elif turn.answer is None:
            st.caption("Stopped before it was answered. Ask again to go on.")
        else:
            status = st.status(view.steps_label(turn.answer), type="compact", state="complete")
            for step in turn.answer.steps:
                status.markdown(view.step_line(step))
            st.markdown(prose(turn.answer.text, f"e{place}"))
            findings.show_findings(turn.answer, place, indexed.library)
            if last:
                _suggestions(turn.answer, place)


def _suggestions(answer: Answer, place: int) -> None:
    """What to ask next; only under the last answer."""
    if answer.suggestions:
        with st.container(key=f"suggestions-{place}", horizontal=True, gap="xsmall"):
            for at, question in enumerate(answer.suggestions):
                key = f"suggestion-{place}-{at}"
                st.button(plain(question), key=key, on_click=_choose, args=(question,), wrap=True)
