"""Answers in a terminal: text, evidence, and small pictures drawn with half blocks."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console
    from rich.text import Text

    from agent.answer import Answer, Evidence, Step
    from agent.conversations import StoredTurn

LINE = 200
_PICTURES = 4
_WIDTH = 24


def print_answer(console: "Console", answer: "Answer", dataset: Path) -> None:
    """The text, then the evidence that it cites."""
    console.print(answer.text, markup=False, soft_wrap=True)
    print_evidence(console, answer, dataset)


def print_evidence(console: "Console", answer: "Answer", dataset: Path) -> None:
    """One line an evidence; pictures only where a person is looking at a terminal."""
    if answer.evidence:
        console.print()
    if console.is_terminal:
        _print_pictures(console, answer, dataset)
    for item in answer.evidence:
        console.print(evidence_line(item), style="dim", markup=False, soft_wrap=True)


def print_asides(console: "Console", answer: "Answer") -> None:
    """How it was answered, and what could be asked next."""
    for notice in answer.notices:
        console.print(f"note: {notice}", style="dim", markup=False, soft_wrap=True)
    if answer.suggestions:
        asked = " · ".join(answer.suggestions)
        console.print(f"You could ask: {asked}", style="dim", markup=False, soft_wrap=True)


def print_turn(console: "Console", turn: "StoredTurn") -> None:
    """A turn of an earlier time: what was asked and answered, without its evidence."""
    asked = turn.question or "(a picture)"
    console.print(f"> {asked}", style="bold", markup=False, soft_wrap=True)
    console.print(f"{turn.text}\n", markup=False, soft_wrap=True)


def evidence_line(item: "Evidence") -> str:
    """Enough to look it up again, at most `LINE` long: ``[1] CryptoPunk #7804: eip155:1/erc721:0x…``."""
    if item.ref and item.kind == "token":
        said = str(item.ref)
    elif item.parts:
        said = " ".join(f"{name} {value:+.3f}" for name, value in item.parts)
    else:
        said = "; ".join(f"{fact.label} {fact.value}".strip() for fact in item.facts)
    line = f"[{item.number}] {item.title}" + (f": {said}" if said else "")
    return line if len(line) <= LINE else f"{line[: LINE - 1]}…"


def step_line(step: "Step") -> str:
    """``✓ Searching: 1 token (0.2 s)``; a step that failed or was rejected has ``✗``."""
    return f"{'✓' if step.ok else '✗'} {step.title}: {step.detail} ({step.seconds:.1f} s)"


def _print_pictures(console: "Console", answer: "Answer", dataset: Path) -> None:
    from rich.columns import Columns
    from rich.console import Group
    from rich.text import Text

    pictured = [item for item in answer.evidence if item.kind == "token" and item.image]
    cards = [
        Group(picture(dataset / item.image), Text(f"[{item.number}] {item.title}", style="bold"))
        for item in pictured[:_PICTURES]
        if item.image and (dataset / item.image).is_file()
    ]
    if cards:
        console.print(Columns(cards, padding=(0, 2)))


def picture(path: Path, width: int = _WIDTH) -> "Text":
    """The picture as ``width`` columns of half blocks, two pixels a character; transparent stays empty."""
    import numpy as np
    from PIL import Image
    from rich.text import Text

    with Image.open(path) as opened:
        height = max(2, round(width * opened.height / opened.width / 2) * 2)
        small = opened.convert("RGBA").resize((width, height), Image.Resampling.NEAREST)
    pixels = np.asarray(small)
    drawn = Text(no_wrap=True)
    for y in range(0, height, 2):
        for x in range(width):
            drawn.append(*_cell(pixels[y, x].tolist(), pixels[y + 1, x].tolist()))
        drawn.append("\n")
    return drawn


def _cell(upper: "Sequence[int]", lower: "Sequence[int]") -> tuple[str, str]:
    """One character and its style for two pixels above each other."""
    match upper[3] > 127, lower[3] > 127:
        case True, True:
            return "▀", f"{_hex(upper)} on {_hex(lower)}"
        case True, False:
            return "▀", _hex(upper)
        case False, True:
            return "▄", _hex(lower)
        case _:
            return " ", ""


def _hex(pixel: "Sequence[int]") -> str:
    return "#{:02x}{:02x}{:02x}".format(*pixel[:3])
