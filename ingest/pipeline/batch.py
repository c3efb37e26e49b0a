"""Computes the case status of many new cases at once, and prepares their rows for `data.store.cases.bulk_insert`.

Bulk-eligible histories (no pause, no transfer, no reopening) are computed by the vectorised `bulk_status`, the few
others one by one by `case_status`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from data.domain.cases.model import WITHOUT_DATE, ActorKind, EventKind
from data.domain.city.model import City
from data.domain.sla.bulk_eligible import BulkRow, bulk_row
from data.domain.sla.bulk_status import Batch, case_status_many
from data.domain.sla.calendars import Calendars
from data.domain.sla.case_status import STATUS_COLUMNS, CaseStatus, case_status
from data.domain.sla.terms import Terms
from data.domain.sla.worktime import HorizonError, epoch
from data.foreground import in_background
from data.store.cases.bulk_insert import Histories, Rows
from ingest.pipeline.drafting.drafts import Draft, clean

Columns = Mapping[str, Sequence[Any]]
_KINDS: Mapping[EventKind, str] = {kind: str(kind) for kind in EventKind}
_ACTORS: Mapping[ActorKind, str] = {kind: str(kind) for kind in ActorKind}


class Receipt(NamedTuple):
    """The RECEIVED event of a history, in the form that `bulk_row` needs."""

    at: datetime
    agency: str
    kind: EventKind = EventKind.RECEIVED
    actor_kind: ActorKind = ActorKind.CITIZEN
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class StatusBatch:
    """Drafts of new cases with their status."""

    drafts: Sequence[Draft]
    places: Sequence[int]
    """The index of each draft in the input. Drafts beyond the horizon of the calendars are missing."""
    moments: Sequence[Sequence[int]]
    """For each draft the moments of its receipt and later events, epoch seconds."""
    status: Columns
    """The columns of CaseStatus in the store's form: epoch seconds, 0 and 1, plain texts."""
    former: Rows
    """FORMER_COLUMNS of the drafts that were reopened."""


def compute_statuses(
    drafts: Sequence[Draft], source: str, now: datetime, city: City, calendars: Calendars
) -> StatusBatch:
    """The status of each draft; first the bulk-eligible ones, then the others."""
    moments = [_moments(draft) for draft in drafts]
    rows = [
        bulk_row((Receipt(draft.record.received_at, draft.agency), *draft.later), seconds)
        for draft, seconds in in_background(zip(drafts, moments, strict=True))
    ]
    plain = [place for place, row in enumerate(rows) if row is not None]
    try:
        columns = _many([drafts[n] for n in plain], [row for row in rows if row is not None], city, calendars)
    except HorizonError:  # raised for all by one of them: each is asked alone
        plain, columns = [], {}
    bulk_ones, alone = frozenset(plain), dict[int, CaseStatus]()
    for place, draft in enumerate(drafts):
        if place not in bulk_ones:
            with suppress(HorizonError):
                alone[place] = _alone(draft, source, now, city, calendars)
    places = [*plain, *alone]
    both = [drafts[n] for n in places]
    status = _joined(columns, map(_cells, alone.values()))
    status["stored_at"] = [max(epoch(now), at) for at in status["updated_at"]]
    former = [row for n, each in enumerate(alone.values(), len(plain)) for row in _former(n, each)]
    return StatusBatch(both, places, [moments[n] for n in places], status, former)


def _moments(draft: Draft) -> list[int]:
    """The moments of its receipt and later events."""
    return [epoch(draft.record.received_at), *[epoch(event.at) for event in draft.later]]


def _many(drafts: Sequence[Draft], rows: Sequence[BulkRow], city: City, calendars: Calendars) -> Columns:
    categories = [draft.category.code for draft in drafts]
    policies, classes = [draft.policy for draft in drafts], [draft.service_class for draft in drafts]
    return case_status_many(Batch(rows, categories, policies, classes), city, calendars)


def _alone(draft: Draft, source: str, now: datetime, city: City, calendars: Calendars) -> CaseStatus:
    case_terms = Terms(city, calendars, draft.category.code, draft.policy, draft.service_class)
    return case_status(draft.history(source), case_terms, now)


def _former(place: int, status: CaseStatus) -> Iterator[tuple[Any, ...]]:
    for each in status.former:
        moments = (each.dispatched_at, each.answer_due_at, each.answered_at)
        yield place, each.cycle, *(None if at is None else epoch(at) for at in moments), each.undated


def _cells(status: CaseStatus) -> tuple[Any, ...]:
    return tuple(
        epoch(value) if isinstance(value, datetime) else str(value) if isinstance(value, str) else value
        for value in (getattr(status, name) for name in STATUS_COLUMNS)
    )


def _joined(columns: Columns, rows: Iterable[tuple[Any, ...]]) -> dict[str, list[Any]]:
    more = list(zip(*rows, strict=True)) or [()] * len(STATUS_COLUMNS)
    both = {name: [*columns.get(name, ()), *cells] for name, cells in zip(STATUS_COLUMNS, more, strict=True)}
    return both | {"open": [int(is_open) for is_open in both["open"]]}  # no booleans: see `_cases`


def histories(batch: StatusBatch, source: str, codes: Sequence[str]) -> Histories:
    """All rows to be written for the batch."""
    places = enumerate(batch.drafts)
    return Histories(
        source,
        {"code": codes, "source": [source] * len(codes), **_cases(batch), **batch.status},
        list(_received(batch)),
        list(_later(batch, source)),
        [(place, *known) for place, draft in places if (known := draft.reporter()) is not None],
        batch.former,
    )


def _cases(batch: StatusBatch) -> Columns:
    """The columns from the records. Only plain str, int, float and None, because drivers adapt other types slowly."""
    drafts = batch.drafts
    records = [draft.record for draft in drafts]
    return {
        "kind": [str(draft.category.kind) for draft in drafts],
        "external_id": [record.external_id for record in records],
        "demo": [int(record.demo) for record in records],
        "priority": [str(draft.choice.priority) for draft in drafts],
        "private": [int(draft.private) for draft in drafts],
        "service_class": [draft.service_class for draft in drafts],
        "sp4n_number": [clean(record.sp4n_number) for record in records],
        "sp4n_status": [clean(record.sp4n_status) for record in records],
        "title": [clean(record.title) for record in records],
        "text": [clean(record.text) for record in records],
        "media_url": [clean(record.media_url) for record in records],
        "address": [clean(record.address) for record in records],
        "lat": [draft.location.lat for draft in drafts],
        "lon": [draft.location.lon for draft in drafts],
        "precision": [str(draft.location.precision) for draft in drafts],
        "village": [draft.location.village for draft in drafts],
        "district": [draft.location.district for draft in drafts],
        "promised_at": [record.promised_at and epoch(record.promised_at) for record in records],
        "told_at": list(map(_source_changed_at, drafts, batch.moments)),
    }


def _source_changed_at(draft: Draft, moments: Sequence[int]) -> int | None:
    """As `Draft.source_changed_at`, from the moments that are computed already."""
    if (updated := draft.record.updated_at) is not None:
        return epoch(updated)
    if not draft.later:
        return None
    dated = [at for event, at in zip(draft.later, moments[1:], strict=True) if event.reason not in WITHOUT_DATE]
    return max(dated, default=None)


def _received(batch: StatusBatch) -> Iterator[tuple[Any, ...]]:
    kind, by = str(EventKind.RECEIVED), str(ActorKind.CITIZEN)
    for place, (draft, at) in enumerate(zip(batch.drafts, batch.status["received_at"], strict=True)):
        policy, choice = draft.policy, draft.choice
        terms = (choice.category.code, policy.code, policy.version)
        yield place, 1, at, kind, by, "", draft.agency, *terms, choice.explanation


def _later(batch: StatusBatch, source: str) -> Iterator[tuple[Any, ...]]:
    for place, (draft, moments) in enumerate(zip(batch.drafts, batch.moments, strict=True)):
        n = 1
        for event in draft.later:
            at, n = moments[n], n + 1
            actor, reason, text = event.actor, event.reason, event.text
            yield (
                place,
                n,
                at,
                _KINDS[event.kind],
                _ACTORS[event.actor_kind],
                (clean(actor) or source) if actor else source,
                event.agency,
                reason and clean(reason),
                (text and clean(text)) or None,
            )
