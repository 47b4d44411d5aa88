"""The page's frame: configuration, sidebar, navigation. Run by `magpie ui`.

Widgets only: what is shown is made in `ui.view`, what is answered in `agent`. Nothing here or in a cached
object belongs to one visitor; that lives in ``st.session_state``.
"""

import argparse
from functools import partial
from pathlib import Path

import streamlit as st

from agent.assemble import Agent, open_agent
from agent.state import State
from magpie.errors import MagpieError
from magpie.settings import Settings, load_settings
from retrieval.adaptation.record import in_use
from ui import about, chat, conversations, findings, indexed
from ui.escaping import plain

SHELVES_OPEN = 12


def main() -> None:
    """Draw the page once; Streamlit calls this for every interaction of every visitor."""
    st.set_page_config("Magpie", ":material/raven:", layout="centered")
    st.logo(":material/raven:", size="large")
    st.html(Path(__file__).with_name("page.css"))
    home = None
    try:
        settings = _settings()
        home = settings.home
        here = _indexed(settings)
        state = _state(settings)
    except MagpieError as error:
        findings.show_problem(error, home)
        return
    agent = partial(_agent, settings)
    # One page so far; `position` shows the list as soon as there is another.
    pages = [
        st.Page(partial(chat.show, here, agent), title="Magpie", icon=":material/forum:", url_path="chat")
    ]
    page = st.navigation(pages, position="hidden" if len(pages) == 1 else "sidebar")
    with st.sidebar:
        st.button(
            "New conversation", icon=":material/edit_square:", width="stretch", on_click=chat.start_over
        )
        kept = st.container()
        _sidebar(settings, here)
    page.run()
    with kept:  # last, so that a conversation that has just begun is in the list
        conversations.show(state)


def _settings() -> Settings:
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--config", type=Path)
    given, _ = parser.parse_known_args()
    return load_settings(given.config, {"home": given.home})


@st.cache_resource(hash_funcs={Settings: Settings.model_dump_json}, ttl="30s", show_spinner=False)
def _indexed(settings: Settings) -> indexed.Indexed:
    return indexed.read(settings)  # the same for every visitor, and soon up to date after an ingest


@st.cache_resource(hash_funcs={Settings: Settings.model_dump_json}, show_spinner=False)
def _agent(settings: Settings) -> Agent:
    return open_agent(settings, keep=True)  # shared by all visitors; one a settings value


@st.cache_resource(hash_funcs={Settings: Settings.model_dump_json}, show_spinner=False)
def _state(settings: Settings) -> State:
    return State(settings.state_path)  # so that conversations are listed before the agent's models load


def _sidebar(settings: Settings, here: indexed.Indexed) -> None:
    shelves = about.shelves(here.collections, here.counts)
    st.markdown(f"**Indexed** :gray[{about.total(shelves)}]")
    for note, shown in about.grouped(shelves).items():
        lines = "  \n".join(about.shelf_line(shelf) for shelf in shown)
        if note or len(shown) > SHELVES_OPEN:
            st.expander(about.group_label(note, shown)).markdown(lines)
        else:
            st.markdown(lines)
    st.markdown("**Models**")
    models = about.model_rows(settings, adapted=in_use(settings) is not None)
    st.markdown("  \n".join(f":gray[{label}] {plain(value)}" for label, value in models))
    st.markdown("**Ownership checks**")
    st.markdown(plain(about.node_line(settings)))


main()
