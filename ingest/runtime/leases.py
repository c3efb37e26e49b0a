"""Leases: only one process polls a source or sweeps. A dead process of this host loses its lease at once."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from data.store.db.engine import Connection, Engine, StoreDown, writing
from data.store.intake.sources import claim, holder, take_over


def claim_or_take_over(conn: Connection, name: str, owner: str, now: datetime, for_s: float) -> bool:
    """Take or renew a lease; False while a live process holds it. owner: `HOST:PID`, optionally `:` and more."""
    if claim(conn, name, owner, now, for_s):
        return True
    other = holder(conn, name)
    return other is not None and is_dead(other) and take_over(conn, name, other, owner, now, for_s=for_s)


@contextmanager
def kept_renewed(engine: Engine, name: str, owner: str, for_s: float, now: Callable[[], datetime]) -> Iterator[None]:
    """Renew our lease in the background during work that may take longer than the lease, for example writing a file.

    It is renewed three times in each `for_s` seconds, until another process has taken it. Who stores something
    afterwards must claim the lease again, and then notices a loss.
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
    """Whether `HOST:PID` is a process of this host that has ended; False for other hosts."""
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
    """Whether the process has ended and its parent has not waited for it yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return False
