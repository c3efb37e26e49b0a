"""Keeps the bytes of reports in BATT_HOME, each named by its SHA-256; and hands them out as a folder at once."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from data.whole_file import write_whole

FOLDER = "reports"
PART = ".report-part-"


class ReportStorage:
    """The folder within BATT_HOME, for the server's own user only."""

    def __init__(self, home: Path) -> None:
        self._folder = home / FOLDER

    def put(self, content: bytes) -> str:
        """Keep the bytes, on disk when this returns; their SHA-256. Raises OSError."""
        digest = hashlib.sha256(content).hexdigest()
        path = self.path(digest)
        if not path.exists():
            write_whole(path, content)
        return digest

    def path(self, digest: str) -> Path:
        """Where those bytes lie, whether they do or not."""
        return self._folder / digest[:2] / digest

    def get(self, digest: str) -> bytes:
        """The bytes. Raises OSError; ValueError when they are not what they were."""
        content = self.path(digest).read_bytes()
        if hashlib.sha256(content).hexdigest() != digest:
            raise ValueError(f"{self.path(digest)} was changed")
        return content


def hand_out(folder: Path, name: str, files: Mapping[str, bytes]) -> Path:
    """Make the folder `name` in `folder` with all files, or nothing at all.

    Of one of that name the files of these names are replaced, and what else somebody put there stays.

    What a killed run has left half-written is removed first. Raises OSError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob(f"{PART}*"):
        shutil.rmtree(left, ignore_errors=True)
    part = Path(tempfile.mkdtemp(prefix=PART, dir=folder))
    try:
        for each, content in files.items():
            path = part / each
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return _placed(part, folder / name)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _missing(source: str, target: str) -> None:
    if not Path(target).exists():
        shutil.copy2(source, target)


def _placed(part: Path, target: Path) -> Path:
    if target.exists():
        shutil.copytree(target, part, copy_function=_missing, dirs_exist_ok=True)
        old = part.with_name(f"{part.name}-old")
        target.rename(old)
        part.rename(target)
        shutil.rmtree(old, ignore_errors=True)
    else:
        part.rename(target)
    return target
