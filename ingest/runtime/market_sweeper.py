"""Lets offers, demands and deals lapse when their time is over, a few at a time."""

from __future__ import annotations

import threading
from datetime import datetime

from data.domain.market.nouns import Market
from data.store.db.engine import Engine, reading
from data.store.db.pacing import writing_then_resting
from data.store.market import deals, listings
from ingest.runtime.leases import claim_or_take_over

LEASE, LEASE_S = "sweep market", 15.0
BATCH = 20
"""Deals in one transaction."""


def sweep_market(engine: Engine, market: Market, owner: str, stop: threading.Event, now: datetime) -> int:
    """How many lapsed. Raises StoreDown."""
    lapsed, found = 0, BATCH
    with reading(engine) as conn:
        waits = deals.is_due(conn, now) or listings.is_over(conn, now)
    while waits and found >= BATCH and not stop.is_set():
        with writing_then_resting(engine, stop) as conn:
            if not claim_or_take_over(conn, LEASE, owner, now, LEASE_S):
                break
            found = deals.lapse_due(conn, market, now, BATCH)
            lapsed += found + listings.expire(conn, now)
    return lapsed
