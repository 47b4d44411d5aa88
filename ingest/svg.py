"""SVG -> PNG bytes through resvg, with nothing from outside the file and no fonts of this machine."""

import io
import re
from xml.etree import ElementTree

from magpie.errors import SourceError
from magpie.optional import require

MAX_BYTES = 8 * 2**20
MAX_RATIO = 8
MAX_DEPTH = 100  # resvg overflows its stack below 300
_HREF = re.compile(r"""(\bhref\s*=\s*)(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)
_NUMBER = re.compile(r"[0-9]*\.?[0-9]+(?:[eE][+-]?[0-9]+)?")


def render(source: bytes, width: int) -> bytes:
    """PNG bytes, ``width`` pixels wide, height by the drawing's proportions. Raises `SourceError`."""
    if len(source) > MAX_BYTES:
        raise SourceError("SVG larger than 8 MiB")
    try:
        markup = source.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SourceError("SVG that is not UTF-8") from error
    if "<!ENTITY" in markup.upper():
        raise SourceError("SVG that defines entities")
    _check_shape(markup)
    resvg = require("resvg_py", extra="ingest")
    try:
        # System fonts are off so that every machine draws the same picture.
        return bytes(
            resvg.svg_to_bytes(svg_string=without_links(markup), width=width, skip_system_fonts=True)
        )
    except ValueError as error:
        raise SourceError(f"SVG that cannot be drawn ({' '.join(str(error).split())[:120]})") from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # a Rust panic: no class to name, and no Exception
            raise
        raise SourceError("SVG that the drawing library cannot bear") from error


def without_links(markup: str) -> str:
    """``markup`` whose references lead only inside itself: any other ``href`` is emptied."""

    def keep_inner(match: re.Match[str]) -> str:
        target = (match[2] if match[2] is not None else match[3]).strip()
        return match[0] if target.startswith(("#", "data:image/")) else f'{match[1]}""'

    return _HREF.sub(keep_inner, markup)


def _check_shape(markup: str) -> None:
    """Refuse what would exhaust resvg's stack, or memory at our width, before it is drawn."""
    depth, root = 0, None
    try:
        for event, element in ElementTree.iterparse(io.StringIO(markup.lstrip()), events=("start", "end")):
            root = element if root is None else root
            depth += 1 if event == "start" else -1
            if depth > MAX_DEPTH:
                raise SourceError(f"SVG nested more than {MAX_DEPTH} levels deep")
    except ElementTree.ParseError as error:
        raise SourceError("SVG that is not well-formed XML") from error
    width, height = _size(root) if root is not None else (1.0, 1.0)
    if width <= 0 or height / width > MAX_RATIO:
        raise SourceError(f"SVG of {width:g}x{height:g}, too narrow to draw at our width")


def _size(root: ElementTree.Element) -> tuple[float, float]:
    """Width and height as stated, else the view box's, else those of a square."""
    stated = [_NUMBER.match(root.get(name, "").strip()) for name in ("width", "height")]
    if stated[0] and stated[1] and not root.get("width", "").endswith("%"):
        return float(stated[0][0]), float(stated[1][0])
    box = _NUMBER.findall(root.get("viewBox", ""))
    return (float(box[-2]), float(box[-1])) if len(box) == 4 else (1.0, 1.0)
