"""Places the stored cases by a newly imported map (`data.store.geo.placing`), in one process at a time.

Whoever imports a map does it. When that process ends before its time, another one goes on where it came to: the next
`run.py map import`, or the jobs of a server, which look every few seconds and at their start.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime

from data import clock
from data.reference.boundaries.areas import Boundaries
from data.store.db.change_feed import record_change
from data.store.db.engine import Connection, Engine, reading
from data.store.db.pacing import LONGEST_TRY_S, writing_then_resting
from data.store.geo import boundaries, placing
from data.store.geo.placing import Placing
from data.store.intake.sources import release
from ingest.runtime.leases import claim_or_take_over

LEASE, LEASE_S = "placing", 30.0
"""The lease is renewed in every transaction."""
BATCH = 500
"""The most cases in one transaction: about 20 ms, and on a loaded machine less than 100."""


def place_cases(
    engine: Engine,
    owner: str,
    stop: threading.Event,
    *,
    now: Callable[[], datetime] = clock.now,
    tell: Callable[[Placing], object] = lambda at: None,
) -> bool:
    """Place all cases by the map in force, until `stop` is set; False when another process does it.

    owner: as for `ingest.runtime.poller.poll`. `tell` is called after each transaction. Raises StoreDown.
    """
    ground: Boundaries | None = None
    while (at := _left(engine)) is not None and not stop.is_set():
        if ground is None or ground.number != at.map:
            with reading(engine) as conn:
                ground = boundaries.current(conn)
        with writing_then_resting(engine, stop, LONGEST_TRY_S) as conn:
            if not claim_or_take_over(conn, LEASE, owner, now(), LEASE_S):
                return False
            after = _step(conn, ground, owner, now())
        if after is not None:
            tell(after)
    return True


def _left(engine: Engine) -> Placing | None:
    """How far it is, unless no case is left."""
    with reading(engine) as conn:
        at = placing.state(conn)
    return None if at is None or at.is_done else at


def _step(conn: Connection, ground: Boundaries, owner: str, now: datetime) -> Placing | None:
    """Place some; at the end tell the walls. None when yet another map was imported, or another process was faster."""
    at = placing.state(conn)
    if at is None or at.is_done or at.map != ground.number:
        return None
    at = placing.place_next(conn, at, ground, BATCH, now)
    if at.is_done:
        record_change(conn, "boundaries", now)
        release(conn, LEASE, owner)
    return at
