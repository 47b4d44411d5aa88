"""``magpie models``: which weights are on this machine, where they came from, under which licence."""

import typer

from ui.options import ConfigOption, HomeOption, JsonOption, settings_from


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""

    @app.command()
    def models(home: HomeOption = None, config: ConfigOption = None, as_json: JsonOption = False) -> None:
        """Show each known model: installed or not, origin, licence, size and sha256."""
        from ui.console import print_json, results

        rows = _rows(settings_from(home, config).allow_network)
        if as_json:
            print_json(rows)
            return
        for row in rows:
            results().print(_entry(row), soft_wrap=True)


_COLUMNS = ("name", "role", "licence", "origin", "megabytes", "sha256", "note")


def _entry(row: dict[str, str | float | None]) -> str:
    head = f"[bold]{row['name']}[/]  {row['role']}  {row['licence']}"
    if row["origin"] is None:
        return f"{head}  [red]not installed[/]\n  {row['note']}"
    return f"{head}  {row['megabytes']} MB  from {row['origin']}\n  {row['note']}\n  sha256 {row['sha256']}"


def _rows(allow_network: bool) -> list[dict[str, str | float | None]]:
    from magpie.errors import ModelNotFoundError
    from magpie.models import CATALOGUE, find

    rows: list[dict[str, str | float | None]] = []
    for entry in CATALOGUE:
        row: dict[str, str | float | None] = dict.fromkeys(_COLUMNS)
        row.update(name=entry.name, role=entry.role, licence=entry.licence, note=entry.note)
        try:
            found = find(entry.name, allow_network=allow_network)
        except ModelNotFoundError as missing:
            row["note"] = str(missing)
        else:
            size = found.size()
            row.update(origin=found.origin, megabytes=round(size / 1e6, 1), sha256=found.sha256())
        rows.append(row)
    return rows
