"""Exact layers of generated collections: each token drawn with a part and without it, and the part alone."""

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from ingest import images, svg
from ingest.sources.dicebear import GeneratedSource
from magpie.domain import Trait
from magpie.optional import require
from magpie.progress import Tick, unseen

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from dicebear import Style

    Flat = npt.NDArray[np.uint8]

CHANGED = 16  # of 255 in one channel: what taking the part out must change for a pixel to show the part
_OTHER = ("#ff00ff", "#00ff00")  # colours to swap one for, so that it is seen where it is used


class ExactLayer(NamedTuple):
    """One trait of a generated collection.

    ``seen`` (h, w) is the share of the tokens with the trait that show it there; ``component`` (h, w, 4) is
    the trait drawn alone, or, for a colour, what most tokens show where it is seen.
    """

    trait: Trait
    seen: "npt.NDArray[np.float32]"
    component: "Flat"
    tokens: int


@dataclass(frozen=True)
class _Use:
    """One token's use of a trait: the option that gave it, and all that was chosen for the token."""

    token_id: int
    option: str
    options: Mapping[str, Any]


def exact_layers(
    source: GeneratedSource, token_ids: Sequence[int], width: int, examples: int = 12, tick: Tick = unseen
) -> Iterator[ExactLayer]:
    """The layers of the traits that the tokens have, in order of the trait, ``width`` pixels wide.

    At most ``examples`` tokens are looked at for a trait, spread evenly over those that have it.
    """
    import numpy as np

    artist = _Artist(source, width)
    uses = _uses(source, artist.style, token_ids)
    for done, (pair, having) in enumerate(sorted(uses.items())):
        few = having[:: -(-len(having) // examples)]
        with_it = [artist.picture(use) for use in few]
        without = [artist.picture(use, taken_out=True) for use in few]
        changed = np.stack(
            [
                np.abs(one.astype(np.int16) - two).max(axis=-1) > CHANGED
                for one, two in zip(with_it, without, strict=True)
            ]
        )
        seen = changed.mean(axis=0, dtype=np.float32)
        alone = artist.alone(few[0]) if few[0].option.endswith("Variant") else None
        component = alone if alone is not None else _where_seen(np.stack(with_it), changed)
        yield ExactLayer(Trait(type=pair[0], value=pair[1]), seen, component, len(few))
        tick(source.collection.name, done + 1, len(uses))


def _uses(
    source: GeneratedSource, style: "Style", token_ids: Sequence[int]
) -> dict[tuple[str, str], list[_Use]]:
    dicebear = require("dicebear", extra="sample")
    uses: dict[tuple[str, str], list[_Use]] = {}
    for token_id in token_ids:
        avatar = dicebear.Avatar(style, {"seed": source.seed(token_id)})
        options = avatar.to_json()["options"]
        for option, type_, value in source.chosen(options, str(avatar)):
            uses.setdefault((type_, value), []).append(_Use(token_id, option, options))
    return uses


class _Artist:
    """Draws tokens of one collection, whole, with a part taken out, or a part alone; keeps what it drew."""

    def __init__(self, source: GeneratedSource, width: int) -> None:
        self.style = require("dicebear", extra="sample").Style(source.definition)
        self._source, self._width = source, width
        self._drawn: dict[tuple[int, str], Flat] = {}
        self._styles: dict[str, Style] = {}

    def picture(self, use: _Use, *, taken_out: bool = False) -> "Flat":
        """The token's picture, or the same without the part (in another colour, if the trait is a colour)."""
        key = use.token_id, use.option if taken_out else ""
        if key not in self._drawn:
            changed: dict[str, list[str]] = {}
            if taken_out and use.option.endswith("Color"):
                changed[use.option] = [next(c for c in _OTHER if c not in use.options[use.option])]
            elif taken_out:
                changed[use.option] = []
            self._drawn[key] = self._draw(self.style, use, changed)
        return self._drawn[key]

    def alone(self, use: _Use) -> "Flat":
        """The part that the token has, drawn with nothing else, on transparency."""
        part = use.option.removesuffix("Variant")
        if part not in self._styles:  # reading a style takes longer than drawing a token
            self._styles[part] = require("dicebear", extra="sample").Style(_reduced(self._source, part))
        return self._draw(self._styles[part], use, {"backgroundColor": []})

    def _draw(self, style: "Style", use: _Use, changed: Mapping[str, list[str]]) -> "Flat":
        import numpy as np
        from PIL import Image

        avatar = require("dicebear", extra="sample").Avatar(
            style, {"seed": self._source.seed(use.token_id), **changed}
        )
        with Image.open(io.BytesIO(svg.render(str(avatar).encode(), images.WIDTH))) as image:
            size = self._width, max(1, round(image.height * self._width / image.width))
            return np.array(image.convert("RGBA").resize(size, Image.Resampling.NEAREST))


def _where_seen(pictures: "Flat", changed: "npt.NDArray[np.bool_]") -> "Flat":
    """The first picture that shows the trait, at each pixel that most of them show it at; else clear."""
    import numpy as np

    first = changed.argmax(axis=0)
    shown = np.take_along_axis(pictures, first[None, ..., None], axis=0)[0]
    return np.where((changed.mean(axis=0) >= 0.5)[..., None], shown, 0).astype(np.uint8)


def _reduced(source: GeneratedSource, part: str) -> dict[str, Any]:
    """The style's definition with nothing to draw but one part, and what it needs around it."""
    full = source.definition
    canvas = {**full["canvas"], "elements": _only(full["canvas"]["elements"])}
    components = {
        name: known
        if name == part or "variants" not in known
        else {**known, "variants": {v: _emptied(drawing) for v, drawing in known["variants"].items()}}
        for name, known in full["components"].items()
    }
    return {**full, "canvas": canvas, "components": components}


def _emptied(variant: Mapping[str, Any]) -> dict[str, Any]:
    return {**variant, "elements": _only(variant["elements"])}


def _only(elements: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The elements on the way to components; shapes that are drawn for themselves are left out."""
    kept: list[dict[str, Any]] = []
    for element in elements:
        children = element.get("children")
        if element.get("type") == "component" or element.get("name") == "defs":
            kept.append(dict(element))
        elif children and (inner := _only(children)):
            kept.append({**element, "children": inner})
    return kept
