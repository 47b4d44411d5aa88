"""The training art as one corpus. What chooses the weights is collections that training never sees."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from retrieval.training.corpus import Corpus, assemble
from tools.train_clip.creatures.collection import invent
from tools.train_clip.creatures.sprites import Sprites
from tools.train_clip.pack import Pack

PER_COLLECTION = 160
_UNSEEN, _UNSEEN_SEED = 24, 99


def corpus(art: Sequence[Pack], sprites: Sprites, collections: int, seed: int) -> Corpus:
    """``art`` and ``collections`` invented ones to train on; others to choose by and to report on."""
    seen = [invent(f"Invented {number}", PER_COLLECTION, seed, sprites) for number in range(collections)]
    unseen = [
        invent(f"Held out {number}", PER_COLLECTION, _UNSEEN_SEED, sprites) for number in range(_UNSEEN)
    ]
    packs = [*seen, *art, *unseen]
    whole = assemble(
        [token for pack in packs for token in pack.tokens],
        [pack.collection for pack in packs],
        np.concatenate([pack.pixels for pack in packs]),
    )
    rows, kept = np.arange(len(whole.tokens)), _UNSEEN * PER_COLLECTION
    chosen, reported = np.array_split(rows[len(rows) - kept :], 2)
    return replace(whole, train=rows[: len(rows) - kept], validation=chosen, held_out=reported)
