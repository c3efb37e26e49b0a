"""Whether the store can be written, as this process sees it: by every commit, and by every fault of the database.

Ages are counted by time.monotonic(), so that a clock that is set says nothing wrong.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from dataclasses import dataclass
from enum import StrEnum

import psycopg


class Trouble(StrEnum):
    """Why the store cannot be written or read; each is told by a text of the locales, `store.trouble.NAME`."""

    CORRUPT = "corrupt"
    FULL = "full"
    READ_ONLY = "read_only"
    MISSING = "missing"
    IO = "io"
    LOCKED = "locked"
    GONE = "gone"
    """A server that does not answer, is stopped or cannot be reached."""


_SQLITE = {
    sqlite3.SQLITE_CORRUPT: Trouble.CORRUPT,
    sqlite3.SQLITE_NOTADB: Trouble.CORRUPT,
    sqlite3.SQLITE_FULL: Trouble.FULL,
    sqlite3.SQLITE_READONLY: Trouble.READ_ONLY,
    sqlite3.SQLITE_CANTOPEN: Trouble.MISSING,
    sqlite3.SQLITE_IOERR: Trouble.IO,
    sqlite3.SQLITE_BUSY: Trouble.LOCKED,
    sqlite3.SQLITE_LOCKED: Trouble.LOCKED,
    sqlite3.SQLITE_PROTOCOL: Trouble.LOCKED,
}
"""By primary result code (https://sqlite.org/rescode.html). Every other code is a fault of the question."""

_POSTGRESQL = (
    ("53100", Trouble.FULL),
    ("53", Trouble.GONE),  # out of memory or connections
    ("25006", Trouble.READ_ONLY),
    ("XX001", Trouble.CORRUPT),
    ("XX002", Trouble.CORRUPT),
    ("58030", Trouble.IO),
    ("55P03", Trouble.LOCKED),
    ("40001", Trouble.LOCKED),
    ("40P01", Trouble.LOCKED),
    ("08", Trouble.GONE),  # connection exceptions
    ("57P", Trouble.GONE),  # shut down, starting, idle too long
    ("57014", Trouble.GONE),  # statement_timeout
    ("25P03", Trouble.GONE),  # idle in transaction too long
)
"""By the beginning of SQLSTATE (PostgreSQL's appendix A), the longer ones first."""


def trouble_of(error: BaseException) -> Trouble | None:
    """What a driver's error says of the store; None: the store is well, the question is wrong."""
    if isinstance(error, sqlite3.Error):
        code = getattr(error, "sqlite_errorcode", None)
        return None if code is None else _SQLITE.get(code & 0xFF)
    if isinstance(error, psycopg.Error):
        if error.sqlstate is None:
            return Trouble.GONE if isinstance(error, psycopg.OperationalError) else None
        return next((trouble for prefix, trouble in _POSTGRESQL if error.sqlstate.startswith(prefix)), None)
    return None


@dataclass(frozen=True, slots=True)
class Failing:
    """Since when writes fail, and why the last one did."""

    trouble: Trouble
    since: float
    """By time.monotonic()."""


class WriteHealth:
    """The last commit and the first fault after it. Safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._written_at: float | None = None
        self._failing: Failing | None = None
        self._corrupt = False

    @property
    def failing(self) -> Failing | None:
        """None while writes succeed. A store that was found corrupt stays so until this process ends."""
        return self._failing

    @property
    def written_s_ago(self) -> float | None:
        """Seconds since the last commit of this process; None before the first."""
        return None if self._written_at is None else time.monotonic() - self._written_at

    def succeeded(self) -> None:
        """A transaction that writes was committed."""
        with self._lock:
            self._written_at = time.monotonic()
            if not self._corrupt:
                self._failing = None

    def failed(self, trouble: Trouble) -> None:
        """The store could not be written; of a corrupt one: or read."""
        with self._lock:
            if self._corrupt:
                return
            self._corrupt = trouble is Trouble.CORRUPT
            since = time.monotonic() if self._failing is None else self._failing.since
            self._failing = Failing(trouble, since)
