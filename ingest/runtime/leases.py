"""Leases: only one process polls a source or sweeps. A process that is known to be dead loses its lease at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime

from data.store.db.engine import Connection, Engine, StoreDown, writing
from data.store.intake.sources import Holder, claim, holder, take_over
from ingest.runtime.process_files import host_and_pid, is_dead


def claim_or_take_over(conn: Connection, name: str, owner: str, now: datetime, for_s: float) -> bool:
    """Take or renew a lease; False while another process holds it that may live.

    owner: from `process_files.owner_of`.
    """
    if claim(conn, name, owner, now, for_s):
        return True
    other = holder(conn, name)
    return other is not None and is_dead(other.owner) and take_over(conn, name, other.owner, owner, now, for_s=for_s)


def holder_in_words(held: Holder | None, now: datetime) -> str:
    """Who holds a lease and for how long, for people: `process 4711 of loket-1 (for 85 s more, unless it goes on)`."""
    if held is None:
        return "another process"
    host, pid = host_and_pid(held.owner)
    return f"process {pid or '?'} of {host} (for {seconds_left(held, now)} s more, unless it goes on)"


def seconds_left(held: Holder, now: datetime) -> int:
    """How long a lease holds when it is not renewed."""
    return max(0, round((held.until - now).total_seconds()))


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
