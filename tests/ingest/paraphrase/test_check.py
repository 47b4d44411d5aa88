import pytest

from ingest.paraphrase import check as checks
from ingest.paraphrase.check import check, check_three
from magpie.domain import Trait

TRAITS = [
    Trait(type="Fur", value="Gold"),
    Trait(type="Eyes", value="Closed"),
    Trait(type="Hat", value="Beanie"),
    Trait(type="Background", value="Blue"),
]
GOOD = "A picture of an ape with gold fur and closed eyes, wearing a beanie, against a blue background."


def kinds(caption, traits=TRAITS, subject="ape"):
    return sorted({fault.kind for fault in check(caption, subject, traits)})


@pytest.mark.parametrize(
    "caption",
    [
        GOOD,
        "This ape has golden fur and wears a beanie; its eyes are closed before a backdrop of blue.",
        "Against a blue background, an ape with fur in gold and eyes that are shut wears a beanie.",
        "An ape wears a beanie. The ape shows closed eyes, gold fur and a background in blue.",
    ],
)
def test_any_faithful_wording_passes(caption):
    assert kinds(caption) == []


@pytest.mark.parametrize(
    ("caption", "kind"),
    [
        ("A picture of an ape with gold fur, wearing a beanie, against a blue background.", checks.MISSING),
        (GOOD.replace("beanie", "beanie and red boots"), checks.ADDED),
        (GOOD.replace("an ape", "two ape"), checks.ADDED),
        (GOOD.replace("an ape", "Bob the ape"), checks.ADDED),
        (GOOD.replace("closed eyes", "closed green eyes"), checks.ADDED),
        (GOOD.replace("a beanie", "a beanie without a hat"), checks.NEGATED),
        (
            GOOD.replace("gold fur", "blue fur").replace("a blue background", "a gold background"),
            checks.MISSING,
        ),
        (GOOD.replace("gold fur", "blue and gold fur").replace("blue and", "blue"), checks.MISPLACED),
        (GOOD.replace("ape", "cat"), checks.NO_SUBJECT),
        (GOOD.removesuffix("."), checks.NOT_A_SENTENCE),
        (GOOD[0].lower() + GOOD[1:], checks.NOT_A_SENTENCE),
        (GOOD.replace(", ", ",\n", 1), checks.NOT_A_SENTENCE),
        (GOOD.replace("gold", "<b>gold</b>"), checks.NOT_A_SENTENCE),
        (GOOD.replace("gold fur", "gold fur. It is seen. It is shown"), checks.NOT_A_SENTENCE),
        ("Ape Fur: gold, eyes: closed, hat: beanie, background: blue.", checks.LISTED),
        (GOOD.replace("an ape", "a ape"), checks.ARTICLE),
        (GOOD.replace("gold fur", "gold fur fur"), checks.REPEATED),
        (
            GOOD[:-1] + ", with gold fur and closed eyes, wearing a beanie, against a blue background.",
            checks.REPEATED,
        ),
        (GOOD[:-1] + " and shown" * 40 + ".", checks.LENGTH),
    ],
)
def test_each_fault_is_told_by_its_name(caption, kind):
    assert kind in kinds(caption)


def test_an_empty_answer_is_at_fault():
    assert checks.NOT_A_SENTENCE in kinds("")


def test_equal_values_need_both_nouns():
    traits = [Trait(type="Fur", value="Gold"), Trait(type="Teeth", value="Gold")]
    assert kinds("A picture of an ape with gold fur and teeth.", traits) == []
    assert kinds("A picture of an ape with gold fur.", traits) == [checks.MISSING]


def test_swapped_values_are_not_present():
    traits = [Trait(type="Fur", value="Red"), Trait(type="Eyes", value="Green")]
    assert kinds("A picture of an ape with green fur and red eyes.", traits) == [
        checks.MISPLACED,
        checks.MISSING,
    ]


def test_without_visible_traits_the_subject_is_enough():
    assert kinds("A picture of an ape.", [Trait(type="Rank", value="4")]) == []


def test_what_cannot_be_seen_is_an_addition():
    assert kinds("A picture of an ape of rank four.", [Trait(type="Rank", value="4")]) == [checks.ADDED]


def test_three_must_differ_by_more_than_order_or_a_word():
    faults = check_three([GOOD, GOOD.replace("A picture", "An image"), GOOD], "ape", TRAITS)
    assert {fault.kind for fault in faults} == {checks.ALIKE}
    turned = "Wearing a beanie, an ape with gold fur and closed eyes is shown before a blue background."
    assert check_three([GOOD, turned], "ape", TRAITS) == [checks.Fault(checks.COUNT, "2")]
