"""``python -m tools.train_clip --out DIR``: art, words, training. What ships is ``DIR/run/best``.

Everything is kept in ``--out`` and taken up again when run again: packs of art, the teacher's vectors, the
text tower, the run's checkpoint.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from magpie.files import write_atomic
from retrieval.training.recipe import Recipe
from retrieval.training.weights import CONFIG
from tools.train_clip import sample, teacher
from tools.train_clip.art import make_all
from tools.train_clip.corpus import corpus
from tools.train_clip.creatures.sprites import Sprites
from tools.train_clip.pack import Pack, read
from tools.train_clip.packages import Packages
from tools.train_clip.student import distil
from tools.train_clip.teacher import Vectors
from tools.train_clip.trainer import ArtTrainer


def main() -> None:
    """Run the recipe from nothing, or from where it stopped."""
    parser = argparse.ArgumentParser(prog="python -m tools.train_clip", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder of all that is made")
    parser.add_argument("--minutes", type=float, default=60.0, help="of the last stage")
    parser.add_argument("--collections", type=int, default=700, help="invented ones, 160 tokens each")
    parser.add_argument("--word-steps", type=int, default=1300, help="of the text tower's own training")
    parser.add_argument("--start", type=Path, help="weights of an earlier run of this; else the words' own")
    parser.add_argument("--seed", type=int, default=21)
    parser.add_argument("--threads", type=int, default=0, help="0: as torch likes")
    args = parser.parse_args()
    packages = Packages(args.out / "npm")
    make_all(args.out / "packs", packages)
    art = list(read(args.out / "packs"))
    recipe = _recipe(args.seed, args.minutes, [plan.name for plan in sample.packs(packages)])
    listed, taught = _taught(art, packages, args.out, args.seed)
    words = args.out / "words"
    if not (words / CONFIG).is_file():
        distil(listed, taught, recipe, args.word_steps, words, print)
    trainer = ArtTrainer(
        corpus(art, Sprites(packages), args.collections, args.seed),
        replace(recipe, start=str(args.start or words)),
        args.out / "run",
        words=words,
        listed=listed,
        taught=taught,
        threads=args.threads,
    )
    result = trainer.fit(tick=lambda name, done, of: print(f"\r{name} {done}/{of}", end="", flush=True))
    print(json.dumps({"steps": result.steps, "held_out": result.held_out._asdict()}, indent=2))


def _recipe(seed: int, minutes: float, own: Sequence[str]) -> Recipe:
    """``own`` are the collections that Magpie brings; they get a third of every batch, as few as they are."""
    return Recipe(
        seed=seed,
        minutes=minutes,
        batch=192,
        peak_rate=1.2e-3,
        warmup=0.03,
        ema=0.998,
        masking="captions",
        dropped_captions=0.55,
        components=0.0,
        one_collection=0.25,
        spread=3,
        rehearsed=tuple(own),
        rehearsal=0.35,
        validate_seconds=300.0,
    )


def _taught(art: list[Pack], packages: Packages, out: Path, seed: int) -> tuple[list[str], Vectors]:
    path = out / "phrases.json"
    if not path.is_file():
        write_atomic(path, json.dumps(teacher.phrases(art, packages, seed)).encode())
    listed: list[str] = json.loads(path.read_text("utf-8"))
    return listed, teacher.vectors(listed, out / "teacher.npy")


if __name__ == "__main__":
    main()
