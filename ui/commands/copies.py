"""``magpie copies``: near-duplicates of a collection's tokens in other collections."""

from typing import TYPE_CHECKING, Annotated

import typer

from ui.options import ConfigOption, HomeOption, JsonOption, settings_from

if TYPE_CHECKING:
    from collections.abc import Sequence

    from magpie.catalog import Catalog
    from magpie.domain import TokenRef
    from retrieval.copies.across import Duplicates
    from retrieval.copies.verdict import Verdict


def register(app: typer.Typer) -> None:
    """Add ``copies``."""
    app.command("copies")(copies)


def copies(
    collection: Annotated[str, typer.Argument(help="Whose tokens are looked for elsewhere.")],
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """List a collection's near-duplicates in other collections. Stopped, it continues when run again."""
    from magpie.catalog import Catalog
    from retrieval.copies.across import duplicates
    from retrieval.copies.verdict import Recogniser
    from ui.console import print_json, progress

    settings = settings_from(home, config)
    with Catalog(settings.catalog_path) as catalog:
        name = catalog.collection(collection).name
        recogniser = Recogniser(settings, catalog)
        with progress() as tick:
            found = duplicates(settings, recogniser, name, tick=tick)
        if as_json:
            print_json({"collection": name, **found.model_dump(mode="json")})
        else:
            _show(found, catalog)
    if not (found.across or found.within):
        raise typer.Exit(3)


def sentence(verdict: "Verdict", catalog: "Catalog") -> str:
    """A verdict in one line: ``this is nearly Punks 7: border``."""
    from ui.found import says

    if not verdict.tokens:
        return says(verdict)
    named = f"{says(verdict)} {_names(verdict.tokens, catalog)}"
    return named if verdict.disguise == "exact" else f"{named}: {verdict.disguise}"


def _names(refs: "Sequence[TokenRef]", catalog: "Catalog") -> str:
    tokens = catalog.tokens(refs)
    return " and ".join(
        f"{tokens[ref].collection} {ref.token_id}" if ref in tokens else str(ref) for ref in refs
    )


def _show(found: "Duplicates", catalog: "Catalog") -> None:
    from rich.markup import escape
    from rich.table import Table

    from ui.console import results

    console = results()
    if found.across:
        table = Table("token", "is nearly", "disguise", "score", box=None, pad_edge=False)
        for pair in found.across:
            names = _names((pair.token,), catalog), _names(pair.verdict.tokens, catalog)
            table.add_row(*map(escape, names), pair.verdict.disguise or "", f"{pair.verdict.score:.2f}")
        console.print(table)
    else:
        console.print("no near-duplicate in another collection")
    for group in found.within:
        console.print(f"one picture: {escape(_names(group, catalog))}", soft_wrap=True)
