"""`magpie eval intents`: how often the agent reads what a question asks."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ui.options import ConfigOption, HomeOption, JsonOption, settings_from

if TYPE_CHECKING:
    from rich.table import Table

    from eval.intents import IntentReport, Outcome

SplitOption = Annotated[
    Literal["test", "unseen", "validation"],
    typer.Option("--split", help="Test utterances, those written apart, or those to choose by."),
]
MistakesOption = Annotated[bool, typer.Option("--mistakes", help="List what was read wrongly.")]


def intents(
    split: SplitOption = "test",
    mistakes: MistakesOption = False,
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """Read committed questions about invented collections, and count how often intent and slots are right."""
    from agent.routing.router import Router
    from eval.intents import run
    from ui.console import print_json, progress, results

    with progress() as tick:
        report, outcomes = run(Router(settings_from(home, config)), split, tick=tick)
    wrong = [one for one in outcomes if one.name != one.said.utterance.intent]
    if as_json:
        said = [{"said": one.said.text, "is": one.said.utterance.intent, "read": one.name} for one in wrong]
        print_json({**report.model_dump(mode="json"), "mistakes": said})
        return
    results().print(_table(report))
    results().print(_summary(report))
    if mistakes:
        results().print("\n".join(_lines(wrong)), markup=False)


def _table(report: "IntentReport") -> "Table":
    from rich import box
    from rich.table import Table

    title = f"intents read rightly · {report.split}"
    table = Table("class", title=title, title_justify="left", box=box.SIMPLE_HEAD)
    for name in ("asked", "share", "95% interval"):
        table.add_column(name, justify="right")
    for one in (*report.classes, report.accuracy):
        table.add_row(one.name, str(one.of), f"{one.mean:.3f}", f"{one.low:.3f}–{one.high:.3f}")
    return table


def _summary(report: "IntentReport") -> str:
    precision, recall, f1 = report.slots
    median, slow = report.ms
    return (
        f"chance (the largest class): {report.chance:.3f}\n"
        f"slots: precision {precision:.3f}, recall {recall:.3f}, F1 {f1:.3f}\n"
        f"a question: {median:.0f} ms at the median, {slow:.0f} ms at the 95th percentile"
    )


def _lines(wrong: "Sequence[Outcome]") -> list[str]:
    return [
        f"{one.said.utterance.intent} read as {one.name} ({one.confidence:.2f}): {one.said.text}"
        for one in wrong
    ]
