"""The pipeline: reads, places, routes and writes what sources deliver.

A live record is one transaction. A history is stored in bulk, one transaction a delivery, together with the cursor and
the mark of its file; records in it that are fresh or change a known case are written before that, one by one, so that
other writers do not wait long. Rejected records are stored in batches, the last one with the cursor. All of this is
idempotent by (source, external id): the same delivery again changes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from zoneinfo import ZoneInfo

from data.domain.cases.reconciliation import ListedReport
from data.domain.city.model import City
from data.domain.sla.calendars import Calendars
from data.foreground import in_background, stand_aside
from data.reference.boundaries.areas import Boundaries
from data.store.cases.bulk_insert import insert_history
from data.store.cases.cases import find
from data.store.cases.codes import take_many_codes
from data.store.cases.reconciliation import list_export
from data.store.cases.snapshots import Snapshot, known_ids, snapshots
from data.store.db.engine import Connection, Engine, reading, writing
from data.store.geo import boundaries as maps
from data.store.geo.placing import map_number
from data.store.intake import rejected
from data.store.intake.rejected import RejectedRecord
from ingest.pipeline.batch import StatusBatch, compute_statuses, histories
from ingest.pipeline.case_writer import CaseWriter, add_pending_photos, named_as, unchanged
from ingest.pipeline.checkpoint import Lease, save_checkpoint
from ingest.pipeline.drafting.drafts import Draft, Drafter, clean
from ingest.pipeline.gc_pause import gc_paused
from ingest.pipeline.others import OtherPrepared, OtherRecord, OtherWriters
from ingest.pipeline.reading import RecordReader, key_of, read, rejected_record
from ingest.pipeline.rejected_buffer import RejectedBuffer, readable_ids, split_by_later_readable
from ingest.pipeline.store_retry import RunTransaction, StoreHealth, run_once
from ingest.source import AnyRecord, Defaulted, Delivery, Outcome, OutcomeKind, Raw, Record, Unreadable
from ingest.warnings.drafts import WarningDraft

CasePrepared = Draft | RejectedRecord
Prepared = CasePrepared | OtherPrepared


class _ChangedMeanwhile(Exception):
    """Another process has stored some of the records since they were looked up, or a map was imported."""


@dataclass(slots=True)
class _Plan:
    """How each record of a history is written, by its index in the delivery."""

    alone: list[int] = field(default_factory=list)
    """First, each in a transaction of its own: fresh records and changes of known cases; and rejected records."""
    bulk: list[int] = field(default_factory=list)
    after: list[int] = field(default_factory=list)
    """After the bulk: records whose id occurred before in this delivery."""
    same: dict[int, Snapshot] = field(default_factory=dict)


class Pipeline:
    """Writes records of all sources; safe to use from many threads."""

    def __init__(self, engine: Engine, city: City, calendars: Calendars, boundaries: Boundaries) -> None:
        """Raises ValueError when the city has no category for unknown labels."""
        self.engine = engine
        self.store_health = StoreHealth()
        """Whether the store is down, shared by all pollers of this pipeline."""
        self.zone = ZoneInfo(city.timezone)
        self._rules = (city, calendars)
        self._drafter = Drafter(city, calendars, boundaries)
        self._writer = CaseWriter(city, calendars)
        self._others = OtherWriters(city, boundaries)
        self.market = self._others.market
        """Writes what sources tell of Among Tani."""

    def place_by(self, boundaries: Boundaries) -> None:
        """Place new cases by these boundaries from now on (a map was imported)."""
        self._drafter.boundaries = boundaries
        self._others.use_boundaries(boundaries)

    def prepare(self, source: RecordReader, raw: Raw, now: datetime) -> Prepared:
        """Read, place and route a raw record without a query to the store: a draft, or a rejected record."""
        record = read(source, raw, now)
        if isinstance(record, RejectedRecord):
            return record
        try:
            if isinstance(record, OtherRecord):
                return self._others.prepare(record, now)
            return self._drafter.draft(record, now)
        except Unreadable as fault:
            return rejected_record(source.name, raw, fault.reason)

    def write(
        self,
        source: str,
        raw: Raw,
        prepared: Prepared,
        now: datetime,
        *,
        once: bool = False,
        also: Callable[[Connection, Outcome], None] | None = None,
    ) -> Outcome:
        """Store a prepared record in one transaction. Raises StoreDown.

        once: store nothing when there is a case of this id already. also: what is written with a case in the same
        transaction; not called for a rejected record, and for a case that `once` found.
        """
        with writing(self.engine) as conn:
            if once and (known := find(conn, source, raw.external_id)) is not None:
                return Outcome(OutcomeKind.SAME, raw.external_id, known.facts.code, known.id)
            outcome = self.write_within(conn, source, raw, prepared, now)
            if also is not None and outcome.case_id is not None:
                also(conn, outcome)
            return outcome

    def write_within(self, conn: Connection, source: str, raw: Raw, prepared: Prepared, now: datetime) -> Outcome:
        """Store a prepared record in the caller's transaction."""
        if isinstance(prepared, OtherPrepared):
            return self._others.write(conn, source, [(raw, self._warned_by_present_map(conn, prepared, now))], now)[0]
        return self._writer.write(conn, source, raw, self._by_present_map(conn, prepared, now), now)

    def _by_present_map(self, conn: Connection, prepared: CasePrepared, now: datetime) -> CasePrepared:
        """The same, placed by the map in force: one may have been imported since it was prepared."""
        if isinstance(prepared, RejectedRecord) or prepared.map == (number := map_number(conn)):
            return prepared
        self._follow(conn, number)
        return self._drafter.draft(prepared.record, now)

    def _warned_by_present_map(self, conn: Connection, prepared: OtherPrepared, now: datetime) -> OtherPrepared:
        """The same for the area of a warning."""
        if not isinstance(prepared, WarningDraft) or prepared.map == (number := map_number(conn)):
            return prepared
        self._follow(conn, number)
        return self._others.prepare(prepared.record, now)

    def _follow(self, conn: Connection, number: int) -> None:
        if self._drafter.boundaries.number != number:
            self.place_by(maps.current(conn))

    def write_each(self, source: RecordReader, raws: Iterable[Raw], now: datetime) -> Iterator[Outcome]:
        """Store records in order and yield their outcomes; rejected ones may be stored at the end. Raises StoreDown."""
        buffer = RejectedBuffer(self.engine, source.name, now, run_once)
        yield from self._write_each(source.name, self._prepare_each(source, raws, now), buffer, now, run=run_once)
        buffer.flush()

    def write_delivery(
        self,
        source: RecordReader,
        delivery: Delivery,
        now: datetime,
        *,
        lease: Lease | None = None,
        run: RunTransaction = run_once,
    ) -> list[Outcome]:
        """Store a delivery and save its cursor; returns the outcomes in the order of its records.

        Raises StoreDown, and LeaseLost when `lease` is given and another process holds it now.
        """
        if delivery.is_bulk:
            return self.write_history(source, delivery, now, lease=lease, run=run)
        buffer = RejectedBuffer(self.engine, source.name, now, run)
        prepared_records = self._prepare_each(source, delivery.records, now)
        outcomes = list(self._write_each(source.name, prepared_records, buffer, now, run=run))

        def end() -> None:
            with writing(self.engine) as conn:
                rejected.add_many(conn, source.name, buffer.waiting, now)
                save_checkpoint(conn, source.name, delivery, outcomes, now, lease=lease)

        run(end)
        return outcomes

    def write_history(
        self,
        source: RecordReader,
        delivery: Delivery,
        now: datetime,
        *,
        lease: Lease | None = None,
        run: RunTransaction = run_once,
    ) -> list[Outcome]:
        """Store a history: see `write_delivery`."""
        with gc_paused():
            outcomes = None
            while outcomes is None:
                outcomes = self._try_history(source, delivery, now, lease=lease, run=run)
        return outcomes

    def _try_history(
        self, source: RecordReader, delivery: Delivery, now: datetime, *, lease: Lease | None, run: RunTransaction
    ) -> list[Outcome] | None:
        """None when something has changed in the meantime; then try again."""
        raws, name = delivery.records, source.name
        every = self._prepare_many(source, raws, now)
        if delivery.tells_all or any(isinstance(one, OtherPrepared) for one in every):
            return self._write_other_history(name, delivery, every, now, lease=lease, run=run)
        prepared = [one for one in every if not isinstance(one, OtherPrepared)]
        known = run(partial(self._known, name, prepared))
        plan = self._plan(name, prepared, known, now)
        batch = compute_statuses([d for n in plan.bulk if isinstance(d := prepared[n], Draft)], name, now, *self._rules)
        done = {n: _same(name, raws[n], prepared[n], there) for n, there in plan.same.items()}
        buffer, alone = RejectedBuffer(self.engine, name, now, run), [(raws[n], prepared[n]) for n in plan.alone]
        done |= zip(plan.alone, self._write_each(name, alone, buffer, now, run=run), strict=True)
        mended, others = split_by_later_readable(buffer.waiting, raws, prepared)

        def store() -> dict[int, Outcome]:
            stand_aside()
            with writing(self.engine) as conn:
                self._require_present_map(conn, prepared)
                rejected.add_many(conn, name, mended, now)
                stored = self._store(conn, name, batch, now)
                outcomes = done | {plan.bulk[place]: outcome for place, outcome in stored.items()}
                for n in [*(n for n in plan.bulk if n not in outcomes), *plan.after]:
                    outcomes[n] = self._writer.write(conn, name, raws[n], prepared[n], now, forget=False)
                if rejected.has_waiting(conn, name):
                    rejected.remove_many(conn, name, readable_ids(raws, outcomes), now)
                rejected.add_many(conn, name, others, now)
                if delivery.export is not None:
                    list_export(conn, name, _listed(prepared), delivery.export, now)
                save_checkpoint(conn, name, delivery, list(outcomes.values()), now, lease=lease)
            return outcomes

        try:
            outcomes = run(store)
        except _ChangedMeanwhile:
            return None
        return [named_as(raw, outcomes[n]) for n, raw in enumerate(raws)]

    def _write_other_history(
        self,
        name: str,
        delivery: Delivery,
        prepared: Sequence[Prepared],
        now: datetime,
        *,
        lease: Lease | None,
        run: RunTransaction,
    ) -> list[Outcome]:
        """All of it in one transaction."""
        pairs = list(zip(delivery.records, prepared, strict=True))
        faults = [one for one in prepared if isinstance(one, RejectedRecord)]
        fine = [(raw, one) for raw, one in pairs if isinstance(one, OtherPrepared)]

        def store() -> list[Outcome]:
            stand_aside()
            with writing(self.engine) as conn:
                rejected.add_many(conn, name, faults, now)
                written = iter(self._others.write(conn, name, fine, now))
                outcomes = [_other_outcome(raw, one, written) for raw, one in pairs]
                if delivery.tells_all:
                    self._others.guide.tell_all(conn, name, delivery.listed, now)
                save_checkpoint(conn, name, delivery, outcomes, now, lease=lease)
            return outcomes

        return run(store)

    def _prepare_each(self, source: RecordReader, raws: Iterable[Raw], now: datetime) -> Iterator[tuple[Raw, Prepared]]:
        """Prepares each record only after the one before it is stored, because reading it may query the store."""
        return ((raw, self.prepare(source, raw, now)) for raw in raws)

    def _prepare_many(self, source: RecordReader, raws: Sequence[Raw], now: datetime) -> list[Prepared]:
        read_ones = [read(source, raw, now) for raw in in_background(raws)]
        drafts = iter(self._drafter.draft_many([one for one in read_ones if isinstance(one, Record)], now))
        found = [self._prepared(one, drafts, now) for one in read_ones]
        return [
            rejected_record(source.name, raw, one.reason) if isinstance(one, Unreadable) else one
            for raw, one in zip(raws, found, strict=True)
        ]

    def _prepared(
        self, one: AnyRecord | RejectedRecord, drafts: Iterator[Draft | Unreadable], now: datetime
    ) -> Prepared | Unreadable:
        if isinstance(one, Record):
            return next(drafts)
        if isinstance(one, RejectedRecord):
            return one
        try:
            return self._others.prepare(one, now)
        except Unreadable as fault:
            return fault

    def _known(self, source: str, prepared: Sequence[CasePrepared]) -> dict[str, Snapshot]:
        ids = [one.record.external_id for one in prepared if isinstance(one, Draft)]
        with reading(self.engine) as conn:
            return snapshots(conn, source, ids)

    def _plan(
        self, source: str, prepared: Sequence[CasePrepared], known: Mapping[str, Snapshot], now: datetime
    ) -> _Plan:
        plan, seen = _Plan(), set[str]()
        for n, one in enumerate(prepared):
            if isinstance(one, RejectedRecord):
                plan.alone.append(n)
                continue
            external_id = one.record.external_id
            there = known.get(external_id)
            if external_id in seen:
                plan.after.append(n)
            elif there is None:
                (plan.alone if one.is_fresh(now) else plan.bulk).append(n)
            elif self._writer.is_news(source, one, there, now):
                plan.alone.append(n)
            else:
                plan.same[n] = there
            seen.add(external_id)
        return plan

    def _write_each(
        self,
        source: str,
        prepared_records: Iterable[tuple[Raw, Prepared]],
        buffer: RejectedBuffer,
        now: datetime,
        *,
        run: RunTransaction,
    ) -> Iterator[Outcome]:
        """Write records, each in a transaction of its own; rejected ones go to `buffer`, which the caller flushes."""
        for raw, prepared in prepared_records:
            if not isinstance(prepared, RejectedRecord):
                buffer.flush_for(key_of(raw))
                yield run(partial(self.write, source, raw, prepared, now))
            else:
                buffer.add(prepared)
                yield Outcome(OutcomeKind.REJECTED, raw.external_id, reason=prepared.reason)

    def _store(self, conn: Connection, source: str, batch: StatusBatch, now: datetime) -> dict[int, Outcome]:
        """Insert the batch; outcomes by index. Raises _ChangedMeanwhile."""
        ids = [draft.record.external_id for draft in batch.drafts]
        if known_ids(conn, source, ids):
            raise _ChangedMeanwhile
        codes = self._codes(conn, batch.drafts)
        stored = insert_history(conn, histories(batch, source, codes), now)
        add_pending_photos(conn, zip(stored, batch.drafts, strict=True), now)
        outcomes = (
            Outcome(OutcomeKind.NEW, draft.record.external_id, code, id_, defaulted=draft.defaulted)
            for draft, code, id_ in zip(batch.drafts, codes, stored, strict=True)
        )
        return dict(zip(batch.places, outcomes, strict=True))

    def _require_present_map(self, conn: Connection, prepared: Iterable[CasePrepared]) -> None:
        """Raises _ChangedMeanwhile unless all are placed by the map in force; then the next try is."""
        number = map_number(conn)
        if any(isinstance(one, Draft) and one.map != number for one in prepared):
            self._follow(conn, number)
            raise _ChangedMeanwhile

    def _codes(self, conn: Connection, drafts: Sequence[Draft]) -> list[str]:
        """A code for each draft; the codes of one month are taken together."""
        places = defaultdict[tuple[str, date], list[int]](list)
        for place, draft in enumerate(drafts):
            local = draft.record.received_at.astimezone(self.zone)
            places[draft.category.prefix, date(local.year, local.month, 1)].append(place)
        codes = [""] * len(drafts)
        taken = (
            take_many_codes(conn, {month: len(places_of_month) for month, places_of_month in places.items()})
            if places
            else {}
        )
        for month, places_of_month in places.items():
            for place, code in zip(places_of_month, taken[month], strict=True):
                codes[place] = code
        return codes


def _other_outcome(raw: Raw, one: Prepared, written: Iterator[Outcome]) -> Outcome:
    if isinstance(one, RejectedRecord):
        return Outcome(OutcomeKind.REJECTED, raw.external_id, reason=one.reason)
    return next(written)


def _same(source: str, raw: Raw, prepared: CasePrepared, known: Snapshot) -> Outcome:
    kind, defaulted = OutcomeKind.SAME, Defaulted.NONE
    if isinstance(prepared, Draft):
        kind, defaulted = unchanged(prepared, source, known), prepared.defaulted
    return Outcome(kind, raw.external_id, known.code, known.id, defaulted=defaulted)


def _listed(prepared: Iterable[CasePrepared]) -> list[ListedReport]:
    """The reports that an export of the national platform lists; a rejected record's id counts as its number."""
    found = []
    for one in prepared:
        if isinstance(one, RejectedRecord):
            found.append(ListedReport(one.external_id))
        elif number := clean(one.record.sp4n_number):
            record = one.record
            told = None if record.service_class is None else one.service_class
            found.append(ListedReport(number, clean(record.sp4n_status), told, record.received_at))
    return found
