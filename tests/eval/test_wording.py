"""Two or three traits as a person says them, and what those words claim."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.protocol import Source, claimable
from eval.wording import ask, sayable, types_of
from magpie.domain import Collection, Token, Trait

HOME = Collection(name="Punks", chain="eip155:1", contract="0x" + "1" * 40, subject="punk")


def source(*traits, token_id=1, subject="punk"):
    parsed = tuple(Trait(type=t, value=v) for t, _, v in (trait.partition("=") for trait in traits))
    token = Token(ref=HOME.ref(token_id), collection=HOME.name, name="x", traits=parsed)
    return Source(token, subject, "")


def asked(one, seed=0, among=()):
    return ask(one, types_of([one, *among]), seed)


def ways(one, among=(), seeds=60):
    return {asked(one, seed, among).words for seed in range(seeds)}


def test_a_gender_comes_before_the_noun_and_a_thing_needs_no_type():
    for seed in range(30):
        words, claims, traits = asked(source("Gender=Female", "Accessory=Big Shades"), seed)
        assert "female punk" in words
        assert "big shades" in words
        assert "accessory" not in words
        assert "a big shades" not in words
        assert claims == {("subject", "", "punk"), ("value", "", "female"), ("value", "", "big shades")}
        assert traits == 2


def test_an_adjective_is_said_with_its_type_and_claims_it():
    words, claims, _ = asked(source("Eyes=Ruby", "Background=Green"))
    assert "ruby eyes" in words
    assert "green background" in words
    assert {("trait", "eye", "ruby"), ("trait", "background", "green")} <= claims


def test_a_type_claims_what_is_said_of_it():
    words, claims, _ = asked(source("Background Color=Blue", "Eyes II=Ruby"))
    assert "blue background" in words
    assert claims <= claimable(source("Background=Blue", "Eyes=Ruby"))
    assert not claims <= claimable(source("Backdrop=Blue", "Eyes=Ruby"))


def test_a_colour_is_said_with_a_type_that_is_not_said_otherwise():
    assert all("blue clothing" in words for words in ways(source("Clothing=Blue", "Hat=Top Hat")))


def test_a_value_that_means_several_things_is_said_with_its_type():
    other = source("Neck=Gold Chain", "Hat=Cap", token_id=2)
    words, claims, _ = asked(source("Accessory=Gold Chain", "Hat=Cap"), among=[other])
    assert "gold chain accessory" in words
    assert ("trait", "accessory", "gold chain") in claims


@pytest.mark.parametrize(
    ("trait", "said"),
    [
        ("Hair Color=Dirty Blonde", "dirty blonde hair"),
        ("Accessory II=Watch", "a watch"),
        ("headI=darkRedLipstick", "dark red lipstick"),
        ("Head=Bucket_Hat Red", "red bucket hat"),
        ("Eyes=Bone eyes", "bone eyes"),
        ("Skin=Light Gray", "light gray skin"),
        ("Accessory=Earring", "an earring"),
        ("Type=Punk", "punk"),
    ],
)
def test_published_names_become_plain_words(trait, said):
    found = ways(source(trait, "Mask=Villain Mask"))
    assert any(said in words for words in found), found
    assert not any("punk punk" in words or "  " in words or "_" in words for words in found)


@pytest.mark.parametrize(
    "value", ["None", "none", " NO ", "No Hat", "N/A", "7", "3.5", "#12", "-", "x" * 61, "blank", "null"]
)
def test_what_says_nothing_is_not_asked_with(value):
    kept = sayable([Trait(type="Hat", value=value), Trait(type="Mouth", value="Sad")])
    assert [trait.value for trait in kept] == ["Sad"]


def test_a_repeated_trait_is_said_once():
    twice = source("Accessory=Beanie", "accessory=Beanies", "Hat=beanie", "Eyes=Ruby")
    assert [trait.value for trait in sayable(twice.token.traits)] == ["Beanie", "Ruby"]
    assert all(words.count("beanie") == 1 for words in ways(twice))


@pytest.mark.parametrize(
    "traits", [[], ["Eyes=Ruby"], ["Eyes=Ruby", "Hat=None"], ["Eyes=Ruby", "Mouth=Ruby"]]
)
def test_fewer_than_two_traits_are_no_question(traits):
    assert asked(source(*traits)) is None


def test_the_words_repeat_with_the_seed_and_differ_between_seeds_and_tokens():
    one = ["Eyes=Ruby", "Background=Green", "Hat=Cap", "Mouth=Sad"]
    assert asked(source(*one), 5) == asked(source(*one), 5)
    assert len(ways(source(*one))) > 20
    assert len({asked(source(*one, token_id=n)).words for n in range(40)}) > 15
    assert {asked(source(*one), seed).traits for seed in range(40)} == {2, 3}


def test_the_subject_is_claimed_if_and_only_if_it_is_said():
    one = source("Eyes=Ruby", "Background=Green", "Hat=Cap")
    found = [asked(one, seed) for seed in range(80)]
    said = [("subject", "", "punk") in question.claims for question in found]
    assert said == ["punk" in question.words for question in found]
    assert 0.4 < sum(said) / len(said) < 0.95


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.builds(
            Trait,
            type=st.text(max_size=12) | st.sampled_from(["Hat", "Type", "Skin Tone", "# Traits"]),
            value=st.text(min_size=1, max_size=20)
            | st.sampled_from(["Gold Chain", "None", "Blue", "\u202eabc"]),
        ),
        max_size=6,
    ),
    st.integers(0, 3),
)
def test_the_token_itself_has_everything_that_the_words_claim(traits, seed):
    token = Token(ref=HOME.ref(1), collection=HOME.name, name="x", traits=tuple(traits))
    one = Source(token, "punk", "")
    question = asked(one, seed)
    if question is not None:
        assert question.claims <= claimable(one)
        assert len(question.claims) in (question.traits, question.traits + 1)
        assert question.words.strip() == question.words != ""
        assert "\n" not in question.words
        assert "\u202e" not in question.words
