"""What `magpie index --check` found, as a terminal and a script get it."""

from typing import TYPE_CHECKING, Any

from ui.console import results

if TYPE_CHECKING:
    from retrieval.soundness import IndexCheck, Soundness

_MEANING = (
    "vectors: of tokens, with noise a tenth of their length; words: two traits of a token, encoded\n"
    "as a question is. Recall is against an exact scan; of rows that are equally near any will do."
)

_SCANNED = "That is the store's graph. Searches compare every vector here, so they miss nothing of it."
_SEARCHED = "Searches without conditions go through that graph; with conditions they miss nothing."


def as_json(found: "Soundness") -> dict[str, Any]:
    """Everything, keys in a fixed order."""
    return {
        "sound": not found.problems,
        "scans": found.scans,
        "problems": [problem._asdict() for problem in found.problems],
        "image": _index(found.image),
        "caption": _index(found.caption),
    }


def _index(check: "IndexCheck") -> dict[str, Any]:
    return {
        "encoder": check.encoder,
        "rows": check.rows,
        "missing": list(check.missing),
        "outdated": list(check.outdated),
        "surplus": list(check.surplus),
        "unreadable": list(check.unreadable),
        "recall": [recall._asdict() for recall in check.recall],
    }


def print_soundness(found: "Soundness") -> None:
    """What each index holds beside the catalogue, what it finds, and what that means."""
    from rich.table import Table

    rows = Table("index", "rows", "missing", "outdated", "surplus", "unreadable", box=None)
    recalls = Table("index", "asked by", "queries", "recall@1", "recall@10", box=None)
    for name, check in (("image", found.image), ("caption", found.caption)):
        counts = (check.rows, *map(len, (check.missing, check.outdated, check.surplus, check.unreadable)))
        rows.add_row(name, *(f"{count:,}" for count in counts))
        for one in check.recall:
            recalls.add_row(name, one.of, f"{one.queries:,}", f"{one.at_1:.4f}", f"{one.at_10:.4f}")
    results().print(rows)
    if recalls.row_count:
        results().print("", recalls, _MEANING, sep="\n")
        results().print(_SCANNED if found.scans else _SEARCHED)
