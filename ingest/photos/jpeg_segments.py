"""Counts the segments and scans of a JPEG, to reject files that are made to keep a decoder busy for minutes.

Decoders join the pieces of a tag by copying all of them for each piece, and process the whole image once for each scan.
"""

from __future__ import annotations

import re

SEGMENTS_MOST = 2000
"""A photo has some dozens; one with a long profile, some hundreds."""
SCANS_MOST = 64
"""A progressive photo has about ten."""
_JPEG = b"\xff\xd8\xff"
_MARKER = re.compile(rb"\xff([\x01-\xcf\xd8-\xfe])")
"""Every marker except byte stuffing, fill bytes and restarts, which occur within an image's data."""
_END, _SCAN = 0xD9, 0xDA
_BARE = frozenset({0x01, 0xC8, 0xD8, _END, *range(0xF0, 0xFE)})
"""Markers without a length, or which some decoders read so; then the bytes after them are examined, too."""


def is_overloaded(content: bytes) -> bool:
    """Whether it is a JPEG of more segments or scans than any photo has; False for everything else."""
    if not content.startswith(_JPEG):
        return False
    segments = scans = place = 0
    while (found := _MARKER.search(content, place)) is not None:
        kind, place = found[1][0], found.end()
        segments, scans = segments + 1, scans + (kind == _SCAN)
        if segments > SEGMENTS_MOST or scans > SCANS_MOST:
            return True
        if kind == _END and scans:
            return False  # data after the image (a video, for example) are not decoded
        if kind not in _BARE:
            place += max(2, int.from_bytes(content[place : place + 2]))
    return False
