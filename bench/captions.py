"""How faithful, varied and quick captions are: trait sets of collections that the adapter was not trained on.

    python -m bench.captions [--writer llm|rules] [--sets 500] [--seed 0] [--json]

The sets are dealt evenly over the real collections in ../shared/data, without CryptoPunks, of which the
adapter has seen traits, and the two that borrow them. Without ../shared/data they are of the sample's styles
that training leaves out. A caption is faithful if it passes `ingest.paraphrase.check`.
"""

import argparse
import csv
import io
import json
import random
import time
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from itertools import pairwise
from pathlib import Path
from typing import Any

from ingest import traits
from ingest.paraphrase.cache import Written, seen
from ingest.paraphrase.check import check_three
from ingest.paraphrase.model import open_writer
from ingest.paraphrase.words import words
from ingest.paraphrase.writing import TraitSet, write
from ingest.sources.dicebear import GeneratedSource
from ingest.sources.styles import STYLES
from ingest.subject import guess_subject
from magpie.domain import Trait
from magpie.settings import Settings

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
KNOWN = frozenset({"CRYPTOPUNKS", "COVIDPunks", "ExpansionPunks"})
STYLES_LEFT_OUT = frozenset({"micah", "voxel-bot", "clay", "toon-head"})  # as tools/train_captioner does
PER_STYLE = 200
BATCH = 32
SHOWN = 20
NO_TRAIT = frozenset({"", "id", "TOKEN_ID", "TOKEN_NAME"})

Tokens = Sequence[tuple[Trait, ...]]


def collections() -> tuple[str, dict[str, Tokens]]:
    """Which split it is, in words, and its tokens' traits by collection."""
    if not (SHARED / "packs").is_dir():
        held = [style for style in STYLES if style.name in STYLES_LEFT_OUT]
        made = {
            s.name: [traits.parse(t.metadata).traits for t in GeneratedSource(s, PER_STYLE).items()]
            for s in held
        }
        return "styles of the sample that training leaves out", made
    packs = sorted((SHARED / "packs").glob("*.zip")) + sorted((SHARED / "traits_only").glob("*.zip"))
    found = {
        name: tokens for pack in packs for name, tokens in _pack(pack) if name not in KNOWN and any(tokens)
    }
    return "real collections, without CryptoPunks and the two that borrow its traits", found


def _pack(path: Path) -> Iterator[tuple[str, Tokens]]:
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        for name in (name for name in names if name.endswith(".csv")):
            yield Path(name).stem, _table(archive.read(name).decode("utf-8", "replace"))
        metadata = [name for name in names if name.startswith("metadata/")]
        if metadata:
            tokens = [traits.parse(json.loads(archive.read(name))).traits for name in metadata]
            yield path.stem.removeprefix("traits_only_"), tokens


def _table(content: str) -> Tokens:
    rows = csv.DictReader(io.StringIO(content), skipinitialspace=True)
    told = [[[type_, value] for type_, value in row.items() if type_ not in NO_TRAIT] for row in rows]
    return [traits.parse({"attributes": pairs}).traits for pairs in told]


def deal(held: Mapping[str, Tokens], count: int, seed: int) -> list[tuple[str, TraitSet]]:
    """``count`` different visible trait sets, as evenly over the collections as they last."""
    rng = random.Random(seed)
    decks = {name: rng.sample(tokens, len(tokens)) for name, tokens in sorted(held.items())}
    subjects = {name: guess_subject(name, "", tokens[:500]) for name, tokens in decks.items()}
    dealt: dict[TraitSet, str] = {}
    while len(dealt) < count and any(decks.values()):
        for name, deck in decks.items():
            while deck and len(dealt) < count:
                asked = TraitSet(subjects[name], seen(deck.pop()))
                if asked not in dealt:
                    dealt[asked] = name
                    break
    return [(name, asked) for asked, name in dealt.items()]


def distinct_2(captions: Sequence[str]) -> float:
    """Different pairs of neighbouring words among all such pairs of the captions together."""
    pairs = [pair for said in map(words, captions) for pair in pairwise(said)]
    return len(set(pairs)) / len(pairs)


def figures(asked: Sequence[TraitSet], made: Sequence[Written], seconds: float) -> dict[str, Any]:
    """What came of it: shares of all captions, faults by kind, variety and speed."""
    how = Counter(maker for written in made for maker in written.how)
    faults: Counter[str] = Counter()
    for written in made:
        faults.update(written.faults)
    total = sum(how.values())
    right = sum(not check_three(written.captions, *one) for one, written in zip(asked, made, strict=True))
    return {
        "trait_sets": len(asked),
        "captions": total,
        "faithful_first_attempt": how["llm"] / total,
        "faithful_before_fallback": (how["llm"] + how["retried"]) / total,
        "sets_all_right_after_fallback": right / len(asked),
        "rule_based": how["rule_based"] / total,
        "distinct_2": sum(distinct_2(written.captions) for written in made) / len(made),
        "captions_per_second": total / seconds,
        "faults": dict(faults.most_common()),
    }


def main() -> None:
    """Caption the held-out sets and print what came of it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--writer", choices=("llm", "rules"), default="llm")
    parser.add_argument("--sets", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    split, held = collections()
    dealt = deal(held, given.sets, given.seed)
    asked = [one for _, one in dealt]
    with open_writer(Settings()) if given.writer == "llm" else nullcontext() as writer:
        model = writer.id if writer else "rules"
        begun = time.perf_counter()
        made = [
            w for start in range(0, len(asked), BATCH) for w in write(writer, asked[start : start + BATCH])
        ]
        seconds = time.perf_counter() - begun
    found = {"model": model, "split": split, "collections": sorted(held)} | figures(asked, made, seconds)
    if given.json:
        sets = [
            {"collection": name, "traits": [str(t) for t in one.traits], "captions": w.captions, "how": w.how}
            for (name, one), w in zip(dealt, made, strict=True)
        ]
        print(json.dumps(found | {"sets": sets}, indent=2, ensure_ascii=False))
        return
    for label, value in found.items():
        print(f"{label}: {value:.3f}" if isinstance(value, float) else f"{label}: {value}")
    for (name, one), written in list(zip(dealt, made, strict=True))[:: max(1, len(made) // SHOWN)][:SHOWN]:
        print(f"\n{name}, {one.subject}: {'; '.join(map(str, one.traits))}")
        for caption, maker in zip(written.captions, written.how, strict=True):
            print(f"  {maker}: {caption}")


if __name__ == "__main__":
    main()
