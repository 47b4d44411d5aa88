"""Forms that a reply can be held to: a GBNF grammar, any JSON object, or JSON of a schema.

``response_format`` is as in OpenAI's protocol: ``{"type": "text"}``, ``{"type": "json_object"}``, or
``{"type": "json_schema", "json_schema": {"schema": {...}}}``. A grammar holds the model while it writes, as
far as grammars can; what was written is validated all the same.
"""

import json
from collections.abc import Mapping
from typing import Any

from magpie import text
from magpie.errors import InputError, MagpieError
from magpie.optional import require

# What llama.cpp's grammars get wrong or slow; the validation afterwards knows it.
_NOT_IN_GRAMMARS = ("pattern", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")
_BOUNDS = ("minLength", "maxLength", "minItems", "maxItems")
_LARGEST_BOUND = 64
MAX_NESTING = 64
_STRING = 160  # characters: small models repeat themselves, and would never close a string
_UNREADABLE = (AssertionError, AttributeError, IndexError, KeyError, RecursionError, TypeError, ValueError)
Format = Mapping[str, Any]


class ReplyFormatError(MagpieError):
    """What the model wrote does not have the form that was asked for."""


def grammar_of(form: Format) -> str | None:
    """The GBNF grammar of a ``response_format``; None for plain text.

    Raises `InputError` for a form or a schema that cannot be read.
    """
    kind = form.get("type")
    if kind == "text":
        return None
    grammars = require("llama_cpp", extra="llm").llama_grammar
    if kind == "json_object":
        return str(grammars.JSON_GBNF)
    schema = _schema(form)
    try:
        require("jsonschema", extra="llm").Draft202012Validator.check_schema(schema)
        return str(grammars.json_schema_to_gbnf(json.dumps(_plainer(schema))))
    except require("jsonschema", extra="llm").SchemaError as error:
        raise InputError(f"response_format holds no JSON schema: {error.message}") from error
    except _UNREADABLE as error:
        problem = str(error) or type(error).__name__
        raise InputError(f"this JSON schema cannot be made a grammar: {problem}") from error


def checked(words: str, form: Format, *, is_cut: bool) -> Any:  # noqa: ANN401 (any JSON)
    """The value that ``words`` are, in the form asked for. ``is_cut``: the model had no tokens left.

    Raises `ReplyFormatError` that says what is wrong.
    """
    if form.get("type") == "text":
        return words
    if text.nests_deeper(words, MAX_NESTING):
        raise ReplyFormatError(f"the model did not write JSON (nested too deeply): {_shown(words)}")
    try:
        value = json.loads(words)
    except ValueError as error:
        if is_cut:
            raise ReplyFormatError(
                f"the model had no tokens left before its JSON ended; raise max_tokens: {_shown(words)}"
            ) from error
        raise ReplyFormatError(f"the model did not write JSON ({error}): {_shown(words)}") from error
    if form.get("type") == "json_object":
        if not isinstance(value, dict):
            raise ReplyFormatError(f"the model did not write a JSON object: {_shown(words)}")
        return value
    jsonschema = require("jsonschema", extra="llm")
    problem = jsonschema.exceptions.best_match(
        jsonschema.Draft202012Validator(_schema(form)).iter_errors(value)
    )
    if problem is not None:
        raise ReplyFormatError(
            f"the model's JSON breaks its schema at {problem.json_path}: {problem.message}"
        )
    return value


def _schema(form: Format) -> dict[str, Any]:
    schema = form.get("json_schema", {}).get("schema") if form.get("type") == "json_schema" else None
    if not isinstance(schema, dict):
        raise InputError(
            'response_format must be {"type": "text"}, {"type": "json_object"} or '
            '{"type": "json_schema", "json_schema": {"schema": {...}}}'
        )
    return schema


def _plainer(part: Any) -> Any:  # noqa: ANN401 (any JSON)
    """A schema without what grammars cannot hold; names of properties are no keywords."""
    if isinstance(part, list):
        return [_plainer(item) for item in part]
    if not isinstance(part, dict):
        return part
    kept: dict[str, Any] = {}
    if part.get("type") == "string" and not {"enum", "const", "format"} & part.keys():
        kept["maxLength"] = min(part.get("maxLength", _STRING), _STRING)
    for name, value in part.items():
        if name in ("properties", "$defs", "definitions") and isinstance(value, dict):
            kept[name] = {inner: _plainer(schema) for inner, schema in value.items()}
        elif name in ("const", "enum", "default", "examples", "required"):
            kept[name] = value
        elif name not in (*_NOT_IN_GRAMMARS, *kept) and not (name in _BOUNDS and value > _LARGEST_BOUND):
            kept[name] = _plainer(value)
    return kept


def _shown(words: str) -> str:
    return repr(words if len(words) <= 80 else words[:40] + " … " + words[-35:])
