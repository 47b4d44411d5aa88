"""Files made to do harm: each is refused in one line, or harmless; nothing is written outside the dataset."""

import base64
import gzip
import io
import json
import stat
import struct
import zipfile
import zlib

import numpy as np
import pytest
from PIL import Image

from ingest import images
from ingest.pipeline import ingest
from ingest.sources.discovery import discover, safe_name
from magpie.catalog import Catalog
from magpie.domain import Collection, local_contract
from magpie.errors import SourceError
from magpie.settings import Settings

RED = (255, 0, 0, 255)
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 10 10">'
)
SQUARE = '<rect width="10" height="10" fill="red"/>'


def encoded(image, kind="PNG"):
    out = io.BytesIO()
    image.save(out, kind)
    return out.getvalue()


def drawing(inner):
    return f"{SVG}{SQUARE}{inner}</svg>".encode()


def art():
    image = Image.new("RGBA", (24, 24), RED)
    image.paste((0, 0, 255, 255), (0, 0, 12, 12))
    return image


def chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(width, height, body=b"", extra=b""):
    """A PNG that claims a size, with whatever compressed body."""
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    parts = (
        chunk(b"IHDR", header) + extra + chunk(b"IDAT", body or zlib.compress(b"\0")) + chunk(b"IEND", b"")
    )
    return b"\x89PNG\r\n\x1a\n" + parts


def gif(width, height):
    """A GIF whose logical screen is far larger than its one pixel."""
    screen = struct.pack("<HHBBB", width, height, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    pixel = b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\x00"
    return b"GIF89a" + screen + pixel + b"\x3b"


def link(content, media="png"):
    packed = base64.b64encode(content).decode()
    return f'<image width="10" height="10" href="data:image/{media};base64,{packed}"/>'


def entities(depth=9):
    lines = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, depth))
    return f'<!DOCTYPE svg [<!ENTITY e0 "ha">{lines}]>{SVG}<text>&e{depth - 1};</text></svg>'.encode()


def filtered(primitive, times=1):
    return drawing(
        f'<filter id="f">{primitive * times}</filter><rect width="9" height="9" filter="url(#f)"/>'
    )


def uses(levels=9):
    inner = f'<g id="a0">{SQUARE}</g>' + "".join(
        f'<g id="a{n}">{f"<use href={chr(34)}#a{n - 1}{chr(34)}/>" * 10}</g>' for n in range(1, levels)
    )
    return drawing(f'<defs>{inner}</defs><use href="#a{levels - 1}"/>')


BOMB = r"too many pixels .*\(a decompression bomb\?\)"
PICTURES = {
    "png-50000": (png(50_000, 50_000), BOMB),
    "png-10000": (png(10_000, 10_000), BOMB),
    "png-two-dimensions-lie": (png(9_000, 9_000), "truncated PNG|damaged PNG"),
    "png-nested-zlib": (
        png(24, 24, zlib.compress(zlib.compress(b"\0" * 2**24))),
        "truncated PNG|damaged PNG",
    ),
    "png-text-bomb": (
        png(24, 24, extra=chunk(b"zTXt", b"note\0\0" + zlib.compress(b"x" * 2**27))),
        "truncated PNG|damaged PNG",
    ),
    "gif-65535-screen": (gif(65_535, 65_535), BOMB),
    "gif-8000-screen": (gif(8_000, 8_000), BOMB),
    "webp-header-only": (b"RIFF\x10\0\0\0WEBPVP8X", "damaged WEBP"),
    "tall": (encoded(Image.new("L", (2, 9_000))), "picture of 2x9000, too narrow to show at our width"),
    "html": (b"<!DOCTYPE html><script>alert(1)</script>", "a web page, not a picture"),
    "html-with-svg": (b"<html><body><svg/></body></html>", "a web page, not a picture"),
    "xhtml-with-svg": (
        b"<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'><svg/></html>",
        "a web page, not a picture",
    ),
    "xml": (b"<rss><svg/></rss>", "XML that is no SVG"),
    "svg-utf-16": (drawing("").decode().encode("utf-16"), "not a PNG, JPEG"),
    "svg-entity-bomb": (entities(), "SVG that defines entities"),
    "svg-parameter-entity": (
        f"<!DOCTYPE svg [<!ENTITY % x SYSTEM 'file:///etc/passwd'> %x;]>{SVG}</svg>".encode(),
        "SVG that defines entities",
    ),
    "svg-use-bomb": (uses(), r"SVG that cannot be drawn \(.*limit"),
    "svg-deep": (drawing("<g>" * 300 + "</g>" * 300), "SVG nested more than 100 levels deep"),
    "svg-large": (drawing("<!--" + " " * 9 * 2**20 + "-->"), "SVG larger than 8 MiB"),
    "svg-octaves": (filtered('<feTurbulence numOctaves="99999999"/>'), "SVG with a filter too large"),
    "svg-morphology": (filtered('<feMorphology radius="10000"/>'), "SVG with a filter too large"),
    "svg-convolution": (filtered('<feConvolveMatrix order="999"/>'), "SVG with a filter too large"),
    "svg-many-filters": (filtered("<feTurbulence/>", 5_000), "SVG with more filters than can be drawn"),
    "svg-with-a-bomb": (drawing(link(png(50_000, 50_000))), "SVG with a picture of too many pixels"),
    "svg-in-svg-entities": (drawing(link(entities(), "svg+xml")), "SVG that defines entities"),
    "svg-needle": (f"{SVG.replace('10 10', '1 99999')}</svg>".encode(), "too narrow to draw at our width"),
    "zip": (b"PK\x03\x04" + b"\0" * 99, "not a PNG, JPEG"),
    "elf": (b"\x7fELF" + b"\0" * 99, "not a PNG, JPEG"),
    "empty": (b"", "empty file"),
    "zeroes": (b"\0" * 9_999, "not a PNG, JPEG"),
}  # fmt: skip


@pytest.mark.parametrize("name", PICTURES)
def test_a_hostile_picture_is_refused_in_one_line(name):
    content, reason = PICTURES[name]
    with pytest.raises(SourceError, match=reason) as caught:
        images.to_png(content)
    assert len(str(caught.value)) < 200
    assert str(caught.value).isprintable()


@pytest.fixture
def secret(tmp_path):
    """A green picture that no drawing may show."""
    file = tmp_path / "secret.png"
    file.write_bytes(encoded(Image.new("RGB", (10, 10), (0, 255, 0))))
    return file


HARMLESS = {
    "script": "<script>alert(1)</script>",
    "event": '<g onload="alert(1)"/>',
    "foreign-object": '<foreignObject width="10" height="10"><body xmlns="http://www.w3.org/1999/xhtml">'
    '<iframe src="file://{secret}"/><img src="{secret}"/></body></foreignObject>',
    "file": '<image width="10" height="10" href="{secret}"/>',
    "file-uri": '<image width="10" height="10" xlink:href="file://{secret}"/>',
    "file-spelt-out": '<image width="10" height="10" href="&#x2f;{secret}"/>',
    "http": '<image width="10" height="10" href="http://127.0.0.1:9/x.png"/>',
    "use-elsewhere": '<use href="http://127.0.0.1:9/x.svg#a"/>',
    "css-import": '<style>@import url("http://127.0.0.1:9/x.css"); @import "{secret}";</style>',
    "css-url": '<rect width="0" height="0" style="fill:url(http://127.0.0.1:9/x#y)"/>',
    "css-image": "<style>rect {{ background: url({secret}); mask: url({secret}#m) }}</style>",
    "font": "<style>@font-face {{ font-family: a; src: url({secret}) }}</style>"
    '<text font-family="a">.</text>',
    "html-data": '<image width="10" height="10" href="data:text/html,x"/>',
    "data-svg-with-a-file": "{nested}",
    "data-gzip-bomb": "{gzipped}",
    "data-junk": '<image width="10" height="10" href="data:image/png;base64,!!!!"/>',
    "stylesheet": '<?xml-stylesheet href="http://127.0.0.1:9/x.css"?>',
}


@pytest.mark.parametrize("name", HARMLESS)
def test_what_a_drawing_refers_to_is_not_drawn(name, secret):
    nested = link(f'{SVG}<image width="10" height="10" href="{secret}"/></svg>'.encode(), "svg+xml")
    gzipped = link(gzip.compress(f"{SVG}<!--{' ' * 2**24}--></svg>".encode()), "svg+xml")
    inner = HARMLESS[name].format(secret=secret, nested=nested, gzipped=gzipped)
    shown = Image.open(io.BytesIO(images.to_png(drawing(inner)))).convert("RGBA")
    assert shown.getcolors() == [(512 * 512, RED)]


PAYLOAD = b"<html><script>alert('payload')</script></html>"
COMMENT = b"\x21\xfe" + bytes([len(PAYLOAD)]) + PAYLOAD + b"\0;"
POLYGLOTS = {
    "gif-and-html": encoded(art().convert("RGB"), "GIF")[:-1] + COMMENT,
    "gif-then-html": encoded(art().convert("RGB"), "GIF") + PAYLOAD,
    "png-then-zip": encoded(art()) + b"PK\x03\x04" + PAYLOAD,
    "png-with-text": encoded(art())[:33] + chunk(b"tEXt", b"c\0" + PAYLOAD) + encoded(art())[33:],
    "jpeg-then-html": encoded(art().convert("RGB"), "JPEG") + PAYLOAD,
    "webp-then-html": encoded(art(), "WEBP") + PAYLOAD,
    "svg-and-html": drawing("<desc><![CDATA[" + PAYLOAD.decode() + "]]></desc>"),
}  # fmt: skip


@pytest.mark.parametrize("name", POLYGLOTS)
def test_of_a_file_that_is_two_things_only_pixels_survive(name):
    assert b"payload" in POLYGLOTS[name]
    made = images.to_png(POLYGLOTS[name])
    assert b"payload" not in made
    kinds, place = [], 8
    while place < len(made):
        (length,) = struct.unpack(">I", made[place : place + 4])
        kinds.append(made[place + 4 : place + 8])
        place += 12 + length
    assert set(kinds) <= {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"}
    assert place == len(made)


@pytest.mark.parametrize(("side", "kind"), [(3_600, "PNG"), (3_600, "JPEG"), (3_600, "WEBP"), (3_400, "PNG")])
def test_a_large_picture_is_read_in_strips_and_looks_the_same(side, kind):
    rows = np.linspace(0, 255, side).astype(np.uint8)
    pixels = np.dstack(
        [np.tile(rows, (side, 1)), np.tile(rows[:, None], (1, side)), np.full((side, side), 9, np.uint8)]
    )
    result = np.asarray(
        Image.open(io.BytesIO(images.to_png(encoded(Image.fromarray(pixels), kind)))).convert("RGB")
    )
    expected = np.asarray(Image.fromarray(pixels).resize((512, 512), Image.Resampling.BOX))
    assert result.shape == (512, 512, 3)
    assert np.abs(result.astype(int) - expected).max() <= 6


def test_large_pixel_art_gets_no_new_colours():
    large = art().resize((4_800, 4_800), Image.Resampling.NEAREST)
    shown = Image.open(io.BytesIO(images.to_png(encoded(large)))).convert("RGBA")
    assert sorted(colour for _, colour in shown.getcolors()) == [(0, 0, 255, 255), RED]


def outside(folder, dataset):
    """Every path below ``folder`` that is not in the dataset, with its content."""
    return {
        path: path.read_bytes() if path.is_file() and not path.is_symlink() else None
        for path in sorted(folder.rglob("*"))
        if dataset not in (path, *path.parents)
    }


def symlink(name):
    info = zipfile.ZipInfo(name)
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


def hostile_zip(file):
    """Entries that would leave the archive, or fill the disk, or both; one that is fine."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in (
            "../escaped/images/1.png",
            "/tmp/escaped/images/2.png",
            "images/../../3.png",
            "C:/images/4.png",
        ):
            archive.writestr(name, encoded(art()))
        archive.writestr(symlink("images/5.png"), "/etc/passwd")
        archive.writestr("images/6.png", b"\0" * 5 * 2**20)
        archive.writestr("images/7.png", encoded(art()))
        archive.writestr("images/locked_8.png", encoded(art()))
        archive.writestr("images/9\u202egnp.10.png", encoded(art()))
        archive.writestr(
            "metadata/7.json", json.dumps({"name": "../../../etc/x", "image": "file:///etc/passwd"})
        )
    content = bytearray(file.read_bytes())
    content[content.index(b"PK\x01\x02", content.rindex(b"images/locked_8.png") - 60) + 8] |= 1
    file.write_bytes(content)


def test_a_hostile_zip_writes_nothing_outside_the_dataset(tmp_path):
    packs, settings = tmp_path / "packs", Settings(home=tmp_path / "home")
    packs.mkdir()
    hostile_zip(packs / "Evil.zip")
    with Catalog(settings.catalog_path, create=True):
        pass
    before = outside(tmp_path, settings.dataset_dir)
    (report,) = ingest(discover([packs]).sources, settings, tick=lambda *_: None, workers=1).collections
    after = outside(tmp_path, settings.dataset_dir)
    assert {path for path in after if before.get(path) != after[path]} <= {settings.catalog_path}
    assert set(before) >= set(after) - {settings.catalog_path}
    assert report.tokens == 1
    assert [str(problem).removeprefix("Evil.zip/") for problem in report.skipped] == [
        "../escaped/images/1.png: a path that leads outside the archive; skipped",
        "/tmp/escaped/images/2.png: a path that leads outside the archive; skipped",
        "images/../../3.png: a path that leads outside the archive; skipped",
        "C:/images/4.png: a path that leads outside the archive; skipped",
        "images/5.png: a symbolic link; skipped",
        "images/6.png: unpacks to more than 200 times its size (a zip bomb?); skipped",
        "images/locked_8.png: encrypted; skipped",
        "images/9?gnp.10.png: no token id in the file's name; skipped",
    ]


NAMES = {
    "../x": "_x",
    "..": "collection",
    "": "collection",
    "a/../../b": "a_.._.._b",
    "C:\\Windows": "C__Windows",
    "CON": "CON_",
    "nul.txt": "nul.txt_",
    "Console": "Console",
    "Apes. . .": "Apes",
    ".hidden": "hidden",
    "Apes\0.png": "Apes.png",
    "Apes\u202egnp": "Apesgnp",
    "\ud800Apes": "Apes",
    "<script>Apes</script>": "Apes",
    "x" * 300: "x" * 99 + "…",
    "🦍" * 300: "🦍" * 35,
}


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_a_hostile_name_becomes_a_folder_below_the_dataset(tmp_path, name):
    safe = safe_name(name)
    assert safe == NAMES[name]
    settings = Settings(home=tmp_path / "home")
    collection = Collection(name=safe, chain="local:files", contract=local_contract(safe))
    largest = tmp_path / "source" / "images"
    largest.mkdir(parents=True)
    (largest / f"{2**256 - 1}.png").write_bytes(encoded(art()))
    (source,) = discover([tmp_path / "source"]).sources
    source.__dict__["collection"] = collection
    (report,) = ingest([source], settings, tick=lambda *_: None, workers=0).collections
    assert report.images == 1
    assert [path.name for path in settings.dataset_dir.iterdir()] == [safe]


def test_hostile_metadata_is_stored_clean_or_refused_in_one_line(tmp_path):
    def attributes(*values):
        return {"attributes": [{"trait_type": "Fur", "value": value} for value in values]}

    files = {
        1: json.dumps(attributes("x" * 2**19)).encode(),
        2: json.dumps(attributes("x" * 2**20)).encode(),
        3: b'{"a":' * 200 + b"1" + b"}" * 200,
        4: json.dumps(attributes("\x00\x1b[31mRed\u202e\u2066\u200f", "<script>alert(1)</script>")).encode(),
        5: json.dumps(attributes("'; DROP TABLE tokens; --", '" OR 1=1')).encode(),
        6: json.dumps(attributes(*(f"v{n}" for n in range(5_000)))).encode(),
        7: b'{"attributes": [' + b"9" * 5_000 + b"]}",
        8: b'{"attributes": [1e999, -1e999, NaN]}',
        9: b"\xff\xfe{}",
        10: b'{"name": "\\ud800", "attributes": [["\\ud800", "\\udfff ok"]]}',
    }
    folder = tmp_path / "Apes" / "metadata"
    folder.mkdir(parents=True)
    for number, content in files.items():
        (folder / f"{number}.json").write_bytes(content)
    settings = Settings(home=tmp_path / "home")
    (report,) = ingest(
        discover([tmp_path / "Apes"]).sources, settings, tick=lambda *_: None, workers=1
    ).collections
    with Catalog(settings.catalog_path) as catalog:
        held = {token.ref.token_id: [str(trait) for trait in token.traits] for token in catalog.iter_tokens()}
    assert {
        number: [len(trait) for trait in traits] for number, traits in held.items() if number in (1, 6)
    } == {
        1: [len("Fur=") + 500],
        6: [len(f"Fur=v{n}") for n in range(200)],
    }
    assert held[4] == ["Fur=[31mRed", "Fur=alert(1)"]
    assert held[5] == ["Fur='; DROP TABLE tokens; --", 'Fur=" OR 1=1']
    assert held[10] == [" ok".strip()]
    refused = {
        int(problem.where.rpartition("/")[2].removesuffix(".json")): problem.reason
        for problem in report.skipped
    }
    assert {number: reason.partition(" (")[0].partition(";")[0] for number, reason in refused.items()} == {
        2: "JSON larger than 1 MiB",
        3: "JSON nested too deeply",
        7: "not JSON",
        8: "not JSON",
        9: "not JSON",
    }
    assert report.dropped_traits == {"too many": 4_800}
