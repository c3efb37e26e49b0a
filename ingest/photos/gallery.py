"""Where photos lie: a folder outside the web root, each under the hash of its content, written whole or not."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from pathlib import Path

from data.store.cases.photos import Kept
from ingest.photos.picture import Picture

FOLDER = "photos"
"""Within BATT_HOME."""
_DIGEST = re.compile(r"[0-9a-f]{64}")


class Gallery:
    """The folder."""

    def __init__(self, home: Path) -> None:
        self._folder = home / FOLDER

    def put(self, picture: Picture) -> Kept:
        """Keep it, and its thumbnail; the same twice is there once. Raises OSError."""
        digest = hashlib.sha256(picture.jpeg).hexdigest()
        for path, content in ((self.path(digest, thumb=True), picture.thumb), (self.path(digest), picture.jpeg)):
            if not path.exists():
                _write(path, content)
        return Kept(digest, picture.width, picture.height, len(picture.jpeg))

    @staticmethod
    def knows(digest: str) -> bool:
        """Whether it is written as the name of a photo."""
        return _DIGEST.fullmatch(digest) is not None

    def path(self, digest: str, *, thumb: bool = False) -> Path:
        """Where a photo lies, if it does. Raises ValueError for what is no digest."""
        if not self.knows(digest):
            raise ValueError(f"{digest[:80]!r} is no SHA-256 in hex")
        return self._folder / digest[:2] / f"{digest}{'.thumb' if thumb else ''}.jpg"


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
