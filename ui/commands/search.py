"""``magpie search``: tokens by words, a picture, traits, or all of them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ui.options import CollectionOption, ConfigOption, HomeOption, JsonOption, settings_from

if TYPE_CHECKING:
    from magpie.catalog import Catalog
    from magpie.catalog_ranks import Ranked
    from magpie.domain import Trait
    from magpie.query import Hit, PhraseMatch, SearchResult

_MOST = 1000


def register(app: typer.Typer) -> None:
    """Add ``search``."""
    app.command("search")(search)


def search(
    text: Annotated[
        str, typer.Argument(help="What it looks like, in your own words.", show_default=False)
    ] = "",
    image: Annotated[Path | None, typer.Option("--image", help="A picture to search by.")] = None,
    like: Annotated[
        list[str] | None,
        typer.Option("--like", help='Looks like this token: "COLLECTION 123"; repeat for more.'),
    ] = None,
    unlike: Annotated[
        list[str] | None,
        typer.Option("--unlike", help='Does not look like this token: "COLLECTION 123"; repeat for more.'),
    ] = None,
    collection: CollectionOption = None,
    trait: Annotated[
        list[str] | None,
        typer.Option("--trait", help='Must have: "Type=Value" or just "Value"; repeat for more.'),
    ] = None,
    without: Annotated[
        list[str] | None,
        typer.Option("--not", help='Must not have: "Type=Value" or just "Value"; repeat for more.'),
    ] = None,
    where: Annotated[
        str | None,
        typer.Option(
            "--where",
            help='Conditions: "hat=beanie and not glasses", "level>=3", "count(hat)=1", "rank<=100".',
        ),
    ] = None,
    k: Annotated[int, typer.Option("-k", help=f"How many, 1 to {_MOST}.")] = 10,
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """Find tokens. Words that name traits are conditions; "no match" is an answer (exit code 3)."""
    from magpie.conditions import Has, Not
    from magpie.errors import InputError
    from magpie.query import Filter, Query
    from magpie.written import read
    from retrieval.search import open_searcher
    from ui.commands.copies import sentence
    from ui.console import print_json, results
    from ui.found import found, token_named

    if not 1 <= k <= _MOST:
        raise InputError(f"-k {k} is out of range; give a number from 1 to {_MOST}")
    said = (text.strip(), image, like, unlike, collection, trait, without, where is not None)
    if not any(said):
        raise InputError(
            "nothing to search for; give a text, --image, --like, --trait, --not, --where or --collection"
        )
    demanded = [Has.of(_trait(written)) for written in trait or ()]
    barred = [Not(part=Has.of(_trait(written))) for written in without or ()]
    written = [read(where)] if where is not None else []
    with open_searcher(settings_from(home, config)) as searcher:
        names = tuple(searcher.catalog.collection(name).name for name in collection or ())
        asked = Filter(collections=names, where=(*demanded, *barred, *written))
        examples = {
            name: tuple(token_named(written, searcher.catalog) for written in given or ())
            for name, given in (("like", like), ("unlike", unlike))
        }
        query = Query(text=text, image=image, filter=asked, k=k, **examples)
        result = searcher.search(query)
        verdict = searcher.recognise(image) if image else None
        if as_json:
            print_json(found(query, result, searcher.catalog, verdict).model_dump(mode="json", by_alias=True))
        else:
            if verdict:
                results().print(sentence(verdict, searcher.catalog), markup=False, soft_wrap=True)
            _show(result, searcher.catalog)
    if not result.hits:
        raise typer.Exit(3)


def _trait(written: str) -> "Trait":
    from magpie.domain import Trait
    from magpie.errors import InputError

    kind, separator, value = written.partition("=")
    kind, value = (kind.strip(), value.strip()) if separator else ("", kind.strip())
    if not value or len(value) > 500 or len(kind) > 200:
        raise InputError(f'{written!r} is not a trait; write it as "Type=Value", such as "Type=Zombie"')
    return Trait(type=kind, value=value)


def _show(result: "SearchResult", catalog: "Catalog") -> None:
    from rich.markup import escape

    from ui.console import results

    console = results()
    if result.understood:
        console.print(f"[dim]understood[/] {escape(', '.join(map(_condition, result.understood)))}")
    if result.hits and result.unread:
        console.print(
            f"[dim]no trait is called[/] {escape(', '.join(result.unread))} [dim](ranked by only)[/]"
        )
    if result.hits:
        console.print(_table(result.hits, catalog))
        return
    console.print(f"no match: {escape(result.reason or 'nothing was found')}", soft_wrap=True)
    if result.closest:
        console.print("[dim]closest[/]")
        console.print(_table(result.closest, catalog))


def _condition(match: "PhraseMatch") -> str:
    names = list(dict.fromkeys(map(str, match.traits)))
    shown = " or ".join(names[:3]) + (f" or {len(names) - 3} more" if len(names) > 3 else "")
    spelling = "" if match.score == 1 else f" ({match.phrase!r}, {match.score:.2f})"
    return f"{'not ' if match.negated else ''}{shown}{spelling}"


def _table(hits: "tuple[Hit, ...]", catalog: "Catalog") -> Any:  # noqa: ANN401 (a rich table)
    from rich.markup import escape
    from rich.table import Column, Table

    from magpie.query import SIGNALS

    used = [
        signal for signal in SIGNALS if any(part.signal == signal for hit in hits for part in hit.signals)
    ]
    lacking = any(hit.lacks for hit in hits)
    words = [Column(name, overflow="fold") for name in ("token", *(["lacks"] if lacking else []), "traits")]
    refs = [hit.ref for hit in hits]
    tokens, ranks = catalog.tokens(refs), catalog.ranks(refs)
    table = Table("", *words, "rarity", "score", *used, box=None, pad_edge=False)
    for rank, hit in enumerate(hits, start=1):
        token = tokens.get(hit.ref)
        added = {part.signal: f"{part.contribution:.4f}" for part in hit.signals}
        table.add_row(
            str(rank),
            escape(f"{token.collection} {hit.ref.token_id}" if token else str(hit.ref)) + _alike(hit),
            *([escape(", ".join(hit.lacks))] if lacking else []),
            escape(", ".join(trait.value for trait in token.traits)) if token else "",
            _rarity(ranks.get(hit.ref)),
            f"{hit.score:.4f}",
            *(added.get(signal, "") for signal in used),
        )
    return table


def _alike(hit: "Hit") -> str:
    return f" [dim]and {len(hit.same)} alike[/]" if hit.same else ""


def _rarity(found: "Ranked | None") -> str:
    """The rank, with a question mark where it is of a part of the collection."""
    if found is None:
        return ""
    return f"{found.rank:,} of {found.ranked:,}{'?' if found.partial else ''}"
