"""JSON that somebody else wrote, bounded before it is parsed."""

import json
from math import isfinite
from typing import Any, NoReturn

from ingest.sources.tree import printable
from magpie import text
from magpie.errors import SourceError

MAX_JSON = 2**20
MAX_NESTING = 64


def parse_json(content: bytes) -> Any:  # noqa: ANN401 (any JSON)
    """A JSON value from a file. Raises `SourceError` if it is none, too large, or nested too deeply."""
    if len(content) > MAX_JSON:
        raise SourceError(f"JSON larger than {MAX_JSON // 2**20} MiB")
    try:
        written = content.decode("utf-8-sig")
        if text.nests_deeper(written, MAX_NESTING):
            raise SourceError("JSON nested too deeply")
        return json.loads(written, parse_constant=_refuse_constant, parse_float=_finite)
    except ValueError as error:
        raise SourceError(f"not JSON ({printable(str(error))})") from error


def _finite(written: str) -> float | str:
    """A number too large for a float stays as it was written: JSON has no infinity to write it back as."""
    return number if isfinite(number := float(written)) else written


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
