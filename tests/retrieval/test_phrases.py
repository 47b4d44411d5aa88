"""What a collector's words mean, as a table: question -> conditions. A leading "-" is a negation."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magpie.catalog_rows import TraitCount
from magpie.domain import Collection, Trait
from retrieval.phrases import Vocabulary, understand
from retrieval.spelling import is_english

PUNKS = Collection(name="CRYPTOPUNKS", chain="eip155:1", contract="0x" + "1" * 40, subject="punk")
APES = Collection(name="Basic Apes", chain="eip155:1", contract="0x" + "2" * 40, subject="ape")
BOTS = Collection(
    name="Voxel Bots Sample", chain="eip155:1337", contract="0x" + "3" * 40, subject="robot face"
)

PUNK_TRAITS = """
Type=Human Type=Zombie Type=Ape Type=Alien Gender=Male Gender=Female Accessory=Pipe Accessory=Beanie
Accessory=Cigarette Accessory=Vape Accessory=3D_Glasses Accessory=Nerd_Glasses Accessory=Big_Shades
Accessory=Classic_Shades Accessory=Cap Accessory=Knitted_Cap Accessory=Cowboy_Hat Accessory=Top_Hat
Accessory=Fedora Accessory=Do-rag Accessory=Gold_Chain Accessory=Silver_Chain
Accessory=Straight_Hair_Blonde Accessory=Wild_Hair Accessory=Clown_Nose Accessory=VR Accessory=Mustache
Accessory=Normal_Beard
"""
APE_TRAITS = """
Fur=Gold Fur=Brown Background=Blue Background=Gold Hat=None Hat=Party_Hat_1 Hat=Party_Hat_2 Hat=Cap
Eyes=Bored Eyes=Laser_Eyes Mouth=Bored Mouth=Big Earring=Gold_Stud Earring=Hoop Hair_Color=Red
Clothes=Black_Suit Hair=Bald Hair=Short
"""
BOT_TRAITS = "Eyes=Happy Eyes=Round Mouth=Smile Mouth=Cat Body_Color=Sky_Blue"


def counts_of(collection, listed):
    """Every one of 100 tokens has one value of each type but Earring and Clothes, which 20 have."""
    traits = [
        Trait(type=k, value=v) for k, _, v in (w.replace("_", " ").partition("=") for w in listed.split())
    ]
    types = [trait.type for trait in traits]
    having = {kind: 20 if kind in ("Earring", "Clothes") else 100 for kind in types}
    return [TraitCount(collection.name, t, having[t.type] // types.count(t.type)) for t in traits]


PUNK_COUNTS = counts_of(PUNKS, PUNK_TRAITS)
ALL_COUNTS = [*PUNK_COUNTS, *counts_of(APES, APE_TRAITS), *counts_of(BOTS, BOT_TRAITS)]
PUNKS_ONLY = Vocabulary(PUNK_COUNTS, [PUNKS])
EVERYTHING = Vocabulary(ALL_COUNTS, [PUNKS, APES, BOTS])
is_english("hat")  # its dictionary takes longer to load than an example may take
GLASSES = "3D Glasses|Big Shades|Classic Shades|Nerd Glasses"
HATS = "Beanie|Cap|Cowboy Hat|Fedora|Knitted Cap|Top Hat"


def shown(reading):
    return [
        ("-" if match.negated else "") + "|".join(sorted({trait.value for trait in match.traits}))
        for match in reading.matches
    ]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("zombie with a pipe", ["Zombie", "Pipe"]),
        ("ZOMBIES with Pipes!", ["Zombie", "Pipe"]),
        ("a zombie punk with a pipe, no glasses", ["Zombie", "Pipe", f"-{GLASSES}"]),
        ("cheaper is not the point, I want a beanie instead", ["Beanie"]),
        ("I want a beanie instead of a cap", ["Beanie", "-Cap|Knitted Cap"]),
        ("gold chain", ["Gold Chain"]),
        ("gold", []),
        ("glasses", [GLASSES]),
        ("sunglasses", ["Big Shades|Classic Shades"]),
        ("specs", [GLASSES]),
        ("I hate pipes and I love beanies", ["-Pipe", "Beanie"]),
        ("zombie women", ["Zombie", "Female"]),
        ("recommend me a zombie, she loves flowers", ["Zombie"]),
        ("3d glasses", ["3D Glasses"]),
        ("3d-glasses", ["3D Glasses"]),
        ("do rag", ["Do-rag"]),
        ("a durag", ["Do-rag"]),
        ("with a hat", [HATS]),
        ("without a hat", [f"-{HATS}"]),
        ("with a cap", ["Cap"]),
        ("no cap", ["-Cap|Knitted Cap"]),
        ("no hat or glasses", [f"-{HATS}", f"-{GLASSES}"]),
        ("no hat, glasses or pipe", [f"-{HATS}", f"-{GLASSES}", "-Pipe"]),
        ("no hat and glasses", [f"-{HATS}", f"-{GLASSES}"]),
        ("no hat and a pipe", [f"-{HATS}", "Pipe"]),
        ("no pipe but a beanie", ["-Pipe", "Beanie"]),
        ("a zombie but not with a pipe", ["Zombie", "-Pipe"]),
        ("an alien without glasses with a pipe", ["Alien", f"-{GLASSES}", "Pipe"]),
        ("it doesn't have a pipe", ["-Pipe"]),
        ("i don't want glasses, show me a zombie", [f"-{GLASSES}", "Zombie"]),
        ("I don't mind a pipe", ["Pipe"]),
        ("neither pipe nor vape", ["-Pipe", "-Vape"]),
        ("not only a zombie", ["Zombie"]),
        ("anything but a zombie", ["-Zombie"]),
        ("no shades", ["-Big Shades|Classic Shades"]),
        ("no hair", ["-Straight Hair Blonde|Wild Hair"]),
        ("zombie or ape with a pipe", ["Ape|Zombie", "Pipe"]),
        ("beanie, cap or fedora", ["Beanie", "Cap|Fedora"]),
        ("a woman who is not smoking", ["Female", "-Cigarette|Pipe|Vape"]),
        ("facial hair", ["Mustache|Normal Beard"]),
        ("moustache", ["Mustache"]),
        ("blonde hair", ["Straight Hair Blonde"]),
        ("a clown", ["Clown Nose"]),
        ("VR", ["VR"]),
        ("zombie type", ["Zombie"]),
        ("accessory: pipe", ["Pipe"]),
        ("zombee with a pipe", ["Zombie", "Pipe"]),
        ("a crown", []),
        ("big and small, normal or classic", []),
        ("the picture that i want", []),
        ("CryptoPunks", []),
        ("punk 7804", []),
        ("", []),
        ("no", []),
        ("no, a zombie", ["Zombie"]),
        ("zombie zombie", ["Zombie"]),
        ("🧟 zombie​", ["Zombie"]),
    ],
)
def test_words_on_punks(question, expected):
    assert shown(PUNKS_ONLY.read(question)) == expected


@pytest.mark.parametrize(
    ("question", "expected", "score"),
    [
        ("a zombei", ["Zombie"], 0.833),
        ("fedorra", ["Fedora"], 0.857),
        ("a pip", ["Pipe"], 0.75),
        ("cowbyo hat", ["Cowboy Hat"], 0.833),
        ("clasic shaeds", ["Classic Shades"], 0.714),
        ("smokng a pipe", ["Cigarette|Pipe|Vape", "Pipe"], 0.771),
        ("nurd glasses", ["Nerd Glasses"], 0.75),
        ("a bear and a crwon", [], None),
        ("a clow nose", ["Clown Nose"], 0.8),
        ("a fox", [], None),
    ],
)
def test_a_slip_of_the_fingers_is_read_and_told_by_its_score(question, expected, score):
    reading = PUNKS_ONLY.read(question)
    assert shown(reading) == expected
    assert [match.score for match in reading.matches[:1]] == ([score] if expected else [])


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("fedora cap cowboy hat", ["Fedora", "Cap", "Cowboy Hat"]),
        ("top hat pipe hat", ["Top Hat", "Pipe", HATS]),
        ("hair wild", ["Wild Hair"]),
        ("straight blonde hair", ["Straight Hair Blonde"]),
    ],
)
def test_words_are_shared_out_so_that_most_of_them_say_something(question, expected):
    assert shown(PUNKS_ONLY.read(question)) == expected


def test_brackets_belong_to_a_value_that_is_published_with_them():
    counts = [
        TraitCount("Birds", Trait(type="Headwear", value=value), 10) for value in ("Mohawk (Pink)", "Cap")
    ]
    birds = Vocabulary(counts)
    assert shown(birds.read("a mohawk (pink)")) == ["Mohawk (Pink)"]
    assert shown(birds.read("a pink mohawk")) == ["Mohawk (Pink)"]
    assert shown(birds.read("a cap (no mohawk)")) == ["Cap", "-Mohawk (Pink)"]


def test_a_subject_that_is_worn_is_a_trait():
    counts = [TraitCount("Runners", Trait(type="Headwear", value="Toad"), 10)]
    toads = Collection(name="Toads", chain="eip155:1", contract="0x" + "4" * 40, subject="toad")
    both = Vocabulary(counts, [toads])
    assert shown(both.read("wearing a toad")) == ["Toad"]
    assert shown(both.read("a toad")) == []


def test_a_subject_that_is_not_wanted_is_a_trait_where_one_is_called_so():
    moons = Collection(name="Moons", chain="eip155:1", contract="0x" + "6" * 40, subject="runner")
    counts = counts_of(moons, "Headwear=Toad Headwear=Cat Fur=White Eyes=Punk_Shades")
    toads = Collection(name="Toads", chain="eip155:1", contract="0x" + "4" * 40, subject="toad")
    read = Vocabulary(counts, [toads, PUNKS]).read
    assert shown(read("one with white fur but not a toad")) == ["White", "-Toad"]
    assert shown(read("white fur, not a punk")) == ["White"], "no trait is called punk"
    assert shown(read("a toad with white fur")) == ["White"]


def test_a_subject_inside_of_a_value_names_no_collection():
    counts = [TraitCount("Penguins", Trait(type="Face", value="Handlebar Bear"), 10)]
    bears = Collection(name="Ursine Club", chain="eip155:1", contract="0x" + "5" * 40, subject="bear")
    reading = Vocabulary(counts, [bears]).read("a handlebar bear face")
    assert (shown(reading), reading.named) == (["Handlebar Bear"], ())


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("gold fur", ["Gold"]),
        ("fur gold", ["Gold"]),
        ("blue background", ["Blue"]),
        ("a gold ape", ["Gold"]),
        ("not gold", ["-Gold|Gold Chain|Gold Stud"]),
        ("a blue cap", ["Cap"]),
        ("a sky blue jacket", []),
        ("red hair", ["Red"]),
        ("party hat", ["Party Hat 1|Party Hat 2"]),
        ("short hair", ["Short"]),
        ("short", []),
        ("an earring", ["Gold Stud|Hoop"]),
        ("laser eyes", ["Laser Eyes"]),
        ("eyes", []),
        ("bald", ["Bald"]),
        ("a happy robot", ["Happy"]),
        ("a round face", []),
    ],
)
def test_words_on_several_collections(question, expected):
    assert shown(EVERYTHING.read(question)) == expected


def test_a_phrase_means_what_each_collection_calls_so():
    (hat,) = EVERYTHING.read("with a hat").matches
    assert {str(trait) for trait in hat.traits} == {
        *("Accessory=" + value for value in HATS.split("|")),
        *("Hat=Cap", "Hat=Party Hat 1", "Hat=Party Hat 2"),
    }


def test_values_of_other_collections_do_not_count():
    assert understand("laser eyes", PUNK_COUNTS) == ()
    assert [match.phrase for match in understand("laser eyes", ALL_COUNTS)] == ["laser eyes"]


def test_no_value_called_none_is_ever_a_condition():
    traits = {
        str(trait) for match in EVERYTHING.read("no hat, none, a hat").matches for trait in match.traits
    }
    assert "Hat=None" not in traits


@pytest.mark.parametrize(
    ("question", "phrase", "score"),
    [
        ("a Gold Chain!", "Gold Chain", 1.0),
        ("some glasses", "glasses", 0.9),
        ("blonde hair", "blonde hair", 0.85),
        ("zombee", "zombee", 0.833),
        ("a cigarete", "cigarete", 0.889),
    ],
)
def test_the_phrase_is_as_typed_and_the_score_says_how_sure(question, phrase, score):
    (match,) = PUNKS_ONLY.read(question).matches
    assert (match.phrase, match.score) == (phrase, score)


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("a zombie with a pipe, no glasses", "a zombie with a pipe,"),
        ("a zombie without a laser sword", "a zombie"),
        ("no hat", ""),
        ("zombie", "zombie"),
    ],
)
def test_what_is_not_wanted_is_kept_from_signals_deaf_to_not(question, wanted):
    assert PUNKS_ONLY.read(question).wanted == wanted


def test_words_that_no_trait_names_are_told():
    assert PUNKS_ONLY.read("a zombie punk with a laser gun and no sword").unread == ("laser", "gun")


@pytest.mark.parametrize(
    "question",
    [
        "show me 3 zombies",
        "ten zombies",
        "I'd like a zombie",
        "people with pipes",
        "recommend the same again",
    ],
)
def test_words_of_asking_and_numbers_are_not_unread(question):
    assert PUNKS_ONLY.read(question).unread == ()


def test_an_unread_word_is_told_once():
    assert PUNKS_ONLY.read("a purple zombie, purple as can be").unread == ("purple",)


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("crypto punks with a pipe", ("CRYPTOPUNKS",)),
        ("a cryptopunk", ("CRYPTOPUNKS",)),
        ("the voxel bots", ("Voxel Bots Sample",)),
        ("a punk", ("CRYPTOPUNKS",)),
        ("a punk or a robot face", ("CRYPTOPUNKS", "Voxel Bots Sample")),
        ("a gold ape", ()),
        ("a face", ()),
        ("a zombie", ()),
        ("anything but cryptopunks", ()),
    ],
)
def test_a_name_or_a_subject_that_is_no_trait_names_a_collection(question, named):
    assert EVERYTHING.read(question).named == named


@given(st.text(max_size=80))
def test_any_text_can_be_read(question):
    reading = EVERYTHING.read(question)
    assert all(match.phrase in question for match in reading.matches)
    assert len(reading.wanted) <= len(question)


@given(
    st.lists(
        st.sampled_from(["no", "not", "a", "hat", "zombie", "pipe", "or", "and", ",", "but", "with", "i"])
    )
)
def test_any_order_of_words_uses_each_once(words):
    question = " ".join(words)
    reading = PUNKS_ONLY.read(question)
    places = [question.index(match.phrase) for match in reading.matches]
    assert sum(len(match.phrase) for match in reading.matches) <= len(question)
    assert all(place >= 0 for place in places)
