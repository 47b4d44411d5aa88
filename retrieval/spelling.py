"""Typed words to the words they may be meant for: published names, slips of the fingers allowed."""

from collections.abc import Collection, Mapping
from functools import cache
from typing import NamedTuple, Protocol

from rapidfuzz import process
from rapidfuzz.distance import OSA

from retrieval.question import COLOURS, CUES, FUNCTION, GENERIC, Word

_SHORTEST = 3  # letters of a word that may be a slip
_LONG = 8  # from this many letters on, two slips are believed
_WAYS = 6
_KNOWN = 0.5  # a word that means something by itself is rarely a slip for another
# How often a word stands in pyspellchecker's English counts to be one that people know; names and slips stand
# there too, but less often.
_COMMON = 1000


class Spelling(NamedTuple):
    """A word that is meant: its comparison ``key``; ``alike`` is 1 for the typed word itself."""

    key: str
    alike: float

    @property
    def is_doubtful(self) -> bool:
        """Whether the typed word is one by itself, so that only its neighbours can say that this is meant."""
        return self.alike < _KNOWN


class _English(Protocol):
    def __getitem__(self, word: str) -> int: ...


class Speller:
    """Which of some words a typed word may be."""

    def __init__(self, words: Mapping[str, str], subjects: Collection[str] = ()) -> None:
        """``words`` are spellings to their comparison keys; an English colour is always one of them.

        ``subjects``, comparison keys of what the collections show, are meant before other words.
        """
        self._subjects = frozenset(subjects)
        self._keys = {word: word for word in (*COLOURS, *subjects)} | dict(words)
        self._spellings = sorted(self._keys)
        self._known = set(self._keys.values())

    def ways(self, word: Word, *, meant: bool = False) -> tuple[Spelling, ...]:
        """What the word may be, likeliest first; itself is always among them, first if it is a known word.

        A word that is published, or English, or ``meant`` otherwise comes as itself, and its neighbours much
        later: "clown" is no slip for a crown unless nothing else can be read.
        """
        own = Spelling(word.key, 1.0)
        if len(word.low) < _SHORTEST or not word.low.isalpha() or word.low in FUNCTION | GENERIC | CUES:
            return (own,)
        near = self._near(word.low)
        if meant or word.key in self._known or is_english(word.low):
            return (own, *(Spelling(key, alike * _KNOWN) for key, alike in near if key != own.key))
        return (*near, own)

    def _near(self, low: str) -> list[Spelling]:
        most = 2 if len(low) >= _LONG else 1
        found = process.extract(low, self._spellings, scorer=OSA.distance, score_cutoff=most, limit=4 * _WAYS)
        best: dict[str, float] = {}
        for spelling, distance, _ in sorted(found, key=lambda hit: (hit[1], *self._unlike(low, hit[0]))):
            alike = 1 - distance / max(len(low), len(spelling))
            best.setdefault(self._keys[spelling], alike)
        return [Spelling(key, alike) for key, alike in list(best.items())[:_WAYS]]

    def _unlike(self, typed: str, meant: str) -> tuple[bool, bool, bool, str]:
        """The first letter is nearly never wrong, and swapped letters are the likeliest slip."""
        swapped = sorted(typed) == sorted(meant)
        return typed[0] != meant[0], self._keys[meant] not in self._subjects, not swapped, meant


def is_english(low: str) -> bool:
    """Whether it is a word that people use."""
    return _english()[low] >= _COMMON


@cache
def _english() -> _English:
    from spellchecker import SpellChecker

    counts: _English = SpellChecker(language="en", distance=1).word_frequency
    return counts
