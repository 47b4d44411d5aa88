"""A retrieval evaluation as tables for a terminal. Pure: a report in, rich tables and lines out."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.table import Table

    from eval.metrics import Figure
    from eval.report import Report, Row

_MEASURES = {
    ("strict", "Success"): "the very token: top-k accuracy, which is R@k here",
    ("equal", "Success"): "any token with equal traits: top-k accuracy (Success@k)",
    ("equal", "R"): "share of all tokens with equal traits: R@k",
    ("holds", "nDCG"): "every token that has what the words say: nDCG@k",
    ("holds", "Clean"): "no wrong token among the first k answers, however few: share of queries",
    ("holds", "Success"): "any token that has what the words say: top-k accuracy (Success@k; at 1, P@1)",
}
_SAME_PICTURE = {
    ("equal", "Success"): "any token with the same picture: top-k accuracy (Success@k)",
    ("equal", "R"): "share of all tokens with the same picture: R@k",
}


def render(report: "Report") -> "Iterable[Table | str]":
    """The report for a person: a table for each gallery and reading, the parts, the caveats."""
    plan = report.plan
    missing = "; ".join(f"{count} {reason}" for reason, count in report.undefined.items()) or "none"
    asked = "tokens" if plan.ask == "any" else f"{plan.ask} tokens"
    yield (
        f"{plan.task}: {report.queries} queries (seed {plan.seed}) of {report.candidates} {asked}; cannot be"
        f" asked for: {missing}. Means, and below them 95% bootstrap intervals over queries"
        f" ({report.resamples} resamples)."
    )
    meanings = _MEASURES | (_SAME_PICTURE if plan.task == "altered-to-image" else {})
    for scope in dict.fromkeys(row.scope for row in report.rows):
        for (reading, measure), meaning in meanings.items():
            rows = [row for row in report.rows if (row.scope, row.reading) == (scope, reading)]
            if rows and (reading != "equal" or rows[0].relevant > 1):
                yield _table(f"{scope}, gallery {rows[0].gallery_size:.0f} · {meaning}", measure, rows)
            elif rows and measure == "Success":
                yield f"{scope}: no query has a second right answer here: both readings agree.\n"
    if report.by_kind:
        yield _kinds(report)
    if report.by_collection:
        yield _collections(report)
    yield from (f"* {caveat}" for caveat in report.caveats)
    if plan.by_words:
        yield f"* {report.verbatim:.0%} of the queries are the indexed caption word for word."


def _table(title: str, measure: str, rows: "list[Row]") -> "Table":
    table = _empty(title, "k")
    names = [name for name in rows[0].figures if name.startswith(f"{measure}@")]
    for name in names:
        table.add_column(name.partition("@")[2], justify="right", no_wrap=True)
    for row in rows:
        table.add_row(row.system, *(_cell(row.figures[name]) for name in names))
    table.add_row("chance", *(_short(rows[0].figures[name].chance, 3) for name in names), style="dim")
    return table


def _kinds(report: "Report") -> "Table":
    """The first system's figures for each kind of query, in both galleries."""
    system, reading = report.plan.systems[0], _generous(report)
    rows = [row for row in report.by_kind if (row.system, row.reading) == (system, reading)]
    table = _empty(f"{system}, {_meaning(report)} · by kind of query", "kind", "gallery")
    return _parts(table, report, [((row.kind or "", row.scope), row) for row in rows])


def _collections(report: "Report") -> "Table":
    """In-collection figures of the first system, which is `image` unless it was left out."""
    system, reading = report.plan.systems[0], _generous(report)
    rows = [row for row in report.by_collection if (row.system, row.reading) == (system, reading)]
    over = [row for row in report.over_collections if (row.system, row.reading) == (system, reading)]
    table = _empty(f"{system}, in-collection, {_meaning(report)} · by collection", "collection")
    named: list[tuple[tuple[str, ...], Row]] = [((row.collection or "",), row) for row in rows]
    return _parts(table, report, named + [(("mean of collections",), row) for row in over if len(rows) > 1])


def _parts(table: "Table", report: "Report", rows: "list[tuple[tuple[str, ...], Row]]") -> "Table":
    by_rank = _generous(report) == "holds"
    for name in ("asked", "among", "top-1", "chance", "nDCG@10" if by_rank else "top-10", "chance"):
        table.add_column(name, justify="right", no_wrap=True)
    for names, row in rows:
        first, tenth = row.figures["Success@1"], row.figures["nDCG@10" if by_rank else "Success@10"]
        cells = (_line(first), _short(first.chance, 3), _line(tenth), _short(tenth.chance, 3))
        table.add_row(*names, str(row.queries), f"{row.gallery_size:.0f}", *cells)
    return table


def _generous(report: "Report") -> str:
    """The reading with the most right answers."""
    return "holds" if report.plan.task == "traits-to-image" else "equal"


def _meaning(report: "Report") -> str:
    match report.plan.task:
        case "traits-to-image":
            return "what has all traits counts"
        case "altered-to-image":
            return "the same picture counts"
    return "equal traits count"


def _empty(title: str, *names: str) -> "Table":
    from rich import box
    from rich.table import Table

    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, padding=0)
    for name in names:
        table.add_column(name, no_wrap=True)
    return table


def _cell(figure: "Figure") -> str:
    return f"{_short(figure.mean, 3)}\n{_short(figure.low, 2)}–{_short(figure.high, 2)}"


def _line(figure: "Figure") -> str:
    return f"{_short(figure.mean, 3)} {_short(figure.low, 2)}–{_short(figure.high, 2)}"


def _short(value: float, digits: int) -> str:
    """``0.947`` as ``.947`` and 1 as ``1.0``: eight columns have to fit a terminal."""
    if 0 < value < 10**-digits / 2:
        return f"<{10**-digits:.{digits}f}".replace("0.", ".")
    return f"{value:.{digits}f}".removeprefix("0") if value < 1 else "1.0"
