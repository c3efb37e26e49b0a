"""Whose turn it is: a lease, taken over at once from a process of this host that has died."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from data.store.db.engine import Connection, Engine, StoreDown, writing
from data.store.intake.leases import holder, take_over
from data.store.intake.sources import claim


def claimed(conn: Connection, name: str, owner: str, now: datetime, for_s: float) -> bool:
    """Take or prolong a lease; False while another process has it. owner: `HOST:PID`, perhaps `:` and more."""
    if claim(conn, name, owner, now, for_s):
        return True
    other = holder(conn, name)
    return other is not None and is_dead(other) and take_over(conn, name, other, owner, now, for_s=for_s)


@contextmanager
def prolonged(engine: Engine, name: str, owner: str, for_s: float, now: Callable[[], datetime]) -> Iterator[None]:
    """Hold a lease that is ours while something goes on that may take longer than it lasts, a large file's writing.

    It is prolonged three times in each `for_s` seconds, until somebody else has it: whoever stores something
    afterwards must claim it anew, and learns so.
    """
    over = threading.Event()

    def beat() -> None:
        ours = True
        while ours and not over.wait(for_s / 3):
            with suppress(StoreDown), writing(engine) as conn:
                ours = claim(conn, name, owner, now(), for_s)

    thread = threading.Thread(target=beat, name=f"lease {name}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def is_dead(owner: str) -> bool:
    """Whether `HOST:PID` was a process of this host that is gone; of other hosts nobody knows."""
    host, _, rest = owner.partition(":")
    pid = rest.partition(":")[0]
    if host != socket.gethostname() or not pid.isdecimal():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except (PermissionError, OverflowError):
        return False
    return _is_zombie(pid)


def _is_zombie(pid: str) -> bool:
    """Dead, but its parent has not taken note yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return False
