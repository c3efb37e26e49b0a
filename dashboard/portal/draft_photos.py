"""The photos of forms that are not sent yet: already harmless copies, in a folder of their own until then."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from PIL import Image

from data.whole_file import write_whole
from ingest.photos.sanitizing import SanitizedPhoto

FOLDER = "drafts"
_KEY = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def is_key(text: str) -> bool:
    """Whether it has the form of a draft's key."""
    return _KEY.fullmatch(text) is not None


class DraftPhotos:
    """The folder. A form has one photo; keys are checked with `is_key` before."""

    def __init__(self, home: Path) -> None:
        self._folder = home / FOLDER

    def put(self, key: str, photo: SanitizedPhoto) -> None:
        """Keep it instead of the one before. Raises OSError."""
        write_whole(self._path(key, thumb=True), photo.thumb)
        write_whole(self._path(key), photo.jpeg)

    def get(self, key: str) -> SanitizedPhoto | None:
        """The photo; None without one."""
        try:
            jpeg, thumb = self._path(key).read_bytes(), self._path(key, thumb=True).read_bytes()
            with Image.open(self._path(key)) as image:
                width, height = image.size
        except FileNotFoundError:
            return None
        return SanitizedPhoto(jpeg, thumb, width, height, None)

    def thumb(self, key: str) -> bytes | None:
        """The small one."""
        try:
            return self._path(key, thumb=True).read_bytes()
        except FileNotFoundError:
            return None

    def remove(self, key: str) -> None:
        """It is kept elsewhere, or not wanted."""
        for path in (self._path(key), self._path(key, thumb=True)):
            path.unlink(missing_ok=True)

    def remove_old(self, before: datetime) -> int:
        """Those of forms that can be sent no more; returns how many files."""
        if not self._folder.is_dir():
            return 0
        removed = 0
        for path in self._folder.iterdir():
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < before.timestamp():
                    path.unlink()
                    removed += 1
        return removed

    def _path(self, key: str, *, thumb: bool = False) -> Path:
        if not is_key(key):
            raise ValueError("no key of a draft")
        return self._folder / f"{key}{'.thumb' if thumb else ''}.jpg"
