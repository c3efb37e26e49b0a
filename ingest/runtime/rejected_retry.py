"""Reads rejected records again, after a mapping was fixed, a category was added or a person corrected the record."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from data.store.db.engine import reading, writing
from data.store.db.pacing import Pacer
from data.store.intake import rejected, rejected_search
from data.store.intake.rejected import RejectedEntry, RejectedRecord
from ingest.pipeline.pipeline import Pipeline
from ingest.pipeline.reading import RecordReader, payload_text
from ingest.pipeline.rejected_buffer import MAX_CHARACTERS
from ingest.runtime.rejected_corrections import corrected_of
from ingest.source import Outcome, OutcomeKind, Raw

PAGE = 500
PORTION = 50
"""Records between two looks whether others should come to write; of these, those that fail are marked together."""


def retry_rejected(pipeline: Pipeline, source: RecordReader, now: datetime) -> list[Outcome]:
    """Read all rejected records of a source again, oldest first; readable ones become cases and are removed.

    Raises StoreDown; a second call continues with the records that are left.
    """
    return list(retry_pages(pipeline, source, now))


def retry_pages(pipeline: Pipeline, source: RecordReader, now: datetime, kind: str | None = None) -> Iterator[Outcome]:
    """The same page by page; `kind`: only records with a reason of this kind."""
    after, pacer = 0, Pacer()
    while ids := _page(pipeline, source.name, kind, after):
        for portion in _portions(ids):
            yield from _retry(pipeline, source, portion, now)
            pacer.step()
        after = ids[-1]


def retry_one(pipeline: Pipeline, source: RecordReader, kept_id: int, now: datetime) -> Outcome | None:
    """Read one record again; None when it is not in the rejected table any more. Raises StoreDown."""
    return next(iter(_retry(pipeline, source, [kept_id], now)), None)


def _portions(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for at in range(0, len(ids), PORTION):
        yield ids[at : at + PORTION]


def _page(pipeline: Pipeline, source: str, kind: str | None, after: int) -> list[int]:
    with reading(pipeline.engine) as conn:
        return rejected_search.next_ids(conn, source, kind, after, PAGE)


def _retry(pipeline: Pipeline, source: RecordReader, ids: Sequence[int], now: datetime) -> list[Outcome]:
    """Read these again, if they still exist. Those that fail again are marked in one transaction."""
    outcomes, failed, weight = list[Outcome](), list[tuple[RejectedEntry, str]](), 0
    for kept_id in ids:
        with reading(pipeline.engine) as conn:
            row = rejected_search.one(conn, source.name, kept_id)
        if row is None:
            continue
        outcomes.append(_read(pipeline, source, row, now))
        if outcomes[-1].kind is OutcomeKind.REJECTED:
            failed.append((row, outcomes[-1].reason))
            weight += len(row.record.payload)
        if weight >= MAX_CHARACTERS:
            _mark_failed(pipeline, failed, now)
            failed, weight = [], 0
    _mark_failed(pipeline, failed, now)
    return outcomes


def _read(pipeline: Pipeline, source: RecordReader, row: RejectedEntry, now: datetime) -> Outcome:
    """Read one record again; store it when it is readable now."""
    payload = corrected_of(row.record.payload)
    if payload is None:
        return Outcome(OutcomeKind.REJECTED, row.record.external_id, reason=row.record.reason)
    raw = Raw(row.record.external_id, payload)
    prepared = pipeline.prepare(source, raw, now)
    if isinstance(prepared, RejectedRecord):
        return Outcome(OutcomeKind.REJECTED, raw.external_id, reason=prepared.reason)
    outcome = pipeline.write(source.name, raw, prepared, now)
    if outcome.kind is OutcomeKind.REJECTED:  # stored as it was read: restore the payload with AS_RECEIVED
        with writing(pipeline.engine) as conn:
            rejected.correct(conn, row.id, payload_text(payload), row.record.payload)
    return outcome


def _mark_failed(pipeline: Pipeline, failed: Sequence[tuple[RejectedEntry, str]], now: datetime) -> None:
    if failed:
        with writing(pipeline.engine) as conn:
            rejected.mark_retried(conn, failed, now)
