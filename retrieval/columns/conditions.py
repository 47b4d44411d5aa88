"""Conditions on the columns of traits: which tokens meet them. The same as `magpie.catalog_where` in SQL."""

from collections.abc import Sequence
from functools import cached_property, reduce
from typing import Any

import numpy as np
import numpy.typing as npt

from magpie.catalog_columns import CatalogColumns
from magpie.conditions import AllOf, AnyOf, Condition, Count, Has, Not, Number, Range, Rank
from magpie.query import Filter
from retrieval.columns.roster import Mask, Numbers, Roster, Selection

_ANY_TRAIT = Count(range=Range(least=1))


class Traits:
    """Which tokens have each published value, and their rarity ranks."""

    def __init__(
        self, roster: Roster, catalog: CatalogColumns, starts: Numbers, tokens: Numbers, ranks: Numbers
    ) -> None:
        """The tokens of the value in the catalogue's row ``v`` are ``tokens[starts[v] : starts[v + 1]]``.

        ``ranks`` is (2, n): rank and of how many; zeros without a rank.
        """
        self._roster, self._catalog = roster, catalog
        self._starts, self._tokens, self._ranks = starts, tokens, ranks

    def select(self, asked: Filter) -> Selection:
        """As `Catalog.select`."""
        found = np.ones(len(self._roster), bool)
        if asked.collections:
            spans = self._roster.spans()
            found[:] = False
            for name in asked.collections:
                found[spans.get(name, slice(0, 0))] = True
        for condition in asked.where:
            found &= self._meets(condition)
        return Selection(self._roster, np.flatnonzero(found))

    def _meets(self, condition: Condition) -> Mask:
        match condition:
            case Has() | Number():
                return self._one_of([condition])
            case Count():
                return _within(self._counted(condition), condition.range)
            case Rank():
                return self._ranked(condition)
            case Not():
                return ~self._meets(condition.part)
            case AllOf():
                return reduce(np.logical_and, map(self._meets, condition.parts))
            case AnyOf():
                values = [part for part in condition.parts if isinstance(part, Has | Number)]
                parts = [part for part in condition.parts if not isinstance(part, Has | Number)]
                found = [self._one_of(values)] if values else []
                return reduce(np.logical_or, [*found, *map(self._meets, parts)])

    def _one_of(self, values: Sequence[Has | Number]) -> Mask:
        found = np.zeros(len(self._roster), bool)
        for tokens in self._holders(values):
            found[tokens] = True
        return found

    def _counted(self, condition: Count) -> npt.NDArray[np.int64]:
        """How many traits of the type each token has."""
        return self._any_traits if not condition.type else self._count(condition)

    @cached_property
    def _any_traits(self) -> npt.NDArray[np.int64]:
        return self._count(_ANY_TRAIT)

    def _count(self, condition: Count) -> npt.NDArray[np.int64]:
        held = self._holders([condition])
        tokens = np.concatenate(held) if held else np.zeros(0, np.int64)
        counts: npt.NDArray[np.int64] = np.bincount(tokens, minlength=len(self._roster))
        return counts

    def _ranked(self, condition: Rank) -> Mask:
        rank, ranked = self._ranks
        of = rank * 100.0 / np.maximum(ranked, 1) if condition.share else rank
        met: Mask = _within(of, condition.range) & (ranked > 0)
        return met

    def _holders(self, wanted: Sequence[Has | Number | Count]) -> list[Numbers]:
        """The tokens of the values that are meant, in runs of values whose rows follow each other."""
        values = self._catalog.values(wanted)
        values = values[values < len(self._starts) - 1]
        breaks = np.flatnonzero(np.diff(values) > 1) + 1
        runs = [run for run in np.split(values, breaks) if run.size]
        return [self._tokens[self._starts[run[0]] : self._starts[run[-1] + 1]] for run in runs]


def _within(measured: npt.NDArray[Any], limits: Range) -> Mask:
    found = np.ones(len(measured), bool)
    if limits.least is not None:
        found &= measured > limits.least if limits.strict else measured >= limits.least
    if limits.most is not None:
        found &= measured < limits.most if limits.strict else measured <= limits.most
    return found
