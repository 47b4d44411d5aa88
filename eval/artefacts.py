"""A run as a folder: what was asked, what was ranked, what was right, and every value behind the means.

Equal runs write equal bytes: no time, no path, no duration in any file. `config.json` is written last, so a
folder that has it is complete.
"""

import csv
import io
import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from eval import trec
from eval.metrics import Qrels, Run
from eval.protocol import Reading, Scope
from eval.report import Report, System
from magpie.errors import InputError
from magpie.files import write_atomic


@dataclass(frozen=True)
class Evidence:
    """Everything a report's figures are computed from.

    ``values[scope, system, reading][measure][query]`` is one measured value.
    """

    queries: Mapping[str, str]
    runs: Mapping[tuple[Scope, System], Run]
    qrels: Mapping[tuple[Scope, Reading], Qrels]
    values: Mapping[tuple[Scope, System, Reading], Mapping[str, Mapping[str, float]]]


def free_folder(parent: Path, name: str) -> Path:
    """``parent/name``, or the first of ``name-2``, ``name-3``, ... that is not there yet."""
    names = itertools.chain([name], (f"{name}-{number}" for number in itertools.count(2)))
    return next(folder for folder in (parent / each for each in names) if not folder.exists())


def refuse_used(folder: Path) -> None:
    """Raises `InputError` if ``folder`` holds anything, so that no run is mixed with or lost to another."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"{folder} is not an empty folder; give --out a new one")


def write(folder: Path, report: Report, evidence: Evidence) -> None:
    """Write the run into ``folder``. Raises `InputError` if it is in use."""
    refuse_used(folder)
    for (scope, system), run in evidence.runs.items():
        trec.write_run(folder / "runs" / f"{scope}.{system}.trec", run, tag=system)
    for (scope, reading), qrels in evidence.qrels.items():
        trec.write_qrels(folder / "qrels" / f"{scope}.{reading}.trec", qrels)
    queries = "".join(f"{query}\t{' '.join(words.split())}\n" for query, words in evidence.queries.items())
    write_atomic(folder / "queries.tsv", queries.encode())
    write_atomic(folder / "per_query.csv", _per_query(evidence).encode())
    write_atomic(folder / "summary.json", _json(report.model_dump(mode="json", exclude={"provenance"})))
    config = report.model_dump(mode="json", include={"plan", "provenance", "resamples", "depth"})
    write_atomic(folder / "config.json", _json(config))


def _per_query(evidence: Evidence) -> str:
    measures = list(dict.fromkeys(name for values in evidence.values.values() for name in values))
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(["scope", "system", "reading", "query", *measures])
    for (scope, system, reading), values in evidence.values.items():
        for query in evidence.queries:
            shown = [f"{values[measure][query]:.6g}" for measure in measures]
            rows.writerow([scope, system, reading, query, *shown])
    return text.getvalue()


def _json(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()
