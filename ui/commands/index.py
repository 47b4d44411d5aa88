"""``magpie index``: build or update the dual index, after fitting the image encoder to it if asked."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from ui.options import ConfigOption, HomeOption, JsonOption, settings_from

if TYPE_CHECKING:
    from magpie.progress import Tick
    from magpie.settings import Settings
    from retrieval.adaptation.adapt import Outcome
    from retrieval.check import GraphCheck
    from retrieval.index import IndexReport

AdaptOption = Annotated[
    bool | None,
    typer.Option(
        "--adapt/--no-adapt",
        help="First fit the image encoder to these collections, and use it if it finds more; "
        "or go back to the encoder as it was.",
        show_default="as before",
    ),
]
MinutesOption = Annotated[
    float | None,
    typer.Option(
        min=0.01, max=24 * 60, help="Minutes of training, with --adapt.", show_default="5 to 30, by tokens"
    ),
]
CheckOption = Annotated[
    bool, typer.Option("--check", help="Then measure what approximate search loses: its recall at 10.")
]


def register(app: typer.Typer) -> None:
    """Add ``index``."""
    app.command("index")(index)


def index(
    adapt: AdaptOption = None,
    minutes: MinutesOption = None,
    check: CheckOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Build or update the dual index of pictures and captions. Stopped, it continues when run again."""
    from dataclasses import asdict

    from retrieval.index import build
    from ui.adaptation import print_outcome
    from ui.console import print_json, progress

    if minutes is not None and not adapt:
        raise typer.BadParameter("only with --adapt", param_hint="--minutes")
    settings = settings_from(home, config)
    with progress() as tick:
        outcome = _adapted(settings, adapt, minutes, tick)
    if outcome and not as_json:
        print_outcome(outcome)
    with progress() as tick:
        report = build(settings, tick=tick)
        checks = _checked(settings, tick) if check else None
    if as_json:
        measured = {"check": [one._asdict() for one in checks]} if checks is not None else {}
        print_json(asdict(report) | {"adaptation": _as_json(outcome)} | measured)
    else:
        _show(report)
        _show_checks(checks or [])


def _adapted(
    settings: "Settings", wanted: bool | None, minutes: float | None, tick: "Tick"
) -> "Outcome | None":
    """What ``--adapt`` came to; None if it was not asked for."""
    if wanted is None:
        return None
    from retrieval.adaptation.adapt import adapt, set_aside

    if not wanted:
        set_aside(settings)
    return adapt(settings, minutes, tick=tick) if wanted else None


def _as_json(outcome: "Outcome | None") -> dict[str, Any] | None:
    if outcome is None:
        return None
    record = outcome.record
    return {"did": outcome.did, "record": record.model_dump(mode="json") if record else None}


def _checked(settings: "Settings", tick: "Tick") -> "list[GraphCheck]":
    from retrieval.check import check

    return check(settings, tick=tick)


def _show_checks(checks: "list[GraphCheck]") -> None:
    from ui.console import results

    for one in checks:
        how = "left to it" if one.used else "not left to it: every vector is compared"
        results().print(
            f"approximate search of {one.rows:,} {one.kind}s: recall@{one.k} {one.recall:.4f}"
            f" over {one.questions} questions; unfiltered searches are {how}",
            soft_wrap=True,
        )


def _show(report: "IndexReport") -> None:
    from rich.markup import escape
    from rich.table import Table

    from ui.console import errors, results

    table = Table("index", "tokens", "added", "changed", "removed", "skipped", "seconds", "encoder", box=None)
    for name, stage in (("image", report.image), ("caption", report.caption)):
        counts = (stage.total, stage.added, stage.changed, stage.removed, len(stage.skipped))
        table.add_row(
            name, *(f"{count:,}" for count in counts), f"{stage.seconds:.1f}", escape(stage.encoder)
        )
    results().print(table)
    for name, stage in (("image", report.image), ("caption", report.caption)):
        if stage.encoded:
            rate = f"{stage.encoded:,} {name}s encoded, {stage.per_second:,.0f} a second"
            results().print(f"{rate}, on {stage.device} in {stage.dtype}", soft_wrap=True)
    skipped = report.image.skipped | report.caption.skipped
    for token, why in list(skipped.items())[:10]:
        errors().print(f"skipped {token}: {escape(why)}", soft_wrap=True)
    if len(skipped) > 10:
        errors().print(f"and {len(skipped) - 10:,} more; `magpie index --json` lists them")
