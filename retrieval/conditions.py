"""The hard conditions of one search: what the filter and the understood words demand, and who comes close."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from magpie.catalog import Catalog
from magpie.domain import TokenRef, Trait
from magpie.errors import unknown_name
from magpie.query import Filter, PhraseMatch

_SHOWN = 3  # alternatives spelled out in one label


@dataclass(frozen=True)
class Condition:
    """A token must have one of ``traits``, or, negated, none. ``label`` is how an answer names it."""

    traits: tuple[Trait, ...]
    label: str
    negated: bool = False

    def filter(self, collections: Sequence[str]) -> Filter:
        if self.negated:
            return Filter(collections=tuple(collections), none_of=self.traits)
        return Filter(collections=tuple(collections), all_of=(self.traits,))


def conditions(asked: Filter, understood: Iterable[PhraseMatch]) -> list[Condition]:
    """Those of the filter, then those of the words; the same one twice counts once."""
    found = [Condition(group, _label(group)) for group in asked.all_of]
    found += [Condition((trait,), f"not {trait}", negated=True) for trait in asked.none_of]
    for match in understood:
        label = _label(match.traits, match.phrase)
        found.append(Condition(match.traits, f"not {label}" if match.negated else label, match.negated))
    distinct = {(frozenset(t.key for t in c.traits), c.negated): c for c in reversed(found)}
    return list(reversed(distinct.values()))


def combined(collections: Sequence[str], demanded: Sequence[Condition]) -> Filter:
    """One filter that demands them all."""
    return Filter(
        collections=tuple(collections),
        all_of=tuple(c.traits for c in demanded if not c.negated),
        none_of=tuple(trait for c in demanded if c.negated for trait in c.traits),
    )


def checked(asked: Filter, catalog: Catalog) -> Filter:
    """``asked`` with collections in published spelling. Raises `InputError` for a name that is not here."""
    names = tuple(catalog.collection(name).name for name in asked.collections)
    demanded = [*(trait for group in asked.all_of for trait in group), *asked.none_of]
    if demanded:
        published = [count.trait for count in catalog.trait_counts()]
        for trait in demanded:
            _check(trait, published)
    return Filter(collections=names, all_of=asked.all_of, none_of=asked.none_of)


def _check(trait: Trait, published: Sequence[Trait]) -> None:
    wanted_type, wanted_value = trait.key
    alike = [known for known in published if wanted_type in ("", known.key[0])]
    if not alike:
        raise unknown_name("trait type", trait.type, {known.type for known in published if known.type})
    if not any(known.key[1] == wanted_value for known in alike):
        kind = f"value of {alike[0].type}" if trait.type else "trait value"
        raise unknown_name(kind, trait.value, {known.value for known in alike})


def reason(demanded: Sequence[Condition], catalog: Catalog, collections: Sequence[str]) -> str:
    """One sentence: no token meets them all, and how many meet each."""
    counted = [f"{c.label} ({_tokens(len(catalog.select(c.filter(collections))))})" for c in demanded]
    listed = f"{', '.join(counted[:-1])} and {counted[-1]}" if len(counted) > 1 else counted[0]
    where = f" in {' or '.join(collections)}" if 0 < len(collections) <= _SHOWN else ""
    return f"no token{where} {'combines' if len(counted) > 1 else 'has'} {listed}"


@dataclass(frozen=True)
class NearMiss:
    """A token that meets some conditions; ``lacks`` labels the others."""

    ref: TokenRef
    lacks: tuple[str, ...]


def near_misses(
    demanded: Sequence[Condition], catalog: Catalog, collections: Sequence[str]
) -> list[list[NearMiss]]:
    """Tokens by how much they meet, best tier first: more wanted traits, then fewer unwanted ones.

    A token with none of the wanted traits is no near miss, unless nothing was wanted.
    """
    met = [set(catalog.select(c.filter(collections))) for c in demanded]
    wanted: Counter[TokenRef] = Counter()
    spared: Counter[TokenRef] = Counter()
    for condition, refs in zip(demanded, met, strict=True):
        (spared if condition.negated else wanted).update(refs)
    any_wanted = not all(condition.negated for condition in demanded)
    tiers: dict[tuple[int, int], list[NearMiss]] = {}
    for ref in wanted if any_wanted else spared:
        lacks = tuple(c.label for c, refs in zip(demanded, met, strict=True) if ref not in refs)
        tiers.setdefault((wanted[ref], spared[ref]), []).append(NearMiss(ref, lacks))
    return [tiers[level] for level in sorted(tiers, reverse=True)]


def _label(traits: Sequence[Trait], phrase: str = "") -> str:
    names = list(dict.fromkeys(map(str, traits)))
    if len(names) <= _SHOWN:
        return " or ".join(names)
    return phrase or f"{' or '.join(names[:_SHOWN])} or {len(names) - _SHOWN} more"


def _tokens(count: int) -> str:
    return f"{count:,} token{'' if count == 1 else 's'}"
