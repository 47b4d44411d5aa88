"""Our own sentences stay provable whatever strangers call their traits: "Steps", "First", "Meet"."""

import ast
from pathlib import Path

import pytest

import agent
from agent.answer import Evidence
from agent.check import Support, our_words, unsupported
from magpie import text

WRITERS = (
    *("templates", "collection_words", "comparison_words", "taste_words", "receipt_words", "compose"),
    "trait_words",
)


@pytest.fixture
def punk():
    return Evidence(number=1, kind="collection", title="CryptoPunks")


def sentences(module):
    """The string constants of a module, without its docstrings."""
    tree = ast.parse((Path(agent.__file__).parent / f"{module}.py").read_text("utf-8"))
    docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            yield node.value


@pytest.mark.parametrize("module", WRITERS[:-1])
def test_every_word_of_our_sentences_is_a_plain_word(module):
    said = {word for line in sentences(module) for word in text.words(line) if word.isalpha()}
    assert sorted(said - our_words()) == []


def test_a_trait_that_is_called_like_a_word_of_ours_does_not_make_an_answer_unprovable():
    ours = "The best are shown. One step failed and I will not guess around it."
    vocabulary = frozenset({"best", "step", "shown", "one", "it"})
    assert unsupported(ours, Support.of([], []), vocabulary) == ()


@pytest.mark.parametrize(
    "value",
    ["They share no published trait", "of the 8 tokens", "tokens of CryptoPunks here", "is a token of"],
)
def test_a_trait_that_is_called_like_a_phrase_of_ours_does_not_make_an_answer_unprovable(value, punk):
    ours = (
        "They share no published trait. 2 of the 8 tokens of CryptoPunks here are shown. It is a token of it."
    )
    assert unsupported(ours, Support.of([punk], ["2 of 8"]), frozenset({text.key(value)})) == ()


def test_a_value_between_our_words_is_a_claim_nevertheless():
    vocabulary = frozenset({"gold chain", "one gold chain"})
    assert unsupported("it has one gold chain here", Support.of([], []), vocabulary) == (
        "gold chain",
        "one gold chain",
    )
