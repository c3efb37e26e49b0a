"""Buffers the rejected records of a delivery, so that many are stored in one transaction.

They are stored at the latest at the end of the delivery, and before a readable record with the same id is written: the
last record of an id counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from data.store.db.engine import Engine, writing
from data.store.intake import rejected
from data.store.intake.rejected import RejectedRecord
from ingest.pipeline.reading import key_of
from ingest.pipeline.store_retry import RunTransaction
from ingest.source import Outcome, OutcomeKind, Raw

MAX_RECORDS = 1000
"""The most records in one transaction."""
MAX_CHARACTERS = 4_000_000
"""The most characters of payloads in one transaction, so that other writers do not wait long."""


class RejectedBuffer:
    """Rejected records of one delivery that are not stored yet. At the end the caller stores `waiting` or flushes."""

    def __init__(self, engine: Engine, source: str, now: datetime, run: RunTransaction) -> None:
        self.waiting = list[RejectedRecord]()
        """In order."""
        self._engine, self._source, self._now, self._run = engine, source, now, run
        self._ids, self._weight = set[str](), 0

    def add(self, refused: RejectedRecord) -> None:
        """Add a record; flush first when the buffer is full. Raises StoreDown."""
        if len(self.waiting) >= MAX_RECORDS or self._weight >= MAX_CHARACTERS:
            self.flush()
        self.waiting.append(refused)
        self._ids.add(refused.external_id)
        self._weight += len(refused.payload)

    def flush_for(self, external_id: str) -> None:
        """Flush when the buffer has a record of this id, because the next record may remove it. Raises StoreDown."""
        if external_id in self._ids:
            self.flush()

    def flush(self) -> None:
        """Store the buffered records. Raises StoreDown."""
        if self.waiting:
            self._run(self._store)
            self.waiting, self._ids, self._weight = [], set(), 0

    def _store(self) -> None:
        with writing(self._engine) as conn:
            rejected.add_many(conn, self._source, self.waiting, self._now)


def split_by_later_readable(
    waiting: Sequence[RejectedRecord], raws: Sequence[Raw], prepared: Sequence[object]
) -> tuple[list[RejectedRecord], list[RejectedRecord]]:
    """(records whose last record of the same id in the delivery is readable, the others)."""
    if not waiting:
        return [], []
    last = {key_of(raw): not isinstance(one, RejectedRecord) for raw, one in zip(raws, prepared, strict=True)}
    return [one for one in waiting if last[one.external_id]], [one for one in waiting if not last[one.external_id]]


def readable_ids(raws: Sequence[Raw], outcomes: Mapping[int, Outcome]) -> list[str]:
    """The ids whose last record in the delivery was not rejected; outcomes by index."""
    last = {key_of(raw): outcomes[place].kind for place, raw in enumerate(raws)}
    return [external_id for external_id, kind in last.items() if kind is not OutcomeKind.REJECTED]
