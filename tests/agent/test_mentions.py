"""Names, ids and addresses are found by look-up, in whatever way people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.mentions import Names, find_mentions
from magpie.domain import Collection, local_contract

PUNKS = Collection(
    name="CRYPTOPUNKS",
    chain="eip155:1",
    contract="0xb47e3cd837ddf8e4c57f05d70ab865de6e193bbb",
    subject="punk",
)
PEEPS = Collection(
    name="Open Peeps Sample",
    chain="local:files",
    contract=local_contract("Open Peeps Sample"),
    subject="person",
)
BOTS = Collection(
    name="Bottts Sample", chain="local:files", contract=local_contract("Bottts Sample"), subject="robot"
)
PIXELS = Collection(
    name="Pixelbot Sample", chain="local:files", contract=local_contract("Pixelbot Sample"), subject="robot"
)
NAMES = Names.of([PUNKS, PEEPS, BOTS, PIXELS])
ALICE = "0x" + "aB" * 20


def collections(question, **options):
    return [mention.collection for mention in find_mentions(question, NAMES, **options).collections]


@pytest.mark.parametrize(
    "question",
    [
        "a CryptoPunk",
        "CRYPTOPUNKS",
        "crypto punks with hats",
        "the cryptopunk's owner?",
        "zombie punks",
        "punk",
    ],
)
def test_a_collection_is_known_by_name_spelling_and_subject(question):
    assert collections(question) == ["CRYPTOPUNKS"]


def test_a_label_in_a_name_need_not_be_said():
    assert collections("an open peep with a beard") == ["Open Peeps Sample"]


def test_a_subject_that_several_collections_share_means_them_all():
    assert collections("friendly robots") == ["Bottts Sample", "Pixelbot Sample"]


def test_a_name_beats_a_subject():
    assert collections("a robot from bottts") == ["Bottts Sample"]


def test_a_typo_is_guessed_with_its_score_and_only_when_allowed():
    assert collections("a cryptpunks zombie") == []
    (mention,) = find_mentions("a cryptpunks zombie", NAMES, guess_except=[]).collections
    assert (mention.collection, mention.how, mention.phrase) == ("CRYPTOPUNKS", "fuzzy", "cryptpunks")
    assert mention.score == pytest.approx(2 * 10 / 21, abs=0.001)


def test_a_word_that_is_a_trait_is_no_typo():
    assert collections("a cryptpunks hat", guess_except=["cryptpunks"]) == []


def test_a_contract_address_names_its_collection_and_no_owner():
    found = find_mentions(f"does {ALICE} own {PUNKS.contract.upper().replace('0X', '0x')} #7804?", NAMES)
    assert [mention.how for mention in found.collections] == ["contract"]
    assert found.addresses == (ALICE.lower(),)
    assert found.token_ids == (7804,)


@pytest.mark.parametrize(
    ("question", "ids"),
    [
        ("#7804", (7804,)),
        ("punk 7804", (7804,)),
        ("CryptoPunks/7804 please", (7804,)),
        ("cryptopunk number 7804", (7804,)),
        ("token 5 and token 6", (5, 6)),
        ("punks 5, 6 and 7804", (5, 6, 7804)),
        ("punk 5 and 3D glasses", (5,)),
        ("punks similar to 7804", (7804,)),
        ("punk #7804 or #7804", (7804,)),
        (f"token {2**256 - 1}", (2**256 - 1,)),
        (f"token {2**256}", ()),
        ("a punk with 3D glasses", ()),
        ("3 punks", ()),
        ("the second one", ()),
    ],
)
def test_token_ids(question, ids):
    assert find_mentions(question, NAMES).token_ids == ids


@pytest.mark.parametrize(
    ("question", "places"),
    [
        ("who owns the second one?", (2,)),
        ("the first of those", (1,)),
        ("the last one", (-1,)),
        ("the 3rd", (3,)),
        ("the last sale", ()),
        ("second hand", ()),
    ],
)
def test_places_in_the_last_list(question, places):
    assert find_mentions(question, NAMES).ordinals == places


def test_half_an_address_and_an_ens_name_are_noticed_and_are_no_owner():
    found = find_mentions("does 0x1234… or vitalik.eth own punk 7804?", NAMES)
    assert (found.half_address, found.ens, found.addresses) == ("0x1234…", "vitalik.eth", ())


@pytest.mark.parametrize(
    ("question", "limit"),
    [
        ("show me 3 zombies", 3),
        ("find two punks", 2),
        ("top 10 robots", 10),
        ("show me 0 punks", None),
        ("punk 7", None),
    ],
)
def test_how_many_are_wanted(question, limit):
    assert find_mentions(question, NAMES).limit == limit


@pytest.mark.parametrize(
    ("question", "places"),
    [
        ("compare the first two", (1, 2)),
        ("the last 2", (-2, -1)),
        ("the first and second", (1, 2)),
        ("the first and the last one", (1, -1)),
        ("the first 0", (1,)),
        ("the firſt ſix", (1, 2, 3, 4, 5, 6)),
    ],
)
def test_places_that_are_named_together(question, places):
    assert find_mentions(question, NAMES).ordinals == places


def test_collections_are_in_the_order_in_which_they_are_named():
    found = find_mentions("compare punk 3 and Bottts Sample 3", NAMES)
    assert found.homed == (("CRYPTOPUNKS", 3), ("Bottts Sample", 3))


@given(st.text(max_size=300))
def test_any_text_can_be_read(question):
    found = find_mentions(question, NAMES, guess_except=[])
    assert all(0 <= token_id < 2**256 for token_id in found.token_ids)


def test_a_hundred_kilobytes_are_read_in_reasonable_time():
    assert find_mentions("punk " * 400, NAMES).collections[0].collection == "CRYPTOPUNKS"


@pytest.fixture
def named(make_collection):
    """The collections that a question mentions, where these are the collections' names."""

    def ask(question, *names):
        homes = [make_collection(name, contract=f"0x{at:040x}") for at, name in enumerate(names, 1)]
        found = find_mentions(question, Names.of(homes))
        return tuple(mention.collection for mention in found.collections), found.token_ids

    return ask


@pytest.mark.parametrize("name", ["🚀", "((([", "\u0301", "!!!"])
def test_a_name_without_letters_neither_fails_nor_is_meant(named, name):
    assert named("how many Punks are there?", name, "Punks") == (("Punks",), ())


@pytest.mark.parametrize("name", ["Show me", "How many", "The first one", "Traits", "who owns"])
def test_a_name_of_words_that_any_question_has_is_not_meant_by_them(named, name):
    for question in ("show me the first one of Punks", "how many traits?", "who owns Punks 7?"):
        assert name not in named(question, name, "Punks")[0]


def test_a_name_of_such_words_is_meant_where_it_is_written_as_it_is(named):
    assert named("tell me about NICE NFT", "NICE NFT", "Punks")[0] == ("NICE NFT",)
    assert named("show me a nice nft", "NICE NFT", "Punks")[0] == ()


def test_a_whole_name_is_nobody_elses_short_one(named):
    names = ("CRYPTOPUNKS", "Official CryptoPunks", "CryptoPunks Collection")
    assert named("CryptoPunk #7804", *names) == (("CRYPTOPUNKS",), (7804,))
    assert named("the official cryptopunks", *names)[0] == ("Official CryptoPunks",)
    assert named("the cryptopunks", *names[1:])[0] == names[1:]


def test_a_token_is_not_a_collection_that_is_called_like_it(named):
    names = ("CRYPTOPUNKS", "CryptoPunk #7804", "#7804")
    assert named("what traits does CryptoPunk #7804 have?", *names) == (("CRYPTOPUNKS",), (7804,))
