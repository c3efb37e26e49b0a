"""A folder for what is half done, in BATT_HOME, where its owner alone may read; gone afterwards."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from data import clock

PREFIX = ".half-done-"
YOUNG_S = 60.0
"""One that was made a moment ago may not be locked yet."""


@contextmanager
def scratch_folder(home: Path) -> Iterator[Path]:
    """A new folder; those of processes that were killed are removed first."""
    home.mkdir(parents=True, exist_ok=True)
    for left in home.glob(f"{PREFIX}*"):
        _remove_if_left(left)
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=home))
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(handle)


def _remove_if_left(folder: Path) -> None:
    """The kernel holds the lock of a folder as long as its process lives."""
    if clock.now().timestamp() - folder.stat().st_mtime < YOUNG_S:
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder, ignore_errors=True)
    except BlockingIOError:
        pass
    finally:
        os.close(handle)


def sync(path: Path) -> None:
    """What was written to a file, or which names a folder holds, is on the disk when this returns."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
