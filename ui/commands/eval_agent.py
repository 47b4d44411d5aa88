"""`magpie eval agent`: how often the turns of whole conversations are answered rightly."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from ui.options import ConfigOption, JsonOption, settings_from

if TYPE_CHECKING:
    from rich.table import Table

    from eval.conversations import TalkReport

LlmOption = Annotated[
    str, typer.Option("--llm", help="What words the answers, as in the settings; none for templates alone.")
]
FailuresOption = Annotated[
    bool, typer.Option("--failures", help="List the turns that are not right, with their answers.")
]


def agent(
    llm: LlmOption = "none",
    failures: FailuresOption = False,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Hold the committed conversations about an invented world; count right turns and unsupported claims."""
    from eval.conversations import run
    from magpie.settings import Settings
    from ui.console import print_json, progress, results

    known = settings_from(None, config).model_dump()
    with progress() as tick:
        report = run(Settings(**{**known, "llm": llm}), tick=tick)
    if as_json:
        print_json(report.model_dump(mode="json"))
        return
    console = results()
    console.print(_table(report))
    console.print(_summary(report))
    console.print("\n".join(_lines(report, failures=failures)), markup=False, highlight=False)


def _table(report: "TalkReport") -> "Table":
    from rich import box
    from rich.table import Table

    title = f"turns answered rightly · {report.talks} conversations · worded by {report.llm}"
    table = Table("kind of turn", title=title, title_justify="left", box=box.SIMPLE_HEAD)
    for name in ("turns", "right", "share", "95% interval"):
        table.add_column(name, justify="right")
    for one in (*report.kinds, report.all):
        right = str(round(one.mean * one.of))
        table.add_row(one.name, str(one.of), right, f"{one.mean:.3f}", f"{one.low:.3f}–{one.high:.3f}")
    return table


def _summary(report: "TalkReport") -> str:
    median, slow = report.seconds
    return (
        f"conversations without a wrong turn: {report.whole} of {report.talks}\n"
        f"unsupported claims: {report.unsupported} in {report.answers} answers\n"
        f"claims that the cited evidence does not hold: {report.citations}"
        f" in {report.cited} answers with evidence\n"
        f"a turn: {median:.2f} s at the median, {slow:.2f} s at the 95th percentile"
    )


def _lines(report: "TalkReport", *, failures: bool) -> Iterable[str]:
    """Notices and groundless claims always, wrong turns on demand."""
    yield from (f"* {notice}" for notice in report.notices)
    for fault in report.faults:
        yield f"{fault.talk}, turn {fault.turn}: {fault.kind} {fault.claim!r} in {fault.sentence!r}"
    for one in report.failures if failures else ():
        yield f"\n{one.talk}, turn {one.turn}: {one.say}\n  {'; '.join(one.wrong)}"
        yield "\n".join(f"    {line}" for line in one.text.splitlines() if line)
