"""The sweep as a loop: what time alone brings about is announced within seconds, by one process at a time.

However much there is to be written, others write in between: a transaction holds few cases, and after each the turn is
left to others for a while. Within a process writers stand in a queue, but SQLite's file lock knows none: a writer of
another process looks ten times a second whether it happens to be free.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from data import clock
from data.domain.sla.standing import standing
from data.domain.sla.terms import Terms
from data.domain.sla.worktime import HorizonError
from data.store.cases.cases import TermsOf, by_id, events_of, open_ids, rejudge, terms_for
from data.store.cases.sweep import due, sweep
from data.store.db.engine import Connection, Engine, reading, writing
from ingest.runtime.leases import claimed

LEASE = "sweep"
LEASE_S = 15.0
"""Prolonged in every transaction."""
DUE_MOST = 500
"""So many breaches and warnings are found at one look: what takes effect meanwhile comes with the next, in seconds."""
BATCH = 20
"""At most so many cases in one transaction: about 15 ms."""
PAUSE_FACTOR = 3
"""So many times as long as the turn was held it is left to others: the two loops here take half of the time at most."""

Now = Callable[[], datetime]


def sweep_once(engine: Engine, terms_of: TermsOf, owner: str, stop: threading.Event, *, now: Now = clock.now) -> int:
    """Announce what is due until nothing is left, `stop` is set or another process sweeps; how many cases.

    To be called every few seconds. owner: as for `ingest.runtime.poller.poll`. Raises StoreDown.
    """
    swept, announced = 0, 1
    while announced and not stop.is_set():
        with reading(engine) as conn:
            found = due(conn, terms_of, now(), DUE_MOST)
        announced = 0
        for batch in _batches(found, stop):
            with _writing_then_pausing(engine, stop) as conn:
                at = now()
                if not claimed(conn, LEASE, owner, at, LEASE_S):
                    return swept
                new = sweep(conn, batch, terms_of, at)
            swept, announced = swept + new, announced + new
    return swept


def judge_open_anew(engine: Engine, terms_of: TermsOf, stop: threading.Event, *, now: Now = clock.now) -> int:
    """Judge every open case by the calendars and policies of now, until `stop` is set; how many stand differently.

    For a process that starts: config.yaml may have been edited since the due moments were stored. A case whose
    policy or years the configuration no longer knows keeps what it has; the end of a pause is left to the sweep, which
    announces it. Only what differs takes the writers' turn. Raises StoreDown.
    """
    judged = 0
    with reading(engine) as conn:
        ids = open_ids(conn)
    for batch in _batches(ids, stop):
        with reading(engine) as conn:
            differing = [case_id for case_id in batch if _new_terms(conn, case_id, terms_of, now())]
        if differing:
            with _writing_then_pausing(engine, stop) as conn:
                judged += sum(_judge_anew(conn, case_id, terms_of, now()) for case_id in differing)
    return judged


def _judge_anew(conn: Connection, case_id: int, terms_of: TermsOf, now: datetime) -> bool:
    terms = _new_terms(conn, case_id, terms_of, now)
    if terms is None:
        return False
    rejudge(conn, case_id, terms, now)
    return True


def _new_terms(conn: Connection, case_id: int, terms_of: TermsOf, now: datetime) -> Terms | None:
    """The terms by which an open case stands otherwise than is stored; None when it does not."""
    found = by_id(conn, case_id)
    if found is None or not found.standing.open:
        return None
    try:
        terms = terms_for(found, terms_of)
        stands = standing(events_of(conn, case_id), terms, now)
    except (KeyError, HorizonError):
        return None
    pause_ended = found.standing.paused_at is not None and stands.paused_at is None
    return None if pause_ended or stands == found.standing else terms


def _batches(ids: Sequence[int], stop: threading.Event) -> Iterator[Sequence[int]]:
    for at in range(0, len(ids), BATCH):
        if stop.is_set():
            return
        yield ids[at : at + BATCH]


@contextmanager
def _writing_then_pausing(engine: Engine, stop: threading.Event) -> Iterator[Connection]:
    """As `writing`; then a rest, as long as the turn was held, PAUSE_FACTOR times, that `stop` ends."""
    with writing(engine) as conn:
        began = time.monotonic()
        yield conn
    stop.wait(PAUSE_FACTOR * (time.monotonic() - began))
