"""The end of a delivery: cursor, file mark, health and lease move on together, in the transaction that stores it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from data.store.db.engine import Connection
from data.store.intake import hours, sources, taken_files
from ingest.source import Became, Delivery, Outcome, brought


class LeaseLost(RuntimeError):
    """Another process polls the source now: whatever we still hold of it is that one's to fetch."""


class Lease(NamedTuple):
    """By whom a source is polled, and for how many seconds he may from now."""

    owner: str
    for_s: float
    name: str | None = None
    """None: the source's own."""


def lease_name(source: str) -> str:
    """The lease under which a source is polled."""
    return f"source:{source}"


def save_checkpoint(
    conn: Connection,
    source: str,
    delivery: Delivery,
    outcomes: Sequence[Outcome],
    now: datetime,
    *,
    lease: Lease | None,
) -> bool:
    """All of it is stored: go on from here. True when the source had been failing. Raises LeaseLost."""
    if lease is not None and not sources.claim(conn, lease.name or lease_name(source), lease.owner, now, lease.for_s):
        raise LeaseLost(f"{source}: another process has taken over")
    if delivery.file is not None:
        taken_files.take(conn, source, delivery.file.digest, delivery.file.name, now)
    newest = max((outcome.received_at for outcome in outcomes if outcome.received_at is not None), default=None)
    new = brought(outcomes)
    updated = sum(outcome.became is Became.UPDATED for outcome in outcomes)
    asked = int(not delivery.aside)
    hours.count(conn, source, now, delivered=new, updated=updated, fetches=asked)  # refused ones count when kept
    if delivery.aside:
        sources.brought(conn, source, now, new)
        return False
    sources.set_cursor(conn, source, delivery.cursor)
    return sources.succeeded(conn, source, now, records=new, newest=newest)
