"""The JSON schema of an answer, from its model, with the arguments of every tool.

python -m tools.answer_schema > docs/answer.schema.json
"""

import json
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, models_json_schema

from agent import arguments
from agent.answer import Answer

ARGUMENTS = {
    "search_tokens": arguments.SearchArgs,
    "similar_tokens": arguments.SimilarArgs,
    "token_facts": arguments.TokenArgs,
    "collection_facts": arguments.CollectionArgs,
    "compare": arguments.CompareArgs,
    "recommend_collections": arguments.RecommendArgs,
    "taste": arguments.TasteArgs,
    "explain": arguments.WhyArgs,
    "verify_ownership": arguments.VerifyArgs,
}


class Whole(GenerateJsonSchema):
    """Every field is written, also one that has a default."""

    def field_is_required(self, *_: object, **__: object) -> bool:
        return True


def schema() -> dict[str, Any]:
    """Of JSON Schema 2020-12."""
    models = (Answer, *ARGUMENTS.values())
    _, made = models_json_schema([(model, "serialization") for model in models], schema_generator=Whole)
    parts = made["$defs"]
    parts["ToolCall"]["allOf"] = [
        {
            "if": {"properties": {"tool": {"const": tool}}, "required": ["tool"]},
            "then": {"properties": {"arguments": {"$ref": f"#/$defs/{model.__name__}"}}},
        }
        for tool, model in ARGUMENTS.items()
    ]
    answer = parts.pop("Answer")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **_open({**answer, "$defs": parts})}


def _open(part: Any) -> Any:  # noqa: ANN401 (JSON)
    """Without the promise that nothing will be added."""
    if isinstance(part, list):
        return [_open(one) for one in part]
    if not isinstance(part, dict):
        return part
    return {
        name: _open(value)
        for name, value in part.items()
        if not (name == "additionalProperties" and value is False)
    }


if __name__ == "__main__":
    print(json.dumps(schema(), indent=1))
