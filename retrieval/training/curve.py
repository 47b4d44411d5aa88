"""A run's log -> a drawing: validation scores and loss over steps, as an SVG that needs no library. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

Point = tuple[float, float]
_WIDTH, _HEIGHT, _LEFT, _GAP = 760, 250, 50, 60
_SCORES = {
    "r1": "#1f77b4",
    "in_collection_r1": "#2ca02c",
    "short_ndcg10": "#9467bd",
    "picture_r1": "#ff7f0e",
    "choice": "#222222",
}


def svg(lines: Sequence[Mapping[str, Any]]) -> str:
    """The drawing of a run's ``metrics.jsonl``: scores above, on [0, 1], the training loss below."""
    last = max((line["step"] for line in lines), default=0) or 1
    scores = {name: _points(lines, name) for name in _SCORES}
    losses = _points(lines, "loss")
    worst = max((value for _, value in losses), default=1.0) or 1.0
    parts = [
        *_panel(0, "validation", 1.0, last),
        *(_line(points, 0, 1.0, last, _SCORES[name], name) for name, points in scores.items()),
        *_legend(scores),
        *_panel(_HEIGHT + _GAP, "loss", worst, last),
        _line(losses, _HEIGHT + _GAP, worst, last, "#d62728", "loss"),
    ]
    width, height = _LEFT + _WIDTH + 190, 2 * _HEIGHT + 2 * _GAP
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-10 -30 {width} {height}" '
        'font-family="sans-serif" font-size="13">'
        f'<rect x="-10" y="-30" width="{width}" height="{height}" fill="white"/>{"".join(parts)}</svg>\n'
    )


def _points(lines: Iterable[Mapping[str, Any]], name: str) -> list[Point]:
    return [(line["step"], line[name]) for line in lines if name in line]


def _panel(top: int, title: str, highest: float, last: int) -> list[str]:
    frame = f'<rect x="{_LEFT}" y="{top}" width="{_WIDTH}" height="{_HEIGHT}" fill="none" stroke="#bbb"/>'
    parts = [frame, f'<text x="{_LEFT}" y="{top - 8}" font-weight="bold">{escape(title)}</text>']
    for tenth in range(0, 11, 2):
        x, y = _place((last * tenth / 10, highest * tenth / 10), top, highest, last)
        parts += [
            f'<line x1="{_LEFT}" x2="{_LEFT + _WIDTH}" y1="{y}" y2="{y}" stroke="#eee"/>',
            f'<text x="{_LEFT - 6}" y="{y + 4}" text-anchor="end">{highest * tenth / 10:.2g}</text>',
            f'<text x="{x}" y="{top + _HEIGHT + 18}" text-anchor="middle">{last * tenth // 10}</text>',
        ]
    return parts


def _line(points: Sequence[Point], top: int, highest: float, last: int, colour: str, name: str) -> str:
    at = [_place(point, top, highest, last) for point in points]
    path = " ".join(f"{x},{y}" for x, y in at)
    dots = "".join(f'<circle cx="{x}" cy="{y}" r="2.5" fill="{colour}"/>' for x, y in at[:60])
    title = f"<title>{escape(name)}</title>"
    return f'<g>{title}<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.8"/>{dots}</g>'


def _legend(scores: Mapping[str, Sequence[Point]]) -> list[str]:
    x = _LEFT + _WIDTH + 12
    return [
        f'<text x="{x}" y="{20 + 20 * place}" fill="{_SCORES[name]}">'
        f"{escape(name)} {points[-1][1]:.3f}</text>"
        for place, (name, points) in enumerate(scores.items())
        if points
    ]


def _place(point: Point, top: int, highest: float, last: int) -> Point:
    step, value = point
    return round(_LEFT + _WIDTH * step / last, 1), round(top + _HEIGHT * (1 - value / highest), 1)
