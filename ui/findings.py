"""What was found, as widgets: cards, receipts, evidence, problems. Draws `ui.view` models; keeps no state."""

from pathlib import Path

import streamlit as st

from agent.answer import Answer
from magpie.errors import MagpieError
from ui import view
from ui.escaping import plain

CARDS_OPEN = 4


def show_problem(error: MagpieError, home: Path | None = None) -> None:
    """An error that a person can fix, with the command that fixes it ready to copy."""
    message, command = view.problem(error, home)
    st.error(plain(message), icon=":material/error:")
    if command:
        st.code(command, language=None)


def show_findings(answer: Answer, place: int, library: view.Library) -> None:
    """Under the text: the receipt, the pictures, the near misses and the evidence."""
    if answer.receipt:
        _show_receipt(view.receipt_panel(answer.receipt))
    hits, near = view.answer_cards(answer, library)
    _show_cards(hits, f"{place}-hits", place)
    if near:
        st.markdown("**Close, but not what you asked for**")
        _show_cards(near, f"{place}-near", place)
    if answer.evidence:
        with st.expander(f"Evidence ({len(answer.evidence)})", icon=":material/fact_check:"):
            _show_evidence(answer, place)
    for notice in answer.notices:
        st.caption(plain(notice))


def _show_evidence(answer: Answer, place: int) -> None:
    with st.container(key=f"evidence-{place}"):
        for item in answer.evidence:
            # A citation jumps to the card if there is one, else to here.
            st.subheader(
                view.evidence_title(item), anchor=False if view.is_card(item) else f"e{place}-{item.number}"
            )
            st.markdown(view.evidence_lines(item))


def _show_cards(cards: list[view.Card], key: str, place: int) -> None:
    """The best few open, so that the answer stays in sight; the rest folded."""
    _show_grid(cards[:CARDS_OPEN], key, place)
    if len(cards) > CARDS_OPEN:
        with st.expander(f"{len(cards) - CARDS_OPEN} more", icon=":material/grid_view:"):
            _show_grid(cards[CARDS_OPEN:], f"{key}-more", place)


def _show_grid(cards: list[view.Card], key: str, place: int) -> None:
    if not cards:
        return
    with st.container(key=f"cards-{key}"):
        for at, card in enumerate(cards):
            with st.container(key=f"card-{key}-{at}", border=True, height="stretch"):
                _show_card(card, place)


def _show_card(card: view.Card, place: int) -> None:
    if card.picture and card.picture.is_file():
        st.image(card.picture, width="stretch", alt=card.alt)
    st.subheader(view.card_title(card), anchor=f"e{place}-{card.number}")
    if card.about:
        st.markdown(plain(card.about, 160))
    if card.traits:
        st.markdown(view.trait_lines(card))
    if card.parts:
        st.markdown(view.score_lines(card.parts))
    if line := view.card_footer(card):
        st.markdown(line)


def _show_receipt(panel: view.Panel) -> None:
    {"success": st.success, "error": st.error, "info": st.info, "warning": st.warning}[panel.tone](
        panel.headline, icon=panel.icon
    )
    with st.expander("Receipt", icon=":material/receipt_long:"):
        st.code("\n".join(f"{label}: {value}" for label, value in panel.rows), language=None, wrap_lines=True)
        for note in panel.notes:
            st.caption(plain(note))
