import json
import re
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest import traits
from ingest.untrusted_json import parse_json
from magpie.domain import Trait
from magpie.errors import SourceError

ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=12), inner, max_size=5),
    max_leaves=40,
)
FIELDS = st.sampled_from(
    ["attributes", "traits", "properties", "name", "trait_type", "value", "display_type", "date"]
)


def parsed(attributes):
    return [str(trait) for trait in traits.parse({"attributes": attributes}).traits]


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ({"attributes": [{"trait_type": "Fur", "value": "Gold"}]}, ["Fur=Gold"]),
        ({"traits": [["Fur", "Gold"], ["Hat", "Beanie"]]}, ["Fur=Gold", "Hat=Beanie"]),
        ({"traits": {"Fur": "Gold", "Hat": "Beanie"}}, ["Fur=Gold", "Hat=Beanie"]),
        ({"properties": {"Fur": {"value": "Gold"}}}, ["Fur=Gold"]),
        ({"attributes": [{"Fur": "Gold"}]}, ["Fur=Gold"]),
        ({"attributes": '[{"trait_type": "Fur", "value": "Gold"}]'}, ["Fur=Gold"]),
        ({"attributes": [], "traits": [["Fur", "Gold"]]}, ["Fur=Gold"]),
        ([{"trait_type": "Fur", "value": "Gold"}], ["Fur=Gold"]),
        ({"attributes": ["Gold", "Laser Eyes"]}, ["Gold", "Laser Eyes"]),
        ({"attributes": [{"value": "Gold"}]}, ["Gold"]),
        ({"name": "x"}, []),
        ("Gold", []),
        (None, []),
    ],
)
def test_every_published_shape_is_read(metadata, expected):
    assert [str(trait) for trait in traits.parse(metadata).traits] == expected


@pytest.mark.parametrize(
    ("value", "shown"),
    [(4, "4"), (4.0, "4"), (0.25, "0.25"), (True, "true"), (10**30, "1" + "0" * 30), ("  a\tb ", "a b")],
)
def test_values_are_shown_as_published(value, shown):
    assert parsed([{"trait_type": "T", "value": value}]) == [f"T={shown}"]


@pytest.mark.parametrize("value", [None, "", "None", "none", "NULL", "N/A", " ", "\u200b", "<br>"])
def test_no_value_is_dropped_and_counted(value):
    result = traits.parse(
        {"attributes": [{"trait_type": "Hat", "value": value}, {"trait_type": "Fur", "value": "0"}]}
    )
    assert [str(trait) for trait in result.traits] == ["Fur=0"]
    assert result.dropped == {"no value": 1}


def test_nested_values_become_traits_of_their_own():
    assert parsed([{"trait_type": "Accessory", "value": ["Hat", ["Pipe"]]}]) == [
        "Accessory=Hat",
        "Accessory=Pipe",
    ]
    assert parsed([{"trait_type": "Eyes", "value": {"Color": "Red"}}]) == ["Eyes Color=Red"]


@pytest.mark.parametrize(
    ("moment", "day"), [(1637181743, "2021-11-17"), (1637181743670, "2021-11-17"), ("0", "1970-01-01")]
)
def test_a_date_is_shown_as_its_day(moment, day):
    assert parsed([{"display_type": "date", "trait_type": "Born", "value": moment}]) == [f"Born={day}"]


def test_a_date_that_is_none_is_dropped():
    result = traits.parse({"attributes": [{"display_type": "date", "trait_type": "Born", "value": "soon"}]})
    assert (result.traits, result.dropped) == ((), {"bad date": 1})


def test_a_boost_is_a_number_like_any_other():
    assert parsed([{"display_type": "boost_number", "trait_type": "Vault", "value": 0}]) == ["Vault=0"]


def test_the_same_trait_twice_counts_once_and_two_values_of_a_type_both():
    pair = {"trait_type": "Accessory", "value": "Hat"}
    result = traits.parse({"attributes": [pair, pair, {"trait_type": "Accessory", "value": "Pipe"}]})
    assert [str(trait) for trait in result.traits] == ["Accessory=Hat", "Accessory=Pipe"]
    assert result.dropped == {"repeated": 1}


def test_hostile_text_is_cleaned_and_capped():
    (trait,) = traits.parse(
        {"attributes": [{"trait_type": "<b>Hat</b>\x00\u202e", "value": "x" * 9999}]}
    ).traits
    assert trait.type == "Hat"
    assert len(trait.value) == 500


@pytest.mark.parametrize(("count", "kept", "dropped"), [(200, 200, {}), (201, 200, {"too many": 1})])
def test_traits_are_capped(count, kept, dropped):
    result = traits.parse({"attributes": [{"trait_type": "T", "value": n} for n in range(count)]})
    assert (len(result.traits), result.dropped) == (kept, dropped)


def test_deep_nesting_is_refused():
    value = "Gold"
    for _ in range(50):
        value = [value]
    result = traits.parse({"attributes": [{"trait_type": "Fur", "value": value}]})
    assert (result.traits, result.dropped) == ((), {"nested too deeply": 1})


def test_a_lone_surrogate_can_be_stored():
    (trait,) = traits.parse({"attributes": [{"trait_type": "T", "value": "a\ud800b"}]}).traits
    assert trait.value.encode() == b"ab"


@given(st.dictionaries(FIELDS | st.text(max_size=5), ANY_JSON, max_size=5) | ANY_JSON)
def test_any_json_is_accepted(metadata):
    result = traits.parse(metadata)
    assert all(isinstance(trait, Trait) and trait.value for trait in result.traits)
    assert len(set(result.traits)) == len(result.traits)


ODD_TEXT = st.text(
    st.characters(categories=("Cc", "Cf", "Cs", "Co", "Lo", "Zl", "Nd")), max_size=30
) | st.text("<b>/x\u202e", max_size=30)
CONTROLS = re.compile("[\\x00-\\x1f\\x7f-\\x9f\\u200b-\\u200f\\u2028-\\u202e\\u2066-\\u2069\\ud800-\\udfff]")


def is_clean(shown, limit):
    return len(shown) <= limit and not CONTROLS.search(shown) and "<b>" not in shown


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(FIELDS | ODD_TEXT, ANY_JSON | ODD_TEXT | st.lists(ODD_TEXT), max_size=5))
def test_whatever_is_published_comes_out_clean_and_bounded(metadata):
    result = traits.parse(metadata)
    assert is_clean(result.name, traits.MAX_NAME)
    assert len(result.traits) <= traits.MAX_TRAITS
    for trait in result.traits:
        assert is_clean(trait.type, traits.MAX_TYPE)
        assert is_clean(trait.value, traits.MAX_VALUE)
    assert all(count > 0 for count in result.dropped.values())
    assert set(result.dropped) <= {
        traits.NO_VALUE,
        traits.REPEATED,
        traits.TOO_DEEP,
        traits.TOO_MANY,
        traits.BAD_DATE,
    }


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400) | ANY_JSON.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_json_or_refused_in_one_line(content):
    refusal = ""
    try:
        metadata = parse_json(content)
    except SourceError as error:
        refusal = str(error)
    else:
        traits.parse(metadata)
        json.dumps(metadata, allow_nan=False)
    assert refusal == "" or (refusal.isprintable() and len(refusal) < 200)


SCALARS = st.sampled_from(["Gold", "None", "", 7, 0.5, True, "<b></b>", "\u202e"])
ENTRIES = st.one_of(
    st.builds(lambda value: ({"trait_type": "T", "value": value}, 1), SCALARS),
    st.builds(lambda value: (["Hat", value], 1), SCALARS),
    st.builds(
        lambda values: ({"trait_type": "T", "value": values}, len(values)), st.lists(SCALARS, max_size=4)
    ),
    st.builds(lambda value: ({"trait_type": "Born", "display_type": "date", "value": value}, 1), SCALARS),
    st.builds(lambda value: ({"Fur": value, "Eyes": {"Color": value}}, 2), SCALARS),
    st.just(({"trait_type": "T", "value": None}, 1)),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(ENTRIES, max_size=12), st.sampled_from([1, 30]))
def test_in_every_shape_published_is_kept_plus_dropped(entries, times):
    result = traits.parse({"attributes": [entry for entry, _ in entries] * times})
    published = times * sum(count for _, count in entries)
    assert len(result.traits) + sum(result.dropped.values()) == published


@given(ANY_JSON)
def test_parsing_what_was_parsed_changes_nothing(metadata):
    first = traits.parse(metadata)
    again = traits.parse({"attributes": [{"trait_type": t.type, "value": t.value} for t in first.traits]})
    assert again.traits == first.traits


@given(
    st.lists(
        st.tuples(st.sampled_from(["Hat", "Fur"]), st.sampled_from(["None", "Red", 3, None])), max_size=8
    )
)
def test_published_is_kept_plus_dropped(pairs):
    result = traits.parse({"attributes": [{"trait_type": type_, "value": value} for type_, value in pairs]})
    assert len(result.traits) + sum(Counter(result.dropped).values()) == len(pairs)


def test_the_name_is_cleaned_and_may_be_missing():
    assert traits.parse({"name": " Punk\n#1 "}).name == "Punk #1"
    assert traits.parse({"name": 7}).name == ""
    assert traits.parse(json.loads("{}")).name == ""
