"""What a person likes, dislikes and owns, as they said or showed it: the profile, and where it is kept.

The person sees it, edits it and erases it (``magpie taste``); nothing is in it that they did not put there.
"""  # noqa: A005 (nobody profiles code here)

from collections.abc import Callable
from typing import Annotated, Self

from pydantic import Field, StringConstraints, ValidationError

from agent.state import State
from magpie import text
from magpie.domain import CollectionName, Model, TokenRef
from magpie.errors import InputError, SourceError, unknown_name

DEFAULT_PERSON = "default"
PERSON_LIMIT = 80
PHRASE_LIMIT = 200
MAX_PHRASES = 100
MAX_TOKENS = 500
MAX_OWNED = 200

Phrase = Annotated[str, StringConstraints(min_length=1, max_length=PHRASE_LIMIT)]


class Profile(Model):
    """One person's taste. Every tuple has the oldest first, no item twice, and nothing is liked and disliked.

    ``likes`` and ``dislikes`` are phrases as the person said them; ``liked`` and ``disliked`` are tokens.
    Each edit gives a new profile. Past the limits above the oldest goes.
    """

    person: str = DEFAULT_PERSON
    likes: tuple[Phrase, ...] = Field(default=(), max_length=MAX_PHRASES)
    dislikes: tuple[Phrase, ...] = Field(default=(), max_length=MAX_PHRASES)
    liked: tuple[TokenRef, ...] = Field(default=(), max_length=MAX_TOKENS)
    disliked: tuple[TokenRef, ...] = Field(default=(), max_length=MAX_TOKENS)
    owned: tuple[CollectionName, ...] = Field(default=(), max_length=MAX_OWNED)

    @property
    def is_empty(self) -> bool:
        return not (self.likes or self.dislikes or self.liked or self.disliked or self.owned)

    def liking(self, phrase: str) -> Self:
        """With a liked phrase, which is then no longer disliked. Raises `InputError` for an empty one."""
        said = _cleaned(phrase)
        return self.model_copy(
            update={
                "likes": _newest(said, self.likes, MAX_PHRASES),
                "dislikes": _without_phrase(said, self.dislikes),
            }
        )

    def disliking(self, phrase: str) -> Self:
        """With a disliked phrase, which is then no longer liked. Raises `InputError` for an empty one."""
        said = _cleaned(phrase)
        return self.model_copy(
            update={
                "dislikes": _newest(said, self.dislikes, MAX_PHRASES),
                "likes": _without_phrase(said, self.likes),
            }
        )

    def thumbed(self, ref: TokenRef, *, up: bool | None) -> Self:
        """After a thumb up, down, or (None) taken back; the last thumb on a token is the one that counts."""
        liked, disliked = (tuple(one for one in refs if one != ref) for refs in (self.liked, self.disliked))
        if up is True:
            liked = (*liked, ref)[-MAX_TOKENS:]
        elif up is False:
            disliked = (*disliked, ref)[-MAX_TOKENS:]
        return self.model_copy(update={"liked": liked, "disliked": disliked})

    def owning(self, collection: CollectionName) -> Self:
        """With an owned collection, by the name that the catalogue has for it."""
        others = tuple(name for name in self.owned if text.fold(name) != text.fold(collection))
        return self.model_copy(update={"owned": (*others, collection)[-MAX_OWNED:]})

    def without(self, item: str) -> Self:
        """Without the phrase, token (as CAIP-19) or collection that ``item`` names, wherever it is.

        Raises `InputError` that suggests if there is none.
        """
        left = self.model_copy(
            update={
                "likes": _without_phrase(item, self.likes),
                "dislikes": _without_phrase(item, self.dislikes),
                "liked": tuple(ref for ref in self.liked if str(ref) != item.strip().lower()),
                "disliked": tuple(ref for ref in self.disliked if str(ref) != item.strip().lower()),
                "owned": tuple(name for name in self.owned if text.fold(name) != text.fold(item)),
            }
        )
        if left == self:
            if self.is_empty:
                raise InputError(f"there is no {item!r} in the taste profile: it is empty")
            tokens = map(str, (*self.liked, *self.disliked))
            raise unknown_name("taste", item, (*self.likes, *self.dislikes, *self.owned, *tokens))
        return left


class Profiles:
    """The profiles of one `State`, one a person. Threads may share it."""

    def __init__(self, state: State) -> None:
        self._state = state

    def get(self, person: str = DEFAULT_PERSON) -> Profile:
        """The person's profile, empty if nothing is known of them."""
        name = _person(person)
        with self._state.reading() as db:
            row = db.execute("SELECT profile FROM profiles WHERE person = ?", (name,)).fetchone()
        return _read(row[0], name) if row else Profile(person=name)

    def people(self) -> tuple[str, ...]:
        """Whose profile is kept, by name."""
        with self._state.reading() as db:
            return tuple(name for (name,) in db.execute("SELECT person FROM profiles ORDER BY person"))

    def change(
        self, edit: Callable[[Profile], Profile], person: str = DEFAULT_PERSON, *, erase: bool = False
    ) -> Profile:
        """The profile after ``edit``, which is kept; no other change comes between reading and writing.

        ``profiles.change(lambda taste: taste.liking("robots").thumbed(ref, up=True))``

        With ``erase`` nothing of what the edit took out stays in the file.
        """
        with self._state.deletion() if erase else self._state.transaction() as db:
            before = self.get(person)
            after = edit(before)
            if after != before:
                db.execute(
                    "INSERT INTO profiles VALUES (?, ?)"
                    " ON CONFLICT (person) DO UPDATE SET profile = excluded.profile",
                    (before.person, after.model_dump_json(exclude={"person"})),
                )
        return after

    def thumb(self, ref: TokenRef, *, up: bool | None, person: str = DEFAULT_PERSON) -> Profile:
        """Keep a thumb on a token that was shown: up, down, or None to take it back."""
        return self.change(lambda taste: taste.thumbed(ref, up=up), person)

    def remove(self, item: str, person: str = DEFAULT_PERSON) -> Profile:
        """Take one item out and leave nothing of it in the file. Raises `InputError` if it is not there."""
        return self.change(lambda taste: taste.without(item), person, erase=True)

    def forget(self, person: str = DEFAULT_PERSON) -> None:
        """Leave nothing of the person's profile in the file; someone unknown is fine."""
        with self._state.deletion() as db:
            db.execute("DELETE FROM profiles WHERE person = ?", (_person(person),))


def _person(name: str) -> str:
    cleaned = text.clean(name, PERSON_LIMIT)
    if not cleaned:
        raise InputError("the person's name is empty; give at least one character")
    return cleaned


def _read(written: str, person: str) -> Profile:
    try:
        return Profile.model_validate_json(written).model_copy(update={"person": person})
    except ValidationError as error:
        raise SourceError(
            f"the taste profile of {person!r} is not one that this version reads: update Magpie,"
            " or erase it with `magpie taste --forget`"
        ) from error


def _cleaned(phrase: str) -> str:
    said = text.clean(phrase, PHRASE_LIMIT)
    if not said:
        raise InputError("say what is liked or disliked in words, for example 'friendly robots'")
    return said


def _newest(phrase: str, phrases: tuple[str, ...], most: int) -> tuple[str, ...]:
    return (*_without_phrase(phrase, phrases), phrase)[-most:]


def _without_phrase(phrase: str, phrases: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(one for one in phrases if _key(one) != _key(phrase))


def _key(phrase: str) -> str:
    """Two phrases of equal words are one; those without words (emoji) are compared as they are."""
    return text.key(phrase) or phrase.strip()
