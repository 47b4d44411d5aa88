"""``magpie models``: which weights are on this machine, where they came from, under which licence."""

from typing import TYPE_CHECKING

import typer

from ui.options import ConfigOption, HomeOption, JsonOption, settings_from

if TYPE_CHECKING:
    from magpie.models import FoundModel, ModelSpec
    from magpie.settings import Settings

Row = dict[str, str | float | None]


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""

    @app.command()
    def models(home: HomeOption = None, config: ConfigOption = None, as_json: JsonOption = False) -> None:
        """Show each known model: installed or not, origin, licence, size and sha256."""
        from ui.console import print_json, results

        settings = settings_from(home, config)
        rows = _rows(settings.allow_network) + _adapted(settings)
        if as_json:
            print_json(rows)
            return
        for row in rows:
            results().print(_entry(row), soft_wrap=True)


_COLUMNS = ("name", "role", "licence", "origin", "megabytes", "sha256", "note")


def _entry(row: Row) -> str:
    head = f"[bold]{row['name']}[/]  {row['role']}  {row['licence']}"
    if row["origin"] is None:
        return f"{head}  [red]not installed[/]\n  {row['note']}"
    return f"{head}  {row['megabytes']} MB  from {row['origin']}\n  {row['note']}\n  sha256 {row['sha256']}"


def _rows(allow_network: bool) -> list[Row]:
    from magpie.errors import ModelNotFoundError
    from magpie.models import CATALOGUE, find

    rows: list[Row] = []
    for entry in CATALOGUE:
        try:
            rows.append(_row(entry, find(entry.name, allow_network=allow_network)))
        except ModelNotFoundError as missing:
            rows.append({**_row(entry, None), "note": str(missing)})
    return rows


def _adapted(settings: "Settings") -> list[Row]:
    """The home's own model, if its image encoder was adapted and the result was kept."""
    from magpie.models import FoundModel, ModelSpec
    from retrieval.adaptation import record

    kept = record.read_usable(settings)
    if kept is None or kept.model is None:
        return []
    use = "in use" if kept.active else "set aside by --no-adapt"
    note = f"{settings.image_encoder}, fitted to {len(kept.model.seen)} of this home's collections; {use}"
    spec = ModelSpec(record.name_of(settings), "image-encoder", "as its start", note)
    return [_row(spec, FoundModel(spec, record.folder(settings) / kept.model.folder, "magpie index --adapt"))]


def _row(entry: "ModelSpec", found: "FoundModel | None") -> Row:
    row: Row = dict.fromkeys(_COLUMNS)
    row.update(name=entry.name, role=entry.role, licence=entry.licence, note=entry.note)
    if found is not None:
        size = round(found.size() / 1e6, 1)
        row.update(origin=found.origin, megabytes=size, sha256=found.sha256())
    return row
