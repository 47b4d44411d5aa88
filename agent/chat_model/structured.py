"""LangChain's structured output for a model that takes a ``response_format``."""

from typing import TYPE_CHECKING, Any

from langchain_core.language_models import LanguageModelInput
from langchain_core.messages import BaseMessage
from langchain_core.runnables import Runnable, RunnableLambda, RunnableMap, RunnablePassthrough
from langchain_core.utils.function_calling import convert_to_json_schema
from langchain_core.utils.pydantic import is_basemodel_subclass
from pydantic import BaseModel

from agent.chat_model.reply_format import ReplyFormatError, checked

if TYPE_CHECKING:
    from langchain_core.language_models.chat_models import BaseChatModel


def structured(
    model: "BaseChatModel",
    schema: dict[str, Any] | type,
    *,
    include_raw: bool,
    **asked: Any,  # noqa: ANN401 (told to LangChain's tracing, and no more)
) -> Runnable[LanguageModelInput, dict[str, Any] | BaseModel]:
    """``model``, then the reading of its reply as a value of ``schema``."""
    wanted = convert_to_json_schema(schema)
    form = {"type": "json_schema", "json_schema": {"name": wanted.get("title", "reply"), "schema": wanted}}
    bound = model.bind(
        response_format=form,
        validate=False,  # by the reading, so that a raw reply can be had beside its error
        ls_structured_output_format={"kwargs": asked, "schema": wanted},
    )

    def read(reply: BaseMessage) -> Any:  # noqa: ANN401 (a value of the schema)
        cut = reply.response_metadata.get("finish_reason") == "length"
        value = checked(str(reply.text), form, is_cut=cut)
        return _as(schema, value)

    parser = RunnableLambda(read, name="validate")
    if not include_raw:
        return bound | parser
    parsed = RunnablePassthrough.assign(
        parsed=(lambda both: both["raw"]) | parser, parsing_error=lambda _: None
    ).with_fallbacks([RunnablePassthrough.assign(parsed=lambda _: None)], exception_key="parsing_error")
    return RunnableMap(raw=bound) | parsed


def _as(schema: dict[str, Any] | type, value: Any) -> Any:  # noqa: ANN401 (a value of the schema)
    if not (isinstance(schema, type) and is_basemodel_subclass(schema)):
        return value
    older: Any = schema  # LangChain takes classes of pydantic 1 too
    try:
        return schema.model_validate(value) if issubclass(schema, BaseModel) else older.parse_obj(value)
    except ValueError as error:
        problem = " ".join(str(error).split())
        raise ReplyFormatError(f"the model's JSON is no {schema.__name__}: {problem}") from error
