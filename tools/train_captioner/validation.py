"""How faithful an adapter's captions are on styles that it was not trained on, through llama.cpp."""

import random
import time
from collections import Counter
from pathlib import Path

from ingest.paraphrase.model import MODEL, LlamaWriter
from ingest.paraphrase.words import words
from ingest.paraphrase.writing import write
from magpie import models
from tools.train_captioner.trait_sets import HELD_OUT, sampled


def validate(
    adapter: Path | None, sets: int, *, threads: int = 0, temperature: float = 0.7
) -> dict[str, object]:
    """Shares of captions that pass the check at the first try and after retries, variety, and speed."""
    chosen = random.Random(0).sample(sampled(200, 0, held_out=True), sets)
    found = models.find(str(adapter)) if adapter else None
    began = time.perf_counter()
    with LlamaWriter(models.find(MODEL), found, threads=threads, temperature=temperature) as writer:
        written = write(writer, chosen)
    seconds = time.perf_counter() - began
    how = Counter(name for one in written for name in one.how)
    faults = Counter[str]()
    for one in written:
        faults.update(one.faults)
    return {
        "styles": sorted(HELD_OUT),
        "sets": sets,
        "captions": how.total(),
        "faithful_at_first": round(how["llm"] / how.total(), 4),
        "faithful_after_retries": round(1 - how["rule_based"] / how.total(), 4),
        "faults": dict(faults),
        "distinct_2": round(sum(distinct(one.captions) for one in written) / len(written), 4),
        "seconds": round(seconds, 1),
    }


def distinct(captions: tuple[str, ...]) -> float:
    """Distinct-2: different pairs of neighbouring words, of all pairs, in the captions of one set."""
    pairs = [pair for caption in captions for pair in zip(words(caption), words(caption)[1:], strict=False)]
    return len(set(pairs)) / len(pairs) if pairs else 1.0
