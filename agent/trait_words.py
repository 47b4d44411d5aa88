"""How people say a trait: the published value, with its type where the value alone says too little. Pure."""

import re

from magpie import text

# Types that add nothing to their values: a Zombie is a Zombie, whatever the column is called.
_SILENT = frozenset(
    text.key(kind)
    for kind in (
        *("type", "gender", "sex", "species", "accessory", "attribute", "trait", "item", "special", "weapon"),
        *("clothing", "clothes", "outfit", "headwear", "hat", "hair or hat", "facial hair", "plant"),
    )
)
_TAIL = re.compile(r"\s+colou?rs?$", re.IGNORECASE)
_HELD = frozenset({"yes", "true"})
_NOTHING = frozenset({"none", "no", "n a", "na", "nothing", "false"})


def said_as(kind: str, value: str) -> str:
    """``Pipe`` of Accessory=Pipe, ``Thin ring`` of Ring=Thin, ``Navy sky`` of Sky Color=Navy."""
    noun = _TAIL.sub("", kind).strip().lower()
    key = text.key(value)
    if not noun:
        return value
    if key in _NOTHING:
        return f"no {noun}"
    if key in _HELD:
        return noun
    if value.isdigit():
        return f"{noun} {value}"
    told = set(text.key(noun).split()) & set(key.split())
    return value if told or text.key(kind) in _SILENT else f"{value} {noun}"


def with_article(noun: str) -> str:
    """``a punk``, ``an ape``."""
    return f"{text.article(noun)} {noun}"
