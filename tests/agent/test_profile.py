"""The taste profile: what an edit makes of it, and that it is one person's."""

import pytest

from agent.profile import MAX_OWNED, MAX_PHRASES, MAX_TOKENS, PHRASE_LIMIT, Profile, Profiles
from agent.state import State
from magpie.domain import TokenRef
from magpie.errors import InputError, SourceError


def ref(token_id):
    return TokenRef(chain="eip155:1", contract="0x" + "1" * 40, token_id=token_id)


def test_what_is_liked_last_is_no_longer_disliked_and_the_other_way_round():
    taste = Profile().disliking("Gold chains").liking("gold chain")
    assert (taste.likes, taste.dislikes) == (("gold chain",), ())
    taste = taste.disliking("GOLD CHAINS")
    assert (taste.likes, taste.dislikes) == ((), ("GOLD CHAINS",))


def test_one_phrase_is_kept_once_as_it_was_said_last():
    assert Profile().liking("robots").liking("cats").liking("Robots!").likes == ("cats", "Robots!")
    assert Profile().liking("❤️").liking("🔥").liking("❤️").likes == ("🔥", "❤️")


def test_phrases_are_cleaned_and_cut():
    dirty = "  blue\u202e  <b>skies</b>\n\n and \x00 " + "very " * 100
    (phrase,) = Profile().liking(dirty).likes
    assert phrase.startswith("blue skies and very very")
    assert len(phrase) <= PHRASE_LIMIT
    assert phrase.endswith("…")
    assert Profile().liking("蓝色的猫").likes == ("蓝色的猫",)


@pytest.mark.parametrize("phrase", ["", "  ", "\u200b", "<i></i>"])
def test_an_empty_phrase_is_refused(phrase):
    with pytest.raises(InputError, match="say what is liked or disliked"):
        Profile().liking(phrase)
    with pytest.raises(InputError, match="say what is liked or disliked"):
        Profile().disliking(phrase)


def test_the_last_thumb_counts_and_can_be_taken_back():
    up = Profile().thumbed(ref(1), up=True).thumbed(ref(2), up=True).thumbed(ref(1), up=True)
    assert (up.liked, up.disliked) == ((ref(2), ref(1)), ())
    down = up.thumbed(ref(1), up=False)
    assert (down.liked, down.disliked) == ((ref(2),), (ref(1),))
    assert down.thumbed(ref(1), up=None).thumbed(ref(2), up=None).is_empty


def test_past_its_limits_a_profile_forgets_the_oldest():
    taste = Profile()
    for n in range(MAX_PHRASES):
        taste = taste.liking(f"thing {n}")
    assert (len(taste.likes), taste.likes[0]) == (MAX_PHRASES, "thing 0")
    taste = taste.liking("one more")
    assert (len(taste.likes), taste.likes[0], taste.likes[-1]) == (MAX_PHRASES, "thing 1", "one more")
    for n in range(MAX_TOKENS + 1):
        taste = taste.thumbed(ref(n), up=True).thumbed(ref(10_000 + n), up=False)
    assert (len(taste.liked), taste.liked[0]) == (MAX_TOKENS, ref(1))
    assert (len(taste.disliked), taste.disliked[0]) == (MAX_TOKENS, ref(10_001))
    for n in range(MAX_OWNED + 1):
        taste = taste.owning(f"Set {n}")
    assert (len(taste.owned), taste.owned[0]) == (MAX_OWNED, "Set 1")
    assert Profile.model_validate_json(taste.model_dump_json()) == taste


def test_a_collection_is_owned_once_whatever_its_spelling():
    assert Profile().owning("CRYPTOPUNKS").owning("Crypto Punks").owned == ("Crypto Punks",)


def test_an_item_is_taken_out_wherever_it_is():
    taste = Profile().liking("robots").disliking("cats").thumbed(ref(1), up=True).thumbed(ref(2), up=False)
    taste = taste.owning("CRYPTOPUNKS")
    for item in ("Robot", "cats", str(ref(1)), str(ref(2)).upper(), "crypto punks"):
        taste = taste.without(item)
    assert taste.is_empty


def test_taking_out_what_is_not_there_suggests():
    with pytest.raises(InputError, match="did you mean 'friendly robots'"):
        Profile().liking("friendly robots").without("frendly robot")
    with pytest.raises(InputError, match="it is empty"):
        Profile().without("robots")


def test_each_person_has_a_profile_that_survives_and_is_forgotten_alone(tmp_path):
    path = tmp_path / "state.sqlite"
    with State(path) as state:
        Profiles(state).change(lambda taste: taste.liking("robots"))
        Profiles(state).change(lambda taste: taste.liking("cats"), "Anna")
        Profiles(state).thumb(ref(7), up=True, person="Anna")
    with State(path) as state:
        tastes = Profiles(state)
        assert tastes.people() == ("Anna", "default")
        assert tastes.get() == Profile().liking("robots")
        assert tastes.get("Anna") == Profile(person="Anna").liking("cats").thumbed(ref(7), up=True)
        assert tastes.get("nobody") == Profile(person="nobody")
        tastes.forget("Anna")
        tastes.forget("nobody")
        assert tastes.people() == ("default",)
        with pytest.raises(InputError, match="the person's name is empty"):
            tastes.get(" ")


def test_an_edit_that_fails_changes_nothing(tmp_path):
    with State(tmp_path / "state.sqlite") as state:
        tastes = Profiles(state)
        tastes.change(lambda taste: taste.liking("robots"))
        with pytest.raises(InputError):
            tastes.change(lambda taste: taste.liking("cats").without("dogs"))
        with pytest.raises(InputError):
            tastes.remove("dogs")
        assert tastes.get().likes == ("robots",)


def test_a_profile_of_another_version_is_told_and_can_be_erased(tmp_path):
    with State(tmp_path / "state.sqlite") as state:
        with state.transaction() as db:
            db.execute("INSERT INTO profiles VALUES ('default', '{\"moods\": [\"blue\"]}')")
        with pytest.raises(SourceError, match="magpie taste --forget"):
            Profiles(state).get()
        Profiles(state).forget()
        assert Profiles(state).get().is_empty
