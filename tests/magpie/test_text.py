"""Keys compare, clean text is safe to show."""

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
