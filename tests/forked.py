"""`run.py` in processes of their own that have read the program already: each is forked from one that did.

To read it takes longer than most commands take; that it can be read is proven by the tests that start cold.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.code_checks import ROOT
from tests.killed_renaming import die_after

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload([__name__, "dashboard.cli.main", "dashboard.server.serve"])


class ForkedCommand:
    """`run.py WORDS`, in a process group of its own; asked as a `subprocess.Popen` is."""

    def __init__(
        self,
        words: Sequence[str],
        environment: Mapping[str, str],
        out: Path,
        error: Path,
        *,
        umask: int | None = None,
        renames: int | None = None,
    ) -> None:
        """What it says is added to the files `out` and `error`. renames: it is killed after so many."""
        self.args, self._files = list(words), (out, error)
        for file in self._files:
            file.touch()
        more = {"umask": umask, "renames": renames}
        args = (self.args, dict(environment), self._files)
        self._process = FORKS.Process(target=_run, args=args, kwargs=more, daemon=True)
        self._process.start()

    @property
    def pid(self) -> int:
        """Its process's number."""
        assert self._process.pid is not None
        return self._process.pid

    def poll(self) -> int | None:
        """None while it runs; minus the signal that ended it."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """Raises TimeoutExpired."""
        self._process.join(timeout)
        if (code := self.poll()) is None:
            raise subprocess.TimeoutExpired(self.args, timeout or 0.0)
        return code

    def kill(self) -> None:
        """kill -9."""
        self._process.kill()

    def completed(self, seconds: float = 120) -> subprocess.CompletedProcess[str]:
        """Wait for its end."""
        try:
            code = self.wait(seconds)
        finally:
            self.kill()
        return subprocess.CompletedProcess(self.args, code, *(file.read_text() for file in self._files))


def _run(
    words: Sequence[str],
    environment: Mapping[str, str],
    files: tuple[Path, Path],
    *,
    umask: int | None,
    renames: int | None,
) -> None:
    """In the forked process: what a shell and run.py do."""
    os.setsid()
    os.chdir(ROOT)
    os.environ.clear()
    os.environ.update(environment)
    for stream, path in zip((sys.stdout, sys.stderr), files, strict=True):
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND)
        os.dup2(descriptor, stream.fileno())
        os.close(descriptor)
        stream.reconfigure(line_buffering=True, write_through=True)
    if umask is not None:
        os.umask(umask)
    if renames is not None:
        die_after(renames)
    from dashboard.cli.main import cli

    gc.freeze()
    cli(words, prog_name="run.py")
