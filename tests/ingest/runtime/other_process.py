"""Other processes of an installation, real ones."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ingest.runtime.process_files import owner_of
from tests.code_checks import ROOT

_ANNOUNCES = """
import sys, pathlib
from ingest.runtime.process_files import owner_of
print(owner_of(pathlib.Path(sys.argv[1]), "ingest"), flush=True)
sys.stdin.read()
"""


@contextmanager
def a_process(home: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """A process at work in this home, and how it calls itself; this process is at work there, too."""
    owner_of(home)
    process = subprocess.Popen(
        [sys.executable, "-c", _ANNOUNCES, str(home)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip(), process
    finally:
        process.kill()
        process.wait()


def a_dead_process(home: Path) -> str:
    """How a process called itself that was killed."""
    with a_process(home) as (owner, _):
        return owner
