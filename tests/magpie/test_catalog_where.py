"""Conditions select exactly the tokens that reading every token would."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from magpie import text
from magpie.catalog import Catalog
from magpie.conditions import AllOf, AnyOf, Count, Has, Not, Number, Range
from magpie.domain import Collection, Token, Trait
from magpie.facts import number_in, says_nothing
from magpie.query import Filter
from magpie.written import read

HOME = Collection(name="Pets", chain="eip155:1", contract="0x" + "1" * 40)
HELD = {
    1: ["Pet=Owl", "Level=3", "Hat=Cap"],
    2: ["Pet=Owl", "Pet=Cat", "Level=10", "Hat=None"],
    3: ["Pet=Cat", "Level=1,000"],
    4: ["Hat=No Hat", "Level=high"],
    5: [],
    6: ["Toy=Owl", "Level=-2.5", "Hat=Laser Cap"],
}


def tokens():
    for number, written in HELD.items():
        traits = tuple(Trait(type=w.partition("=")[0], value=w.partition("=")[2]) for w in written)
        yield Token(ref=HOME.ref(number), collection="Pets", name=f"Pet {number}", traits=traits)


@pytest.fixture(scope="module")
def pets(tmp_path_factory):
    with Catalog(tmp_path_factory.mktemp("pets") / "catalog.sqlite", create=True) as catalog:
        catalog.put_collection(HOME)
        catalog.put_tokens(HOME, tokens())
        yield catalog


def found(catalog, condition):
    return [ref.token_id for ref in catalog.select(Filter(where=(condition,)))]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("pet=owl", [1, 2]),
        ("owls", [1, 2, 6]),
        ("laser-cap", [6]),
        ('"Laser Cap"', [6]),
        ("pet=*", [1, 2, 3]),
        ("not pet=*", [4, 5, 6]),
        ("hat=*", [1, 6]),
        ("hat=none", [2]),
        ("level>=3", [1, 2, 3]),
        ("level>3", [2, 3]),
        ("level<3", [6]),
        ("level<=3 level>-2.5", [1]),
        ("level=3..10", [1, 2]),
        ("level=3", [1]),
        ("count(pet)=1", [1, 3]),
        ("count(pet)=2", [2]),
        ("count(pet)=0", [4, 5, 6]),
        ("count(pet)<2", [1, 3, 4, 5, 6]),
        ("count(hat)=0", [2, 3, 4, 5]),
        ("traits=0", [5]),
        ("traits>=3", [1, 2, 6]),
        ("traits=1..2", [3, 4]),
        ("pet=owl or level>100", [1, 2, 3]),
        ("(pet=owl or pet=cat) and not hat=*", [2, 3]),
        ("not (pet=owl and pet=cat)", [1, 3, 4, 5, 6]),
        ("pet=owl pet=cat", [2]),
        ("pet=unicorn", []),
    ],
)
def test_a_written_condition_selects(pets, written, expected):
    assert found(pets, read(written)) == expected


@pytest.mark.parametrize(
    "written", ["|".join(["owl"] * 400), "|".join(["3"] * 1000), "|".join(["(3 3)"] * 250)]
)
def test_a_long_condition_is_not_too_deep_for_the_catalogue(pets, written):
    assert found(pets, read(written)) == ([1, 2, 6] if "owl" in written else [1])


def holds(condition, token):
    """What `magpie.conditions` says in words, read off one token."""
    worn = [trait for trait in token.traits if not says_nothing(trait.value)]
    match condition:
        case Has(type=kind, value=None):
            return any(text.key(trait.type) == text.key(kind) for trait in worn)
        case Has(type=kind, value=value):
            return token.has(Trait(type=kind, value=value))
        case Number(type=kind, range=limits):
            numbers = (number_in(t.value) for t in token.traits if text.key(t.type) == text.key(kind))
            return any(number is not None and number in limits for number in numbers)
        case Count(type=kind, range=limits):
            return len([t for t in worn if not kind or text.key(t.type) == text.key(kind)]) in limits
        case Not(part=part):
            return not holds(part, token)
        case AllOf(parts=parts):
            return all(holds(part, token) for part in parts)
        case AnyOf(parts=parts):
            return any(holds(part, token) for part in parts)
    raise AssertionError(condition)


types, worn = st.sampled_from(["Pet", "hats", "Level", "Nose"]), st.sampled_from(["Owl", "cap", "3", "None"])
limits = st.one_of(
    st.builds(lambda a, b: Range(least=min(a, b), most=max(a, b)), *[st.integers(-3, 11)] * 2),
    st.builds(Range, least=st.integers(-3, 11), strict=st.booleans()),
    st.builds(Range, most=st.integers(-3, 11), strict=st.booleans()),
)
leaves = st.one_of(
    st.builds(Has, type=types, value=worn),
    st.builds(Has, value=worn),
    st.builds(Has, type=types),
    st.builds(Number, type=types, range=limits),
    st.builds(Count, type=types, range=limits),
    st.builds(Count, range=limits),
)
trees = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(Not, part=inner),
        st.builds(AllOf, parts=st.lists(inner, min_size=1, max_size=3).map(tuple)),
        st.builds(AnyOf, parts=st.lists(inner, min_size=1, max_size=3).map(tuple)),
    ),
    max_leaves=6,
)


@settings(max_examples=150)
@given(trees)
def test_any_condition_selects_what_reading_every_token_does(pets, condition):
    assert found(pets, condition) == [token.ref.token_id for token in tokens() if holds(condition, token)]
