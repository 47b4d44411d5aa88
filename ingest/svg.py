"""SVG -> PNG bytes through resvg, with nothing from outside the file and no fonts of this machine."""

import base64
import binascii
import html
import io
import re
from urllib.parse import unquote_to_bytes
from xml.etree import ElementTree

from magpie.errors import SourceError
from magpie.optional import require

MAX_BYTES = 8 * 2**20
MAX_RATIO = 8
MAX_DEPTH = 100  # resvg overflows its stack below 300
MAX_PIXELS = 16_000_000  # of a picture inside
MAX_NESTED = 2  # drawings within a drawing
# resvg takes minutes for more, and the process would be ended for it.
MAX_FILTERED = 100  # filter primitives, times the elements that use a filter
MAX_OCTAVES, MAX_ORDER, MAX_RADIUS = 10, 9, 0.05  # radius: to the width of the drawing
_HREF = re.compile(r"""(\bhref\s*=\s*)(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)
_NUMBER = re.compile(r"[0-9]*\.?[0-9]+(?:[eE][+-]?[0-9]+)?")
_DRAWN = ("png", "jpeg", "jpg", "gif", "webp")


def render(source: bytes, width: int) -> bytes:
    """PNG bytes, ``width`` pixels wide, height by the drawing's proportions. Raises `SourceError`."""
    markup = _vetted(source)
    resvg = require("resvg_py", extra="ingest")
    try:
        # System fonts are off so that every machine draws the same picture.
        return bytes(resvg.svg_to_bytes(svg_string=markup, width=width, skip_system_fonts=True))
    except ValueError as error:
        raise SourceError(f"SVG that cannot be drawn ({' '.join(str(error).split())[:120]})") from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # a Rust panic: no class to name, and no Exception
            raise
        raise SourceError("SVG that the drawing library cannot bear") from error


def _vetted(source: bytes, nested: int = 0) -> str:
    """The markup, without references to the outside. Raises `SourceError` for what must not be drawn."""
    if len(source) > MAX_BYTES:
        raise SourceError("SVG larger than 8 MiB")
    try:
        markup = source.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SourceError("SVG that is not UTF-8") from error
    if "<!ENTITY" in markup.upper():
        raise SourceError("SVG that defines entities")
    _check_shape(markup)
    return without_links(markup, nested)


def without_links(markup: str, nested: int = 0) -> str:
    """``markup`` whose references lead only inside itself: any other ``href`` is emptied."""

    def keep_inner(match: re.Match[str]) -> str:
        target = html.unescape(match[2] if match[2] is not None else match[3]).strip()
        if target.startswith("#"):
            return match[0]
        return f'{match[1]}"{_embedded(target, nested)}"'

    return _HREF.sub(keep_inner, markup)


def _embedded(target: str, nested: int) -> str:
    """A ``data:`` picture that may be drawn, "" for anything else. Raises `SourceError` for a bomb."""
    kind, comma, content = target.partition(",")
    media, *parameters = kind.lower().removeprefix("data:image/").split(";")
    if not kind.lower().startswith("data:image/") or not comma:
        return ""
    packed = unquote_to_bytes(content)
    try:
        picture = base64.b64decode(packed + b"==") if "base64" in parameters else packed
    except binascii.Error:
        return ""
    if media == "svg+xml" and nested < MAX_NESTED and picture.lstrip()[:1] == b"<":
        picture = _vetted(picture, nested + 1).encode()
    elif media not in _DRAWN or not _is_drawable(picture):
        return ""
    return f"data:image/{media};base64,{base64.b64encode(picture).decode()}"


def _is_drawable(picture: bytes) -> bool:
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(picture), formats=("PNG", "JPEG", "GIF", "WEBP")) as image:
            pixels = image.width * image.height
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError):
        return False
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        pixels = MAX_PIXELS + 1
    if pixels > MAX_PIXELS:
        raise SourceError("SVG with a picture of too many pixels (a decompression bomb?)")
    return True


def _check_shape(markup: str) -> None:
    """Refuse what would exhaust resvg's stack, or memory and time at our width, before it is drawn."""
    depth, root = 0, None
    primitives = filtered = 0
    try:
        for event, element in ElementTree.iterparse(io.StringIO(markup.lstrip()), events=("start", "end")):
            root = element if root is None else root
            depth += 1 if event == "start" else -1
            if depth > MAX_DEPTH:
                raise SourceError(f"SVG nested more than {MAX_DEPTH} levels deep")
            if event == "start":
                primitives += _local(element).startswith("fe")
                filtered += "filter" in element.attrib or "filter" in element.get("style", "")
                _check_filter(element, root)
    except ElementTree.ParseError as error:
        raise SourceError("SVG that is not well-formed XML") from error
    if root is not None and _local(root) != "svg":
        raise SourceError("a web page, not a picture" if _local(root) == "html" else "XML that is no SVG")
    if primitives * filtered > MAX_FILTERED:
        raise SourceError("SVG with more filters than can be drawn")
    width, height = _size(root) if root is not None else (1.0, 1.0)
    if width <= 0 or height / width > MAX_RATIO:
        raise SourceError(f"SVG of {width:g}x{height:g}, too narrow to draw at our width")


def _check_filter(element: ElementTree.Element, root: ElementTree.Element) -> None:
    largest = {
        "feTurbulence": ("numOctaves", MAX_OCTAVES),
        "feConvolveMatrix": ("order", MAX_ORDER),
        "feMorphology": ("radius", MAX_RADIUS * _size(root)[0]),
    }.get(_local(element))
    if largest and any(float(n) > largest[1] for n in _NUMBER.findall(element.get(largest[0], ""))):
        raise SourceError("SVG with a filter too large to draw")


def _local(element: ElementTree.Element) -> str:
    """The element's name without its namespace."""
    return element.tag.rpartition("}")[2]


def _size(root: ElementTree.Element) -> tuple[float, float]:
    """Width and height as stated, else the view box's, else those of a square."""
    stated = [_NUMBER.match(root.get(name, "").strip()) for name in ("width", "height")]
    if stated[0] and stated[1] and not root.get("width", "").endswith("%"):
        return float(stated[0][0]), float(stated[1][0])
    box = _NUMBER.findall(root.get("viewBox", ""))
    return (float(box[-2]), float(box[-1])) if len(box) == 4 else (1.0, 1.0)
