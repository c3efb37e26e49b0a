"""Photos from outside become harmless copies, or are refused with a reason."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ExifTags, Image

from ingest.photos.jpeg_segments import SCANS_MOST, SEGMENTS_MOST
from ingest.photos.sanitizing import BYTES_MOST, SIDE_MOST, THUMB_SIDE, InvalidPhoto, position_of, sanitize_photo

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::PIL.Image.DecompressionBombWarning")
SCRIPT = b"<script>alert(1)</script><?php system($_GET['c']); ?>"


def encoded(image: Image.Image, form: str = "JPEG", **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def field(size: tuple[int, int] = (640, 480), colour: str = "green") -> Image.Image:
    return Image.new("RGB", size, colour)


def placed(lat: tuple[float, ...], south: str, lon: tuple[float, ...], east: str) -> Image.Exif:
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "Somebody's phone"
    exif[ExifTags.IFD.GPSInfo] = {
        ExifTags.GPS.GPSLatitudeRef: south,
        ExifTags.GPS.GPSLatitude: lat,
        ExifTags.GPS.GPSLongitudeRef: east,
        ExifTags.GPS.GPSLongitude: lon,
    }
    return exif


def taken_at(lat: tuple[float, ...], south: str, lon: tuple[float, ...], east: str) -> bytes:
    return encoded(field(), exif=placed(lat, south, lon, east))


def header_of_png(width: int, height: int, tags: bytes = b"") -> bytes:
    """A PNG that says it is this large, and holds next to nothing but these tags."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    head += chunk(b"eXIf", tags) if tags else b""
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0" * 100_000)) + chunk(b"IEND", b"")


def with_segments(content: bytes, *segments: bytes) -> bytes:
    """A JPEG with these APP1 segments before all others."""
    made = (b"\xff\xe1" + struct.pack(">H", len(each) + 2) + each for each in segments)
    return content[:2] + b"".join(made) + content[2:]


def tags_of(*entries: tuple[int, int, int, int], rest: bytes = b"") -> bytes:
    """An EXIF block whose first directory has these entries: tag, type, how many, value or place."""
    table = b"".join(struct.pack(">HHII", *entry) for entry in entries)
    return b"Exif\0\0MM\0*" + struct.pack(">IH", 8, len(entries)) + table + bytes(4) + rest


def tags_in_pieces(pieces: int) -> bytes:
    """A JPEG whose EXIF block comes in so many pieces."""
    return with_segments(encoded(field()), *[b"Exif\0\0" + bytes(9)] * pieces)


@contextmanager
def within(megabytes: float) -> Iterator[None]:
    """No more memory than that is taken meanwhile, of what Python knows."""
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < megabytes * 1e6
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "GIF"])
def test_each_usual_format_becomes_a_jpeg_of_ours(form: str):
    picture = sanitize_photo(encoded(field(), form))
    kept, thumb = Image.open(io.BytesIO(picture.jpeg)), Image.open(io.BytesIO(picture.thumb))
    assert (kept.format, kept.size, thumb.format) == ("JPEG", (640, 480), "JPEG")
    assert max(thumb.size) == THUMB_SIDE
    assert kept.getpixel((5, 5))[1] > 100  # still green


def test_the_position_is_read_and_then_nothing_of_the_tags_is_kept():
    picture = sanitize_photo(taken_at((7.0, 52.0, 16.8), "S", (112.0, 31.0, 37.2), "E"))
    assert picture.position == pytest.approx((-7.8713, 112.5270), abs=1e-3)
    for copy in (picture.jpeg, picture.thumb):
        again = Image.open(io.BytesIO(copy))
        assert not again.getexif()
        assert b"phone" not in copy
        assert b"Exif" not in copy


@pytest.mark.parametrize("lat", [(0.0, 0.0, 0.0), (91.0, 0.0, 0.0)])
def test_a_position_that_cannot_be_is_none(lat: tuple[float, ...]):
    assert sanitize_photo(taken_at(lat, "N", (0.0, 0.0, 0.0), "E")).position is None


def test_a_photo_without_a_position_has_none():
    assert sanitize_photo(encoded(field())).position is None


def test_a_photo_taken_upright_is_shown_upright():
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    picture = sanitize_photo(encoded(field((640, 480)), exif=exif))
    assert (picture.width, picture.height) == (480, 640)


def test_a_large_photo_is_made_smaller():
    picture = sanitize_photo(encoded(field((4000, 3000))))
    assert (picture.width, picture.height) == (SIDE_MOST, SIDE_MOST * 3 // 4)


def test_what_is_transparent_is_white():
    picture = sanitize_photo(encoded(Image.new("RGBA", (20, 20), (255, 0, 0, 0)), "PNG"))
    assert Image.open(io.BytesIO(picture.jpeg)).getpixel((10, 10)) == (255, 255, 255)


def test_a_script_that_is_called_a_photo_is_refused():
    with pytest.raises(InvalidPhoto, match="bukan foto"):
        sanitize_photo(SCRIPT)


def test_a_picture_format_with_scripts_in_it_is_refused():
    with pytest.raises(InvalidPhoto, match="bukan foto"):
        sanitize_photo(b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>')


@pytest.mark.parametrize("behind", [b"PK\x03\x04" + bytes(99), b"<html>" + SCRIPT, b"%PDF-1.7", b"MZ\x90\0"])
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "GIF"])
def test_of_a_polyglot_only_the_picture_is_kept(form: str, behind: bytes):
    picture = sanitize_photo(encoded(field(), form) + behind)
    assert (picture.width, picture.height) == (640, 480)
    for copy in (picture.jpeg, picture.thumb):
        assert behind not in copy
        assert copy.endswith(b"\xff\xd9")
        assert copy.count(b"\xff\xd9") == 1


def test_a_film_behind_a_photo_is_left_out_however_it_looks():
    film = b"\xff\xda" * (SCANS_MOST + 1)
    assert sanitize_photo(encoded(field()) + film).width == 640


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG"])
def test_of_a_moving_picture_the_first_frame_is_kept(form: str):
    frames = [field((64, 64), colour) for colour in ("green", "red", "blue")]
    moving = encoded(frames[0], form, save_all=True, append_images=frames[1:], duration=40, loop=0)
    kept = Image.open(io.BytesIO(sanitize_photo(moving).jpeg))
    red, green, _ = kept.getpixel((5, 5))
    assert (getattr(Image.open(io.BytesIO(moving)), "n_frames", 1), kept.format) == (3, "JPEG")
    assert green > 100 > red


def bombs() -> Iterator[tuple[str, bytes]]:
    """EXIF blocks that promise more than they hold, or turn in circles."""
    many = range(0x1000, 0x1000 + 2000)
    yield "as many values as there are numbers", tags_of((0x010F, 2, 0xFFFFFFFF, 8))
    yield "the same data thousands of times", tags_of(*((tag, 1, 30_000, 24_014) for tag in many), rest=bytes(31_000))
    yield "directories within themselves", tags_of((0x8769, 4, 1, 8), (0x8825, 4, 1, 8), (0xA005, 4, 1, 8))
    yield "more entries than bytes", b"Exif\0\0MM\0*" + struct.pack(">IH", 8, 0xFFFF)
    yield "a directory that lies outside", b"Exif\0\0II*\0" + struct.pack("<I", 0xFFFFFFFF)


@pytest.mark.parametrize("bomb", [pytest.param(bomb, id=name) for name, bomb in bombs()])
def test_an_exif_bomb_costs_the_position_and_neither_memory_nor_the_photo(bomb: bytes):
    armed = with_segments(encoded(field()), bomb)
    with within(20):
        assert position_of(armed) is None
        picture = sanitize_photo(armed)
    assert (picture.width, picture.position) == (640, None)
    assert b"Exif" not in picture.jpeg


def test_tags_in_thousands_of_pieces_are_refused_before_they_are_joined():
    overloaded = tags_in_pieces(SEGMENTS_MOST + 1)
    assert_overloaded(overloaded)
    hidden = b"\xff\xd9\xff\xc8\xff\xff"  # an end before the beginning, a length that not everybody believes
    assert_overloaded(overloaded[:2] + hidden + overloaded[2:])
    assert sanitize_photo(tags_in_pieces(200)).width == 640


def test_a_photo_that_is_drawn_anew_hundreds_of_times_is_refused():
    whole = encoded(field((64, 64)), progressive=True)
    last = whole[whole.rindex(b"\xff\xda") : -2]
    assert sanitize_photo(whole[:-2] + last * 10 + whole[-2:]).width == 64
    assert_overloaded(whole[:-2] + last * SCANS_MOST + whole[-2:])


def assert_overloaded(content: bytes) -> None:
    assert position_of(content) is None
    with pytest.raises(InvalidPhoto, match="tidak wajar"):
        sanitize_photo(content)


def test_pixels_beyond_the_limit_are_never_unpacked():
    tags = placed((7.0, 52.0, 16.8), "S", (112.0, 31.0, 37.2), "E").tobytes().removeprefix(b"Exif\0\0")
    assert position_of(header_of_png(100, 100, tags)) == pytest.approx((-7.8713, 112.5270), abs=1e-3)
    assert position_of(header_of_png(13_000, 13_000, tags)) is None
    assert outcome(header_of_png(13_000, 13_000, tags)) == "refused"


def test_a_script_in_a_comment_is_not_kept():
    assert SCRIPT not in sanitize_photo(encoded(field(), comment=SCRIPT)).jpeg


def test_thirty_thousand_by_thirty_thousand_pixels_are_refused_before_they_are_unpacked():
    with pytest.raises(InvalidPhoto, match="terlalu besar"):
        sanitize_photo(header_of_png(30_000, 30_000))


def test_a_picture_somewhat_too_large_is_refused_with_its_size():
    with pytest.raises(InvalidPhoto, match=r"9000 x 8000.*60 juta"):
        sanitize_photo(header_of_png(9_000, 8_000))


def test_a_picture_larger_than_the_library_dares_is_refused():
    with pytest.raises(InvalidPhoto, match="terlalu besar"):
        sanitize_photo(header_of_png(200_000, 200_000))


def test_a_file_too_large_is_refused_unread():
    with pytest.raises(InvalidPhoto, match="paling besar 15 MB"):
        sanitize_photo(bytes(BYTES_MOST + 1))


def test_nothing_is_refused():
    with pytest.raises(InvalidPhoto, match="kosong"):
        sanitize_photo(b"")


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "GIF"])
def test_a_photo_cut_off_anywhere_is_refused_or_whole(form: str):
    whole = encoded(field((64, 64)), form)
    sizes = {outcome(whole[:end]) for end in range(1, len(whole), max(1, len(whole) // 40))}
    assert sizes <= {"refused", (64, 64)}
    assert "refused" in sizes


@given(st.data())
def test_a_photo_with_any_bytes_changed_is_a_photo_or_refused(data: st.DataObject):
    whole = bytearray(taken_at((7.0, 52.0, 16.8), "S", (112.0, 31.0, 37.2), "E"))
    for _ in range(data.draw(st.integers(1, 6))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    assert outcome(bytes(whole)) == "refused" or sanitize_photo(bytes(whole)).width > 0


def outcome(content: bytes) -> str | tuple[int, int]:
    try:
        picture = sanitize_photo(content)
    except InvalidPhoto as refused:
        return "refused" if "foto" in str(refused) else f"no reason: {refused}"
    return picture.width, picture.height
