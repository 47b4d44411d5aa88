"""``magpie taste``: the taste profile, shown and edited."""

from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from ui.options import ConfigOption, HomeOption, JsonOption, settings_from

if TYPE_CHECKING:
    from agent.profile import Profile
    from magpie.catalog import Catalog
    from magpie.domain import TokenRef


def register(app: typer.Typer) -> None:
    """Add ``taste``."""
    app.command("taste")(taste)


def taste(
    like: Annotated[
        list[str] | None,
        typer.Option("--like", help='Words, or a token: "COLLECTION 123"; repeat for more.'),
    ] = None,
    dislike: Annotated[
        list[str] | None,
        typer.Option("--dislike", help='Words, or a token: "COLLECTION 123"; repeat for more.'),
    ] = None,
    own: Annotated[list[str] | None, typer.Option("--own", help="A collection; repeat for more.")] = None,
    remove: Annotated[
        list[str] | None, typer.Option("--remove", help="Take this out of the profile; repeat for more.")
    ] = None,
    forget: Annotated[bool, typer.Option("--forget", help="Erase the whole profile.")] = False,
    person: Annotated[str, typer.Option("--person", help="Whose profile.")] = "default",
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """Show what is remembered of your taste, after the changes that you ask for."""
    from agent.profile import Profiles
    from agent.state import State
    from magpie.catalog import Catalog
    from magpie.errors import InputError
    from ui.console import print_json

    edits = any((like, dislike, own, remove))
    if forget and edits:
        raise InputError("--forget erases everything; give it alone")
    settings = settings_from(home, config)
    changes = _Changes(tuple(like or ()), tuple(dislike or ()), tuple(own or ()), tuple(remove or ()))
    keeps = edits or settings.state_path.exists()  # looking makes no file
    with State(settings.state_path if keeps else None) as state:
        profiles = Profiles(state)
        if forget:
            profiles.forget(person)
        if edits:
            with (
                Catalog(settings.catalog_path)
                if settings.catalog_path.is_file()
                else nullcontext() as catalog
            ):
                edit = partial(changes.made, catalog=catalog)
                profiles.change(edit, person, erase=bool(remove))
        profile = profiles.get(person)
    if as_json:
        print_json(profile.model_dump(mode="json"))
    else:
        _show(profile)


@dataclass(frozen=True)
class _Changes:
    """What the flags ask for, as they are written."""

    like: tuple[str, ...]
    dislike: tuple[str, ...]
    own: tuple[str, ...]
    remove: tuple[str, ...]

    def made(self, profile: "Profile", *, catalog: "Catalog | None") -> "Profile":
        """The profile with all of them. Raises `InputError` for the first that cannot be made."""
        for item in self.remove:
            ref = _token(item, catalog)
            profile = profile.without(str(ref) if ref in (*profile.liked, *profile.disliked) else item)
        for up, items in ((True, self.like), (False, self.dislike)):
            for item in items:
                ref = _token(item, catalog)
                if ref:
                    profile = profile.thumbed(ref, up=up)
                else:
                    profile = profile.liking(item) if up else profile.disliking(item)
        for name in self.own:
            profile = profile.owning(_collection(name, catalog))
        return profile


def _token(written: str, catalog: "Catalog | None") -> "TokenRef | None":
    """The token that CAIP-19 or ``COLLECTION 123`` names; None for any other words."""
    from magpie.domain import TokenRef
    from magpie.errors import InputError
    from ui.found import token_named

    try:
        return token_named(written, catalog) if catalog else TokenRef.parse(written)
    except InputError:
        return None


def _collection(name: str, catalog: "Catalog | None") -> str:
    from magpie.errors import InputError

    if catalog is None:
        raise InputError("no collection is ingested here: run `magpie ingest sample`, or give --home")
    return catalog.collection(name).name


def _show(profile: "Profile") -> None:
    from ui.console import errors, results

    if profile.is_empty:
        errors().print(
            "Nothing is remembered of your taste; --like, --dislike and --own add to it.", soft_wrap=True
        )
        return
    for label, items in (
        ("likes", profile.likes),
        ("dislikes", profile.dislikes),
        ("liked tokens", profile.liked),
        ("disliked tokens", profile.disliked),
        ("owns", profile.owned),
    ):
        for item in items:
            results().print(f"{label}: {item}", markup=False, soft_wrap=True)
