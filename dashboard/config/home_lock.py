"""Who works in BATT_HOME: any number of processes together, or one alone that replaces what lies there.

The kernel holds the lock for as long as the process lives: one that was killed holds nothing.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

FILE = ".lock"
_held: dict[Path, int] = {}


class HomeBusy(OSError):
    """Another process works in the folder, and one of the two must be alone; the text says what to do."""


def share(home: Path) -> None:
    """Work in the folder beside others until the process ends. Raises HomeBusy while one works there alone."""
    if not _lock(home, fcntl.LOCK_SH):
        raise HomeBusy(f"a restore or a move is at work in {home}: wait for its end")


def take_alone(home: Path) -> None:
    """Be the only process that works in the folder until `share` is called or the process ends. Raises HomeBusy."""
    if not _lock(home, fcntl.LOCK_EX):
        raise HomeBusy(f"another process works in {home}: stop the server and the jobs, and try again")


def _lock(home: Path, kind: int) -> bool:
    if home not in _held:
        home.mkdir(parents=True, exist_ok=True)
        _held[home] = os.open(home / FILE, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(_held[home], kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
