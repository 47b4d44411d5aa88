from ingest.paraphrase.cache import key
from ingest.paraphrase.check import ADDED, ALIKE, check_three
from ingest.paraphrase.prompt import prompt, read
from ingest.paraphrase.rules import paraphrase
from ingest.paraphrase.writing import ATTEMPTS, TraitSet, write
from magpie.domain import Trait

TRAITS = (Trait(type="Fur", value="Gold"), Trait(type="Hat", value="Beanie"))
SET = TraitSet("ape", TRAITS)
GOOD = paraphrase("ape", TRAITS)
BAD = "A picture of an ape with gold fur, wearing a beanie and red boots."


class Script:
    """Answers every prompt of the n-th call with the n-th answer."""

    id = "script"

    def __init__(self, *answers):
        self.answers, self.asked = list(answers), []

    def write(self, prompts, *, seed):
        self.asked.append(len(prompts))
        return [list(self.answers[seed])] * len(prompts)


def test_what_passes_is_kept_as_it_was_written():
    writer = Script(GOOD)
    (written,) = write(writer, [SET])
    assert (written.captions, written.how, writer.asked) == (GOOD, ("llm",) * 3, [1])


def test_only_what_failed_is_asked_for_again():
    writer = Script((GOOD[0], BAD, GOOD[2]), (BAD, GOOD[1], BAD))
    (written,) = write(writer, [SET])
    assert written.captions == GOOD
    assert written.how == ("llm", "retried", "llm")
    assert written.faults == {ADDED: 1}


def test_after_three_attempts_the_rest_is_by_rule_and_right():
    writer = Script(*[(BAD, GOOD[1], BAD)] * ATTEMPTS)
    (written,) = write(writer, [SET])
    assert written.how == ("rule_based", "llm", "rule_based")
    assert check_three(written.captions, "ape", TRAITS) == []
    assert (written.attempts, written.faults) == (3, {ADDED: 6})


def test_saying_the_same_thrice_is_not_three_captions():
    (written,) = write(Script(*[(GOOD[0],) * 3] * ATTEMPTS), [SET])
    assert written.how == ("llm", "rule_based", "rule_based")
    assert written.faults == {ALIKE: 6}


def test_too_few_and_too_many_lines_do_no_harm():
    (written,) = write(Script((), (*GOOD, "More.")), [SET])
    assert written.how == ("retried",) * 3


def test_without_a_writer_all_is_by_rule():
    written = write(None, [SET, TraitSet("ape", ())])
    assert [made.how for made in written] == [("rule_based",) * 3] * 2
    assert write(None, []) == []


def test_the_key_follows_what_captions_depend_on():
    first = key("ape", TRAITS, "m")
    assert first == key("ape", reversed(TRAITS), "m")
    assert first == key("ape", (*TRAITS, Trait(type="Rank", value="7")), "m")
    others = [key("cat", TRAITS, "m"), key("ape", TRAITS[:1], "m"), key("ape", TRAITS, "n")]
    assert len({first, *others}) == 4


def test_a_prompt_names_every_visible_thing_in_each_line():
    lines = prompt("ape", (*TRAITS, Trait(type="Rank", value="7"))).splitlines()
    assert len(lines) == 3
    assert all(
        ("gold fur" in line or "golden fur" in line) and "a beanie" in line and "7" not in line
        for line in lines
    )


def test_an_answer_is_read_without_its_numbers_and_quotes():
    answer = "\n".join(['1. "An ape."', "", "- Another ape.", "A third.", "A fourth."])
    assert read(answer) == ["An ape.", "Another ape.", "A third."]
