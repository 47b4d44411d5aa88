"""Text that somebody else wrote -> Streamlit Markdown that shows exactly that text. Pure.

Names and traits come from strangers: a token may be called ``[free mint](https://…)`` or ``:red[sold]``.
"""

import re
from collections.abc import Iterable, Iterator

from magpie.text import visible

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
# A backslash does not stop what Streamlit looks for after parsing: bare links, mail addresses, the logo
# shortcode and typographic arrows. An invisible word joiner inside them does.
_JOINER = "\u2060"
_RECOGNISED = re.compile(r"(?<=:)(?=\S)|(?<=[-<>=~])(?=[-<>=~])|(?<=www)(?=\.)|(?=@)", re.IGNORECASE)
_UNIT = re.compile(r"(\s*)(\S+)")
_CITATION = re.compile(r"\[(\d{1,3})\]")
_BULLETS = ("-", "*", "•")


def plain(text: str, limit: int = 500) -> str:
    """One line of Markdown that reads as ``text``: nothing rendered, nothing clickable, nothing invisible."""
    flat = " ".join(visible(text).split())
    return _escape(flat if len(flat) <= limit else flat[: limit - 1].rstrip() + "…")


def prose(text: str, anchor: str = "") -> str:
    """Markdown of an answer: its line breaks, ``- `` bullets and ``[n]`` citations, the rest as `plain`.

    With ``anchor`` a citation links to ``#<anchor>-<n>`` on the same page.
    """
    return "".join(streamed([text], anchor))


def streamed(pieces: Iterable[str], anchor: str = "") -> Iterator[str]:
    """`prose` of a text that arrives in pieces; joined, the same as `prose` of the joined pieces.

    A word is held back until the next begins, so that a citation or a link is never seen by halves.
    """
    held, started = "", False
    for piece in pieces:
        held += piece
        ready = 0
        for unit in _UNIT.finditer(held):
            if unit.end() == len(held):
                break
            yield _rendered(unit, started, anchor)
            ready, started = unit.end(), True
        held = held[ready:]
    for unit in _UNIT.finditer(held):
        yield _rendered(unit, started, anchor)
        started = True


def _rendered(unit: re.Match[str], started: bool, anchor: str) -> str:
    space, word = unit.groups()
    breaks = space.count("\n")
    lead = "" if not started else " " if not breaks else "  \n" if breaks == 1 else "\n\n"
    if word in _BULLETS and (breaks or not started):
        return f"{lead}-"
    # Every second part is a citation's number.
    parts = _CITATION.split(visible(word))
    marked = (_citation(part, anchor) if place % 2 else _escape(part) for place, part in enumerate(parts))
    return lead + "".join(marked)


def _citation(number: str, anchor: str) -> str:
    return f"[\\[{number}\\]](#{anchor}-{number})" if anchor else f"\\[{number}\\]"


def _escape(text: str) -> str:
    return _PUNCTUATION.sub(r"\\\1", _RECOGNISED.sub(_JOINER, text))
