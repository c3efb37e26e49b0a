"""Trying again what could not be read: a mapping was mended, a category added."""

from __future__ import annotations

from datetime import datetime

from data.store import rejected
from data.store.engine import reading, writing
from data.store.rejected import Kept
from ingest.outcomes import Became, Outcome
from ingest.pipeline import Pipeline
from ingest.reading import Reader, payload_of
from ingest.source import Raw

_PAGE = 500


def retry_rejected(pipeline: Pipeline, source: Reader, now: datetime) -> list[Outcome]:
    """Read everything kept of a source again, oldest first; what can be read now is a case and kept no longer.

    Raises StoreDown; called again it goes on with what is left.
    """
    outcomes: list[Outcome] = []
    after = 0
    while rows := _page(pipeline, source.name, after):
        after = rows[-1].id
        outcomes += [_again(pipeline, source, row, now) for row in rows]
    return outcomes


def _page(pipeline: Pipeline, source: str, after: int) -> list[Kept]:
    with reading(pipeline.engine) as conn:
        return rejected.waiting(conn, source, _PAGE, after)


def _again(pipeline: Pipeline, source: Reader, row: Kept, now: datetime) -> Outcome:
    payload = payload_of(row.refused.payload)
    if payload is None:
        outcome = Outcome(Became.REJECTED, row.refused.external_id, reason=row.refused.reason)
    else:
        outcome = pipeline.take(source, Raw(row.refused.external_id, payload), now)
    if outcome.became is Became.REJECTED:
        with writing(pipeline.engine) as conn:
            rejected.tried_again(conn, row.id, outcome.reason, now)
    return outcome
