"""Conditions as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from magpie.conditions import AllOf, AnyOf, Condition, Count, Has, Not, Number, Range, Rank, conjuncts, leaves
from magpie.errors import InputError
from magpie.written import read

CAP, OWL = Has(type="hat", value="cap"), Has(value="owl")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("hat=cap", CAP),
        ("  hat = cap ", CAP),
        ("owl", OWL),
        ('"Laser Eyes"', Has(value="Laser Eyes")),
        ("laser-eyes", Has(value="laser-eyes")),
        ('"Skin Tone"="Very Dark"', Has(type="Skin Tone", value="Very Dark")),
        ("hat=*", Has(type="hat")),
        ("-hat=*", Not(part=Has(type="hat"))),
        ("not owl", Not(part=OWL)),
        ("!owl", Not(part=OWL)),
        ("not not owl", Not(part=Not(part=OWL))),
        ("hat=cap owl", AllOf(parts=(CAP, OWL))),
        ("hat=cap AND owl", AllOf(parts=(CAP, OWL))),
        ("hat=cap & owl", AllOf(parts=(CAP, OWL))),
        ("hat=cap or owl", AnyOf(parts=(CAP, OWL))),
        ("not hat=cap owl", AllOf(parts=(Not(part=CAP), OWL))),
        ("owl or hat=cap owl", AnyOf(parts=(OWL, AllOf(parts=(CAP, OWL))))),
        ("(owl or hat=cap) owl", AllOf(parts=(AnyOf(parts=(OWL, CAP)), OWL))),
        ("((owl))", OWL),
        ("level=3", Has(type="level", value="3")),
        ("level=3..7", Number(type="level", range=Range(least=3, most=7))),
        ("level=-3..-1.5", Number(type="level", range=Range(least=-3, most=-1.5))),
        ("level>=3", Number(type="level", range=Range(least=3))),
        ("level < 2.5", Number(type="level", range=Range(most=2.5, strict=True))),
        ("traits=5", Count(range=Range(least=5, most=5))),
        ("count(hat)>=2", Count(type="hat", range=Range(least=2))),
        ("Count( hat ) = 0..1", Count(type="hat", range=Range(least=0, most=1))),
        ("rank<=100", Rank(range=Range(most=100))),
        ("rank<=1%", Rank(range=Range(most=1), share=True)),
        ("rank=2..5%", Rank(range=Range(least=2, most=5), share=True)),
        ('"rank"=major', Has(type="rank", value="major")),
        ("rank", Has(value="rank")),
        ("traits", Has(value="traits")),
        ("android orc nothing", AllOf(parts=(Has(value="android"), Has(value="orc"), Has(value="nothing")))),
        ("3d-glasses", Has(value="3d-glasses")),
        ("3", Has(value="3")),
        ("-owl", Not(part=OWL)),
        ("毛=金", Has(type="毛", value="金")),
        ("<img", None),
    ],
)
def test_a_written_condition_is_read(written, meant):
    if meant is None:
        with pytest.raises(InputError):
            read(written)
    else:
        assert read(written) == meant


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("hat=cap and", "ends too early at the mark, a name is missing: hat=cap and▶"),
        ("hat=(cap", "cannot be read at the mark, a name is missing: hat=▶(cap"),
        ("hat==cap", "hat=▶=cap"),
        ("(hat=cap", "ends too early at the mark, a ) is missing: (hat=cap▶"),
        ("hat=cap)", "cannot be read at the mark: hat=cap▶)"),
        ("owl or or owl", "a name is missing: owl or ▶or owl"),
        ('hat="Laser Eyes', 'another " is missing: hat=▶"Laser Eyes'),
        ("level>high", "a number is missing: level>▶high"),
        ("rank<=", "ends too early at the mark, a number is missing: rank<=▶"),
        ("traits=many", "a number, or a range such as 3..7 is missing: traits=▶many"),
        ("owl and level=7..3", "from 7 to 3 there is nothing: the other way round?: owl and ▶level=7..3"),
        ("owl and " + "x" * 501, "should have at most 500 characters: owl and ▶xxx"),
        ("", "1 to 2000 characters"),
        ("   ", "1 to 2000 characters"),
        ("x" * 2001, "1 to 2000 characters"),
        ("(" * 60 + "not " * 60 + "owl" + ")" * 60, "at most 50 brackets deep"),
    ],
)
def test_what_cannot_be_read_is_pointed_at(written, said):
    with pytest.raises(InputError) as error:
        read(written)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def refusal(written: str) -> str:
    """What `read` says against it, "" if nothing."""
    try:
        read(written)
    except InputError as error:
        return str(error)
    return ""


names = st.text('abc 9-金"\\=', min_size=1, max_size=6).filter(lambda name: name.strip() == name)
ranges = st.one_of(
    st.builds(lambda a, b: Range(least=min(a, b), most=max(a, b)), *[st.integers(-9, 99)] * 2),
    st.builds(Range, least=st.integers(0, 9), strict=st.booleans()),
    st.builds(Range, most=st.integers(0, 9), strict=st.booleans()),
)
single = st.one_of(
    st.builds(Has, type=names, value=names),
    st.builds(Has, value=names),
    st.builds(Has, type=names),
    st.builds(Number, type=names, range=ranges.filter(lambda r: r.least != r.most)),
    st.builds(Count, type=names, range=ranges),
    st.builds(Count, range=ranges),
    st.builds(Rank, range=ranges, share=st.booleans()),
)
trees = st.recursive(
    single,
    lambda inner: st.one_of(
        st.builds(Not, part=inner),
        st.builds(AllOf, parts=st.lists(inner, min_size=2, max_size=3).map(tuple)),
        st.builds(AnyOf, parts=st.lists(inner, min_size=2, max_size=3).map(tuple)),
    ),
    max_leaves=8,
)


@given(trees)
def test_what_is_shown_of_a_condition_reads_as_the_same_condition(condition):
    assert read(str(condition)) == condition


@given(trees)
def test_a_condition_survives_json(condition):
    adapter = TypeAdapter(Condition)
    assert adapter.validate_json(adapter.dump_json(condition)) == condition


@given(st.text(max_size=40))
def test_whatever_is_written_is_read_or_refused_in_one_line(written):
    assert "\n" not in refusal(written)


def test_what_must_hold_together_is_listed_one_by_one():
    assert conjuncts(read("owl (hat=cap (a or b)) not c")) == (
        OWL,
        CAP,
        read("a or b"),
        read("not c"),
    )
    assert conjuncts(OWL) == (OWL,)


def test_leaves_are_what_is_asked_of_a_token():
    assert leaves(read("not (owl or hat=cap) rank<=5")) == [OWL, CAP, Rank(range=Range(most=5))]
