"""The end of a delivery: saves cursor, file mark, health and lease in the transaction that stores the records."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from data.domain.reasons import encode_reason
from data.store.db.engine import Connection
from data.store.intake import hours, sources, taken_files
from ingest.source import Delivery, Outcome, OutcomeKind, count_new


class LeaseLost(RuntimeError):
    """Another process polls the source now and will fetch what we have not stored."""


class Lease(NamedTuple):
    """Which process polls a source, and for how many seconds from now."""

    owner: str
    for_s: float
    name: str | None = None
    """None: the source's own lease."""


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
    """Save the progress after a stored delivery. True when the source had been failing. Raises LeaseLost."""
    if lease is not None and not sources.claim(conn, lease.name or lease_name(source), lease.owner, now, lease.for_s):
        raise LeaseLost(f"{source}: another process has taken over")
    if delivery.file is not None:
        taken_files.take(conn, source, delivery.file.digest, delivery.file.name, now)
    newest = max((outcome.received_at for outcome in outcomes if outcome.received_at is not None), default=None)
    new = count_new(outcomes)
    updated = sum(outcome.kind is OutcomeKind.UPDATED for outcome in outcomes)
    asked = int(not delivery.is_upload)
    hours.count(
        conn, source, now, delivered=new, updated=updated, fetches=asked
    )  # rejected records are counted where they are stored
    if delivery.is_upload:
        sources.add_delivered(conn, source, now, new)
        return False
    sources.set_cursor(conn, source, delivery.cursor)
    notice = encode_reason(delivery.notice) if delivery.notice is not None else None
    return sources.succeeded(conn, source, now, records=new, newest=newest, notice=notice)
