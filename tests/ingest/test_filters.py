import pytest

from ingest.filters import ENOUGH_TOKENS, Facts, enough_tokens, is_wording, judge, revealed, semantics

WORDS = {"Fur": {"Gold": 400, "Robot": 600}}


def facts(**changed):
    given = {
        "tokens": 1000,
        "pictures": 1000,
        "distinct_pictures": 900,
        "with_metadata": 1000,
        "with_traits": 1000,
        "frequencies": WORDS,
    }
    return Facts(**(given | changed))


@pytest.mark.parametrize(
    ("pictures", "distinct", "passed", "evidence"),
    [
        (1000, 1, False, "all 1,000 pictures are the same one"),
        (2, 1, False, "all 2 pictures are the same one"),
        (1, 1, True, "1 picture, 1 different"),
        (1000, 2, True, "1,000 pictures, 2 different"),
        (0, 0, False, "there are no pictures"),
    ],
)
def test_a_collection_whose_tokens_all_show_one_picture_fails(pictures, distinct, passed, evidence):
    verdict = revealed(facts(pictures=pictures, distinct_pictures=distinct))
    assert (verdict.passed, verdict.evidence) == (passed, evidence)


@pytest.mark.parametrize("tokens", [0, 1, ENOUGH_TOKENS - 1, ENOUGH_TOKENS, ENOUGH_TOKENS + 1])
def test_fewer_than_500_tokens_fail(tokens):
    assert enough_tokens(facts(tokens=tokens)).passed == (tokens >= 500)


def test_the_evidence_for_few_tokens_is_a_sentence():
    assert enough_tokens(facts(tokens=261)).evidence == "261 tokens, fewer than the 500 of NFT1000"


def test_without_metadata_there_are_no_semantics():
    verdict = semantics(facts(with_metadata=0, with_traits=0, frequencies={}))
    assert (verdict.passed, verdict.evidence) == (False, "no token has metadata")


@pytest.mark.parametrize(
    ("tokens", "with_traits", "passed"),
    [(1000, 499, False), (1000, 500, True), (300, 149, False), (300, 150, True), (1, 1, True)],
)
def test_enough_tokens_have_traits_500_or_half_of_a_smaller_collection(tokens, with_traits, passed):
    assert semantics(facts(tokens=tokens, with_traits=with_traits)).passed == passed


@pytest.mark.parametrize(
    ("frequencies", "passed"),
    [
        ({"Fur": {"Gold": 400, "Robot": 600}}, True),
        ({"Fur": {"1": 400, "2": 600}}, False),
        ({"Fur": {"Gold": 400, "Robot": 600}, "Level": {"1": 400, "2": 600}}, True),
        ({"Fur": {"Gold": 400, "Robot": 599}, "Level": {"1": 400, "2": 600}}, False),
        ({"State": {"Unrevealed": 1000}}, False),
        ({"Name": {f"Ape the {'abcdefghij'[n % 10]}oo {n}": 1 for n in range(1000)}}, False),
        ({"Hash": {f"{n:064x}": 1 for n in range(1000)}}, False),
        ({"Zombie": {"Rotten": 7}}, True),
        ({}, False),
    ],
)
def test_half_of_the_traits_must_be_words_that_tell_tokens_apart(frequencies, passed):
    assert semantics(facts(frequencies=frequencies)).passed == passed


def test_the_evidence_names_the_types_that_are_codes():
    verdict = semantics(
        facts(frequencies={"hat": {"1": 500, "2": 500}, "nips": {"covered": 800, "naked": 200}})
    )
    assert verdict.evidence == (
        "1,000 of 1,000 tokens with traits; 50% of 2,000 traits words that tell tokens apart (not so: hat)"
    )


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        ("Fur", "Gold"),
        ("Eyes", "3D Glasses"),
        ("Background", "Background Rare"),
        ("head", "artistHat"),
        ("eye", "nounishJ"),
        ("Fur", "紫"),
        ("Fur", "Фиолетовый"),
        ("Fur", "Café"),
        ("", "Gold"),
    ],
)
def test_words_are_words(type_, value):
    assert is_wording(type_, value)


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        ("Level", "12"),
        ("Skin Tone", "Skin Tone 5"),
        ("background", "3d5b99"),
        ("Id", "x17"),
        ("Class", "BX"),
        ("Gene", "QZXKRT"),
        ("Hash", "0x8f3cf7ad23cd3cadbd9735aff958023239c6a063"),
        ("Hash", "QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWKPV1bd"),
        ("Link", "https://example.com/a/picture"),
        ("Shiny", "true"),
        ("Shiny", "No"),
        ("Fur", "🦍"),
        ("Fur", ""),
    ],
)
def test_codes_numbers_hashes_links_and_switches_are_not(type_, value):
    assert not is_wording(type_, value)


def test_all_three_are_judged_in_order():
    assert list(judge(facts())) == ["unrevealed", "enough_tokens", "semantics"]
