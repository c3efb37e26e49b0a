"""The sweep as a loop: what time alone brings about is announced within about a second, by one process at a time."""

from __future__ import annotations

from datetime import datetime

from data.store.cases import TermsOf
from data.store.engine import Engine, writing
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
