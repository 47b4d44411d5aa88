"""Which of the overlapping readings of a question's words to keep: those that read the most. Pure."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from magpie.domain import Trait

_APART = 0.15  # words that hold together say more: "gold chain" before "gold" and "chain"


class Span(NamedTuple):
    """Words ``start`` to ``end`` read as one condition, with a ``score`` of (0, 1].

    ``worth`` is how much of the question it reads: its words, each as far as it is what was typed.
    """

    start: int
    end: int
    traits: tuple[Trait, ...]
    score: float
    worth: float


# The spans that may begin at a word, and whether an unread word before says what kind of it is meant.
Beginning = Callable[[int, bool], Sequence[Span]]


def best_cover(spans: Beginning, describes: Sequence[bool]) -> tuple[Span, ...]:
    """The spans without overlap that are worth most, in order; of equal worth the longer ones first.

    ``describes`` says which words, if none of the spans reads them, say what kind of the next word's thing is
    meant.
    """
    last = len(describes)
    best: dict[tuple[int, bool], tuple[float, tuple[Span, ...]]] = {}
    best[last, False] = best[last, True] = (0.0, ())
    for start in range(last - 1, -1, -1):
        for described in (False, True):
            chosen = best[start + 1, describes[start]]
            for span in spans(start, described):
                worth, rest = best[span.end, False]
                worth += span.worth - _APART
                if worth > chosen[0]:
                    chosen = (worth, (span, *rest))
            best[start, described] = chosen
    return best[0, False][1]
