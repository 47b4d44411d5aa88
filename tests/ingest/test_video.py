import io

import av
import numpy as np
import pytest
from PIL import Image

from ingest import images, video
from ingest.formats import media_type
from magpie.errors import SourceError

CODECS = {"mp4": "libx264", "mov": "mpeg4", "webm": "libvpx-vp9"}
CONTAINERS = {"mp4": "mp4", "mov": "mov", "webm": "webm", "mkv": "matroska"}
BLANK, RED, BLUE = (255, 255, 255), (200, 30, 30), (30, 30, 200)


def frame(colour, size=(64, 48), mark=(0, 0, 0)):
    image = Image.new("RGB", size, colour)
    image.paste(mark, (0, 0, size[0] // 2, size[1] // 2))
    return image


def blank(size=(64, 48)):
    return Image.new("RGB", size, BLANK)


def film(frames, kind="mp4", codec=None):
    out = io.BytesIO()
    with av.open(out, "w", format=CONTAINERS[kind]) as container:
        stream = container.add_stream(codec or CODECS[kind], rate=10)
        stream.width, stream.height = frames[0].size
        stream.pix_fmt = "yuv420p"
        for image in frames:
            for packet in stream.encode(av.VideoFrame.from_image(image)):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
    return out.getvalue()


def sound():
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as container:
        stream = container.add_stream("aac", rate=8000)
        silence = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        silence.sample_rate = 8000
        for packet in [*stream.encode(silence), *stream.encode()]:
            container.mux(packet)
    return out.getvalue()


def shown(source):
    return Image.open(io.BytesIO(images.to_png(source))).convert("RGB")


def near(pixel, colour):
    return all(abs(one - other) < 40 for one, other in zip(pixel, colour, strict=True))


@pytest.mark.parametrize("kind", ["mp4", "mov", "webm"])
def test_a_video_becomes_its_first_frame_that_shows_something(kind):
    source = film([blank(), blank(), frame(RED), frame(BLUE)], kind)
    assert media_type(source[:4096]) == kind
    result = shown(source)
    assert result.size == (512, 384)
    assert near(result.getpixel((500, 370)), RED)
    assert near(result.getpixel((10, 10)), (0, 0, 0))


def test_the_same_video_gives_the_same_bytes():
    source = film([frame(RED)])
    assert images.to_png(source) == images.to_png(source)


def test_a_video_that_shows_nothing_is_its_first_frame():
    assert near(shown(film([blank(), blank()])).getpixel((9, 9)), BLANK)


@pytest.mark.parametrize(("blanks", "found"), [(3, True), (4, False)])
def test_only_so_many_frames_are_looked_at(monkeypatch, blanks, found):
    monkeypatch.setattr(video, "MAX_FRAMES", 4)
    source = film([blank()] * blanks + [frame(RED)] + [blank()] * 9, codec="mpeg4")
    assert near(shown(source).getpixel((500, 370)), RED) == found


def test_only_so_many_packets_are_read(monkeypatch):
    monkeypatch.setattr(video, "MAX_PACKETS", 2)
    source = film([blank()] * 9 + [frame(RED)], codec="mpeg4")
    assert near(shown(source).getpixel((500, 370)), BLANK)


def test_only_so_much_time_is_spent(monkeypatch):
    monkeypatch.setattr(video, "MAX_SECONDS", -1.0)
    with pytest.raises(SourceError, match="MP4 without a picture in it"):
        images.to_png(film([frame(RED)]))


@pytest.mark.parametrize(("width", "read"), [(64, True), (66, False)])
def test_a_frame_of_too_many_pixels_is_refused_before_it_is_decoded(monkeypatch, width, read):
    monkeypatch.setattr(video, "MAX_PIXELS", 64 * 48)
    source = film([frame(RED, (width, 48))])
    if read:
        assert shown(source).width == 512
    else:
        with pytest.raises(SourceError, match="MP4 of 66x48, more than 3,072 pixels"):
            images.to_png(source)


def test_a_coding_that_is_not_read_is_named():
    source = film([frame(RED)], "mkv", codec="ffv1")
    with pytest.raises(SourceError, match="WEBM in the coding 'ffv1', which is not read"):
        images.to_png(source)


def test_sound_alone_is_no_picture():
    with pytest.raises(SourceError, match="MP4 without a picture in it"):
        images.to_png(sound())


@pytest.mark.parametrize("kind", ["mp4", "webm"])
def test_a_damaged_video_says_so(kind):
    whole = film([frame(RED)] * 5, kind)
    with pytest.raises(
        SourceError, match=rf"damaged {kind.upper()}|{kind.upper()} without a picture"
    ) as caught:
        images.to_png(whole[:64])
    assert "\n" not in str(caught.value)


def test_a_video_names_no_other_file(tmp_path):
    """A playlist that begins like an MP4: the demuxer is chosen by us, so no other one gets to read it."""
    secret = tmp_path / "secret.mp4"
    secret.write_bytes(film([frame(RED)]))
    playlist = f"\0\0\0\x18ftypisom#EXTM3U\n#EXTINF:1,\n{secret}\nffconcat version 1.0\nfile {secret}\n"
    with pytest.raises(SourceError, match=r"damaged MP4|MP4 without a picture"):
        images.to_png(playlist.encode())
