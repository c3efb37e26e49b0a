"""A photo from outside, made harmless: told by its content, read for its position, then drawn anew.

What is kept is our own JPEG of the pixels. Whatever hid in the file (a script behind the image, a second format, tags
with names and places) is not in it.
"""

from __future__ import annotations

import io
import math
import struct
from dataclasses import dataclass
from typing import Any

from PIL import ExifTags, Image, UnidentifiedImageError

from data.domain.reasons import reason
from data.texts import ReasonError
from ingest.photos.jpeg_segments import is_overloaded

BYTES_MOST = 15_000_000
PIXELS_MOST = 60_000_000
"""A phone's best camera has about 50 million."""
SIDE_MOST = 2560
THUMB_SIDE = 480
QUALITY = 85
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")

_BROKEN = (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, OverflowError, struct.error)
"""What Pillow raises for files that are not what they say."""
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""By EXIF's orientation, what sets a photo upright."""


class NoPicture(ReasonError, ValueError):
    """Not a photo that can be kept; the reason says why and what would be right."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A harmless copy, and where the original says that it was taken."""

    jpeg: bytes
    """At most SIDE_MOST pixels wide and high, upright, without any tags."""
    thumb: bytes
    """The same within THUMB_SIDE pixels."""
    width: int
    height: int
    position: tuple[float, float] | None
    """(lat, lon) in WGS84 degrees out of the original's EXIF; None when it has none or 0,0."""


def picture_of(content: bytes) -> Picture:
    """A photo's harmless copy; bounded in memory and time. Raises NoPicture."""
    if not content:
        raise NoPicture(reason("photo.empty"))
    if len(content) > BYTES_MOST:
        raise NoPicture(reason("photo.too_heavy", size=len(content) // 1_000_000, most=BYTES_MOST // 1_000_000))
    if is_overloaded(content):
        raise NoPicture(reason("photo.overloaded"))
    try:
        image = Image.open(io.BytesIO(content), formats=FORMATS)
        _check_size(image)
        return _copied(image)
    except Image.DecompressionBombError:  # the library's own limit, far above ours
        raise NoPicture(reason("photo.too_large", most=PIXELS_MOST // 1_000_000)) from None
    except UnidentifiedImageError:
        raise NoPicture(reason("photo.not_a_photo")) from None
    except _BROKEN as wrong:
        if isinstance(wrong, NoPicture):
            raise
        raise NoPicture(reason("photo.broken")) from None


def position_of(content: bytes) -> tuple[float, float] | None:
    """Where a photo says that it was taken; None when it does not, and for what is no photo that can be kept.

    A PNG may tell so at its end only, and is unpacked then; nothing else is.
    """
    if len(content) > BYTES_MOST or is_overloaded(content):
        return None
    try:
        image = Image.open(io.BytesIO(content), formats=FORMATS)
        _check_size(image)
        return _position(image)
    except (*_BROKEN, Image.DecompressionBombError):
        return None


def _check_size(image: Image.Image) -> None:
    """By what the header says: nothing was decoded yet."""
    width, height = image.size
    if width * height > PIXELS_MOST:
        size = f"{width} x {height}"
        raise NoPicture(reason("photo.too_large_as", size=size, most=PIXELS_MOST // 1_000_000))
    if min(width, height) < 1:
        raise NoPicture(reason("photo.no_pixels"))


def _copied(image: Image.Image) -> Picture:
    position = _position(image)
    image.draft("RGB", (SIDE_MOST, SIDE_MOST))
    plain = _on_white(_upright(image))
    plain.thumbnail((SIDE_MOST, SIDE_MOST), Image.Resampling.LANCZOS)
    width, height = plain.size
    jpeg = _jpeg(plain)
    plain.thumbnail((THUMB_SIDE, THUMB_SIDE), Image.Resampling.LANCZOS)
    return Picture(jpeg, _jpeg(plain), width, height, position)


def _upright(image: Image.Image) -> Image.Image:
    """As it was seen; Pillow's own way writes all tags anew, which fails over broken ones that nobody keeps."""
    image.load()  # in some formats the tags stand behind the pixels
    try:
        turn = _TURNS.get(image.getexif().get(ExifTags.Base.Orientation, 1))
    except (*_BROKEN, ZeroDivisionError):
        turn = None
    return image if turn is None else image.transpose(turn)


def _on_white(image: Image.Image) -> Image.Image:
    """Three channels; what is transparent is white."""
    if image.mode in ("RGB", "L"):
        return image.convert("RGB")
    with_alpha = image.convert("RGBA")
    ground = Image.new("RGB", with_alpha.size, "white")
    ground.paste(with_alpha, mask=with_alpha.getchannel("A"))
    return ground


def _jpeg(image: Image.Image) -> bytes:
    out = io.BytesIO()
    # A new image has no EXIF, no comment, no colour profile to carry along.
    clean = Image.frombytes("RGB", image.size, image.tobytes())
    clean.save(out, "JPEG", quality=QUALITY, optimize=True)
    return out.getvalue()


def _position(image: Image.Image) -> tuple[float, float] | None:
    """Broken tags are no reason to refuse a photo: then there is no position."""
    try:
        tags = image.getexif().get_ifd(ExifTags.IFD.GPSInfo)
        lat = _degrees(tags.get(ExifTags.GPS.GPSLatitude), tags.get(ExifTags.GPS.GPSLatitudeRef), "S")
        lon = _degrees(tags.get(ExifTags.GPS.GPSLongitude), tags.get(ExifTags.GPS.GPSLongitudeRef), "W")
    except (*_BROKEN, ZeroDivisionError):
        return None
    if lat is None or lon is None or abs(lat) > 90 or abs(lon) > 180 or (lat == 0 and lon == 0):
        return None
    return lat, lon


def _degrees(parts: Any, side: Any, negative: str) -> float | None:
    if parts is None or len(parts) != 3:
        return None
    degrees, minutes, seconds = (float(part) for part in parts)
    value = degrees + minutes / 60 + seconds / 3600
    if not math.isfinite(value):
        return None
    return -value if str(side or "").strip("\x00 ").upper() == negative else value
