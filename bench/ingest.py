"""How fast a collection is built from a gateway that is slow and fails: tokens a second, memory, CPU shares.

    python -m bench.ingest [--pack FILE.zip] [--tokens 2500] [--latency 0.05] [--faults 0.05] [--json]

A local gateway in a process of its own serves a real pack (or the committed punks) under its CIDs and waits
``--latency`` before each answer. Each row is a fresh ingest into a temporary home, in a process of its own,
whose memory is that of it and its workers: resident, and summed as if nothing were shared. Rates are also
given as ratios to the row without faults, as machines differ and ratios less so. Missing are the tokens that
are not, picture and traits, as `ingest folder` of the same pack has them.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psutil

from bench.ingest_row import Measured, Plan, measure

DEFAULT_PACK = Path(__file__).parents[2] / "shared/data/packs/CRYPTOPUNKS.zip"


def missing(plan: Plan, row: Measured, baseline: Measured) -> int:
    """Tokens that the baseline has from the same part of the pack, and the row has not, or not the same."""
    expected = sorted(baseline.digests.items())[: plan.tokens]
    return sum(row.digests.get(token_id) != digest for token_id, digest in expected)


def table(rows: dict[Plan, Measured]) -> list[dict[str, Any]]:
    """One record a row; the rate of the first row with a gateway is 1.00."""
    baseline = next(row for plan, row in rows.items() if plan.latency is None)
    faultless = next(row for plan, row in rows.items() if plan.latency is not None and not plan.faults)
    return [
        {
            "row": plan.name,
            "tokens": row.tokens,
            "tokens/s": round(row.tokens / row.seconds, 1),
            "ratio": round(row.tokens / row.seconds / (faultless.tokens / faultless.seconds), 2),
            "missing": missing(plan, row, baseline),
            "peak MiB": round(row.peak_mib),
            "requests/token": round(row.requests / max(1, row.tokens), 2),
            "cpu ms/token": round(1000 * (row.parent_cpu + row.workers_cpu) / max(1, row.tokens), 2),
            "of which parent": round(1000 * row.parent_cpu / max(1, row.tokens), 2),
            "gateway's ms": round(1000 * row.gateway_cpu / max(1, row.tokens), 2),
            "problems": len(row.problems),
        }
        for plan, row in rows.items()
    ]


def show(records: Sequence[dict[str, Any]]) -> None:
    """Columns as wide as what is in them."""
    widths = {key: max(len(key), *(len(str(each[key])) for each in records)) for key in records[0]}
    for each in ({key: key for key in widths}, *records):
        print(
            "  ".join(f"{each[key]:{'<' if key == 'row' else '>'}{width}}" for key, width in widths.items())
        )


def shares_of(row: Measured) -> dict[str, float]:
    """Each label's part of all CPU seconds, the largest first; what no timer saw is the rest."""
    total = row.parent_cpu + row.workers_cpu
    known = {label: seconds / total for label, seconds in row.shares.items()}
    known["the rest"] = 1 - sum(known.values())
    return dict(sorted(known.items(), key=lambda item: -item[1]))


def main() -> None:
    """Measure every row, print the table and where the CPU seconds go."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pack", default=str(DEFAULT_PACK) if DEFAULT_PACK.is_file() else "")
    parser.add_argument("--tokens", type=int, default=2500, help="N; all rows but the last have 4 N")
    parser.add_argument("--latency", type=float, default=0.05, help="seconds before each answer")
    parser.add_argument("--faults", type=float, default=0.05, help="share of the requests that go wrong")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    n, latency = asked.tokens, asked.latency
    plans = [
        Plan("folder, no network", asked.pack, 4 * n),
        Plan("gateway", asked.pack, 4 * n, latency),
        Plan(f"gateway, {asked.faults:.0%} faults", asked.pack, 4 * n, latency, asked.faults),
        Plan("gateway, a quarter", asked.pack, n, latency),
    ]
    rows = {plan: measure(plan) for plan in plans}
    profiled = measure(Plan("profile", asked.pack, n, latency, workers=0, profile=True))
    records, shares = table(rows), shares_of(profiled)
    if asked.json:
        problems = {plan.name: row.problems[:20] for plan, row in rows.items()}
        print(json.dumps({"rows": records, "cpu_shares": shares, "problems": problems}, indent=2))
        return
    pack = Path(asked.pack).name or "committed punks"
    print(f"{pack}, N = {n}, {1000 * latency:.0f} ms, {psutil.cpu_count()} cores")
    show(records)
    print("CPU seconds of a run in one process: " + ", ".join(f"{k} {v:.0%}" for k, v in shares.items()))


if __name__ == "__main__":
    main()
