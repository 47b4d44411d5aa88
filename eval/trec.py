"""TREC run and qrels files: written here, read back by ir_measures, trec_eval, ranx and the like.

Query and document ids are CAIP-19 references, which hold no white space.
"""

from pathlib import Path

from eval.metrics import Qrels, Run
from magpie.files import write_atomic


def write_run(path: Path, run: Run, *, tag: str) -> None:
    """``query Q0 document rank score tag``, best first; ``tag`` names the system and holds no white space."""
    lines = [
        f"{query} Q0 {document} {rank} {score:g} {tag}\n"
        for query, ranked in run.items()
        for rank, (document, score) in enumerate(sorted(ranked.items(), key=lambda pair: -pair[1]), start=1)
    ]
    write_atomic(path, "".join(lines).encode())


def write_qrels(path: Path, qrels: Qrels) -> None:
    """``query 0 document relevance``, one line a right answer."""
    lines = [
        f"{query} 0 {document} {level}\n"
        for query, judged in qrels.items()
        for document, level in judged.items()
    ]
    write_atomic(path, "".join(lines).encode())
