"""Keys compare, clean text is safe to show."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magpie import text


@pytest.mark.parametrize(
    ("wild", "shown"),
    [
        ("a\x00b\nc\td", "ab c d"),
        ("<b>bold</b> <script>x</script>", "bold x"),
        ("abc\u202edef", "abcdef"),
        ("x" * 600, "x" * 499 + "…"),
        ("1 < 2 and 3 > 2", "1 2"),
    ],
)
def test_clean_text_has_no_control_characters_or_markup(wild, shown):
    assert text.clean(wild) == shown


@given(st.text())
def test_cleaning_twice_is_cleaning_once(wild):
    assert text.clean(text.clean(wild)) == text.clean(wild)


@given(st.text())
def test_a_key_is_its_own_key(wild):
    assert text.key(text.key(wild)) == text.key(wild)


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("Queen's Crown", "queen crown"),
        ("KING’S", "king"),
        ("00's", "00"),
        ("boss's", "boss"),
        ("it's's", "it"),
    ],
)
def test_what_belongs_to_somebody_has_their_key(written, key):
    assert text.key(written) == key


def test_names_fold_to_letters_and_digits():
    assert text.fold("Crypto Punks (V1)") == "cryptopunksv1"


@pytest.mark.parametrize(
    ("written", "deeper"),
    [
        ("[[]]", False),
        ("[[[]]]", True),
        ('{"a": [{}]}', True),
        ("[[], [], []]", False),
        ('["[[[[", "\\"[[["]', False),
        ("[" * 100_000, True),
        ("]]]]" + "[[", False),
    ],
)
def test_nesting_is_known_before_parsing(written, deeper):
    assert text.nests_deeper(written, 2) is deeper


def test_json_that_ends_inside_a_string_full_of_quotes_is_measured_at_once():
    """Looking for the string's end from each of its quotes would take hours."""
    assert not text.nests_deeper("[]" * 70 + '"' + '\\"' * 500_000, 64)
    assert text.nests_deeper("[" * 65 + '"' + '\\"' * 500_000, 64)


@pytest.mark.parametrize(
    ("dirty", "expected"),
    [
        ("<scr<b></b>ipt>x</scr<b></b>ipt>", "scriptx/script"),
        ("<a href='" + "x" * 5000 + "'>mint</a>", "mint"),
        ("a < b", "a < b"),
        ("so\u00adft \ufff9a\U000e0041b", "soft ab"),
        ("e" + "\u0316" * 50 + "x", "e" + "\u0316" * 4 + "x"),
        ("\u0301\u0301x", "x"),
    ],
)
def test_what_is_nested_hidden_or_piled_up_is_cleaned_too(dirty, expected):
    assert text.clean(dirty) == expected


@pytest.mark.parametrize("piece", ["<", "<a ", "<>", "<b", "[", "\u0301", "🚀", "x"])
def test_a_hundred_kilobytes_are_cleaned_at_once(piece):
    began = time.process_time()
    assert len(text.clean((piece * 100_000)[:100_000] + ">" * 1000)) <= 500
    assert time.process_time() - began < 2


def test_names_without_letters_are_told_apart():
    assert text.fold("🚀") != text.fold("🎉")
    assert text.fold("Crypto  Punks") == text.fold("CRYPTOPUNKS")
    assert text.fold(" \n") == ""
