"""Of what a JPEG is put together: enough to tell a photo from a file made to keep a decoder busy for minutes.

Decoders join tags piece by piece, copying all of them for each piece, and go over the whole image once a scan.
"""

from __future__ import annotations

import re

SEGMENTS_MOST = 2000
"""A photo has some dozens; one with a long profile, some hundreds."""
SCANS_MOST = 64
"""A progressive photo has about ten."""
_JPEG = b"\xff\xd8\xff"
_MARKER = re.compile(rb"\xff([\x01-\xcf\xd8-\xfe])")
"""Anything but stuffing, filling and restarts, which stand amid an image's data."""
_END, _SCAN = 0xD9, 0xDA
_BARE = frozenset({0x01, 0xC8, 0xD8, _END, *range(0xF0, 0xFE)})
"""No length follows, or some decoders believe so: what may hide behind one is counted."""


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
            return False  # what comes behind is a film, or anything, and is not read
        if kind not in _BARE:
            place += max(2, int.from_bytes(content[place : place + 2]))
    return False
