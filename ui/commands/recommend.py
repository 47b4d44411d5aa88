"""``magpie recommend``: collections that suit a taste, with the parts of each score."""

from typing import TYPE_CHECKING, Annotated

import typer

from ui.options import ConfigOption, HomeOption, JsonOption, settings_from

if TYPE_CHECKING:
    from agent.recommend import Recommendation


def register(app: typer.Typer) -> None:
    """Add ``recommend``."""
    app.command("recommend")(recommend)


def recommend(
    like: Annotated[
        list[str] | None, typer.Option("--like", help="What is liked, in words; repeat for more.")
    ] = None,
    dislike: Annotated[
        list[str] | None, typer.Option("--dislike", help="What is not; repeat for more.")
    ] = None,
    owned: Annotated[
        list[str] | None, typer.Option("--owned", help="A collection to leave out; repeat for more.")
    ] = None,
    k: Annotated[int, typer.Option("-k", help="How many collections.")] = 5,
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """Recommend collections, each with reasons whose parts add up to its score; exit code 3 if none fits."""
    from agent.library import Library
    from agent.recommend import Taste, recommend_collections
    from retrieval.search import open_searcher
    from ui.console import print_json

    taste = Taste(likes=tuple(like or ()), dislikes=tuple(dislike or ()), owned=tuple(owned or ()))
    with open_searcher(settings_from(home, config)) as searcher:
        found = recommend_collections(searcher, Library(searcher.catalog), taste, k)
    if as_json:
        print_json([one.model_dump(mode="json") for one in found])
    else:
        for place, one in enumerate(found, start=1):
            print(f"{place}. {_line(one)}")
    if not found:
        raise typer.Exit(3)


def _line(one: "Recommendation") -> str:
    label = f" ({one.collection.source})" if one.collection.is_generated else ""
    parts = " ".join(f"{part.name} {part.value:+.3f}" for part in one.parts)
    reasons = [f"each token is a {one.collection.subject}"]
    reasons += [f"{why.tokens:,} of {one.tokens:,} have {why.trait}" for why in one.traits]
    return f"{one.collection.name}{label}: {one.score:.3f} = {parts}\n   {'; '.join(reasons)}"
