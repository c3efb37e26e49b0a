"""A process of this installation beside the server, which answers at a Unix socket and ends with it."""

from __future__ import annotations

import os
import shlex
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import structlog

log = structlog.get_logger(__name__)
START_S = 9.0
"""So long a request waits for a process that starts, or starts again."""
REST_S, REST_MOST_S = 5.0, 60.0
"""Between two starts: the first, doubled after each that came to nothing, and the most."""
ENDING_S = 5.0
POLL_S = 0.05


class CompanionDown(Exception):
    """It does not answer, though it was started."""


class Companion:
    """Started when it is first needed, and again when it has ended by itself."""

    def __init__(self, command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> None:
        """`command` gets the socket's path as its last word; it must end when its standard input ends."""
        # A path of its own, and a short one: a socket's may have 107 bytes.
        self._place = tempfile.TemporaryDirectory(prefix="batt-", ignore_cleanup_errors=True)
        self.socket = f"{self._place.name}/socket"
        self._command, self._folder = [*command, self.socket], folder
        self._environment = dict(environment)
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._answered: subprocess.Popen[bytes] | None = None
        """The child that has answered since it started."""
        self._started_at, self._rest_s = -REST_MOST_S, REST_S
        self._closed = False

    def ensure(self) -> bool:
        """Whether it answers; starts it when it does not run, and waits for it a while, unless it cannot come in time:
        the threads that would wait are the server's."""
        until = time.monotonic() + START_S
        while (child := self._running()) is None or child is not self._answered:
            if child is not None and self._listens():
                self._answered = child
            elif self._closed or time.monotonic() > until or (child is None and self._next_start() > until):
                return False
            else:
                time.sleep(POLL_S)
        return True

    def require(self) -> None:
        """`ensure`; raises CompanionDown when it does not answer."""
        if not self.ensure():
            raise CompanionDown(f"`{shlex.join(self._command)}` does not answer")

    def _running(self) -> subprocess.Popen[bytes] | None:
        """The child; None while it must not be started again."""
        with self._lock:
            if self._child is not None and self._child.poll() is not None:
                log.warning("companion_ended", command=shlex.join(self._command), exit_code=self._child.returncode)
                came_to_nothing = self._child is not self._answered
                self._rest_s = min(2 * self._rest_s, REST_MOST_S) if came_to_nothing else REST_S
                self._child = None
            if self._child is None and not self._closed and time.monotonic() >= self._next_start():
                self._start()
            return self._child

    def _next_start(self) -> float:
        """The monotonic time from which it may be started."""
        return self._started_at + self._rest_s

    def _start(self) -> None:
        with suppress(FileNotFoundError):
            os.unlink(self.socket)
        self._child = subprocess.Popen(
            self._command,
            cwd=self._folder,
            env={**os.environ, **self._environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
        )
        self._started_at = time.monotonic()

    def _listens(self) -> bool:
        with socket.socket(socket.AF_UNIX) as sock, suppress(OSError):
            sock.connect(self.socket)
            return True
        return False

    def close(self) -> None:
        """End it; it is not started again."""
        with self._lock:
            self._closed, child, self._child = True, self._child, None
        if child is not None:
            ended(child)
        self._place.cleanup()


def ended(child: subprocess.Popen[bytes]) -> int:
    """The exit code; a child that still works is ended."""
    if child.poll() is None:
        child.terminate()
        try:
            child.wait(ENDING_S)
        except subprocess.TimeoutExpired:
            child.kill()
    return child.wait()


def ends_with_its_server() -> None:
    """For the process itself: from now on it is asked to end when the server that started it has ended, however."""

    def wait() -> None:
        while os.read(0, 1024):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name="server", daemon=True).start()
