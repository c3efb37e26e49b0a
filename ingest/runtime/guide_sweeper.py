"""Rings the bell when something of the guide begins, ends or expires, and expands the agenda further."""

from __future__ import annotations

import threading
from datetime import datetime

from data.store.db.engine import Engine, reading
from data.store.db.pacing import writing_then_resting
from data.store.guide import agenda, sweep
from data.store.guide.agenda import Window
from ingest.runtime.leases import claim_or_take_over

LEASE, LEASE_S = "sweep guide", 15.0
BATCH = 10
"""Entries that are expanded in one transaction."""


def sweep_guide(engine: Engine, window: Window, owner: str, stop: threading.Event, now: datetime) -> int:
    """How much began, ended or expired. Raises StoreDown."""
    told, expanded = 0, BATCH
    with reading(engine) as conn:
        waits = sweep.is_due(conn, now, window)
    while waits and expanded >= BATCH and not stop.is_set():
        with writing_then_resting(engine, stop) as conn:
            if not claim_or_take_over(conn, LEASE, owner, now, LEASE_S):
                break
            told += sweep.ring(conn, now)
            expanded = agenda.roll(conn, now, window, BATCH)
            if expanded:
                sweep.remove_old(conn, now)
    return told
