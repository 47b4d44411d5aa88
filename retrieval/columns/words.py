"""BM25 over the words of all documents, with the figures of SQLite's FTS5 to the last bit."""

from collections.abc import Sequence
from math import log
from typing import Any

import numpy as np
import numpy.typing as npt

from magpie.catalog_columns import CatalogColumns
from magpie.catalog_rows import words_to_match
from magpie.domain import TokenRef
from retrieval.columns.roster import Numbers, Roster, Selection, best

_K1, _B = 1.2, 0.75  # FTS5's
_LEAST_IDF = 1e-6  # FTS5's, for a word of more than half of all documents
_FEW = 8  # times fewer tokens than a word has documents: look each up instead of going through these


class Words:
    """Postings: which tokens' documents hold each word, and how often."""

    def __init__(
        self,
        roster: Roster,
        catalog: CatalogColumns,
        letters: npt.NDArray[np.uint8],
        ends: Numbers,
        starts: Numbers,
        tokens: Numbers,
        times: Numbers,
        lengths: Numbers,
    ) -> None:
        """Word ``w``, by its UTF-8 bytes, is ``letters[ends[w] : ends[w + 1]]``. Its tokens, ascending, are
        ``tokens[starts[w] : starts[w + 1]]``, which hold it so many ``times``. ``lengths`` (n,) is in words.
        """
        self._roster, self._catalog = roster, catalog
        self._letters, self._ends, self._starts = letters, ends, starts
        self._tokens, self._times = tokens, times
        average = lengths.sum() / max(len(lengths), 1)
        self._norm = _K1 * (1 - _B + _B * lengths / max(average, 1e-12))

    def bm25(self, query: str, k: int, among: Selection | None) -> list[tuple[TokenRef, float]] | None:
        """As `Catalog.bm25`, among these tokens; None if a word is several in the index: a phrase."""
        terms = self._catalog.terms(words_to_match(query))
        if any(len(term) > 1 for term in terms):
            return None
        inside = among.mask() if among is not None else None
        scores = np.zeros(len(self._roster))
        for (term,) in filter(None, terms):
            tokens, times = self._posting(term.encode())
            if not len(tokens):
                continue
            weight = _idf(len(self._roster), len(tokens))
            if among is not None and inside is not None:
                tokens, times = _kept(tokens, times, among.numbers, inside)
            scores[tokens] += weight * (times * (_K1 + 1.0) / (times + self._norm[tokens]))
        found = np.flatnonzero(scores)
        found = found[best(scores[found], k)]
        found = found[np.lexsort((found, -scores[found]))][:k]
        return list(zip(self._roster.refs(found), scores[found].tolist(), strict=True))

    def _posting(self, word: bytes) -> tuple[Numbers, Numbers]:
        """(n,) tokens that hold the word, and how many times; empty if none does."""
        low, high = 0, len(self._ends) - 1
        while low < high:
            middle = (low + high) // 2
            if self._letters[self._ends[middle] : self._ends[middle + 1]].tobytes() < word:
                low = middle + 1
            else:
                high = middle
        known = low < len(self._ends) - 1
        if not known or self._letters[self._ends[low] : self._ends[low + 1]].tobytes() != word:
            return self._tokens[:0], self._times[:0]
        held = slice(self._starts[low], self._starts[low + 1])
        return self._tokens[held], self._times[held]


def _idf(documents: int, holding: int) -> float:
    found = log((documents - holding + 0.5) / (holding + 0.5))
    return found if found > 0 else _LEAST_IDF


def _kept(
    tokens: Numbers, times: Numbers, among: Numbers, inside: npt.NDArray[Any]
) -> tuple[Numbers, Numbers]:
    """What of a posting is among these tokens."""
    if len(among) * _FEW < len(tokens):
        at = np.searchsorted(tokens, among)
        at = at[tokens[np.minimum(at, len(tokens) - 1)] == among]
    else:
        at = np.flatnonzero(inside[tokens])
    return tokens[at], times[at]


def occurrences(counts: Sequence[int], rows: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """Occurrences, word by word, as postings: starts (words + 1,), tokens, how many times each."""
    word = np.repeat(np.arange(len(counts)), counts)
    order = np.lexsort((rows, word))
    word, rows = word[order], rows[order]
    first = np.ones(len(rows), bool)
    first[1:] = (word[1:] != word[:-1]) | (rows[1:] != rows[:-1])
    at = np.flatnonzero(first)
    times = np.diff(np.append(at, len(rows)))
    starts = np.searchsorted(word[at], np.arange(len(counts) + 1))
    return starts, rows[at], times
