"""Runs the ladder of escalation (`data.store.escalation`) in small transactions, in one process at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime

from data import clock
from data.store.db.engine import Engine, reading, writing
from data.store.db.pacing import writing_then_resting
from data.store.escalation.notices import gather, is_to_gather
from data.store.escalation.raising import due, end_all, look, look_at_all
from data.store.escalation.steps import LadderRules
from ingest.runtime.leases import claim_or_take_over

LEASE, LEASE_S = "escalation", 15.0
"""Renewed in every transaction."""
BATCH = 8
"""The most cases in one transaction: about 10 ms."""


class Escalator:
    """Raises what is due; what it found in one round is told together."""

    def __init__(self, engine: Engine, rules: LadderRules, now: Callable[[], datetime] = clock.now) -> None:
        self._engine, self._rules, self._now = engine, rules, now
        self._has_begun = False

    def work(self, owner: str, stop: threading.Event) -> int:
        """One round; how many steps were raised. owner: as for `ingest.runtime.poller.poll`. Raises StoreDown."""
        if not self._has_begun:
            self._begin()
        if not self._rules.city.escalation.ladders:
            return 0
        raised = 0
        while not stop.is_set() and (found := self._due()):
            with writing_then_resting(self._engine, stop) as conn:
                at = self._now()
                if not claim_or_take_over(conn, LEASE, owner, at, LEASE_S):
                    return raised
                raised += look(conn, found, self._rules, at)
        self._gather(owner)
        return raised

    def _begin(self) -> None:
        """Ladders, calendars and policies may be others than when this process, or another, looked last."""
        with writing(self._engine) as conn:
            if self._rules.city.escalation.ladders:
                look_at_all(conn, self._now())
            else:
                end_all(conn)
        self._has_begun = True

    def _due(self) -> list[int]:
        with reading(self._engine) as conn:
            return due(conn, self._now(), BATCH)

    def _gather(self, owner: str) -> None:
        with reading(self._engine) as conn:
            if not is_to_gather(conn):
                return
        with writing(self._engine) as conn:
            if claim_or_take_over(conn, LEASE, owner, self._now(), LEASE_S):
                gather(conn, self._rules.city, self._now())
