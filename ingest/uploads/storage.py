"""Where uploaded files lie: a folder for each in BATT_HOME/uploads, which nobody else may read."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from data.domain.reasons import reason
from data.texts import ReasonError

UPLOAD_MOST = 50_000_000
"""Bytes of a file: about half a million rows as CSV, three times as many as a workbook; a year of a city's reports."""
FOLDER = "uploads"
"""Within BATT_HOME."""
INPUT, RESULT = "masukan", "hasil.xlsx"
_CHUNK = 1 << 20
_ID = re.compile(r"[0-9a-f]{32}")


class TooBig(ReasonError, ValueError):
    """A file larger than may be."""


class UploadStorage:
    """The folder."""

    def __init__(self, home: Path) -> None:
        self._folder = home / FOLDER

    def save(self, stream: BinaryIO, most: int = UPLOAD_MOST) -> tuple[str, str]:
        """Keep what comes, at most `most` bytes: a new id and the content's SHA-256 (hex).

        Raises TooBig, OSError (also the stream's own); then nothing is left behind.
        """
        upload_id, saved = secrets.token_hex(16), False
        folder = self._of(upload_id)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.mkdir(mode=0o700)
            digest = _write(stream, folder / INPUT, most)
            saved = True
        finally:
            if not saved:
                self.remove(upload_id)
        return upload_id, digest

    def input(self, upload_id: str) -> Path:
        """The file. Raises ValueError for what is no id."""
        return self._of(upload_id) / INPUT

    def result(self, upload_id: str) -> Path:
        """What became of its rows; may not exist. Raises ValueError for what is no id."""
        return self._of(upload_id) / RESULT

    def remove(self, upload_id: str) -> None:
        """All files of an upload go; nothing happens when there are none. Raises ValueError for what is no id."""
        shutil.rmtree(self._of(upload_id), ignore_errors=True)

    def older_than(self, moment: datetime) -> Iterator[str]:
        """The ids of folders that nothing was put into since. Raises OSError."""
        for folder in self._folder.iterdir() if self._folder.exists() else ():
            with suppress(FileNotFoundError):  # another process removes old ones, too
                if _ID.fullmatch(folder.name) and datetime.fromtimestamp(folder.stat().st_mtime, UTC) < moment:
                    yield folder.name

    def _of(self, upload_id: str) -> Path:
        if not _ID.fullmatch(upload_id):
            raise ValueError(f"{upload_id[:80]!r} is no upload's id")
        return self._folder / upload_id


def _write(stream: BinaryIO, path: Path, most: int) -> str:
    """Write the file for its owner's eyes only; the SHA-256 of it. Raises TooBig, OSError."""
    digest, size = hashlib.sha256(), 0
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        while chunk := stream.read(_CHUNK):
            size += len(chunk)
            if size > most:
                raise TooBig(reason("upload.too_big", most=most // 1_000_000))
            digest.update(chunk)
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest()
