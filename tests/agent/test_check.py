"""The check lets nothing through that this turn's evidence and the person's own words do not hold."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.answer import Evidence, Fact
from agent.check import Support, plain_words, poor, strays, unsupported
from agent.wording import openers, plainest
from magpie.text import key

OWNER = "0x" + "ab" * 20
ITEM = Evidence(
    number=1,
    kind="token",
    title="CryptoPunk #7804",
    collection="CRYPTOPUNKS",
    facts=(
        Fact(label="Type", value="Alien"),
        Fact(label="Accessory", value="3D Glasses"),
        Fact(label="owner", value=OWNER),
        Fact(label="tokens here", value="2,313"),
    ),
)
VOCABULARY = frozenset(
    map(key, ["Alien", "Zombie", "3D Glasses", "Gold Chain", "Cap", "CryptoPunk", "Moonbirds", "Smile"])
)
SUPPORT = Support.of([ITEM], ["does a punk with a cap exist?"])
FINE = f"CryptoPunk #7804 [1] is an Alien with 3D Glasses, one of 2,313 tokens; {OWNER} owns it, with no cap."


def test_what_the_evidence_or_the_question_says_may_be_said():
    assert unsupported(FINE, SUPPORT, VOCABULARY) == ()


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        ("See [2].", "[2]"),
        ("It is #7805.", "7805"),
        ("There are 2,314 of them.", "2,314"),
        ("It costs 1.5 ether.", "1.5"),
        ("There are seven of them.", "seven"),
        (f"It belongs to 0x{'cd' * 20}.", "0x" + "cd" * 20),
        ("It belongs to vitalik.eth.", "vitalik.eth"),
        ("Look at https://example.com/x.", "https://example.com/x."),
        ("Alice has it.", "Alice"),
        ("It belongs to Alice.", "Alice"),
        ("It is a zombie.", "zombie"),
        ("It is a ZOMBIE.", "ZOMBIE"),
        ("It has gold chains.", "gold chains"),
        ("It is from the moonbirds.", "moonbirds"),
        ("They smile at you.", "smile"),
        ("It is X9.", "X9"),
    ],
)
def test_anything_else_is_named(text, claim):
    assert claim in unsupported(text, SUPPORT, VOCABULARY)


numbers = st.integers(min_value=0, max_value=10**9).filter(lambda n: str(n) not in ("1", "3", "7804", "2313"))
names = st.from_regex(r"[A-Z][a-z]{3,9}", fullmatch=True).filter(
    lambda word: word.lower() not in plain_words() and word.lower() not in FINE.lower()
)
addresses = st.from_regex(r"0x[0-9a-f]{40}", fullmatch=True).filter(lambda address: address != OWNER)
traits = st.sampled_from(["zombie", "gold chain", "gold chains", "Moonbird", "smile"])
slots = st.sampled_from([match.start() for match in re.finditer(r" ", FINE)])


@given(claim=st.one_of(numbers.map(str), numbers.map(lambda n: f"{n:,}"), names, addresses, traits), at=slots)
def test_a_false_claim_is_caught_wherever_it_is_put(claim, at):
    assert unsupported(f"{FINE[:at]} {claim}{FINE[at:]}", SUPPORT, VOCABULARY)


@given(st.text(max_size=200))
def test_any_text_can_be_checked(text):
    unsupported(text, SUPPORT, VOCABULARY)
    poor(text)


@pytest.mark.parametrize(
    ("sentence", "problem"),
    [
        ("Here is what I found", "not a whole sentence"),
        ("Here is what I found. And more.", "not one statement"),
        ("Is this what you wanted?", "not one statement"),
        ("Nice.", "1 words"),
        ("I " + "really " * 30 + "like it.", "33 words"),
        ("No, no, no, no, no.", "repeats itself"),
        ("Das ist ein schönes Bild.", "not plain English"),
        ("这是 一个 答案 好的.", "not plain English"),
        ("This is a very rare picture.", "claims “rare”"),
        ("The owner has this picture here.", "claims “owner”"),
        ("Yes, that is right indeed.", "claims “yes”"),
    ],
)
def test_a_poor_sentence_may_not_open_an_answer(sentence, problem):
    assert problem in poor(sentence)


def test_a_claim_word_that_our_own_lines_use_is_fine():
    assert poor("I read the chain for you.") == ("claims “chain”",)
    assert poor("I read the chain for you.", openers()["receipt"]) == ()


def test_words_on_both_sides_of_a_comma_are_not_one_value():
    support = Support.of([], ["round hair", "cut grass"])
    assert unsupported("round hair, cut grass", support, frozenset({"hair cut"})) == ()
    assert unsupported("round hair cut grass", support, frozenset({"hair cut"})) == ("hair cut",)


def test_a_trait_may_be_said_with_its_type():
    item = Evidence(number=1, kind="token", title="x", facts=(Fact(label="Hair Color", value="Blonde"),))
    assert unsupported("It has Blonde hair.", Support.of([item], []), frozenset({"blonde hair"})) == ()


@pytest.mark.parametrize(
    ("sentence", "strange"),
    [
        ("There are many caps, but the exact amount is unknown.", {"exact", "amount", "unknown"}),
        ("I recommend the friendly section of the store.", {"section", "store"}),
        ("Here is the punk with a cap.", set()),
    ],
)
def test_a_model_brings_in_no_words_of_its_own(sentence, strange):
    found = strays(sentence, openers()["found_one"], SUPPORT)
    assert {problem.partition("“")[2].rstrip("”") for problem in found} >= strange
    assert bool(found) == bool(strange)


def test_every_line_of_ours_is_in_our_words():
    for lines in openers().values():
        assert [strays(plainest(line), lines, SUPPORT) for line in lines] == [()] * len(lines)
