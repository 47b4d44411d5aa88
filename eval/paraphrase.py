"""Questions in a language model's words: "Any chance of tracking down a zombie punk sporting shades?". Pure.

The frames in `paraphrases.txt` were worded by a LLaMA about invented things (`tools/paraphrase.py`), for
evaluation alone: nothing is tuned or trained on them.
"""

import random
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from eval.wording import Asked, Phrases, article

_FRAMES = Path(__file__).with_name("paraphrases.txt")
_SLOT = re.compile(r"<(a )?(noun|[123])>")


def paraphrased(asked: Phrases, rng: random.Random) -> Asked | None:
    """The question in one of the frames; None if all of its traits are in its noun."""
    fitting = frames().get(len(asked.rest))
    if not fitting:
        return None
    slots = {"noun": asked.noun} | {str(at): phrase for at, phrase in enumerate(asked.rest, start=1)}

    def filled(slot: re.Match[str]) -> str:
        phrase = slots[slot[2]]
        return f"{article(phrase)}{phrase}" if slot[1] else phrase

    return Asked(_SLOT.sub(filled, rng.choice(fitting)), asked.claims, asked.traits)


@cache
def frames() -> Mapping[int, Sequence[str]]:
    """The frames by how many traits they take beside the noun; ``<a 1>`` is one with its article, if any."""
    found = defaultdict(list)
    for line in _FRAMES.read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            found[len(_SLOT.findall(line)) - 1].append(line)
    return found
