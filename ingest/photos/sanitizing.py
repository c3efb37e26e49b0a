"""Makes a harmless copy of a photo from outside: detects its format by content, reads its position, encodes it again.

The copy is our own JPEG of the pixels. Anything else in the file (a script after the image, a second format, tags with
names and places) is not in it.
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
"""What Pillow raises for broken files."""
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""By EXIF orientation, the operation that makes the photo upright."""


class InvalidPhoto(ReasonError, ValueError):
    """Not a photo that can be stored; the reason says why and what is right."""


@dataclass(frozen=True, slots=True)
class SanitizedPhoto:
    """A harmless copy of a photo, and the position from the original's EXIF."""

    jpeg: bytes
    """At most SIDE_MOST pixels wide and high, upright, without any tags."""
    thumb: bytes
    """The same within THUMB_SIDE pixels."""
    width: int
    height: int
    position: tuple[float, float] | None
    """(lat, lon) in WGS84 degrees; None when the original has none or 0,0."""


def sanitize_photo(content: bytes) -> SanitizedPhoto:
    """The harmless copy of a photo, with bounded memory and time. Raises InvalidPhoto."""
    if not content:
        raise InvalidPhoto(reason("photo.empty"))
    if len(content) > BYTES_MOST:
        raise InvalidPhoto(reason("photo.too_heavy", size=len(content) // 1_000_000, most=BYTES_MOST // 1_000_000))
    if is_overloaded(content):
        raise InvalidPhoto(reason("photo.overloaded"))
    try:
        image = Image.open(io.BytesIO(content), formats=FORMATS)
        _check_size(image)
        return _copied(image)
    except Image.DecompressionBombError:  # the library's own limit, far above ours
        raise InvalidPhoto(reason("photo.too_large", most=PIXELS_MOST // 1_000_000)) from None
    except UnidentifiedImageError:
        raise InvalidPhoto(reason("photo.not_a_photo")) from None
    except _BROKEN as wrong:
        if isinstance(wrong, InvalidPhoto):
            raise
        raise InvalidPhoto(reason("photo.broken")) from None


def position_of(content: bytes) -> tuple[float, float] | None:
    """The position in a photo's EXIF; None when there is none, and for an invalid photo.

    Only a PNG is decompressed for this, because its EXIF may be at the end.
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
    """Checks the size in the header, before anything is decoded."""
    width, height = image.size
    if width * height > PIXELS_MOST:
        size = f"{width} x {height}"
        raise InvalidPhoto(reason("photo.too_large_as", size=size, most=PIXELS_MOST // 1_000_000))
    if min(width, height) < 1:
        raise InvalidPhoto(reason("photo.no_pixels"))


def _copied(image: Image.Image) -> SanitizedPhoto:
    position = _position(image)
    image.draft("RGB", (SIDE_MOST, SIDE_MOST))
    plain = _on_white(_upright(image))
    plain.thumbnail((SIDE_MOST, SIDE_MOST), Image.Resampling.LANCZOS)
    width, height = plain.size
    jpeg = _jpeg(plain)
    plain.thumbnail((THUMB_SIDE, THUMB_SIDE), Image.Resampling.LANCZOS)
    return SanitizedPhoto(jpeg, _jpeg(plain), width, height, position)


def _upright(image: Image.Image) -> Image.Image:
    """The image turned by its EXIF orientation. (Pillow's own function writes all tags again and fails for broken
    ones.)"""
    image.load()  # in some formats the tags are after the pixels
    try:
        turn = _TURNS.get(image.getexif().get(ExifTags.Base.Orientation, 1))
    except (*_BROKEN, ZeroDivisionError):
        turn = None
    return image if turn is None else image.transpose(turn)


def _on_white(image: Image.Image) -> Image.Image:
    """The image as RGB; transparent pixels become white."""
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
    """The position; None when there is none or the tags are broken, which is no reason to refuse a photo."""
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
