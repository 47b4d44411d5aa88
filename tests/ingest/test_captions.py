from ingest.captions import prompt_tags, template_caption
from magpie.domain import Trait

TRAITS = (Trait(type="Fur", value="Gold"), Trait(type="", value="Laser"), Trait(type="Hat", value="Beanie"))


def test_the_template_is_the_published_one():
    assert template_caption("ape", TRAITS) == "A picture of ape, containing Gold Fur Laser Beanie Hat."


def test_no_traits_leave_the_subject():
    assert template_caption("ape", ()) == "A picture of ape."
    assert prompt_tags(()) == ""


def test_prompts_are_tags():
    assert prompt_tags(TRAITS) == "Gold Fur, Laser, Beanie Hat"
