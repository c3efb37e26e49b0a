"""Runs the sweep (`data.store.cases.sweep`) in small transactions, in one process at a time.

Other writers can always write in between: each transaction has few cases, and a rest follows (`data.store.db.pacing`),
so that the two loops here use at most half of the time.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from data import clock
from data.domain.sla.case_status import case_status
from data.domain.sla.terms import Terms
from data.domain.sla.worktime import HorizonError
from data.store.cases.cases import TermsOf, by_id, events_of, open_ids, recompute_status, terms_for
from data.store.cases.sweep import due, sweep
from data.store.db.engine import Connection, Engine, reading
from data.store.db.pacing import writing_then_resting
from ingest.runtime.leases import claim_or_take_over

LEASE = "sweep"
LEASE_S = 15.0
"""Renewed in every transaction."""
DUE_MOST = 500
"""The most breaches, and the most warnings, of one query; newer ones come with the next query, seconds later."""
BATCH = 20
"""The most cases in one transaction: about 15 ms."""

Now = Callable[[], datetime]


def sweep_once(engine: Engine, terms_of: TermsOf, owner: str, stop: threading.Event, *, now: Now = clock.now) -> int:
    """Announce what is due until nothing is left, `stop` is set or another process sweeps; returns how many cases.

    Call it every few seconds. owner: as for `ingest.runtime.poller.poll`. Raises StoreDown.
    """
    swept, announced = 0, 1
    while announced and not stop.is_set():
        with reading(engine) as conn:
            found = due(conn, terms_of, now(), DUE_MOST)
        announced = 0
        for batch in _batches(found, stop):
            with writing_then_resting(engine, stop) as conn:
                at = now()
                if not claim_or_take_over(conn, LEASE, owner, at, LEASE_S):
                    return swept
                new = sweep(conn, batch, terms_of, at)
            swept, announced = swept + new, announced + new
    return swept


def recompute_open_cases(engine: Engine, terms_of: TermsOf, stop: threading.Event, *, now: Now = clock.now) -> int:
    """Compute the status of all open cases by the present calendars and policies; returns how many differ.

    For the start of a process, because config.yaml may have changed since the due moments were stored. A case whose
    policy or years are no longer configured keeps its status; the end of a pause is left to the sweep, which announces
    it. Only cases that differ are written. Ends when `stop` is set. Raises StoreDown.
    """
    recomputed = 0
    with reading(engine) as conn:
        ids = open_ids(conn)
    for batch in _batches(ids, stop):
        with reading(engine) as conn:
            differing = [case_id for case_id in batch if _new_terms(conn, case_id, terms_of, now())]
        if differing:
            with writing_then_resting(engine, stop) as conn:
                recomputed += sum(_recompute(conn, case_id, terms_of, now()) for case_id in differing)
    return recomputed


def _recompute(conn: Connection, case_id: int, terms_of: TermsOf, now: datetime) -> bool:
    terms = _new_terms(conn, case_id, terms_of, now)
    if terms is None:
        return False
    recompute_status(conn, case_id, terms, now)
    return True


def _new_terms(conn: Connection, case_id: int, terms_of: TermsOf, now: datetime) -> Terms | None:
    """The terms of an open case whose computed status differs from the stored one, else None."""
    found = by_id(conn, case_id)
    if found is None or not found.status.open:
        return None
    try:
        terms = terms_for(found, terms_of)
        status = case_status(events_of(conn, case_id), terms, now)
    except (KeyError, HorizonError):
        return None
    pause_ended = found.status.paused_at is not None and status.paused_at is None
    return None if pause_ended or status == found.status else terms


def _batches(ids: Sequence[int], stop: threading.Event) -> Iterator[Sequence[int]]:
    for at in range(0, len(ids), BATCH):
        if stop.is_set():
            return
        yield ids[at : at + BATCH]
