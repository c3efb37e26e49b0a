"""Writes guide drafts, many at once, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from data.store.db.engine import Connection
from data.store.geo import boundaries
from data.store.geo.placing import map_number
from data.store.guide import agenda, conditions, forecasts, places
from data.store.guide.told import Became, ConditionTold, EntryTold, ForecastTold, PlaceTold, Taken, Told
from data.store.guide.writing import GuideWrite
from ingest.guide.drafts import GuideDraft, GuideDrafter
from ingest.guide_record import GuideKind, GuideRecord
from ingest.source import Outcome, OutcomeKind

_BECAME = {Became.NEW: OutcomeKind.NEW, Became.UPDATED: OutcomeKind.UPDATED, Became.SAME: OutcomeKind.SAME}
_ORDER = (GuideKind.PLACE, GuideKind.AGENDA, GuideKind.CONDITION, GuideKind.FORECAST)
"""Places before what is said about them."""


@dataclass(frozen=True, slots=True)
class GuideWriter:
    """Writes drafts of one source; the caller commits."""

    drafter: GuideDrafter

    def prepare(self, record: GuideRecord, now: datetime) -> GuideDraft:
        """Understand a record, without a query. Raises Unreadable."""
        return self.drafter.draft(record, now)

    def write(self, conn: Connection, source: str, drafts: Sequence[GuideDraft], now: datetime) -> list[Outcome]:
        """The outcomes in the order of the drafts. Of drafts with one id each is written after the other."""
        drafts = self._by_present_map(conn, drafts, now)
        write, found = GuideWrite(conn, source, now, len(drafts)), dict[int, Taken]()
        for part in _in_order(drafts):
            taken = self._take(write, [drafts[n].told for n in part])
            found |= zip(part, taken, strict=True)
        return [_outcome(draft, found[n]) for n, draft in enumerate(drafts)]

    def _by_present_map(self, conn: Connection, drafts: Sequence[GuideDraft], now: datetime) -> Sequence[GuideDraft]:
        """The same, placed by the map in force: one may have been imported since they were prepared."""
        number = map_number(conn)
        if all(draft.map == number for draft in drafts):
            return drafts
        if self.drafter.boundaries.number != number:
            self.drafter.boundaries = boundaries.current(conn)
        return [draft if draft.map == number else self.drafter.draft(draft.record, now) for draft in drafts]

    def _take(self, write: GuideWrite, tolds: Sequence[Told]) -> list[Taken]:
        """Of one kind."""
        first = tolds[0]
        if isinstance(first, PlaceTold):
            return places.take(write, [told for told in tolds if isinstance(told, PlaceTold)])
        if isinstance(first, EntryTold):
            entries = [told for told in tolds if isinstance(told, EntryTold)]
            return agenda.take(write, entries, self.drafter.window)
        if isinstance(first, ConditionTold):
            return conditions.take(write, [told for told in tolds if isinstance(told, ConditionTold)])
        return forecasts.take(write, [told for told in tolds if isinstance(told, ForecastTold)])

    def tell_all(self, conn: Connection, source: str, listed: frozenset[str] | None, now: datetime) -> None:
        """A whole feed was read: what it does not list is withdrawn; the rest was heard of. None: nothing changed."""
        write = GuideWrite(conn, source, now)
        if listed is not None:
            agenda.withdraw_missing(write, listed)
        agenda.heard(write)


def _in_order(drafts: Sequence[GuideDraft]) -> Iterator[list[int]]:
    """Places of drafts that can be written together: of one kind, no id twice."""
    for kind in _ORDER:
        part, ids = list[int](), set[str]()
        for n, draft in enumerate(drafts):
            if draft.record.kind is not kind:
                continue
            key = draft.told.external_id
            if key in ids:
                yield part
                part, ids = [], set()
            part.append(n)
            ids.add(key)
        if part:
            yield part


def _outcome(draft: GuideDraft, taken: Taken) -> Outcome:
    record = draft.record
    return Outcome(_BECAME[taken.became], record.external_id, taken.code, received_at=draft.told.at)
