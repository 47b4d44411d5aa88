"""The typed arguments that other programs call the tools with: what their input schemas are made from."""

import json
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field

from magpie import text
from magpie.domain import Model


def _listed(given: object) -> object:
    """Clients write a list as JSON inside a string, or its only item without brackets."""
    if not isinstance(given, str):
        return given
    if text.nests_deeper(given, 2):
        return [given]
    try:
        written = json.loads(given)
    except ValueError:
        return [given]
    return written if isinstance(written, list) else [given]


Name = Annotated[str, Field(min_length=1, max_length=200)]
Phrase = Annotated[str, Field(min_length=1, max_length=500)]
Names = Annotated[tuple[Name, ...], BeforeValidator(_listed), Field(max_length=50)]
Phrases = Annotated[tuple[Phrase, ...], BeforeValidator(_listed), Field(max_length=50)]
Picture = Annotated[
    Path | None, Field(description="Path of a PNG, JPEG, WebP or GIF file on Magpie's machine.")
]
Collections = Annotated[Names, Field(description="Only these collections, by name; all, if none.")]
CollectionName = Annotated[
    Name, Field(description="Name of a collection, as list_collections has it, or its contract's 0x address.")
]
TokenNumber = Annotated[
    Name,
    BeforeValidator(lambda given: str(given) if type(given) is int else given),
    Field(description="The token's id, decimal or 0x, as a string: ids can be larger than JSON numbers."),
]


class Arguments(Model):
    """Base of every tool's arguments."""


class SearchArguments(Arguments):
    text: str = Field(
        default="",
        max_length=2000,
        description="What it looks like, in plain words: 'a blue ape with a hat, no glasses'. Words that "
        "name published traits become hard conditions.",
    )
    image: Picture = None
    like: Names = Field(default=(), description="Tokens to look like, each as 'COLLECTION 123'.")
    unlike: Names = Field(default=(), description="Tokens not to look like, each as 'COLLECTION 123'.")
    collections: Collections = ()
    where: str = Field(
        default="",
        max_length=2000,
        description="Hard conditions: type=value, value (of any type), type=* (any value), level>=3, "
        "level=3..7, traits=5, count(type)>=2, rank<=100, rank<=1%; joined by and, or, not and brackets; "
        'names with spaces in double quotes. Example: hat=beanie and not (eyes="laser eyes" or glasses)',
    )
    k: int = Field(default=10, ge=1, le=100, description="How many tokens.")


class RecommendArguments(Arguments):
    likes: Phrases = Field(default=(), description="What the person likes, in words: 'friendly robots'.")
    dislikes: Phrases = Field(default=(), description="What they do not like.")
    owned: Names = Field(default=(), description="Collections to leave out, by name.")
    k: int = Field(default=5, ge=1, le=50, description="How many collections.")


class VerifyArguments(Arguments):
    collection: Name = Field(description="Name of a collection here, or any contract's 0x address.")
    token: TokenNumber
    owner: Name | None = Field(default=None, description="A 0x address: is it this one's?")


class TokenArguments(Arguments):
    collection: CollectionName
    token: TokenNumber


class CollectionArguments(Arguments):
    collection: CollectionName
    trait_type: Name | None = Field(default=None, description="Only traits of this published type.")
    rarest_first: bool = Field(default=False, description="Rarest traits first, not most common.")
    limit: int = Field(default=50, ge=1, le=500, description="How many traits.")


class ListArguments(Arguments):
    pass


class AskArguments(Arguments):
    question: str = Field(default="", max_length=2000, description="The question, in the person's own words.")
    conversation: Name | None = Field(
        default=None,
        description="Any name: questions under the same one follow each other ('the second one', 'a blue one "
        "instead'). Without it a question stands alone.",
    )
    image: Picture = None
    collections: Collections = ()
