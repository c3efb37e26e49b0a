"""A disk of its own whose power can be cut: an ext4 image behind a loop device (root only).

A cut is a copy of the image while the writing processes stand still: what the file system had not yet handed to the
device is not in the copy, as it would not be on a disk. The copy is mounted as after a reboot, its journal replayed.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

SIZE_MB = 96


def need_loop_devices() -> None:
    """Skip where no image can be mounted."""
    if os.geteuid() != 0 or not Path("/dev/loop-control").exists() or shutil.which("mkfs.ext4") is None:
        pytest.skip(
            "needs root, a loop device and mkfs.ext4; test_power_cut.py of the store cuts at the level of files"
        )


@contextmanager
def new_disk(folder: Path, size_mb: int = SIZE_MB) -> Iterator[tuple[Path, Path]]:
    """An empty disk: (its image, where it is mounted)."""
    image = folder / "disk.img"
    with image.open("wb") as file:
        file.truncate(size_mb * 1_000_000 // 4096 * 4096)
    subprocess.run(["mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0", image], check=True)
    with mounted(image, folder / "disk") as place:
        yield image, place


@contextmanager
def mounted(image: Path, place: Path) -> Iterator[Path]:
    """An image, mounted; CalledProcessError when it cannot be."""
    place.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-o", "loop", image, place], check=True, capture_output=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", place], check=True, capture_output=True)


@contextmanager
def standing_still(processes: Iterable[psutil.Process]) -> Iterator[None]:
    """Processes that do nothing meanwhile."""
    stopped = list(processes)
    for process in stopped:
        process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        for process in stopped:
            process.send_signal(signal.SIGCONT)
