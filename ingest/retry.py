"""Trying again what could not be read: a mapping was mended, a category added, a person corrected the record."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from data.store import refusals, rejected
from data.store.engine import reading, writing
from data.store.rejected import Kept
from ingest.corrections import corrected_of
from ingest.outcomes import Became, Outcome
from ingest.pipeline import Pipeline
from ingest.reading import Reader, payload_text
from ingest.source import Raw

PAGE = 500


def retry_rejected(pipeline: Pipeline, source: Reader, now: datetime) -> list[Outcome]:
    """Read everything kept of a source again, oldest first; what can be read now is a case and kept no longer.

    Raises StoreDown; called again it goes on with what is left.
    """
    return list(retried(pipeline, source, now))


def retried(pipeline: Pipeline, source: Reader, now: datetime, kind: str | None = None) -> Iterator[Outcome]:
    """The same one by one, holding one payload at a time; `kind`: only what waits for a reason of this kind."""
    after = 0
    while ids := _page(pipeline, source.name, kind, after):
        for after in ids:
            outcome = retry_one(pipeline, source, after, now)
            if outcome is not None:
                yield outcome


def retry_one(pipeline: Pipeline, source: Reader, kept_id: int, now: datetime) -> Outcome | None:
    """Read one record again; None when it is not kept any more. Raises StoreDown."""
    with reading(pipeline.engine) as conn:
        row = refusals.one(conn, source.name, kept_id)
    return None if row is None else _again(pipeline, source, row, now)


def _page(pipeline: Pipeline, source: str, kind: str | None, after: int) -> list[int]:
    with reading(pipeline.engine) as conn:
        return refusals.next_ids(conn, source, kind, after, PAGE)


def _again(pipeline: Pipeline, source: Reader, row: Kept, now: datetime) -> Outcome:
    payload = corrected_of(row.refused.payload)
    if payload is None:
        outcome = Outcome(Became.REJECTED, row.refused.external_id, reason=row.refused.reason)
    else:
        outcome = pipeline.take(source, Raw(row.refused.external_id, payload), now)
    if outcome.became is Became.REJECTED:
        with writing(pipeline.engine) as conn:
            if payload is not None:  # a refusal keeps what was read: put back what was received beside it
                rejected.correct(conn, row.id, payload_text(payload), row.refused.payload)
            rejected.tried_again(conn, row.id, outcome.reason, now)
    return outcome
