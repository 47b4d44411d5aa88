"""What the catalogue holds, read once and kept: collections, spellings, traits. Knows no question."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cached_property

from agent.mentions import Names
from magpie import text
from magpie.catalog import Catalog
from magpie.catalog_rows import CollectionCount, TraitCount
from magpie.domain import Collection, TokenRef
from retrieval.phrases import Reading, Vocabulary
from retrieval.rarity import Rarity, rank


class Library:
    """A read-only view of an open catalogue as it was when first asked; the catalogue stays the caller's.

    Threads may share it: what is kept is only ever added to, and computing it twice does no harm.
    """

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self._traits: dict[tuple[str, ...], list[TraitCount]] = {}
        self._rarities: dict[str, Mapping[TokenRef, Rarity]] = {}
        self._vocabularies: dict[tuple[str, ...], Vocabulary] = {}

    @cached_property
    def names(self) -> Names:
        return Names.of(self.catalog.collections())

    @cached_property
    def counts(self) -> dict[str, CollectionCount]:
        return self.catalog.counts()

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """Keys of all collection names and trait values: words that are facts when an answer uses them."""
        values = {text.key(count.trait.value) for count in self.trait_counts()}
        return frozenset(values | {text.key(name) for name in self.names.collections}) - {""}

    @cached_property
    def trait_words(self) -> frozenset[str]:
        """Keys of all single words of trait types and values."""
        said = (f"{count.trait.type} {count.trait.value}" for count in self.trait_counts())
        return frozenset(word for line in said for word in text.key(line).split())

    @cached_property
    def trait_types(self) -> frozenset[str]:
        """Keys of all trait types."""
        return frozenset(text.key(count.trait.type) for count in self.trait_counts()) - {""}

    def collection(self, name: str) -> Collection:
        return self.names.collections[name]

    def trait_counts(self, collections: Sequence[str] = ()) -> list[TraitCount]:
        """As `Catalog.trait_counts`; all collections if none is named."""
        wanted = tuple(sorted(collections))
        if wanted not in self._traits:
            self._traits[wanted] = self.catalog.trait_counts(wanted)
        return self._traits[wanted]

    def rarities(self, collection: str) -> Mapping[TokenRef, Rarity]:
        """Of every token of a collection, with its parts."""
        if collection not in self._rarities:
            home = self.collection(collection)
            ranked = rank(list(self.catalog.iter_tokens([collection])), home.supply).tokens
            self._rarities[collection] = {one.ref: one for one in ranked}
        return self._rarities[collection]

    def read(self, words: str, collections: Sequence[str] = ()) -> Reading:
        """The traits of ``collections`` (all, if none) that ``words`` name; their names are no traits."""
        wanted = tuple(sorted(collections))
        if wanted not in self._vocabularies:
            homes = [self.collection(name) for name in wanted or self.names.collections]
            self._vocabularies[wanted] = Vocabulary(self.trait_counts(wanted), homes)
        return self._vocabularies[wanted].read(words)

    def single_valued(self, collections: Sequence[str]) -> frozenset[str]:
        """Keys of the trait types that a token has at most once, in each of ``collections`` (or all)."""
        assigned: dict[tuple[str, str], int] = defaultdict(int)
        for name, trait, tokens in self.trait_counts(collections):
            assigned[name, text.key(trait.type)] += tokens
        several = {type_ for (name, type_), n in assigned.items() if n > self.counts[name].tokens}
        return frozenset(type_ for _, type_ in assigned) - several
