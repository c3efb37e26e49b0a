"""A large file is synced while it is written."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from data.steady_writing import EVERY_S, written_steadily


def helpers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "steady-writing"]


def test_the_file_is_its_owners_and_has_what_was_written(tmp_path: Path):
    path = tmp_path / "large"
    with written_steadily(path), path.open("wb") as file:
        assert len(helpers()) == 1
        for _ in range(8):
            file.write(bytes(1 << 20))
    assert path.stat().st_size == 8 << 20
    assert path.stat().st_mode & 0o777 == 0o600
    assert not helpers()


def test_who_fails_while_writing_is_told_why_and_leaves_nothing_behind(tmp_path: Path):
    with pytest.raises(ValueError, match="half"), written_steadily(tmp_path / "large"):
        raise ValueError("half way")
    assert not helpers()


def test_a_sync_that_fails_is_told():
    with pytest.raises(OSError), written_steadily(Path("/dev/full")):
        end = time.monotonic() + 5
        while helpers() and time.monotonic() < end:
            time.sleep(EVERY_S)
    assert not helpers()


def test_a_file_that_cannot_be_opened_is_told(tmp_path: Path):
    with pytest.raises(FileNotFoundError), written_steadily(tmp_path / "no" / "large"):
        pass
