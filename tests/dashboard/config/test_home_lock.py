"""Any number of processes work in BATT_HOME together, or one alone."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dashboard.config.home_lock import HomeBusy, share, take_alone
from tests.code_checks import ROOT

HOLDS = """
import sys
from pathlib import Path
from dashboard.config import home_lock
getattr(home_lock, sys.argv[2])(Path(sys.argv[1]))
print("holds", flush=True)
sys.stdin.read()
"""


@contextmanager
def another_process(home: Path, how: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", HOLDS, str(home), how]
    process = subprocess.Popen(command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "holds\n"
        yield process
    finally:
        process.kill()
        process.communicate()


def test_two_work_together_and_neither_is_alone(tmp_path: Path):
    with another_process(tmp_path, "share"):
        share(tmp_path)
        with pytest.raises(HomeBusy, match="stop the server"):
            take_alone(tmp_path)
    take_alone(tmp_path)
    share(tmp_path)


def test_while_one_is_alone_nobody_begins(tmp_path: Path):
    with another_process(tmp_path, "take_alone"), pytest.raises(HomeBusy, match="wait for its end"):
        share(tmp_path)
    share(tmp_path)


def test_a_process_that_was_killed_holds_nothing(tmp_path: Path):
    with another_process(tmp_path, "take_alone") as process:
        process.kill()
        process.wait()
        take_alone(tmp_path)
    share(tmp_path)
