"""Rejected records of a delivery are buffered, so that many are stored in one transaction.

They wait neither beyond the delivery nor beyond a record of their own id: what is said last of an id counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from data.store.db.engine import Engine, writing
from data.store.intake import rejected
from data.store.intake.rejected import RejectedRecord
from ingest.pipeline.drafts import Draft
from ingest.pipeline.reading import key_of
from ingest.pipeline.store_retry import RunTransaction
from ingest.source import Became, Outcome, Raw

MOST = 1000
"""So many are kept in one transaction, at most."""
HEAVIEST = 4_000_000
"""Characters of payloads at which a transaction is full: nobody waits long for his turn to write."""


class RejectedBuffer:
    """What of one delivery is refused and not kept yet; who is through with it keeps what still waits."""

    def __init__(self, engine: Engine, source: str, now: datetime, run: RunTransaction) -> None:
        self.waiting = list[RejectedRecord]()
        """In their order."""
        self._engine, self._source, self._now, self._run = engine, source, now, run
        self._ids, self._weight = set[str](), 0

    def add(self, refused: RejectedRecord) -> None:
        """Let it wait; before that, keep those that wait when they are many. Raises StoreDown."""
        if len(self.waiting) >= MOST or self._weight >= HEAVIEST:
            self.flush()
        self.waiting.append(refused)
        self._ids.add(refused.external_id)
        self._weight += len(refused.payload)

    def flush_for(self, external_id: str) -> None:
        """Keep those that wait when one of this id is among them: a later record may clear it. Raises StoreDown."""
        if external_id in self._ids:
            self.flush()

    def flush(self) -> None:
        """Keep those that wait. Raises StoreDown."""
        if self.waiting:
            self._run(self._store)
            self.waiting, self._ids, self._weight = [], set(), 0

    def _store(self) -> None:
        with writing(self._engine) as conn:
            rejected.add_many(conn, self._source, self.waiting, self._now)


def split_by_later_readable(
    waiting: Sequence[RejectedRecord], raws: Sequence[Raw], prepared: Sequence[Draft | RejectedRecord]
) -> tuple[list[RejectedRecord], list[RejectedRecord]]:
    """Those whose id stands again, readable, further on in the delivery; and the others."""
    if not waiting:
        return [], []
    last = {key_of(raw): isinstance(one, Draft) for raw, one in zip(raws, prepared, strict=True)}
    return [one for one in waiting if last[one.external_id]], [one for one in waiting if not last[one.external_id]]


def readable(raws: Sequence[Raw], outcomes: Mapping[int, Outcome]) -> list[str]:
    """The ids of which the last record in the delivery was not refused; outcomes by place."""
    last = {key_of(raw): outcomes[place].became for place, raw in enumerate(raws)}
    return [external_id for external_id, became in last.items() if became is not Became.REJECTED]
