"""Search at 10,000, 100,000 and a million tokens: exactness, time and memory, beside what others would use.

    python -m bench.search --tokens 10000 100000 1000000 --homes DIR [--source HOME] [--json FILE]

Makes a home of each size under ``--homes`` (kept: a build that was stopped continues, and the next run
measures at once), drawn around an indexed one, the shipped sample unless ``--source`` names another
(`bench.search_home`). Beyond ``--graph-up-to`` tokens no vector is put into Chroma: its graph takes most of
an hour for a million, and exact search does not read it. Each size is measured in a process of its own.
Times are of whole searches, query encoding included, no LLM; filters are the collections' own traits; recall
is against brute force in float64 over all that the catalogue selects. On a machine that does other work, the
CPU time beside each time is what it takes.
"""

import argparse
import json
import multiprocessing
import os
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from time import monotonic, perf_counter
from typing import Any

from bench import search_home, search_measure
from magpie.progress import Tick
from magpie.settings import Settings


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tokens", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--homes", type=Path, required=True, help="where the homes are made and kept")
    parser.add_argument("--source", type=Path, help="an indexed home to draw around; else the sample")
    parser.add_argument("--threads", type=int, default=0, help="of the encoders and of exact search")
    parser.add_argument("--graph-up-to", type=int, default=100_000, help="tokens in Chroma's graph")
    parser.add_argument("--rivals-up-to", type=int, default=100_000, help="tokens in plain Chroma")
    parser.add_argument("--json", type=Path, help="write all figures there too")
    asked = parser.parse_args()
    source = Settings(home=asked.source or _sample(asked.homes), threads=asked.threads)
    rows = []
    for tokens in asked.tokens:
        home = asked.homes / str(tokens)
        rows.append(_row(home, source, tokens, asked))
        _show(rows[-1])
        if asked.json:
            asked.json.write_text(json.dumps(rows, indent=1))


def _row(home: Path, source: Settings, tokens: int, asked: argparse.Namespace) -> dict[str, Any]:
    settings = Settings(home=home, threads=asked.threads)
    around = search_home.sources(source)
    graph, rivals = tokens <= asked.graph_up_to, tokens <= asked.rivals_up_to
    rates = search_home.build(settings, around, tokens, graph=graph, tick=_tick())
    columns = search_home.finish(settings, search_home.stores(settings, around, tokens, graph), _tick())
    record = home / "rates.json"
    if rates:
        record.write_text(json.dumps(rates | {"columns": columns}))
    built = json.loads(record.read_text()) if record.is_file() else {}
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        found = pool.submit(search_measure.measure, settings, source, tokens, graph, rivals).result()
    return {
        "tokens": tokens,
        "threads": asked.threads,
        "build": built,
        "bytes": {name: _size(home / name) for name in ("catalog.sqlite", "chroma", "columns")},
        "command": _command(home, asked.threads) if graph else None,
        **found,
    }


def _command(home: Path, threads: int) -> float:
    """Seconds of ``magpie search`` as a process of its own."""
    start = perf_counter()
    subprocess.run(
        [
            sys.executable,
            *("-c", "from ui.cli import main; main()"),
            *("search", "a zombie with a blue beanie", "--home", str(home), "--json"),
        ],
        stdout=subprocess.DEVNULL,
        check=False,  # nothing found is exit code 3
        env={**os.environ, "MAGPIE_THREADS": str(threads)},
    )
    return perf_counter() - start


def _sample(homes: Path) -> Path:
    """The shipped sample, ingested and indexed once."""
    home = homes / "source"
    for command in ("ingest sample", "index"):
        if not (home / "chroma" / "manifest.json").is_file():
            subprocess.run(
                [sys.executable, "-c", "from ui.cli import main; main()", *command.split(), "--home", home],
                check=True,
            )
    return home


def _size(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())


def _tick() -> Tick:
    last = monotonic()

    def tick(stage: str, done: int, total: int | None) -> None:
        nonlocal last
        if monotonic() - last > 10:
            last = monotonic()
            print(f"{stage}: {done:,} of {total or 0:,}", file=sys.stderr)

    return tick


def _show(row: Mapping[str, Any]) -> None:
    rates = ", ".join(f"{name} {rate:,.0f}/s" for name, rate in row["build"].items() if name != "columns")
    sizes = ", ".join(f"{name} {size / 2**20:,.0f} MiB" for name, size in row["bytes"].items())
    print(f"\n== {row['tokens']:,} tokens; load {row['load']:.1f} on {row['cores']} cores")
    print(f"built: {rates}; columns in {row['build'].get('columns', 0):.0f} s; {sizes}")
    memory = row["memory"]
    print(
        f"resident: {memory['anonymous']:,.0f} MiB, and {memory['mapped']:,.0f} MiB of files, once searched"
    )
    print(
        f"first search of a process: {row['first']['open']:.2f} s to open, {row['first']['search']:.2f} s;"
        + (f" `magpie search`: {row['command']:.1f} s" if row["command"] else "")
    )
    print(
        "allowed     n | fused ms: p50   p95   cpu | recall@10 image  caption  bm25 | image alone ms", end=""
    )
    print("  where: ms  recall  times ours")
    for share, one in row["filtered"].items():
        print(
            f"{float(share):8.2%} {one['searches']:4d} |"
            f" {one['p50']:13.1f} {one['p95']:5.1f} {one['cpu']:5.1f} |"
            f" {one['image']:15.3f}  {one['caption']:7.3f} {one['bm25']:5.3f} | {one['image_ms']:14.1f}",
            end="",
        )
        where = one.get("where")
        print(f"  {where['ms']:9.1f}  {where['recall']:6.3f}  {where['times']:10.1f}" if where else "")
    for name in ("words", "plain", "picture"):
        one = row[name]
        print(
            f"{name:>8}: p50 {one['p50']:.1f} ms, p95 {one['p95']:.1f}, cpu {one['cpu']:.1f}: {one['what']}"
        )
    for kind, one in row["graph"].items():
        print(f"{kind}s in Chroma's graph, unfiltered: recall@10 {one['recall']:.4f}, {one['ms']:.1f} ms")
    if "ensemble" in row:
        print(f"EnsembleRetriever: {row['ensemble']}")


if __name__ == "__main__":
    main()
