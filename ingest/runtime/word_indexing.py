"""Builds the index of words over cases that are not in it (`data.store.db.word_index`), in one process at a time.

After an upgrade, a move or a restore the jobs of a server do it, some cases at a time with a rest after each, so that
nobody who writes is refused; whoever comes after an interruption goes on where it was.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime

from data import clock
from data.store.db import word_index
from data.store.db.engine import Engine, reading
from data.store.db.pacing import writing_then_resting
from data.store.intake.sources import release
from ingest.runtime.leases import claim_or_take_over

LEASE, LEASE_S = "words", 30.0
"""The lease is renewed in every transaction."""
BATCH = 250
"""The most cases in one transaction: about 5 ms, and as much for its way to the disk."""


def index_words(
    engine: Engine, owner: str, stop: threading.Event, *, now: Callable[[], datetime] = clock.now, batch: int = BATCH
) -> bool:
    """Until the index is whole and holds no erased word, or `stop` is set; False when another process does it.

    owner: as for `ingest.runtime.poller.poll`. Raises StoreDown.
    """
    while _has_work(engine) and not stop.is_set():
        with writing_then_resting(engine, stop) as conn:
            if not claim_or_take_over(conn, LEASE, owner, now(), LEASE_S):
                return False
            word_index.work_next(conn, batch)
            if not word_index.has_work(conn):
                release(conn, LEASE, owner)
    return True


def _has_work(engine: Engine) -> bool:
    with reading(engine) as conn:
        return word_index.has_work(conn)
