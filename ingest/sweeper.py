"""The sweep as a loop: what time alone brings about is announced within about a second, by one process at a time."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from data.domain.worktime import HorizonError
from data.store.cases import TermsOf, by_id, open_ids, rejudge, terms_for
from data.store.engine import Engine, reading, writing
from data.store.sweep import BATCH, sweep
from ingest.leases import claimed

LEASE = "sweep"
LEASE_S = 15.0


def sweep_once(engine: Engine, terms_of: TermsOf, owner: str, now: datetime) -> int:
    """Announce everything that is due, in small transactions; how many cases, 0 when another process sweeps.

    To be called about once a second. owner: as for `ingest.poller.poll`. Raises StoreDown.
    """
    swept = 0
    while True:
        with writing(engine) as conn:
            if not claimed(conn, LEASE, owner, now, LEASE_S):
                return swept
            batch = sweep(conn, terms_of, now)
        swept += batch
        if batch < BATCH:
            return swept


def judge_open_anew(engine: Engine, terms_of: TermsOf, now: datetime) -> int:
    """Judge every open case by the calendars and policies of now, in small transactions; how many.

    For a process that starts: config.yaml may have been edited since the due moments were stored. A case whose
    policy or years the configuration no longer knows keeps what it has. Raises StoreDown.
    """
    with reading(engine) as conn:
        ids = open_ids(conn)
    return sum(_judge_anew(engine, ids[at : at + BATCH], terms_of, now) for at in range(0, len(ids), BATCH))


def _judge_anew(engine: Engine, ids: Sequence[int], terms_of: TermsOf, now: datetime) -> int:
    judged = 0
    with writing(engine) as conn:
        for found in filter(None, (by_id(conn, case_id) for case_id in ids)):
            with suppress(KeyError, HorizonError):
                rejudge(conn, found.id, terms_for(found, terms_of), now)
                judged += 1
    return judged
