"""Questions read as conditions: by how published values are spelt, then by what the words mean."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from magpie.catalog import Catalog
from magpie.progress import Tick
from magpie.query import PhraseMatch
from retrieval.phrases import Reading, Vocabulary
from retrieval.ports import TextEncoder
from retrieval.things import Calibration, Words, calibration

WORDS = "words"  # folder in the home


class Reader:
    """Reads questions about what is in a catalogue. The encoder loads when a word is in no published name."""

    def __init__(
        self, catalog: Catalog, encoder: TextEncoder, folder: Path, known: Calibration | None = None
    ) -> None:
        """``folder`` keeps the vectors of published words. ``known`` replaces the shipped calibration."""
        self._catalog, self._encoder, self._folder = catalog, encoder, folder
        self._known = known or calibration(encoder.id)
        self._vocabularies: dict[tuple[str, ...], Vocabulary] = {}

    def read(self, text: str, collections: Sequence[str] = ()) -> Reading:
        """``text`` as conditions on the given collections; if none is given, on those it names, or all."""
        searched = tuple(collections)
        reading = self._vocabulary(searched).read(text)
        if not collections and reading.named:
            searched = reading.named
            reading = self._vocabulary(searched).read(text)._replace(named=reading.named)
        return self._by_meaning(reading, searched)

    def _by_meaning(self, reading: Reading, searched: tuple[str, ...]) -> Reading:
        """With the words that mean a published value read as that, and those that are not here ``absent``."""
        known = self._known
        if known is None or not reading.unread:
            return reading
        values = self._vocabulary(searched).lexicon.by_value
        matches, unread, absent = list(reading.matches), [], []
        for judged in self.words.judge(reading.unread, values, known):
            if judged.cosine >= known.same:
                traits = tuple(trait for value in judged.nearest for trait in values[value])
                score = round(min(judged.cosine, 1.0), 3)
                matches.append(PhraseMatch(phrase=judged.word, traits=traits, score=score))
                continue
            unread.append(judged.word)
            if judged.thing >= known.thing and judged.cosine < known.near:
                absent.append(judged.word)
        return reading._replace(matches=tuple(matches), unread=tuple(unread), absent=tuple(absent))

    def prepare(self, tick: Tick) -> None:
        """Encode the published values that were not encoded yet, if questions are read by meaning at all."""
        if self._known:
            self.words.vectors(tick)

    @cached_property
    def words(self) -> Words:
        """Every published value of the catalogue."""
        return Words(self._encoder, list(self._vocabulary(()).lexicon.by_value), self._folder)

    def _vocabulary(self, collections: tuple[str, ...]) -> Vocabulary:
        if collections not in self._vocabularies:
            searched = [c for c in self._catalog.collections() if not collections or c.name in collections]
            self._vocabularies[collections] = Vocabulary(self._catalog.trait_counts(collections), searched)
        return self._vocabularies[collections]
