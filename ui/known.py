"""What the catalogue knows of one token, of one collection and of all of them, as JSON."""

from magpie.catalog import Catalog
from magpie.catalog_rows import CollectionCount
from magpie.domain import Collection, Model, TokenRef
from magpie.errors import InputError, unknown_name
from magpie.text import key
from retrieval.rarity import Part, rank
from ui.found import RarityRank, TokenRecord

_MOST_TYPES = 200  # strangers may publish a type a token


class RarityPart(Model):
    """What one trait adds to a token's rarity; ``value`` is None for a type that the token lacks.

    As rarity folds them: lower case. ``tokens`` of the collection are alike in it; ``bits`` is how rare that
    is, log2(all / tokens).
    """

    type: str
    value: str | None
    tokens: int
    bits: float


class TokenKnown(TokenRecord):
    """One token. ``parts`` say where its rarity comes from, most bits first; ``of`` tokens are here."""

    caption: str
    url: str
    of: int
    parts: tuple[RarityPart, ...]


class CollectionHeld(Model):
    """A collection, and how many of its tokens and pictures are here."""

    collection: Collection
    tokens: int
    images: int


class CollectionsHeld(Model):
    """All collections here, by name."""

    collections: tuple[CollectionHeld, ...]


class TraitHeld(Model):
    """One published trait, and how many tokens of its collection have it."""

    type: str
    value: str
    tokens: int


class TypeHeld(Model):
    """One published trait type, and how many different values it has."""

    type: str
    values: int


class CollectionKnown(CollectionHeld):
    """One collection. ``types`` are the first 200 by name, ``traits`` the first of ``different_traits``."""

    types: tuple[TypeHeld, ...]
    different_traits: int
    traits: tuple[TraitHeld, ...]


class Rankings:
    """Every token's parts of rarity, worked out at first need; those of the latest collection are kept."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._latest: tuple[str | None, str, dict[TokenRef, tuple[Part, ...]]] | None = None

    def parts(self, collection: Collection, ref: TokenRef) -> tuple[Part, ...]:
        """Of a token that is here, by type."""
        version, latest = self._catalog.version(), self._latest
        if latest is None or version is None or latest[:2] != (version, collection.name):
            tokens = list(self._catalog.iter_tokens([collection.name]))
            ranked = rank(tokens, collection.supply).tokens
            latest = version, collection.name, {one.ref: one.parts for one in ranked}
            self._latest = latest
        return latest[2][ref]


def collection_named(name_or_contract: str, catalog: Catalog) -> Collection:
    """The collection of that name or 0x contract address. Raises `InputError` if it is not here."""
    written = name_or_contract.strip()
    if written[:2].lower() != "0x":
        return catalog.collection(written)
    for collection in catalog.collections():
        if collection.contract == written.lower():
            return collection
    raise unknown_name("contract", written, (one.contract for one in catalog.collections() if one.on_chain))


def token_known(collection: Collection, token_id: int, catalog: Catalog, rankings: Rankings) -> TokenKnown:
    """Raises `InputError` if the token is not here."""
    ref = collection.ref(token_id)
    token = catalog.token(ref)
    here = catalog.counts()[collection.name].tokens
    if token is None:
        raise InputError(
            f"{collection.name} #{token_id} is not ingested; {here:,} tokens of {collection.name} are"
        )
    parts = sorted(rankings.parts(collection, ref), key=lambda part: -part.bits)
    return TokenKnown(
        ref=str(ref),
        collection=token.collection,
        token_id=str(token_id),
        name=token.name,
        traits=token.traits,
        image=token.image,
        rarity=RarityRank.of(catalog.ranks([ref]).get(ref)),
        caption=token.caption,
        url=collection.url,
        of=here,
        parts=tuple(RarityPart(**part._asdict()) for part in parts),
    )


def collections_held(catalog: Catalog) -> CollectionsHeld:
    counts = catalog.counts()
    return CollectionsHeld(collections=tuple(_held(one, counts[one.name]) for one in catalog.collections()))


def collection_known(
    collection: Collection, catalog: Catalog, *, type_: str | None, rarest_first: bool, most: int
) -> CollectionKnown:
    """At most ``most`` traits, all or of one type. Raises `InputError` for a type that is not published."""
    every = catalog.trait_counts([collection.name])
    values: dict[str, int] = {}
    for count in every:
        values[count.trait.type] = values.get(count.trait.type, 0) + 1
    wanted = [count for count in every if type_ is None or key(count.trait.type) == key(type_)]
    if type_ is not None and not wanted:
        raise unknown_name("trait type", type_, values)
    if rarest_first:
        wanted.sort(key=lambda count: count.tokens)
    held = [TraitHeld(type=one.trait.type, value=one.trait.value, tokens=one.tokens) for one in wanted[:most]]
    return CollectionKnown(
        **dict(_held(collection, catalog.counts()[collection.name])),
        types=_types(values),
        different_traits=len(wanted),
        traits=tuple(held),
    )


def _held(collection: Collection, count: CollectionCount) -> CollectionHeld:
    return CollectionHeld(collection=collection, tokens=count.tokens, images=count.images)


def _types(values: dict[str, int]) -> tuple[TypeHeld, ...]:
    first = sorted(values.items())[:_MOST_TYPES]
    return tuple(TypeHeld(type=type_, values=number) for type_, number in first)
