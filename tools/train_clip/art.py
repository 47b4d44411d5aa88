"""Make every pack of training art: ``python -m tools.train_clip.art --out DIR``. Whole packs are kept.

Pictures come from the sources of ``SOURCES.md``; packages are fetched with npm into ``--cache`` (beside DIR).
What states no licence that allows shipped weights without conditions is made only into a folder of its own.
"""

import argparse
import time
from pathlib import Path

from tools.train_clip import avatars, icons, nouns, sample, silhouettes
from tools.train_clip.pack import save
from tools.train_clip.packages import Packages, Plan


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True, help="folder of the packs")
    parser.add_argument("--unclear", type=Path, help="folder of packs of unclear licence (default: not made)")
    parser.add_argument("--cache", type=Path, help="folder of the npm packages (default: npm beside --out)")
    parser.add_argument("--only", default="", help="make only packs whose name has this")
    parser.add_argument("--again", action="store_true", help="make packs anew that are whole")
    args = parser.parse_args()
    packages = Packages(args.cache or args.out.parent / "npm")
    make_all(args.out, packages, unclear=args.unclear, only=args.only, again=args.again)


def make_all(
    out: Path, packages: Packages, *, unclear: Path | None = None, only: str = "", again: bool = False
) -> None:
    """Make every pack into ``out``, whole ones only if ``again``; the unclear ones into ``unclear``."""
    for source in (sample, avatars, icons, silhouettes, nouns):
        for plan in source.packs(packages):
            folder = out if plan.clear else unclear
            if folder and only in plan.name:
                _make(plan, folder, again=again)


def _make(plan: Plan, folder: Path, *, again: bool) -> None:
    """Make a pack unless it is whole. Its files are never written over: a reader may have them mapped."""
    whole, pixels = (folder / f"{plan.name}{suffix}" for suffix in (".json", ".npy"))
    if whole.exists() and not again:
        return
    began = time.monotonic()
    made = plan.make()
    whole.unlink(missing_ok=True)
    pixels.unlink(missing_ok=True)
    save(made, folder)
    print(f"{plan.name}: {len(made.tokens)} pictures, {time.monotonic() - began:.1f} s", flush=True)


if __name__ == "__main__":
    main()
