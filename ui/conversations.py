"""The sidebar's list of conversations: gone on with by a click, renamed, deleted. Widgets only."""

import streamlit as st

from agent.conversations import Conversation, Conversations
from agent.state import State
from magpie.errors import MagpieError
from ui import chat
from ui.escaping import plain

OPEN = 6
TITLE_WIDTH = 40
_PROBLEM = "conversations problem"


def show(state: State) -> None:
    """The kept conversations, the last used first, and what can be done with the one on the page."""
    kept = Conversations(state)
    try:
        found = kept.all()
    except MagpieError as error:
        st.error(plain(str(error), 1000))
        return
    problem = st.session_state.pop(_PROBLEM, None)
    if problem:
        st.error(plain(problem, 1000))
    here = chat.current().conversation
    for one in found[:OPEN]:
        _line(kept, one, here)
    if len(found) > OPEN:
        with st.expander(f"{len(found) - OPEN} older"):
            for one in found[OPEN:]:
                _line(kept, one, here)
    for one in found:
        if one.name == here:
            _edit(kept, one)


def _line(kept: Conversations, one: Conversation, here: str) -> None:
    st.button(
        plain(one.title, TITLE_WIDTH),
        key=f"conversation-{one.name}",
        type="tertiary",
        icon=":material/chat:" if one.name == here else ":material/chat_bubble_outline:",
        on_click=_resume,
        args=(kept, one.name),
    )


def _edit(kept: Conversations, one: Conversation) -> None:
    with st.popover("This conversation", icon=":material/more_horiz:"):
        key = f"title-{one.name}"
        st.text_input(
            "Title", one.title, key=key, max_chars=80, on_change=_rename, args=(kept, one.name, key)
        )
        st.button(
            "Delete for good",
            key=f"delete-{one.name}",
            icon=":material/delete:",
            on_click=_delete,
            args=(kept, one.name),
        )


def _resume(kept: Conversations, name: str) -> None:
    try:
        chat.resume(name, kept.turns(name))
    except MagpieError as error:
        st.session_state[_PROBLEM] = str(error)


def _rename(kept: Conversations, name: str, key: str) -> None:
    try:
        kept.rename(name, st.session_state[key])
    except MagpieError as error:
        st.session_state[_PROBLEM] = str(error)


def _delete(kept: Conversations, name: str) -> None:
    try:
        kept.delete(name)
    except MagpieError as error:
        st.session_state[_PROBLEM] = str(error)
    if kept.find(name) is None:
        chat.start_over()
