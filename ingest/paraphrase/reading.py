"""A caption as its words, and where it uses the very wordings of its traits. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from ingest.paraphrase.phrases import Phrase, mentions
from ingest.paraphrase.words import stem, tokens

NOWHERE = -1


@dataclass(frozen=True)
class Reading:
    """``said`` are the words and marks, ``roots`` their stems.

    ``inside`` tells for each whether it belongs to a wording that stands there as it is: the number of that
    place, or `NOWHERE`. ``named`` are the phrases whose wording stands somewhere.
    """

    said: tuple[str, ...]
    roots: tuple[str, ...]
    inside: tuple[int, ...]
    named: frozenset[Phrase]

    def together(self, place: int, other: int) -> bool:
        """Whether two words belong to one wording."""
        return self.inside[place] != NOWHERE and self.inside[place] == self.inside[other]


def read(caption: str, phrases: Sequence[Phrase]) -> Reading:
    """``caption`` against the wordings of ``phrases``, the longest first."""
    said = tuple(tokens(caption))
    inside = [NOWHERE] * len(said)
    named: set[Phrase] = set()
    worded = [(tuple(tokens(form.text)), m.phrases) for m in mentions(phrases) for form in m.forms]
    worded += [(tuple(tokens(form.text)), (phrase,)) for phrase in phrases for form in phrase.forms]
    spans = 0
    for run, owners in sorted(worded, key=lambda entry: -len(entry[0])):
        for start in places(said, run):
            named.update(owners)
            spans += 1
            for place in range(start, start + len(run)):
                if inside[place] == NOWHERE:
                    inside[place] = spans
    return Reading(said, tuple(map(stem, said)), tuple(inside), frozenset(named))


def places(said: Sequence[str], run: Sequence[str]) -> list[int]:
    """Where ``run`` stands in ``said``."""
    if not run:
        return []
    size, first = len(run), run[0]
    return [
        start
        for start, word in enumerate(said)
        if word == first and tuple(said[start : start + size]) == tuple(run)
    ]
