"""Trying again what could not be read: a mapping was mended, a category added, a person corrected the record."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from data.store.db.engine import reading, writing
from data.store.intake import rejected, rejected_search
from data.store.intake.rejected import RejectedEntry, RejectedRecord
from ingest.pipeline.pipeline import Pipeline
from ingest.pipeline.reading import Reader, payload_text
from ingest.pipeline.rejected_buffer import HEAVIEST
from ingest.runtime.rejected_corrections import corrected_of
from ingest.source import Became, Outcome, Raw

PAGE = 500


def retry_rejected(pipeline: Pipeline, source: Reader, now: datetime) -> list[Outcome]:
    """Read everything kept of a source again, oldest first; what can be read now is a case and kept no longer.

    Raises StoreDown; called again it goes on with what is left.
    """
    return list(retried(pipeline, source, now))


def retried(pipeline: Pipeline, source: Reader, now: datetime, kind: str | None = None) -> Iterator[Outcome]:
    """The same a page at a time; `kind`: only what waits for a reason of this kind."""
    after = 0
    while ids := _page(pipeline, source.name, kind, after):
        yield from _again(pipeline, source, ids, now)
        after = ids[-1]


def retry_one(pipeline: Pipeline, source: Reader, kept_id: int, now: datetime) -> Outcome | None:
    """Read one record again; None when it is not kept any more. Raises StoreDown."""
    return next(iter(_again(pipeline, source, [kept_id], now)), None)


def _page(pipeline: Pipeline, source: str, kind: str | None, after: int) -> list[int]:
    with reading(pipeline.engine) as conn:
        return rejected_search.next_ids(conn, source, kind, after, PAGE)


def _again(pipeline: Pipeline, source: Reader, ids: Sequence[int], now: datetime) -> list[Outcome]:
    """Read these again, as far as they are kept. What cannot be read now either is written down in one transaction."""
    outcomes, vain, weight = list[Outcome](), list[tuple[RejectedEntry, str]](), 0
    for kept_id in ids:
        with reading(pipeline.engine) as conn:
            row = rejected_search.one(conn, source.name, kept_id)
        if row is None:
            continue
        outcomes.append(_read(pipeline, source, row, now))
        if outcomes[-1].became is Became.REJECTED:
            vain.append((row, outcomes[-1].reason))
            weight += len(row.record.payload)
        if weight >= HEAVIEST:
            _write(pipeline, vain, now)
            vain, weight = [], 0
    _write(pipeline, vain, now)
    return outcomes


def _read(pipeline: Pipeline, source: Reader, row: RejectedEntry, now: datetime) -> Outcome:
    """One that can be read now is stored at once."""
    payload = corrected_of(row.record.payload)
    if payload is None:
        return Outcome(Became.REJECTED, row.record.external_id, reason=row.record.reason)
    raw = Raw(row.record.external_id, payload)
    prepared = pipeline.prepare(source, raw, now)
    if isinstance(prepared, RejectedRecord):
        return Outcome(Became.REJECTED, raw.external_id, reason=prepared.reason)
    outcome = pipeline.write(source.name, raw, prepared, now)
    if outcome.became is Became.REJECTED:  # and kept as it was read: put back what was received beside it
        with writing(pipeline.engine) as conn:
            rejected.correct(conn, row.id, payload_text(payload), row.record.payload)
    return outcome


def _write(pipeline: Pipeline, vain: Sequence[tuple[RejectedEntry, str]], now: datetime) -> None:
    if vain:
        with writing(pipeline.engine) as conn:
            rejected.mark_retried(conn, vain, now)
