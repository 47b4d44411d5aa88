"""Collections generated from DiceBear's avatar styles: exact traits, deterministic, labelled as generated."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ingest.ports import FROM_FILES, NOTHING_KNOWN, Known, Problem, RawToken
from ingest.sources.colours import colour_name
from magpie.domain import DEV_CHAIN, GENERATED, Collection, local_contract
from magpie.optional import require

LABEL = "Generated sample: "
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[A-Za-z])(?=[0-9])")


@dataclass(frozen=True)
class Style:
    """One avatar style and how its parts are called.

    ``types`` names the trait type of an option (``topVariant``: "Top"); one not named is called by its own
    words. ``values`` respells a variant (``default``, or ``mouth.default``); ``skip`` leaves options out.
    """

    name: str
    title: str
    subject: str
    look: str
    types: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)
    skip: frozenset[str] = frozenset()


class GeneratedSource:
    """Tokens 0 to ``count`` - 1 of one style. The same on every machine: the seed is the style and the id."""

    problems: tuple[Problem, ...] = ()
    complete = False  # a smaller sample is a part of a larger one
    provenance = FROM_FILES

    def __init__(self, style: Style, count: int) -> None:
        self.style = style
        self.total = count

    @cached_property
    def definition(self) -> dict[str, Any]:
        """The style's drawing instructions, as its package states them."""
        folder = require("dicebear_styles", extra="sample")
        path = next(iter(folder.__path__))
        with open(f"{path}/{self.style.name}.json", encoding="utf-8") as file:
            definition: dict[str, Any] = json.load(file)
        return definition

    @cached_property
    def collection(self) -> Collection:
        """The collection with the licence and creator that the style states."""
        meta = self.definition["meta"]
        licence, creator = meta["license"], meta["creator"]
        return Collection(
            name=self.style.title,
            chain=DEV_CHAIN,
            contract=local_contract(self.style.title),
            subject=self.style.subject,
            description=f"{LABEL}{self.style.look} Art by {creator['name']}.",
            url=meta["source"]["url"],
            licence=f"{licence['name']} ({licence['url']})",
            source=GENERATED,
        )

    def seed(self, token_id: int) -> str:
        """What decides how a token is drawn."""
        return f"magpie:{self.style.name}:{token_id}"

    def items(self, known: Known = NOTHING_KNOWN) -> Iterator[RawToken]:
        """The avatars in order of their id."""
        dicebear = require("dicebear", extra="sample")
        style = dicebear.Style(self.definition)
        for token_id in range(self.total):
            avatar = dicebear.Avatar(style, {"seed": self.seed(token_id)})
            drawing = str(avatar)
            traits = self.traits(avatar.to_json()["options"], drawing)
            yield RawToken(
                token_id,
                {
                    "name": f"{self.style.title.removesuffix(' Sample')} #{token_id}",
                    "attributes": [{"trait_type": type_, "value": value} for type_, value in traits],
                },
                drawing.encode,
                f"{self.style.name} {token_id}",
            )

    def traits(self, options: Mapping[str, Any], drawing: str) -> list[tuple[str, str]]:
        """The trait types and values of what was drawn, in drawing order.

        A part that was left out has none, and so has a colour that was chosen and not used in ``drawing``.
        """
        return [(type_, value) for _, type_, value in self.chosen(options, drawing)]

    def chosen(self, options: Mapping[str, Any], drawing: str) -> list[tuple[str, str, str]]:
        """`traits`, each after the option that gave it."""
        found = []
        for option, value in options.items():
            part = option.removesuffix("Variant")
            if option in self._constant or option in self.style.skip or not value:
                continue
            if part != option:
                shown = (
                    self.style.values.get(f"{part}.{value}")
                    or self.style.values.get(value)
                    or readable(value)
                )
            elif option.endswith("Color") and value[0] in drawing:
                shown = colour_name(value[0])
            else:
                continue
            found.append((option, self.style.types.get(option) or readable(part), shown))
        return found

    @cached_property
    def _constant(self) -> frozenset[str]:
        """Options that are the same for every avatar, and the animation, which a picture does not show."""
        parts = {
            f"{name}Variant"
            for name, part in self.definition["components"].items()
            if len(part.get("variants", ())) == 1 and part.get("probability", 100) == 100
        }
        colours = {
            f"{name}Color" for name, colour in self.definition["colors"].items() if len(colour["values"]) == 1
        }
        return frozenset(parts | colours | {"animationVariant"})


def readable(name: str) -> str:
    """``shortHairDreads01`` -> ``Short Hair Dreads 01``; ``hairColor`` -> ``Hair Color``."""
    parts = _CAMEL.sub(" ", name).replace("-", " ").split()
    return " ".join(part[:1].upper() + part[1:] for part in parts)
