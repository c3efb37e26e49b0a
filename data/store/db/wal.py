"""SQLite's write-ahead log: emptied when a process stops, kept short while it runs. PostgreSQL looks after its own."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import Engine

MOST_BYTES = 128 << 20
"""Four times what a checkpoint leaves: only a long reader lets it grow so far."""
RUNNING_WAIT_S = 0.2
"""How long writers may be held up."""
STOPPING_WAIT_S = 1.0


def size(engine: Engine) -> int:
    """Bytes of the log's file; 0 when there is none."""
    try:
        return _log_of(engine).stat().st_size
    except FileNotFoundError:
        return 0


def bound(engine: Engine, most: int = MOST_BYTES) -> None:
    """Empty the log when it is longer than `most`, unless a reader still needs it: the next call tries again."""
    if engine.dialect.name == "sqlite" and size(engine) > most:
        _checkpoint(engine, RUNNING_WAIT_S)


def settle(engine: Engine) -> None:
    """Before the process stops: bring the log into the database's file, unless another process is at work."""
    if engine.dialect.name == "sqlite" and size(engine):
        _checkpoint(engine, STOPPING_WAIT_S)


def _checkpoint(engine: Engine, wait_s: float) -> None:
    with closing(sqlite3.connect(engine.url.database or "", timeout=wait_s, isolation_level=None)) as conn:
        conn.execute("PRAGMA wal_checkpoint(PASSIVE)")  # the long part, which holds up nobody
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # answers 'busy' in its row, not by an exception


def _log_of(engine: Engine) -> Path:
    return Path(f"{engine.url.database}-wal")
