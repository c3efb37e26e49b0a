"""Large files that go to the disk as they are written."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

EVERY_S = 0.02
"""Between two syncs: some ten megabytes at most are on their way."""


@contextmanager
def written_steadily(path: Path) -> Iterator[None]:
    """Sync a large file every EVERY_S while the caller writes it.

    Otherwise the kernel writes out a gigabyte at once, and the commit of a report waits behind it, up to half a second.
    Raises OSError when the file cannot be opened or synced.
    """
    handle = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    over, faults = threading.Event(), list[OSError]()

    def sync() -> None:
        try:
            while not over.wait(EVERY_S):
                os.fdatasync(handle)
        except OSError as error:
            faults.append(error)

    syncing = threading.Thread(target=sync, name="steady-writing")
    syncing.start()
    try:
        yield
    finally:
        over.set()
        syncing.join()
        os.close(handle)
    if faults:
        raise faults[0]
