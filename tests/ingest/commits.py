"""What transactions a store saw, and how many have come to write."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from data.store.db.engine import Engine, WriteLock, engine_state


@contextmanager
def commits(engine: Engine) -> Iterator[list[str]]:
    """Each commit so far: 'write', or 'read' of a transaction that only read."""
    seen: list[str] = []

    def committed(conn: Any) -> None:
        seen.append("write" if conn.get_execution_options().get("writing") else "read")

    event.listen(engine, "commit", committed)
    yield seen
    event.remove(engine, "commit", committed)


class WatchedLock(WriteLock):
    """Counts who comes to write."""

    def __init__(self) -> None:
        super().__init__()
        self.came = 0

    def acquire(self, timeout_s: float) -> bool:
        self.came += 1
        return super().acquire(timeout_s)


def watched(engine: Engine) -> WatchedLock:
    """The write lock of an engine, counting from now on."""
    lock = WatchedLock()
    engine_state(engine).write_lock = lock
    return lock
