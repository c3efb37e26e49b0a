"""Personal data are for the server's own user: what it makes, and what lies in BATT_HOME, is closed to all others.

A folder that others may write into was opened on purpose (agencies put files into it by themselves) and stays as it is.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

OTHERS, OTHERS_WRITE, OTHERS_ENTER = 0o077, 0o022, 0o011


class Open(NamedTuple):
    """A file or folder that others than its owner may use."""

    path: Path
    is_shared: bool
    """Whether it is a folder that others may write into."""
    is_ours: bool
    allowed: int
    """The mode that it should have."""


def make_private() -> None:
    """Once in each process, before it makes anything: its files are 0600, its folders 0700."""
    os.umask(OTHERS)


def found_open(home: Path) -> list[Open]:
    """The folder and what lies directly in it, as far as it is open. Raises OSError."""
    inside = list(_open_of(sorted(home.iterdir())))
    entered = any(each.is_shared for each in inside)  # who may use such a folder must come to it
    return [*_open_of([home], OTHERS_ENTER if entered else 0), *inside]


def tighten(home: Path) -> None:
    """Close what is open without purpose, as far as it is ours. Raises OSError."""
    for each in found_open(home):
        if each.is_ours and not each.is_shared:
            with suppress(FileNotFoundError):
                each.path.chmod(each.allowed)


def _open_of(paths: list[Path], kept: int = 0) -> Iterator[Open]:
    for path in paths:
        with suppress(FileNotFoundError):
            found = path.lstat()
            mode = stat.S_IMODE(found.st_mode)
            is_folder = stat.S_ISDIR(found.st_mode)
            if (is_folder or stat.S_ISREG(found.st_mode)) and mode & OTHERS & ~kept:
                is_shared = is_folder and bool(mode & OTHERS_WRITE)
                yield Open(path, is_shared, found.st_uid == os.geteuid(), mode & ~(OTHERS & ~kept))
