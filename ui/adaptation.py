"""What an adaptation came to, as a terminal shows it: the decision, and the figures it was made by."""

from typing import TYPE_CHECKING

from ui.console import errors, results

if TYPE_CHECKING:
    from retrieval.adaptation.adapt import Outcome
    from retrieval.adaptation.record import Attempt, Comparison, Record

# "own" is within the collection; "traits" is nDCG@10 of questions that name two or three.
_COLUMNS = {
    "r1": "R@1",
    "r10": "R@10",
    "in_collection_r1": "own R@1",
    "short_ndcg10": "traits",
    "picture_r1": "picture",
}


def print_outcome(outcome: "Outcome") -> None:
    """The table of an attempt that was made now, or one line on why there was none."""
    record = outcome.record
    if outcome.did == "too few tokens":
        errors().print("too few tokens to train on and to judge by: indexed as it was; ingest more")
    elif outcome.did == "nothing new" or record is None:
        errors().print(_nothing_new(record), soft_wrap=True)
    else:
        _print_attempt(record.last)


def _nothing_new(record: "Record | None") -> str:
    if record is None:
        return "nothing to adapt to"
    last = record.last
    used = "its model is in use" if record.active else "its model was not kept"
    return (
        f"nothing new since the last adaptation ({last.finished}, {last.minutes:g} min, {used}); "
        f"a longer --minutes goes on"
    )


def _print_attempt(last: "Attempt") -> None:
    from rich.markup import escape

    for part, compared in (("validation", last.validation), ("held out", last.held_out)):
        _print_comparison(part, compared)
    learnt = ", ".join(last.new[:5]) + (f" and {len(last.new) - 5} more" if len(last.new) > 5 else "")
    rehearsed = f", rehearsing {len(last.rehearsed)} more" if last.rehearsed else ""
    console = results()
    console.print(
        f"adapted to {escape(learnt)}{rehearsed}: {last.tokens:,} training tokens, {last.steps:,} steps, "
        f"{last.train_seconds:,.0f} s of training, {last.seconds:,.0f} s in all",
        soft_wrap=True,
    )
    did = "[bold]kept[/]" if last.kept else "[bold]not kept[/]"
    console.print(f"{did}: {escape(last.reason)}", soft_wrap=True)
    if last.kept:
        console.print("[dim]go back with `magpie index --no-adapt`[/]")


def _print_comparison(part: str, compared: "Comparison") -> None:
    from rich.table import Table

    table = Table(f"{part}, {compared.queries:,}", "score", *_COLUMNS.values(), box=None)
    for name in ("original", "before", "adapted"):
        figures = getattr(compared, name)
        if figures is not None:
            shown = (figures.choice, *(figures.measures.get(measure, 0.0) for measure in _COLUMNS))
            table.add_row(name, *(f"{value:.3f}" for value in shown))
    results().print(table)
