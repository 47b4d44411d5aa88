"""How many pictures a second become vectors: as `magpie index` does it, and as plain open_clip would.

    python -m bench.embedding [--home HOME] [--pictures 1000] [--threads 2] [--runs 3]

On pictures drawn from an ingested dataset; reading and decoding is included, loading weights is not.
"Plain" is the usual loop: open a picture, open_clip's own preprocessing, a batch of 64, float32. ViT-B/32 has
random weights, which take as long. Prints the best of the runs by the wall clock, the processor time of a
picture (which other programs disturb less), the ratio to plain ViT-B/32, and how near the vectors are to
those of plain open_clip: the least cosine, and how often the nearest other picture is the same.
"""

import argparse
import logging
import os
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter, process_time
from typing import Any, NamedTuple

import numpy as np

from magpie.catalog import Catalog
from magpie.settings import default_home
from retrieval.encoders.open_clip import Clip, ClipFolder, OpenClipEncoder
from retrieval.encoders.torch_setup import prepare_torch
from retrieval.pictures import Unreadable, embed, open_picture
from retrieval.ports import Vectors

OURS = Path(__file__).parents[1] / "retrieval" / "weights" / "magpie-clip"
BATCH = 64


class RandomClip(NamedTuple):
    """An open_clip architecture with random weights, as a `ClipSource`."""

    name: str

    def load(self) -> Clip:
        import open_clip
        import torch

        torch.manual_seed(0)
        model, _, prepare = open_clip.create_model_and_transforms(self.name)
        return Clip(model, open_clip.get_tokenizer(self.name), prepare, stacked)


class Row(NamedTuple):
    name: str
    per_second: float
    cpu_ms: float
    vectors: Vectors


def stacked(tensors: Sequence[Any], device: str) -> Any:  # noqa: ANN401 (a tensor)
    import torch

    return torch.stack(list(tensors)).to(device)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--home", type=Path, default=default_home())
    parser.add_argument("--pictures", type=int, default=1000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--runs", type=int, default=3)
    asked = parser.parse_args()
    logging.disable(logging.WARNING)  # open_clip's, that the weights are random
    prepare_torch(asked.threads, extra="image")
    files = drawn(asked.home, asked.pictures)
    print(f"{len(files):,} pictures, {asked.threads} threads, load average {os.getloadavg()[0]:.1f}")
    print(f"{'':34}  images/s  CPU ms  times plain ViT-B/32  least cosine  same neighbour")
    baseline = 0.0
    for name, source in (
        ("ViT-B-32", RandomClip("ViT-B-32")),
        ("magpie-clip", ClipFolder(OURS, "magpie-clip")),
    ):
        exact = measured(f"{name}, plain open_clip, float32", plain(source), files, asked.runs)
        baseline = baseline or exact.per_second
        show(exact, exact, baseline)
        for precision in ("float32", "fast"):
            encoder = OpenClipEncoder(source, threads=asked.threads, precision=precision)
            placement = encoder.load()
            row = measured(
                f"{name}, Magpie, {placement.dtype}", ours(encoder, asked.threads), files, asked.runs
            )
            show(row, exact, baseline)


def drawn(home: Path, count: int) -> list[Path]:
    """``count`` of the dataset's pictures, by chance but always the same, each from the disk's cache."""
    with Catalog(home / "catalog.sqlite") as catalog:
        images = sorted(token.image for token in catalog.iter_tokens() if token.image)
    files = [home / "dataset" / image for image in random.Random(0).sample(images, min(count, len(images)))]
    for file in files:
        file.read_bytes()
    return files


def plain(source: ClipFolder | RandomClip) -> Callable[[Sequence[Path]], Vectors]:
    """The usual loop over open_clip: nothing is read ahead, and nothing shared out but by torch itself."""
    import torch

    clip = source.load()
    clip.model.eval()

    def encode(files: Sequence[Path]) -> Vectors:
        rows = []
        for start in range(0, len(files), BATCH):
            pictures = [clip.prepare(open_picture(file)) for file in files[start : start + BATCH]]
            with torch.inference_mode():
                rows.append(clip.model.encode_image(clip.batch(pictures, "cpu"), normalize=True).numpy())
        return np.concatenate(rows)

    return encode


def ours(encoder: OpenClipEncoder, threads: int) -> Callable[[Sequence[Path]], Vectors]:
    def encode(files: Sequence[Path]) -> Vectors:
        return np.stack(
            [row for row in embed(encoder, files, threads=threads) if not isinstance(row, Unreadable)]
        )

    return encode


def measured(name: str, encode: Callable[[Sequence[Path]], Vectors], files: Sequence[Path], runs: int) -> Row:
    encode(files[:BATCH])
    fastest, cheapest = float("inf"), float("inf")
    for _ in range(runs):
        wall, cpu = perf_counter(), process_time()
        vectors = encode(files)
        fastest, cheapest = min(fastest, perf_counter() - wall), min(cheapest, process_time() - cpu)
    return Row(name, len(files) / fastest, cheapest / len(files) * 1000, vectors)


def show(row: Row, exact: Row, baseline: float) -> None:
    """Print one line of the table."""
    cosine = (row.vectors * exact.vectors).sum(1).min()
    same = (nearest(row.vectors) == nearest(exact.vectors)).mean()
    print(
        f"{row.name:34}  {row.per_second:8.0f}  {row.cpu_ms:6.2f}  {row.per_second / baseline:20.1f}"
        f"  {cosine:12.5f}  {same:14.3f}",
        flush=True,
    )


def nearest(vectors: Vectors) -> np.ndarray:
    """(n,) the row of each vector's nearest other."""
    cosines = vectors @ vectors.T
    np.fill_diagonal(cosines, -2)
    return cosines.argmax(1)


if __name__ == "__main__":
    main()
