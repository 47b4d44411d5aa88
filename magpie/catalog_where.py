"""Conditions as SQL over the catalogue: ``tokens t`` of ``collections c``. Pure."""

from collections.abc import Iterable, Iterator, Sequence

from magpie import text
from magpie.conditions import AllOf, AnyOf, Condition, Count, Has, Not, Number, Range, Rank
from magpie.domain import TokenRef
from magpie.query import Filter

Sql = tuple[str, list[str | float]]  # with its values, in order
_AT_ONCE = 500  # tokens that one statement reads
_TRAITS = "FROM token_traits tt JOIN trait_values v ON v.id = tt.value"


def names_clause(collections: Sequence[str]) -> str:
    return f"c.name IN ({', '.join('?' * len(collections))})" if collections else "1"


def refs_clauses(refs: Iterable[TokenRef]) -> Iterator[Sql]:
    """True of these tokens: a clause for some of a collection at a time, each token in one of them."""
    homes: dict[tuple[str, str], list[str]] = {}
    for ref in dict.fromkeys(refs):
        homes.setdefault((ref.chain, ref.contract), []).append(str(ref.token_id))
    for home, ids in homes.items():
        for start in range(0, len(ids), _AT_ONCE):
            some = ids[start : start + _AT_ONCE]
            listed = ", ".join("?" * len(some))
            yield f"c.chain = ? AND c.contract = ? AND t.token_id IN ({listed})", [*home, *some]


def where_clause(asked: Filter) -> Sql:
    """True of the tokens that meet ``asked``."""
    parts: list[Sql] = [(names_clause(asked.collections), list(asked.collections))]
    return _joined([*parts, *map(_clause, asked.where)], " AND ")


def _clause(condition: Condition) -> Sql:
    match condition:
        case Has():
            return _one_of([condition])
        case Number():
            of_value, values = _number(condition)
            return f"t.id IN (SELECT tt.token {_TRAITS} WHERE {of_value})", values
        case Count():
            return _count(condition)
        case Rank():
            measure = "r.rank * 100.0 / r.ranked" if condition.share else "r.rank"
            within, ends = _within(measure, condition.range)
            return f"t.id IN (SELECT r.token FROM ranks r WHERE {within})", ends
        case Not():
            clause, values = _clause(condition.part)
            return f"NOT {clause}", values
        case AllOf():
            return _joined(list(map(_clause, condition.parts)), " AND ")
        case AnyOf():
            return _any(condition)


def values_clause(wanted: Sequence[Has | Number | Count]) -> Sql:
    """True of the ``trait_values v`` that at least one of these is about."""
    return _joined([_about(one) for one in wanted], " OR ")


def _about(wanted: Has | Number | Count) -> Sql:
    match wanted:
        case Has():
            return _test(wanted)
        case Number():
            return _number(wanted)
        case Count():
            return _kind(wanted)


def _number(wanted: Number) -> Sql:
    within, ends = _within("v.number", wanted.range)
    return f"(v.type_key = ? AND {within})", [text.key(wanted.type), *ends]


def _kind(wanted: Count) -> Sql:
    if not wanted.type:
        return "NOT v.is_none", []
    return "(NOT v.is_none AND v.type_key = ?)", [text.key(wanted.type)]


def _one_of(values: Sequence[Has]) -> Sql:
    """Values are looked up together: a phrase may mean hundreds."""
    tests, held = _joined(list(map(_test, values)), " OR ")
    return f"t.id IN (SELECT tt.token {_TRAITS} WHERE {tests})", held


def _test(wanted: Has) -> Sql:
    """Of one published value."""
    parts: list[Sql] = []
    if wanted.value is not None:
        parts.append(("v.value_key = ?", [text.key(wanted.value)]))
    else:
        parts.append(("NOT v.is_none", []))
    if wanted.type:
        parts.append(("v.type_key = ?", [text.key(wanted.type)]))
    return _joined(parts, " AND ")


def _any(condition: AnyOf) -> Sql:
    values = [part for part in condition.parts if isinstance(part, Has)]
    parts = [_clause(part) for part in condition.parts if not isinstance(part, Has)]
    return _joined([*parts, _one_of(values)] if values else parts, " OR ")


def _count(condition: Count) -> Sql:
    kind, values = _kind(condition)
    within, ends = _within("COUNT(*)", condition.range)
    some = f"t.id IN (SELECT tt.token {_TRAITS} WHERE {kind} GROUP BY tt.token HAVING {within})"
    if 0 not in condition.range:
        return some, [*values, *ends]
    none = f"t.id NOT IN (SELECT tt.token {_TRAITS} WHERE {kind})"
    return f"({some} OR {none})", [*values, *ends, *values]


def _within(measure: str, limits: Range) -> Sql:
    same = "" if limits.strict else "="
    parts: list[Sql] = []
    if limits.least is not None:
        parts.append((f"{measure} >{same} ?", [limits.least]))
    if limits.most is not None:
        parts.append((f"{measure} <{same} ?", [limits.most]))
    return _joined(parts, " AND ")


def _joined(parts: Sequence[Sql], word: str) -> Sql:
    """In halves of halves: SQLite takes no expression that is more than 1,000 deep."""
    if len(parts) == 1:
        return parts[0]
    middle = len(parts) // 2
    (first, values), (second, others) = (_joined(some, word) for some in (parts[:middle], parts[middle:]))
    return f"({first}{word}{second})", [*values, *others]
