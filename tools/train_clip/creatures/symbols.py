"""Signs that stand in for eyes and for lenses. ``size`` is about half of their width."""

from tools.train_clip.creatures.canvas import GOLD, RED, WHITE, Canvas, Point


def heart(canvas: Canvas, at: Point, size: float) -> None:
    x, y = at
    canvas.dot((x - size / 2, y - size / 3), size / 2, RED)
    canvas.dot((x + size / 2, y - size / 3), size / 2, RED)
    canvas.polygon([(x - size, y), (x + size, y), (x, y + size)], RED, line=False)


def star(canvas: Canvas, at: Point, size: float) -> None:
    x, y = at
    left, right = (x - size, y - size * 0.3), (x + size, y - size * 0.3)
    canvas.polygon([(x, y - size), (x + size * 0.6, y + size), left], GOLD, line=False)
    canvas.polygon([right, (x - size * 0.6, y + size), (x, y - size)], GOLD, line=False)


def flame(canvas: Canvas, at: Point, size: float) -> None:
    x, y = at
    low = y + size
    canvas.polygon([(x - size, low), (x, y - size * 2), (x + size, low)], (245, 110, 20), line=False)
    canvas.polygon([(x - size / 2, low), (x, y - size / 2), (x + size / 2, low)], GOLD, line=False)


def gem(canvas: Canvas, at: Point, size: float) -> None:
    x, y = at
    canvas.polygon([(x - size, y), (x, y - size), (x + size, y), (x, y + size)], (150, 225, 245))


def coin(canvas: Canvas, at: Point, size: float) -> None:
    x, y = at
    canvas.ellipse(at, (size, size), (60, 170, 80))
    canvas.line([(x, y - size), (x, y + size)], WHITE)
