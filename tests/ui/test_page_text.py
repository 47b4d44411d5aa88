"""Whatever a token is called, the page shows that text and nothing else happens."""

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from ui.escaping import plain, prose, streamed

JOINER = "\u2060"
HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[free mint](javascript:alert(1))",
    "![](http://tracker.example/pixel.png)",
    "$$\\frac{1}{0}$$",
    ":red[sold] :material/delete: :streamlit: :smile:",
    "`code` **bold** _it_ ~~no~~",
    "# heading",
    "- item",
    "1. first",
    "> quote",
    "| a | b |",
    "a\\b &lt; &amp;",
    "---",
]


def shown(markdown):
    """What a reader sees of Markdown: rendered, tags gone, entities read, joiners invisible."""
    rendered = MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(markdown)
    paragraphs = re.fullmatch(r"(?:<p>(.*)</p>\n)?", rendered, flags=re.DOTALL)
    assert paragraphs, f"more than one paragraph of text: {rendered!r}"
    inside = paragraphs[1] or ""
    assert not re.search(r"<(?!br />)", inside), f"a tag got through: {inside!r}"
    return html.unescape(inside).replace(JOINER, "")


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_shown_as_it_is_written(name):
    assert shown(plain(name)) == name


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_inside_a_sentence_is_shown_as_it_is_written(name):
    assert shown(f"The best is {plain(name)} today") == f"The best is {name} today"


@given(st.text(st.characters(exclude_categories=("C", "Z")) | st.sampled_from(" \n\t")))
def test_any_visible_text_is_shown_unchanged_on_one_line(name):
    assert shown(plain(name)) == " ".join(name.split())


@given(st.text())
def test_no_text_whatever_breaks_out(name):
    shown(f"before {plain(name)} after")


@pytest.mark.parametrize(
    "link", ["https://evil.example/x", "http://evil.example", "www.evil.example", "a@evil.example"]
)
def test_an_address_in_a_name_is_not_made_into_a_link(link):
    # Streamlit links bare addresses after parsing; the joiner is what keeps it from seeing one.
    assert not re.search(r"https?://|www\.|\w@", plain(link).replace("\\", ""))


@pytest.mark.parametrize("shortcode", [":streamlit:", ":smile:", ":material/delete:", "->", "<->", "--"])
def test_a_shortcode_in_a_name_is_not_made_into_a_picture(shortcode):
    assert shortcode not in plain(shortcode).replace("\\", "")


def test_a_newline_in_a_name_cannot_start_a_list_or_a_heading():
    assert shown(plain("Ape\n# Big\r\n- one")) == "Ape # Big - one"


def test_bidi_and_zero_width_characters_are_dropped():
    assert plain("a\u202eb\u200bc\x00d\ud800e") == "abcde"


def test_a_long_name_is_cut_with_an_ellipsis():
    assert plain("x" * 501) == "x" * 499 + "…"
    assert plain("x" * 500) == "x" * 500


def test_an_answer_keeps_its_paragraphs_bullets_and_citations():
    text = "Two found [1][2].\nBoth apes.\n\n- Ape 1 [1]\n- Ape 2 [2]"
    assert prose(text) == (
        "Two found \\[1\\]\\[2\\]\\.  \nBoth apes\\.\n\n- Ape 1 \\[1\\]  \n- Ape 2 \\[2\\]"
    )


def test_a_citation_links_to_the_card_of_its_turn():
    assert prose("Look at [3].", "e7") == "Look at [\\[3\\]](#e7-3)\\."


def test_a_bracket_that_is_no_number_is_no_citation():
    assert prose("[x] [1234] [-1]", "e0") == "\\[x\\] \\[1234\\] \\[\\-1\\]"


@given(st.lists(st.text(alphabet=st.sampled_from("ab [1]\n-*:./w@<>$`#"), max_size=8), max_size=8))
def test_however_a_text_is_cut_into_pieces_it_comes_out_the_same(pieces):
    assert "".join(streamed(pieces, "e0")) == prose("".join(pieces), "e0")


def test_a_streamed_citation_is_never_seen_by_halves():
    assert list(streamed(["See ", "[", "1", "] ", "now"], "e0")) == ["See", " [\\[1\\]](#e0-1)", " now"]
