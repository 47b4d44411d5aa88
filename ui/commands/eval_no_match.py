"""`magpie eval no-match`: whether a search declines what it cannot answer, and nothing else."""

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ui.options import ConfigOption, HomeOption, JsonOption, settings_from

if TYPE_CHECKING:
    from rich.table import Table

    from eval.abstention import Row

AskOption = Annotated[
    Literal["held-out", "validation"],
    typer.Option("--ask", help="About held-out tokens, or about those to choose by."),
]
QueriesOption = Annotated[int, typer.Option("--queries", min=1, help="At most this many of each kind.")]
SeedOption = Annotated[int, typer.Option("--seed", min=0, help="Chooses tokens and words.")]


def no_match(
    ask: AskOption = "held-out",
    queries: QueriesOption = 100,
    seed: SeedOption = 0,
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """Ask what can and what cannot be answered, and count how often the answer is "no match"."""
    from eval.abstention import questions, run
    from retrieval.search import open_searcher
    from ui.console import print_json, progress, results

    with open_searcher(settings_from(home, config)) as searcher, progress() as tick:
        asked = questions(searcher.catalog, "test" if ask == "held-out" else "validation", queries, seed)
        rows, answers = run(searcher, asked, seed, tick=tick)
    if as_json:
        said = [
            {"kind": one.question.kind, "words": one.question.words, "no_match": one.declined}
            for one in answers
        ]
        print_json({"rows": [row.model_dump(mode="json") for row in rows], "questions": said})
    else:
        results().print(_table(rows))


def _table(rows: "list[Row]") -> "Table":
    from rich import box
    from rich.table import Table

    table = Table(
        "question", "answerable", title="answered with no match", title_justify="left", box=box.SIMPLE_HEAD
    )
    for name in ("asked", "share", "95% interval"):
        table.add_column(name, justify="right")
    for row in rows:
        share = row.share
        table.add_row(
            row.kind,
            "yes" if row.is_answerable else "no",
            str(row.queries),
            f"{share.mean:.3f}",
            f"{share.low:.3f}–{share.high:.3f}",
        )
    return table
