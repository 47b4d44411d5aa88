"""Untidy token metadata -> (name, traits). Pure; any JSON value is accepted and nothing raises.

The rules, in the order they apply, are in docs/data-format.md. Every trait that is left out is counted under
its reason, so that published = kept + dropped.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from magpie import text
from magpie.domain import Trait

MAX_DEPTH = 6
MAX_EMBEDDED = 64  # brackets within each other, in JSON that a metadata field holds as text
MAX_TRAITS = 200
MAX_TYPE, MAX_VALUE, MAX_NAME = 200, 500, 200
EMPTY_VALUES = frozenset({"", "none", "null", "nil", "n/a", "na", "nan", "undefined"})
NO_VALUE, REPEATED, TOO_DEEP, TOO_MANY, BAD_DATE = (
    "no value",
    "repeated",
    "nested too deeply",
    "too many",
    "bad date",
)
_LISTS = ("attributes", "traits", "properties")
_TYPE_KEYS = ("trait_type", "traitType", "trait", "type", "key", "name", "category")
_VALUE_KEYS = ("value", "trait_value", "val")
_MILLISECONDS = 100_000_000_000  # a later date in seconds would be after the year 5000


@dataclass(frozen=True)
class Parsed:
    """What one token's metadata says. ``name`` is "" if it has none; ``dropped`` counts traits by reason."""

    name: str = ""
    traits: tuple[Trait, ...] = ()
    dropped: Mapping[str, int] = field(default_factory=dict)


def parse(metadata: Any) -> Parsed:  # noqa: ANN401 (any JSON)
    """Name and traits in published order and spelling, control characters and markup removed."""
    dropped: Counter[str] = Counter()
    kept: dict[tuple[str, str], Trait] = {}
    for type_, value in _pairs(_trait_list(metadata), "", 0, dropped):
        trait = _trait(type_, value)
        pair = (trait.type, trait.value) if trait else None
        if trait is None or pair is None:
            dropped[NO_VALUE] += 1
        elif pair in kept:
            dropped[REPEATED] += 1
        elif len(kept) >= MAX_TRAITS:
            dropped[TOO_MANY] += 1
        else:
            kept[pair] = trait
    name = metadata.get("name") if isinstance(metadata, dict) else None
    return Parsed(
        _clean(name, MAX_NAME) if isinstance(name, str) else "", tuple(kept.values()), dict(dropped)
    )


def _trait_list(metadata: Any) -> Any:  # noqa: ANN401
    """The first non-empty ``attributes``, ``traits`` or ``properties``; a bare list is the traits."""
    if not isinstance(metadata, dict):
        return metadata if isinstance(metadata, list) else None
    for name in _LISTS:
        found = metadata.get(name)
        if isinstance(found, str) and found.lstrip()[:1] in ("[", "{"):
            found = _embedded(found)
        if isinstance(found, list | dict) and found:
            return found
    return None


def _embedded(source: str) -> Any:  # noqa: ANN401
    try:
        return None if text.nests_deeper(source, MAX_EMBEDDED) else json.loads(source)
    except ValueError:
        return None


def _pairs(node: Any, type_: str, depth: int, dropped: Counter[str]) -> Iterator[tuple[str, Any]]:  # noqa: ANN401
    """Every (type, scalar) below ``node``; lists repeat the type, unnamed mappings extend it."""
    if depth > MAX_DEPTH:
        dropped[TOO_DEEP] += 1
    elif isinstance(node, dict):
        yield from _from_dict(node, type_, depth, dropped)
    elif isinstance(node, list):
        if depth and not type_ and _is_pair(node):
            yield from _pairs(node[1], node[0], depth + 1, dropped)
            return
        for item in node:
            yield from _pairs(item, type_, depth + 1, dropped)
    elif node is not None or type_:
        yield type_, node


def _from_dict(
    node: dict[str, Any], type_: str, depth: int, dropped: Counter[str]
) -> Iterator[tuple[str, Any]]:
    value_key = next((key for key in _VALUE_KEYS if key in node), None)
    if value_key is None and not any(isinstance(node.get(key), str) for key in ("trait_type", "traitType")):
        for key, value in node.items():
            yield from _pairs(value, f"{type_} {key}".strip(), depth + 1, dropped)
        return
    named = next((node[key] for key in _TYPE_KEYS if isinstance(node.get(key), str | int)), "")
    full = f"{type_} {named}".strip()
    value = node.get(value_key) if value_key else None
    if node.get("display_type") == "date":
        day = _day(value)
        if day is None:
            dropped[BAD_DATE] += 1
        else:
            yield full, day
    elif value is None:
        dropped[NO_VALUE] += 1
    else:
        yield from _pairs(value, full, depth + 1, dropped)


def _is_pair(node: list[Any]) -> bool:
    """``["Hat", "Beanie"]``: a type and its value. Only inside a list of pairs, never the outer list."""
    return len(node) == 2 and isinstance(node[0], str) and not isinstance(node[1], dict)


def _day(value: Any) -> str | None:  # noqa: ANN401
    """The UTC day of a Unix time in seconds or milliseconds, as ``2021-11-17``."""
    try:
        seconds = float(value)
        moment = datetime.fromtimestamp(seconds / 1000 if abs(seconds) > _MILLISECONDS else seconds, UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return None
    return moment.date().isoformat()


def _trait(type_: str, value: Any) -> Trait | None:  # noqa: ANN401
    shown = _clean(_scalar(value), MAX_VALUE)
    if shown.casefold() in EMPTY_VALUES:
        return None
    return Trait(type=_clean(type_, MAX_TYPE), value=shown)


def _scalar(value: Any) -> str:  # noqa: ANN401
    """Numbers without a needless ``.0``, booleans as JSON writes them."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.15g}"
    return "" if value is None else str(value)


def _clean(value: str, limit: int) -> str:
    """Cleaned until nothing more is removed, so that ``<<b>b>`` leaves no markup behind."""
    # A lone surrogate is legal in JSON and in str, and illegal in UTF-8.
    before = value[: 4 * limit].encode("utf-8", "ignore").decode()
    while (cleaned := text.clean(before, limit)) != before:
        before = cleaned
    return cleaned
