"""The pipeline: from what a source delivered to cases in the store.

A live record is one transaction. A history is stored in bulk, one transaction a delivery, with the cursor and the
mark of its file; what in it is fresh or known already is settled before that, record by record, so that nobody waits
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

from data.domain.city.model import City
from data.domain.sla.worktime import Calendar, HorizonError
from data.reference.boundaries.areas import Boundaries
from data.store.cases import photos
from data.store.cases.bulk_insert import insert_history
from data.store.cases.cases import find, take_many_codes
from data.store.cases.reconciliation import list_export
from data.store.cases.snapshots import Snapshot, known_ids, seen, snapshots
from data.store.db.engine import Connection, Engine, reading, writing
from data.store.intake import rejected
from data.store.intake.rejected import Refused
from ingest.pipeline.batch import Judged, histories, judge
from ingest.pipeline.case_writer import Settler
from ingest.pipeline.checkpoint import Lease, close
from ingest.pipeline.drafts import Draft, Drafter, clean
from ingest.pipeline.gc_pause import uncollected
from ingest.pipeline.listing import listed
from ingest.pipeline.outcomes import Became, Outcome
from ingest.pipeline.reading import Reader, key_of, read, refusal
from ingest.pipeline.rejected_buffer import Refusals, parted, readable
from ingest.pipeline.store_retry import Fall
from ingest.pipeline.transaction import Attempt, at_once
from ingest.source import Delivery, Raw, Record, Unreadable

Ready = Draft | Refused


class _Overtaken(Exception):
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
        self.fall = Fall()
        """Whether the store is down for those who poll into this pipeline."""
        self._rules, self._zone = (city, calendars), ZoneInfo(city.timezone)
        self._drafter = Drafter(city, calendars, boundaries)
        self._settler = Settler(city, calendars)

    def place_by(self, boundaries: Boundaries) -> None:
        """From now on cases are placed by these (a map was imported)."""
        self._drafter.boundaries = boundaries

    def ready(self, source: Reader, raw: Raw, now: datetime) -> Ready:
        """What a raw record comes to, without asking the store: the draft of a case, or why it is refused."""
        record = read(source, raw, now)
        if isinstance(record, Refused):
            return record
        try:
            return self._drafter.draft(record, now)
        except Unreadable as fault:
            return refusal(source.name, raw, fault.reason)

    def take(self, source: Reader, raw: Raw, now: datetime) -> Outcome:
        """Store one record, in one transaction. Raises StoreDown."""
        return self.take_ready(source.name, raw, self.ready(source, raw, now), now)

    def take_ready(self, source: str, raw: Raw, ready: Ready, now: datetime) -> Outcome:
        """Store what `ready` has said of it, in one transaction. Raises StoreDown."""
        with writing(self.engine) as conn:
            return self._settle(conn, source, raw, ready, now)

    def take_once(self, source: Reader, raw: Raw, now: datetime) -> Outcome:
        """Store one record unless its id is known, by whatever was stored first: then nothing. Raises StoreDown."""
        ready = self.ready(source, raw, now)
        with writing(self.engine) as conn:
            if (known := find(conn, source.name, raw.external_id)) is not None:
                return Outcome(Became.SAME, raw.external_id, known.facts.code, known.id)
            return self._settle(conn, source.name, raw, ready, now)

    def take_each(self, source: Reader, raws: Iterable[Raw], now: datetime) -> Iterator[Outcome]:
        """Store records in their order; when it ends, all is stored and what is refused is kept. Raises StoreDown."""
        refusals = Refusals(self.engine, source.name, now, at_once)
        yield from self._in_turn(source.name, self._one_by_one(source, raws, now), refusals, now, attempt=at_once)
        refusals.keep()

    def take_delivery(
        self,
        source: Reader,
        delivery: Delivery,
        now: datetime,
        *,
        lease: Lease | None = None,
        attempt: Attempt = at_once,
    ) -> list[Outcome]:
        """Store a delivery and go on from its cursor; outcomes in the order of its records.

        Raises StoreDown, and LeaseLost when `lease` is given and somebody else has it by now.
        """
        if delivery.history or delivery.export is not None:
            return self.take_batch(source, delivery, now, lease=lease, attempt=attempt)
        refusals = Refusals(self.engine, source.name, now, attempt)
        ones = self._one_by_one(source, delivery.records, now)
        outcomes = list(self._in_turn(source.name, ones, refusals, now, attempt=attempt))

        def end() -> None:
            with writing(self.engine) as conn:
                rejected.keep_many(conn, source.name, refusals.waiting, now)
                close(conn, source.name, delivery, outcomes, now, lease=lease)

        attempt(end)
        return outcomes

    def take_batch(
        self,
        source: Reader,
        delivery: Delivery,
        now: datetime,
        *,
        lease: Lease | None = None,
        attempt: Attempt = at_once,
    ) -> list[Outcome]:
        """Store a history: see `take_delivery`."""
        with uncollected():
            outcomes = None
            while outcomes is None:
                outcomes = self._try_batch(source, delivery, now, lease=lease, attempt=attempt)
        return outcomes

    def _try_batch(
        self, source: Reader, delivery: Delivery, now: datetime, *, lease: Lease | None, attempt: Attempt
    ) -> list[Outcome] | None:
        """None when somebody stored some of it meanwhile."""
        raws, name = delivery.records, source.name
        ready = self._ready_many(source, raws, now)
        known = attempt(partial(self._known, name, ready))
        plan = self._plan(name, ready, known, now)
        judged = judge([d for n in plan.bulk if isinstance(d := ready[n], Draft)], name, now, *self._rules)
        done = {n: _same(raws[n], there) for n, there in plan.same.items()}
        refusals, alone = Refusals(self.engine, name, now, attempt), [(raws[n], ready[n]) for n in plan.alone]
        done |= zip(plan.alone, self._in_turn(name, alone, refusals, now, attempt=attempt), strict=True)
        mended, others = parted(refusals.waiting, raws, ready)

        def store() -> dict[int, Outcome]:
            with writing(self.engine) as conn:
                rejected.keep_many(conn, name, mended, now)
                stored = self._store(conn, name, judged, now)
                outcomes = done | {plan.bulk[place]: outcome for place, outcome in stored.items()}
                for n in [*(n for n in plan.bulk if n not in outcomes), *plan.after]:
                    outcomes[n] = self._settle(conn, name, raws[n], ready[n], now, clear=False)
                if rejected.some_wait(conn, name):
                    rejected.forget_many(conn, name, readable(raws, outcomes), now)
                rejected.keep_many(conn, name, others, now)
                if delivery.export is not None:
                    list_export(conn, name, listed(ready), delivery.export, now)
                close(conn, name, delivery, list(outcomes.values()), now, lease=lease)
            return outcomes

        try:
            outcomes = attempt(store)
        except _Overtaken:
            return None
        return [_named(outcomes[n], raw) for n, raw in enumerate(raws)]

    def _one_by_one(self, source: Reader, raws: Iterable[Raw], now: datetime) -> Iterator[tuple[Raw, Ready]]:
        """Each is read when its turn comes: what came before it is stored, and may be asked for."""
        return ((raw, self.ready(source, raw, now)) for raw in raws)

    def _ready_many(self, source: Reader, raws: Sequence[Raw], now: datetime) -> list[Ready]:
        read_ones = [read(source, raw, now) for raw in raws]
        drafts = iter(self._drafter.draft_many([one for one in read_ones if isinstance(one, Record)], now))
        found = [one if isinstance(one, Refused) else next(drafts) for one in read_ones]
        return [
            refusal(source.name, raw, one.reason) if isinstance(one, Unreadable) else one
            for raw, one in zip(raws, found, strict=True)
        ]

    def _known(self, source: str, ready: Sequence[Ready]) -> dict[str, Snapshot]:
        ids = [one.record.external_id for one in ready if isinstance(one, Draft)]
        with reading(self.engine) as conn:
            return snapshots(conn, source, ids)

    def _plan(self, source: str, ready: Sequence[Ready], known: Mapping[str, Snapshot], now: datetime) -> _Plan:
        plan, seen = _Plan(), set[str]()
        for n, one in enumerate(ready):
            if isinstance(one, Refused):
                plan.alone.append(n)
                continue
            external_id = one.record.external_id
            there = known.get(external_id)
            if external_id in seen:
                plan.after.append(n)
            elif there is None:
                (plan.alone if one.fresh(now) else plan.bulk).append(n)
            elif self._settler.is_news(source, one, there, now):
                plan.alone.append(n)
            else:
                plan.same[n] = there
            seen.add(external_id)
        return plan

    def _in_turn(
        self, source: str, ones: Iterable[tuple[Raw, Ready]], refusals: Refusals, now: datetime, *, attempt: Attempt
    ) -> Iterator[Outcome]:
        """Settle records, each in a transaction of its own; what is refused waits in `refusals`, at the end, too."""
        for raw, ready in ones:
            if isinstance(ready, Draft):
                refusals.make_way(key_of(raw))
                yield attempt(partial(self.take_ready, source, raw, ready, now))
            else:
                refusals.add(ready)
                yield Outcome(Became.REJECTED, raw.external_id, reason=ready.reason)

    def _settle(
        self, conn: Connection, source: str, raw: Raw, ready: Ready, now: datetime, *, clear: bool = True
    ) -> Outcome:
        """`clear`: when it can be read, what was kept under its id is kept no longer."""
        if isinstance(ready, Draft):
            kept_as = key_of(raw)
            known, kept = seen(conn, source, ready.record.external_id, kept_as)
            try:
                outcome = self._settler.settle(conn, source, ready, now, known=known)
            except HorizonError as fault:
                ready = refusal(source, raw, f"waktunya membawa ke luar kalender kerja: {fault}")
            else:
                if kept and clear:
                    rejected.forget(conn, source, kept_as, now)
                if outcome.became in (Became.NEW, Became.MERGED):
                    photos.want(conn, _pictured([(outcome.case_id, ready)]), now)
                return _named(outcome, raw)
        rejected.keep(conn, ready, now)
        return Outcome(Became.REJECTED, raw.external_id, reason=ready.reason)

    def _store(self, conn: Connection, source: str, judged: Judged, now: datetime) -> dict[int, Outcome]:
        """Insert what is judged; outcomes by place. Raises _Overtaken."""
        ids = [draft.record.external_id for draft in judged.drafts]
        if known_ids(conn, source, ids):
            raise _Overtaken
        codes = self._codes(conn, judged.drafts)
        stored = insert_history(conn, histories(judged, source, codes), now)
        photos.want(conn, _pictured(zip(stored, judged.drafts, strict=True)), now)
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


def _pictured(drafts: Iterable[tuple[int | None, Draft]]) -> list[tuple[int, str]]:
    """The cases whose source points to a photo, and where it is."""
    return [(id_, clean(url)) for id_, draft in drafts if id_ is not None and (url := draft.record.media_url)]


def _named(outcome: Outcome, raw: Raw) -> Outcome:
    """By the id that the source used, whatever its record says."""
    same = outcome.external_id == raw.external_id
    return outcome if same else outcome._replace(external_id=raw.external_id)


def _same(raw: Raw, known: Snapshot) -> Outcome:
    return Outcome(Became.SAME, raw.external_id, known.code, known.id)
