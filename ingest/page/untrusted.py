"""JSON of any shape -> values of the kind that is asked for, or nothing. Never an error.

A dashboard may be older than this page, or edited by anybody.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from ingest.page.wording import number, visible

MAX_COUNT = 2**63 - 1
NO_TEXT = "(no text)"
_MAX_DETAILS = 30
_MAX_PARTS = 12


def count(value: Any) -> int | None:  # noqa: ANN401 (anything JSON can hold)
    """A whole number from 0; None for anything else."""
    return value if type(value) is int and 0 <= value <= MAX_COUNT else None


def told(value: Any, limit: int = 500) -> str:  # noqa: ANN401
    """A text as one visible line; "" for anything else."""
    return visible(value, limit) if isinstance(value, str) else ""


def flag(value: Any) -> bool | None:  # noqa: ANN401
    return value if isinstance(value, bool) else None


def fields(value: Any) -> Mapping[str, Any]:  # noqa: ANN401
    """An object's members; none for anything else."""
    return value if isinstance(value, dict) else {}


def tally(value: Any, limit: int = 500) -> dict[str, int] | None:  # noqa: ANN401
    """Counts by name, largest first, equal ones by name; names that look alike are added up.

    None if this is no object. Members that are no count are left out, and so are zeros.
    """
    if not isinstance(value, dict):
        return None
    found: Counter[str] = Counter()
    for name, held in value.items():
        if counted := count(held):
            found[told(name, limit) or NO_TEXT] += counted
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def lines(value: Any, limit: int, longest: int = 300) -> tuple[str, ...]:  # noqa: ANN401
    """The first ``limit`` texts of a list."""
    if not isinstance(value, list):
        return ()
    return tuple(line for held in value[:limit] if (line := told(held, longest)))


def moment(value: Any) -> datetime | None:  # noqa: ANN401
    """A point in time from ISO 8601, in UTC (as which one without a zone counts)."""
    if not isinstance(value, str):
        return None
    try:
        time = datetime.fromisoformat(value)
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def details(value: Any) -> tuple[tuple[str, str], ...]:  # noqa: ANN401
    """An object whose members this page does not know, as labels and texts, in its own order."""
    rows = ((told(name, 60).replace("_", " "), _spelt(held)) for name, held in fields(value).items())
    return tuple((label, words) for label, words in rows if label and words)[:_MAX_DETAILS]


def _spelt(value: Any, *, deep: bool = True) -> str:  # noqa: ANN401
    match value:
        case bool():
            return "yes" if value else "no"
        case int() if abs(value) <= MAX_COUNT:
            return number(value)
        case float():
            return f"{value:g}"
        case str():
            return told(value, 300)
        case list() if deep:
            return _joined((_spelt(held, deep=False) for held in value), len(value))
        case dict() if deep:
            named = ((told(name, 100), _spelt(held, deep=False)) for name, held in value.items())
            return _joined((f"{name} {words}" for name, words in named), len(value))
    return ""


def _joined(parts: Iterable[str], total: int) -> str:
    shown = [part for part in islice(parts, _MAX_PARTS) if part.strip()]
    more = f" and {total - _MAX_PARTS:,} more" if total > _MAX_PARTS else ""
    return ("; " if any(" " in part for part in shown) else ", ").join(shown) + more
