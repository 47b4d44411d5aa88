"""What an answer looks like in a terminal."""

from PIL import Image

from agent.answer import Evidence, Fact, Step
from ui.terminal import LINE, evidence_line, picture, step_line

RED, CLEAR, BLUE = (255, 0, 0, 255), (0, 0, 0, 0), (0, 0, 255, 255)


def test_two_pixels_are_one_character_and_transparent_ones_are_empty(tmp_path):
    image = Image.new("RGBA", (2, 2))
    image.putdata([RED, CLEAR, BLUE, CLEAR])
    image.save(tmp_path / "p.png")
    drawn = picture(tmp_path / "p.png", width=2)
    assert drawn.plain == "▀ \n"
    assert str(drawn.spans[0].style) == "#ff0000 on #0000ff"


def test_a_tall_picture_keeps_its_shape(tmp_path):
    Image.new("RGB", (10, 30)).save(tmp_path / "p.png")
    assert picture(tmp_path / "p.png", width=4).plain.count("\n") == 6


def test_evidence_is_one_line_with_its_number(make_token):
    item = Evidence(number=2, kind="token", title="CryptoPunk #1", ref=make_token(1).ref)
    assert evidence_line(item) == f"[2] CryptoPunk #1: eip155:1/erc721:0x{'1' * 40}/1"


def test_a_long_evidence_is_cut_and_says_so():
    facts = tuple(Fact(label="Accessory", value=f"Value {n}") for n in range(40))
    line = evidence_line(Evidence(number=1, kind="search", title="Search", facts=facts))
    assert (len(line), line[-1]) == (LINE, "…")


def test_a_recommendation_shows_the_parts_of_its_score():
    item = Evidence(number=1, kind="recommendation", title="Bottts", parts=(("about", 0.4), ("words", -0.1)))
    assert evidence_line(item) == "[1] Bottts: about +0.400 words -0.100"


def test_a_failed_step_looks_failed():
    assert step_line(Step(name="check", title="Checking", detail="rejected", ok=False)).startswith(
        "✗ Checking"
    )
