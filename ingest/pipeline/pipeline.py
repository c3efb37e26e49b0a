"""The pipeline: from what a source delivered to cases in the store.

A live record is one transaction. A history is stored in bulk, one transaction a delivery, with the cursor and the
mark of its file; what in it is fresh or known already is written before that, record by record, so that nobody waits
long for his turn to write. What is refused is kept in portions, the last one with the cursor. All of it is idempotent
by (source, external id): a delivery that is handed over again changes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from zoneinfo import ZoneInfo

from data.domain.cases.reconciliation import ListedReport
from data.domain.city.model import City
from data.domain.sla.worktime import Calendar
from data.reference.boundaries.areas import Boundaries
from data.store.cases.bulk_insert import insert_history
from data.store.cases.cases import find, take_many_codes
from data.store.cases.reconciliation import list_export
from data.store.cases.snapshots import Snapshot, known_ids, snapshots
from data.store.db.engine import Connection, Engine, reading, writing
from data.store.intake import rejected
from data.store.intake.rejected import RejectedRecord
from ingest.pipeline.batch import Judged, histories, judge
from ingest.pipeline.case_writer import CaseWriter, named_as, want_photos
from ingest.pipeline.checkpoint import Lease, save_checkpoint
from ingest.pipeline.drafts import Draft, Drafter, clean
from ingest.pipeline.gc_pause import gc_paused
from ingest.pipeline.reading import Reader, key_of, read, refusal
from ingest.pipeline.rejected_buffer import RejectedBuffer, readable, split_by_later_readable
from ingest.pipeline.store_retry import RunTransaction, StoreHealth, run_once
from ingest.source import Became, Delivery, Outcome, Raw, Record, Unreadable

Prepared = Draft | RejectedRecord


class _StoredMeanwhile(Exception):
    """Somebody stored some of it since we looked."""


@dataclass(slots=True)
class _Plan:
    """What is to be done with each record of a history, by its place in the delivery."""

    alone: list[int] = field(default_factory=list)
    """Before the others, each in a transaction of its own: fresh, known with news. Or refused."""
    bulk: list[int] = field(default_factory=list)
    after: list[int] = field(default_factory=list)
    """The same id came before in this delivery: once that one is stored."""
    same: dict[int, Snapshot] = field(default_factory=dict)


class Pipeline:
    """Takes records of all sources; safe to use from many threads."""

    def __init__(self, engine: Engine, city: City, calendars: Mapping[str, Calendar], boundaries: Boundaries) -> None:
        """Raises ValueError when the city has no category for what nobody knows."""
        self.engine = engine
        self.store_health = StoreHealth()
        """Whether the store is down for those who poll into this pipeline."""
        self._rules, self._zone = (city, calendars), ZoneInfo(city.timezone)
        self._drafter = Drafter(city, calendars, boundaries)
        self._writer = CaseWriter(city, calendars)

    def place_by(self, boundaries: Boundaries) -> None:
        """From now on cases are placed by these (a map was imported)."""
        self._drafter.boundaries = boundaries

    def prepare(self, source: Reader, raw: Raw, now: datetime) -> Prepared:
        """Read, place and route a raw record, without asking the store: a draft, or why it is refused."""
        record = read(source, raw, now)
        if isinstance(record, RejectedRecord):
            return record
        try:
            return self._drafter.draft(record, now)
        except Unreadable as fault:
            return refusal(source.name, raw, fault.reason)

    def write(self, source: str, raw: Raw, prepared: Prepared, now: datetime, *, once: bool = False) -> Outcome:
        """Store what `prepare` made of it, in one transaction. Raises StoreDown.

        once: nothing is stored when the id is known, by whatever was stored first.
        """
        with writing(self.engine) as conn:
            if once and (known := find(conn, source, raw.external_id)) is not None:
                return Outcome(Became.SAME, raw.external_id, known.facts.code, known.id)
            return self._writer.write(conn, source, raw, prepared, now)

    def write_each(self, source: Reader, raws: Iterable[Raw], now: datetime) -> Iterator[Outcome]:
        """Store records in their order; when it ends, all is stored and what is refused is kept. Raises StoreDown."""
        buffer = RejectedBuffer(self.engine, source.name, now, run_once)
        yield from self._in_turn(source.name, self._one_by_one(source, raws, now), buffer, now, run=run_once)
        buffer.flush()

    def write_delivery(
        self,
        source: Reader,
        delivery: Delivery,
        now: datetime,
        *,
        lease: Lease | None = None,
        run: RunTransaction = run_once,
    ) -> list[Outcome]:
        """Store a delivery and go on from its cursor; outcomes in the order of its records.

        Raises StoreDown, and LeaseLost when `lease` is given and somebody else has it by now.
        """
        if delivery.history or delivery.export is not None:
            return self.write_history(source, delivery, now, lease=lease, run=run)
        buffer = RejectedBuffer(self.engine, source.name, now, run)
        ones = self._one_by_one(source, delivery.records, now)
        outcomes = list(self._in_turn(source.name, ones, buffer, now, run=run))

        def end() -> None:
            with writing(self.engine) as conn:
                rejected.add_many(conn, source.name, buffer.waiting, now)
                save_checkpoint(conn, source.name, delivery, outcomes, now, lease=lease)

        run(end)
        return outcomes

    def write_history(
        self,
        source: Reader,
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
        self, source: Reader, delivery: Delivery, now: datetime, *, lease: Lease | None, run: RunTransaction
    ) -> list[Outcome] | None:
        """None when somebody stored some of it meanwhile."""
        raws, name = delivery.records, source.name
        prepared = self._prepare_many(source, raws, now)
        known = run(partial(self._known, name, prepared))
        plan = self._plan(name, prepared, known, now)
        judged = judge([d for n in plan.bulk if isinstance(d := prepared[n], Draft)], name, now, *self._rules)
        done = {n: _same(raws[n], there) for n, there in plan.same.items()}
        buffer, alone = RejectedBuffer(self.engine, name, now, run), [(raws[n], prepared[n]) for n in plan.alone]
        done |= zip(plan.alone, self._in_turn(name, alone, buffer, now, run=run), strict=True)
        mended, others = split_by_later_readable(buffer.waiting, raws, prepared)

        def store() -> dict[int, Outcome]:
            with writing(self.engine) as conn:
                rejected.add_many(conn, name, mended, now)
                stored = self._store(conn, name, judged, now)
                outcomes = done | {plan.bulk[place]: outcome for place, outcome in stored.items()}
                for n in [*(n for n in plan.bulk if n not in outcomes), *plan.after]:
                    outcomes[n] = self._writer.write(conn, name, raws[n], prepared[n], now, forget=False)
                if rejected.has_waiting(conn, name):
                    rejected.remove_many(conn, name, readable(raws, outcomes), now)
                rejected.add_many(conn, name, others, now)
                if delivery.export is not None:
                    list_export(conn, name, _listed(prepared), delivery.export, now)
                save_checkpoint(conn, name, delivery, list(outcomes.values()), now, lease=lease)
            return outcomes

        try:
            outcomes = run(store)
        except _StoredMeanwhile:
            return None
        return [named_as(raw, outcomes[n]) for n, raw in enumerate(raws)]

    def _one_by_one(self, source: Reader, raws: Iterable[Raw], now: datetime) -> Iterator[tuple[Raw, Prepared]]:
        """Each is read when its turn comes: what came before it is stored, and may be asked for."""
        return ((raw, self.prepare(source, raw, now)) for raw in raws)

    def _prepare_many(self, source: Reader, raws: Sequence[Raw], now: datetime) -> list[Prepared]:
        read_ones = [read(source, raw, now) for raw in raws]
        drafts = iter(self._drafter.draft_many([one for one in read_ones if isinstance(one, Record)], now))
        found = [one if isinstance(one, RejectedRecord) else next(drafts) for one in read_ones]
        return [
            refusal(source.name, raw, one.reason) if isinstance(one, Unreadable) else one
            for raw, one in zip(raws, found, strict=True)
        ]

    def _known(self, source: str, prepared: Sequence[Prepared]) -> dict[str, Snapshot]:
        ids = [one.record.external_id for one in prepared if isinstance(one, Draft)]
        with reading(self.engine) as conn:
            return snapshots(conn, source, ids)

    def _plan(self, source: str, prepared: Sequence[Prepared], known: Mapping[str, Snapshot], now: datetime) -> _Plan:
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
                (plan.alone if one.fresh(now) else plan.bulk).append(n)
            elif self._writer.is_news(source, one, there, now):
                plan.alone.append(n)
            else:
                plan.same[n] = there
            seen.add(external_id)
        return plan

    def _in_turn(
        self,
        source: str,
        ones: Iterable[tuple[Raw, Prepared]],
        buffer: RejectedBuffer,
        now: datetime,
        *,
        run: RunTransaction,
    ) -> Iterator[Outcome]:
        """Write records, each in a transaction of its own; what is refused waits in `buffer`, at the end, too."""
        for raw, prepared in ones:
            if isinstance(prepared, Draft):
                buffer.flush_for(key_of(raw))
                yield run(partial(self.write, source, raw, prepared, now))
            else:
                buffer.add(prepared)
                yield Outcome(Became.REJECTED, raw.external_id, reason=prepared.reason)

    def _store(self, conn: Connection, source: str, judged: Judged, now: datetime) -> dict[int, Outcome]:
        """Insert what is judged; outcomes by place. Raises _StoredMeanwhile."""
        ids = [draft.record.external_id for draft in judged.drafts]
        if known_ids(conn, source, ids):
            raise _StoredMeanwhile
        codes = self._codes(conn, judged.drafts)
        stored = insert_history(conn, histories(judged, source, codes), now)
        want_photos(conn, zip(stored, judged.drafts, strict=True), now)
        rows = zip(judged.places, ids, codes, stored, strict=True)
        return {place: Outcome(Became.NEW, external_id, code, id_) for place, external_id, code, id_ in rows}

    def _codes(self, conn: Connection, drafts: Sequence[Draft]) -> list[str]:
        """Each draft's code: those of a month are taken together."""
        places = defaultdict[tuple[str, date], list[int]](list)
        for place, draft in enumerate(drafts):
            local = draft.record.received_at.astimezone(self._zone)
            places[draft.category.prefix, date(local.year, local.month, 1)].append(place)
        codes = [""] * len(drafts)
        taken = take_many_codes(conn, {month: len(its) for month, its in places.items()}) if places else {}
        for month, its in places.items():
            for place, code in zip(its, taken[month], strict=True):
                codes[place] = code
        return codes


def _same(raw: Raw, known: Snapshot) -> Outcome:
    return Outcome(Became.SAME, raw.external_id, known.code, known.id)


def _listed(prepared: Iterable[Prepared]) -> list[ListedReport]:
    """What an export of the national platform lists, by number; of a refused record its id is taken for its number."""
    found = []
    for one in prepared:
        if isinstance(one, RejectedRecord):
            found.append(ListedReport(one.external_id))
        elif number := clean(one.record.sp4n_number):
            record = one.record
            told = None if record.service_class is None else one.service_class
            found.append(ListedReport(number, clean(record.sp4n_status), told, record.received_at))
    return found
