"""Conditions written into a question in the syntax of `magpie.written`: "punks where rank < 100". Pure."""

import re
from collections.abc import Collection
from typing import NamedTuple

from magpie import text
from magpie.conditions import Condition
from magpie.errors import InputError
from magpie.written import read

_WHERE = re.compile(r"\bwhere\s+(?P<written>.*[=<>].*)$", re.IGNORECASE | re.DOTALL)
_FIRST = re.compile(
    r"^[\s(!-]*(?:not\s+)?(?:\"(?P<quoted>[^\"]+)\"|(?P<name>[^\"=<>()]{1,60}?)|(?P<count>count)\s*\([^()]+\))"
    r"\s*(?:=|[<>]=?)",
    re.IGNORECASE,
)
_NAMES = frozenset({"rank", "trait", "count"})  # keys of what may be compared beside traits' types


class Written(NamedTuple):
    """``rest`` is the question without the condition; ``problem`` points at what cannot be read."""

    condition: Condition | None
    rest: str
    problem: str = ""


def written_in(question: str, types: Collection[str]) -> Written | None:
    """The condition that ends ``question`` after "where", or that it is; None if it has none.

    ``types`` are the published trait types, as `magpie.text.key` has them: "8 > 3" is no condition.
    """
    found = _WHERE.search(question)
    written = found["written"] if found else question
    first = _FIRST.match(written)
    name = text.key((first["quoted"] or first["name"] or first["count"]) if first else "")
    if not (name in types or name in _NAMES or (found and first)):
        return None
    try:
        condition = read(written.rstrip(" ?."))
    except InputError as error:
        return Written(None, question, str(error))
    return Written(condition, question[: found.start()] if found else "")
