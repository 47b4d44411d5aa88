"""Replies of a form: the grammar holds the model as far as it can, and the validation says what is wrong."""

import pytest

from agent.chat_model import ReplyFormatError
from agent.chat_model.reply_format import checked, grammar_of
from magpie.errors import InputError

ANY = {"type": "json_object"}


def of(schema):
    return {"type": "json_schema", "json_schema": {"name": "it", "schema": schema}}


COUNT = of(
    {"type": "object", "properties": {"count": {"type": "integer", "minimum": 1}}, "required": ["count"]}
)


def test_plain_text_needs_no_grammar():
    assert grammar_of({"type": "text"}) is None
    assert checked("anything", {"type": "text"}, is_cut=True) == "anything"


def test_what_is_valid_is_given_as_a_value():
    assert checked('{"count": 3}', COUNT, is_cut=False) == {"count": 3}
    assert checked("{}", ANY, is_cut=True) == {}


@pytest.mark.parametrize(
    ("words", "form", "cut", "message"),
    [
        ('{"count": 0}', COUNT, False, r"breaks its schema at \$\.count: 0 is less than the minimum of 1"),
        ('{"other": 1}', COUNT, False, "'count' is a required property"),
        ('{"count": ', COUNT, True, "no tokens left before its JSON ended; raise max_tokens"),
        ('{"count": ', COUNT, False, "did not write JSON"),
        ("", COUNT, False, "did not write JSON"),
        ("[1]", ANY, False, "did not write a JSON object"),
        ("[" * 100_000, ANY, False, "did not write JSON"),
    ],
)
def test_what_is_not_valid_is_one_line_that_says_why(words, form, cut, message):
    with pytest.raises(ReplyFormatError, match=message) as raised:
        checked(words, form, is_cut=cut)
    assert "\n" not in str(raised.value)
    assert len(str(raised.value)) < 300


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"type": "xml"},
        {"type": "json_schema"},
        {"type": "json_schema", "json_schema": {"schema": []}},
        of({"type": "nothing"}),
        of({"$ref": "#/$defs/absent"}),
    ],
)
def test_a_form_that_cannot_be_read_is_refused_before_the_model_is_asked(form):
    with pytest.raises(InputError):
        grammar_of(form)


def test_what_grammars_get_wrong_is_left_to_the_validation():
    schema = {
        "type": "object",
        "properties": {
            "pattern": {"type": "string", "pattern": r"^\d{4}$"},
            "n": {"type": "array", "maxItems": 9999},
        },
        "required": ["pattern"],
    }
    grammar = grammar_of(of(schema))
    assert "9999" not in grammar
    assert "9998" not in grammar
    assert "pattern-kv" in grammar  # a property of that name is a property
    with pytest.raises(ReplyFormatError, match="does not match"):
        checked('{"pattern": "abcd"}', of(schema), is_cut=False)
