"""Stores photo files in a folder outside the web root, each named by the hash of its content, written atomically."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from data.store.cases.photos import StoredPhoto
from data.whole_file import write_whole
from ingest.photos.sanitizing import SanitizedPhoto

FOLDER = "photos"
"""The folder within BATT_HOME."""
_DIGEST = re.compile(r"[0-9a-f]{64}")


class PhotoStorage:
    """The folder."""

    def __init__(self, home: Path) -> None:
        self._folder = home / FOLDER

    def put(self, picture: SanitizedPhoto) -> StoredPhoto:
        """Store a photo and its thumbnail; the same photo is stored once. Raises OSError."""
        digest = hashlib.sha256(picture.jpeg).hexdigest()
        for path, content in ((self.path(digest, thumb=True), picture.thumb), (self.path(digest), picture.jpeg)):
            if not path.exists():
                write_whole(path, content)
        return StoredPhoto(digest, picture.width, picture.height, len(picture.jpeg))

    def remove(self, digest: str) -> None:
        """Delete a photo and its thumbnail. Raises OSError."""
        for thumb in (True, False):
            self.path(digest, thumb=thumb).unlink(missing_ok=True)

    @staticmethod
    def knows(digest: str) -> bool:
        """Whether the text has the form of a photo's digest."""
        return _DIGEST.fullmatch(digest) is not None

    def path(self, digest: str, *, thumb: bool = False) -> Path:
        """The path of a photo, whether it exists or not. Raises ValueError for an invalid digest."""
        if not self.knows(digest):
            raise ValueError(f"{digest[:80]!r} is no SHA-256 in hex")
        return self._folder / digest[:2] / f"{digest}{'.thumb' if thumb else ''}.jpg"
