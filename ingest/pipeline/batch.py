"""New cases as columns: the clocks of all of them at once, and rows ready for `data.store.cases.bulk_insert`.

A history in which nothing out of the ordinary happened (no pause, no transfer, no reopening) is judged by the
vectorised twin of `standing`; the few others one by one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from data.domain.cases.model import ActorKind, EventKind
from data.domain.city.model import City
from data.domain.sla.bulk_eligible import BulkRow, bulk_row
from data.domain.sla.bulk_standing import Batch, standing_many
from data.domain.sla.standing import Standing, standing
from data.domain.sla.terms import Terms
from data.domain.sla.worktime import Calendar, HorizonError, epoch
from data.store.cases.bulk_insert import Histories
from ingest.pipeline.drafts import UNDATED, Draft, clean

Columns = Mapping[str, Sequence[Any]]
_STANDING = tuple(Standing.__slots__)
_KINDS: Mapping[EventKind, str] = {kind: str(kind) for kind in EventKind}
_ACTORS: Mapping[ActorKind, str] = {kind: str(kind) for kind in ActorKind}


class Receipt(NamedTuple):
    """The first step of a history, as `bulk_row` asks for it."""

    at: datetime
    agency: str
    kind: EventKind = EventKind.RECEIVED
    actor_kind: ActorKind = ActorKind.CITIZEN


@dataclass(frozen=True, slots=True)
class Judged:
    """Drafts of new cases, and beside each where it stands."""

    drafts: Sequence[Draft]
    places: Sequence[int]
    """Where each was among those asked for; one that leads beyond the calendars is missing."""
    moments: Sequence[Sequence[int]]
    """When each one's receipt and later events were, in epoch seconds."""
    stands: Columns
    """The columns of Standing as they are stored: epoch seconds, 0 and 1, plain texts."""


def judge(drafts: Sequence[Draft], source: str, now: datetime, city: City, calendars: Mapping[str, Calendar]) -> Judged:
    """Where each stands; first the bulk-eligible ones, then the others."""
    moments = [_moments(draft) for draft in drafts]
    rows = [
        bulk_row((Receipt(draft.record.received_at, draft.agency), *draft.later), seconds)
        for draft, seconds in zip(drafts, moments, strict=True)
    ]
    plain = [place for place, row in enumerate(rows) if row is not None]
    try:
        columns = _many([drafts[n] for n in plain], [row for row in rows if row is not None], city, calendars)
    except HorizonError:  # raised for all by one of them: each is asked alone
        plain, columns = [], {}
    bulk_ones, alone = frozenset(plain), dict[int, Standing]()
    for place, draft in enumerate(drafts):
        if place not in bulk_ones:
            with suppress(HorizonError):
                alone[place] = _alone(draft, source, now, city, calendars)
    places = [*plain, *alone]
    both = [drafts[n] for n in places]
    stands = _joined(columns, map(_cells, alone.values()))
    stands["stored_at"] = [max(epoch(now), at) for at in stands["updated_at"]]
    return Judged(both, places, [moments[n] for n in places], stands)


def _moments(draft: Draft) -> list[int]:
    """Of its receipt and of what came after it."""
    return [epoch(draft.record.received_at), *[epoch(event.at) for event in draft.later]]


def _many(drafts: Sequence[Draft], rows: Sequence[BulkRow], city: City, calendars: Mapping[str, Calendar]) -> Columns:
    categories = [draft.category.code for draft in drafts]
    policies, classes = [draft.policy for draft in drafts], [draft.service_class for draft in drafts]
    return standing_many(Batch(rows, categories, policies, classes), city, calendars)


def _alone(draft: Draft, source: str, now: datetime, city: City, calendars: Mapping[str, Calendar]) -> Standing:
    its_terms = Terms(city, calendars, draft.category.code, draft.policy, draft.service_class)
    return standing(draft.history(source), its_terms, now)


def _cells(stands: Standing) -> tuple[Any, ...]:
    return tuple(
        epoch(value) if isinstance(value, datetime) else str(value) if isinstance(value, str) else value
        for value in (getattr(stands, name) for name in _STANDING)
    )


def _joined(columns: Columns, rows: Iterable[tuple[Any, ...]]) -> dict[str, list[Any]]:
    more = list(zip(*rows, strict=True)) or [()] * len(_STANDING)
    both = {name: [*columns.get(name, ()), *cells] for name, cells in zip(_STANDING, more, strict=True)}
    return both | {"open": [int(is_open) for is_open in both["open"]]}  # no booleans: see `_cases`


def histories(judged: Judged, source: str, codes: Sequence[str]) -> Histories:
    """Everything to be written of them."""
    places = enumerate(judged.drafts)
    return Histories(
        source,
        {"code": codes, "source": [source] * len(codes), **_cases(judged), **judged.stands},
        list(_received(judged)),
        list(_later(judged, source)),
        [(place, *known) for place, draft in places if (known := draft.reporter()) is not None],
    )


def _cases(judged: Judged) -> Columns:
    """The columns that records tell. Only plain str, int, float and None: drivers look up anything else slowly."""
    drafts = judged.drafts
    records = [draft.record for draft in drafts]
    return {
        "kind": [str(draft.category.kind) for draft in drafts],
        "external_id": [record.external_id for record in records],
        "demo": [int(record.demo) for record in records],
        "priority": [str(draft.chosen.priority) for draft in drafts],
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
        "told_at": list(map(_told_at, drafts, judged.moments)),
    }


def _told_at(draft: Draft, moments: Sequence[int]) -> int | None:
    """As `Draft.told_at` says it, from the moments that are counted already."""
    if (updated := draft.record.updated_at) is not None:
        return epoch(updated)
    if not draft.later:
        return None
    return max(
        [at for event, at in zip(draft.later, moments[1:], strict=True) if event.reason != UNDATED], default=None
    )


def _received(judged: Judged) -> Iterator[tuple[Any, ...]]:
    kind, by = str(EventKind.RECEIVED), str(ActorKind.CITIZEN)
    for place, (draft, at) in enumerate(zip(judged.drafts, judged.stands["received_at"], strict=True)):
        policy, chosen = draft.policy, draft.chosen
        yield place, 1, at, kind, by, "", draft.agency, chosen.category.code, policy.code, policy.version, chosen.why


def _later(judged: Judged, source: str) -> Iterator[tuple[Any, ...]]:
    for place, (draft, moments) in enumerate(zip(judged.drafts, judged.moments, strict=True)):
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
                text and clean(text),
            )
