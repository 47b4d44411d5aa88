"""Printing: results to standard output, everything else to standard error."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from magpie.progress import Tick

if TYPE_CHECKING:
    from rich.console import Console


def errors() -> "Console":
    """The console for everything that is not a result."""
    from rich.console import Console

    return Console(stderr=True, highlight=False)


def results() -> "Console":
    """The console for results."""
    from rich.console import Console

    return Console(highlight=False)


def print_json(value: Any) -> None:  # noqa: ANN401 (anything JSON can hold)
    """One JSON document on standard output, keys in the order given; escaped where it takes no UTF-8."""
    takes_any = (getattr(sys.stdout, "encoding", None) or "").lower().startswith("utf")
    print(json.dumps(value, ensure_ascii=not takes_any, indent=2))


@contextmanager
def progress() -> Iterator[Tick]:
    """A bar a stage on standard error, with rate and time left; plain silence when nobody is looking."""
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TaskID,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    bars = Progress(*columns, console=errors())
    stages: dict[str, TaskID] = {}

    def tick(stage: str, done: int, total: int | None) -> None:
        if not stages:  # an empty bar would print a blank line
            bars.start()
        if stage not in stages:
            stages[stage] = bars.add_task(stage, total=total, rate="")
        task = bars.tasks[stages[stage]]
        speed = f"{task.speed:,.0f}/s" if task.speed else ""
        bars.update(stages[stage], completed=done, total=total, rate=speed)

    try:
        yield tick
    finally:
        if stages:
            bars.stop()
