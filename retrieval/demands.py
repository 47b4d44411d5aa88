"""The hard conditions of one search: what the filter and the understood words demand, and who comes close."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb

from magpie import text
from magpie.catalog import Catalog
from magpie.conditions import AllOf, AnyOf, Condition, Has, Leaf, Not, Number, Rank, conjuncts, folded, leaves
from magpie.domain import TokenRef, Trait
from magpie.errors import InputError, unknown_name
from magpie.facts import number_in
from magpie.query import Filter, PhraseMatch

Select = Callable[[Filter], Sequence[TokenRef]]
_WAYS = 200
_SHOWN = 3  # alternatives spelled out in one label


@dataclass(frozen=True)
class Demand:
    """A condition that every hit must meet. ``label`` is how an answer names it."""

    condition: Condition
    label: str

    @property
    def negated(self) -> bool:
        return isinstance(self.condition, Not)

    def filter(self, collections: Sequence[str]) -> Filter:
        return Filter(collections=tuple(collections), where=(self.condition,))


def demands(asked: Filter, understood: Iterable[PhraseMatch]) -> list[Demand]:
    """Those of the filter, then those of the words; the same one twice counts once."""
    found = [Demand(part, _label(part)) for whole in asked.where for part in conjuncts(whole)]
    found += [Demand(match.condition, _label(match.condition, match.phrase)) for match in understood]
    distinct = {folded(demand.condition): demand for demand in reversed(found)}
    return list(reversed(distinct.values()))


def combined(collections: Sequence[str], demanded: Sequence[Demand]) -> Filter:
    """One filter that demands them all."""
    return Filter(collections=tuple(collections), where=tuple(demand.condition for demand in demanded))


def checked(asked: Filter, catalog: Catalog) -> Filter:
    """``asked`` with collections in published spelling. Raises `InputError` for a name that is not here."""
    names = tuple(catalog.collection(name).name for name in asked.collections)
    demanded = [leaf for whole in asked.where for leaf in leaves(whole)]
    unknown = [
        leaf for leaf in demanded if not isinstance(leaf, Rank) and not catalog.columns.values([leaf]).size
    ]
    if unknown:
        published = [count.trait for count in catalog.trait_counts()]
        for leaf in unknown:
            _check(leaf, published)
    unranked = catalog.unranked(names) if any(isinstance(leaf, Rank) for leaf in demanded) else []
    if unranked:
        raise InputError(f"rarity of {unranked[0]} is not worked out yet: run `magpie index`")
    return Filter(collections=names, where=asked.where)


def _check(leaf: Leaf, published: Sequence[Trait]) -> None:
    if isinstance(leaf, Rank):
        return
    wanted = text.key(leaf.type)
    alike = [known for known in published if wanted in ("", known.key[0])]
    if leaf.type and not alike:
        raise unknown_name("trait type", leaf.type, {known.type for known in published if known.type})
    if isinstance(leaf, Number) and not any(number_in(known.value) is not None for known in alike):
        raise InputError(f"no value of {alike[0].type} is a number; write {alike[0].type}=VALUE")
    if isinstance(leaf, Has) and leaf.value is not None:
        value = text.key(leaf.value)
        if not any(known.key[1] == value for known in alike):
            kind = f"value of {alike[0].type}" if leaf.type else "trait value"
            raise unknown_name(kind, leaf.value, {known.value for known in alike})


def reason(demanded: Sequence[Demand], select: Select, collections: Sequence[str]) -> str:
    """One sentence: no token meets them all, and how many meet each."""
    counted = [f"{c.label} ({_tokens(len(select(c.filter(collections))))})" for c in demanded]
    listed = f"{', '.join(counted[:-1])} and {counted[-1]}" if len(counted) > 1 else counted[0]
    where = f" in {' or '.join(collections)}" if 0 < len(collections) <= _SHOWN else ""
    return f"no token{where} {'combines' if len(counted) > 1 else 'has'} {listed}"


def near_misses(demanded: Sequence[Demand], collections: Sequence[str]) -> Iterator[Filter]:
    """Ever less of what is ``demanded``: fewer of the wanted conditions, and for each fewer of the unwanted.

    What meets one filter meets all after it that ask for as many wanted ones. A token with none of the wanted
    conditions is no near miss, unless nothing was wanted. Numbers that can be met in more than `_WAYS` ways
    are left out: half of twenty conditions can be met in 184,756.
    """
    wanted = [demand.condition for demand in demanded if not demand.negated]
    spared = [demand.condition for demand in demanded if demand.negated]
    for many in range(len(wanted), 0, -1) if wanted else (0,):
        for few in range(len(spared), -1 if wanted else 0, -1):
            if max(comb(len(wanted), many), comb(len(spared), few)) > _WAYS:
                continue
            where = (*_at_least(many, wanted), *_at_least(few, spared))
            yield Filter(collections=tuple(collections), where=where)


def _at_least(many: int, conditions: Sequence[Condition]) -> tuple[Condition, ...]:
    if many == len(conditions):
        return tuple(conditions)
    if not many:
        return ()
    chosen = (AllOf(parts=parts) if many > 1 else parts[0] for parts in combinations(conditions, many))
    return (AnyOf(parts=tuple(chosen)),)


def _label(condition: Condition, phrase: str = "") -> str:
    """``phrase`` are the words that it was read from."""
    negated = isinstance(condition, Not)
    whole = condition.part if isinstance(condition, Not) else condition
    parts = whole.parts if isinstance(whole, AnyOf) else (whole,)
    if not all(isinstance(part, Has) for part in parts):
        return str(condition)
    names = list(dict.fromkeys(_plain(part) for part in parts if isinstance(part, Has)))
    if len(names) > _SHOWN:
        names = [phrase or f"{' or '.join(names[:_SHOWN])} or {len(names) - _SHOWN} more"]
    if negated:
        return f"not {names[0]}" if len(names) == 1 else f"neither {' nor '.join(names)}"
    return " or ".join(names)


def _plain(wanted: Has) -> str:
    if wanted.value is None:
        return f"any {wanted.type}"
    return f"{wanted.type}={wanted.value}" if wanted.type else wanted.value


def _tokens(count: int) -> str:
    return f"{count:,} token{'' if count == 1 else 's'}"
