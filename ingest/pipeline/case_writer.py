"""Writes one record: inserts a case, updates a known one, or stores it as rejected. The caller commits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from data.domain.cases.model import ActorKind, CaseEvent, EventKind
from data.domain.city.model import City
from data.domain.incidents.folding import IncidentCase, find_repeated
from data.domain.incidents.likeness import plain_words
from data.domain.reasons import reason
from data.domain.sla.calendars import Calendars
from data.domain.sla.case_status import case_status
from data.domain.sla.terms import Terms, terms
from data.domain.sla.worktime import HorizonError, epoch
from data.store.cases import photos
from data.store.cases.cases import NewCase, Reporter, append_events, insert_case
from data.store.cases.codes import next_code
from data.store.cases.incidents.proposals import Around, join_group, open_near, senders_of
from data.store.cases.incidents.weights import in_force
from data.store.cases.snapshots import Snapshot, record_presence, snapshots, update_columns
from data.store.db.engine import Connection
from data.store.intake import rejected
from data.store.intake.rejected import RejectedRecord
from ingest.pipeline.drafting.drafts import ASSIGNED, Draft, clean, dispatch_by_system
from ingest.pipeline.raising import raised_by_warning
from ingest.pipeline.reading import key_of, rejected_record
from ingest.pipeline.snapshot_diff import (
    corrections,
    is_stale,
    last_source_change,
    new_events,
    says_what_was_before,
)
from ingest.source import Outcome, OutcomeKind, Raw

_UNANNOUNCED = frozenset({"told_at", "district"})
"""Columns whose change alone does not make the outcome `updated`. (Another kecamatan also adds a note.)"""


@dataclass(frozen=True, slots=True)
class Head:
    """The case into which others are merged."""

    id: int
    code: str


class CaseWriter:
    """Writes prepared records, one at a time."""

    def __init__(self, city: City, calendars: Calendars) -> None:
        self._city, self._calendars, self._zone = city, calendars, ZoneInfo(city.timezone)

    def write(
        self,
        conn: Connection,
        source: str,
        raw: Raw,
        prepared: Draft | RejectedRecord,
        now: datetime,
        *,
        forget: bool = True,
    ) -> Outcome:
        """Insert a case, update a known one, or store the record as rejected.

        forget: remove the rejected record with this id when the record is readable now.
        """
        if isinstance(prepared, Draft):
            known, kept = record_presence(conn, source, prepared.record.external_id, key_of(raw))
            try:
                outcome = self._write_draft(conn, source, prepared, now, known=known)
            except HorizonError as error:
                prepared = rejected_record(source, raw, reason("record.beyond_calendar", error=str(error)))
            else:
                if kept and forget:
                    rejected.remove(conn, source, key_of(raw), now)
                return named_as(raw, outcome)
        rejected.add(conn, prepared, now)
        return Outcome(OutcomeKind.REJECTED, raw.external_id, reason=prepared.reason)

    def _write_draft(self, conn: Connection, source: str, draft: Draft, now: datetime, *, known: bool) -> Outcome:
        """Raises HorizonError before anything is written."""
        if not known:
            return self._insert(conn, source, draft, now)
        external_id = draft.record.external_id
        return self.update(conn, source, draft, snapshots(conn, source, [external_id])[external_id], now)

    def update(self, conn: Connection, source: str, draft: Draft, known: Snapshot, now: datetime) -> Outcome:
        """Append new events and write changed columns of a known case."""
        events, facts = _diff(draft, source, known, now)
        if events:
            case_terms = self._terms(known.category, (known.policy, known.policy_version), known.service_class)
            append_events(conn, known.id, events, case_terms, now)
        if any(event.kind is EventKind.RECLASSIFIED for event in events):
            facts |= {"private": True} if draft.record.private or draft.choice.private else {}
        if facts:
            update_columns(conn, known.id, facts, now)
        is_news = events or facts.keys() - _UNANNOUNCED
        became = OutcomeKind.UPDATED if is_news else unchanged(draft, source, known)
        return _outcome(became, draft, known.code, known.id)

    def is_news(self, source: str, draft: Draft, known: Snapshot, now: datetime) -> bool:
        """Whether `update` would write anything."""
        return any(_diff(draft, source, known, now))

    def _insert(self, conn: Connection, source: str, draft: Draft, now: datetime) -> Outcome:
        history = draft.history(source)
        around = self._around(conn, draft, now)
        head = _head(around, draft)
        raised = raised_by_warning(conn, self._city, draft, now) if head is None else None
        if raised is not None:
            draft, why = raised
            history.append(why)
        history += dispatch_by_system(draft, now) if head is None else [_merged(head, history, now)]
        case_terms = self._terms(draft.category.code, (draft.policy.code, draft.policy.version), draft.service_class)
        status = case_status(history, case_terms, now)
        new = replace(self._new_case(conn, source, draft, head), stored_at=max(now, status.updated_at))
        case_id = insert_case(conn, new, history, status, now)
        add_pending_photos(conn, [(case_id, draft)], now)
        if head is None and around is not None and around.near and status.open and not draft.private:
            join_group(conn, case_id, around, in_force(conn))
        return _outcome(OutcomeKind.NEW if head is None else OutcomeKind.MERGED, draft, new.code, case_id)

    def _around(self, conn: Connection, draft: Draft, now: datetime) -> Around | None:
        """The open cases near a new one; None where no incident is proposed."""
        rule = draft.category.incident
        if rule is None or not draft.is_fresh(now):
            return None
        sender = senders_of((draft.reporter() or (None,) * 5)[1:])
        record, place = draft.record, draft.location
        words = plain_words(f"{record.title} {record.text}")
        new = IncidentCase("", draft.category.code, record.received_at, place.lat, place.lon, words, sender)
        return Around(new, rule, open_near(conn, new, rule))

    def _new_case(self, conn: Connection, source: str, draft: Draft, head: Head | None) -> NewCase:
        record, category, location = draft.record, draft.category, draft.location
        month = record.received_at.astimezone(self._zone).date()
        return NewCase(
            code=next_code(conn, category.prefix, month),
            kind=category.kind,
            source=source,
            external_id=record.external_id,
            demo=record.demo,
            category=category.code,
            priority=draft.choice.priority,
            private=draft.private,
            policy=draft.policy.code,
            policy_version=draft.policy.version,
            service_class=draft.service_class,
            sp4n_number=clean(record.sp4n_number),
            sp4n_status=clean(record.sp4n_status),
            title=clean(record.title),
            text=clean(record.text),
            media_url=clean(record.media_url),
            address=clean(record.address),
            lat=location.lat,
            lon=location.lon,
            precision=location.precision,
            village=location.village,
            district=location.district,
            told_at=draft.source_changed_at(),
            promised_at=record.promised_at,
            head_id=None if head is None else head.id,
            reporter=_reporter(draft),
        )

    def _terms(self, category: str, policy: tuple[str, int], service_class: str) -> Terms:
        return terms(self._city, self._calendars, category, policy, service_class)


def _head(around: Around | None, draft: Draft) -> Head | None:
    """The case that the new one sends once more; None for a new one.

    Only what the same sender says again within minutes is merged by itself, and only while no agency holds the new
    case: everything else is for a person.
    """
    if around is None or any(one.kind in ASSIGNED for one in draft.later):
        return None
    code = find_repeated(around.new, [one.case for one in around.near.values()], around.rule)
    return None if code is None else Head(around.near[code].id, code)


def _reporter(draft: Draft) -> Reporter | None:
    known, record = draft.reporter(), draft.record
    if known is None:
        return None
    name, phone, email, account, device = known
    return Reporter(name, phone, email, account, device, record.reporter_lang, record.reporter_anonymous)


def _outcome(became: OutcomeKind, draft: Draft, code: str, case_id: int) -> Outcome:
    record = draft.record
    return Outcome(became, record.external_id, code, case_id, received_at=record.received_at, defaulted=draft.defaulted)


def add_pending_photos(conn: Connection, drafts: Iterable[tuple[int, Draft]], now: datetime) -> None:
    """Add the photos that new cases refer to, so that they are fetched."""
    wanted = [(case_id, clean(url)) for case_id, draft in drafts if (url := draft.record.media_url)]
    if wanted:
        photos.add_pending(conn, wanted, now)


def unchanged(draft: Draft, source: str, known: Snapshot) -> OutcomeKind:
    """What became of a record of which nothing was written."""
    return OutcomeKind.OLDER if says_what_was_before(draft, source, known) else OutcomeKind.SAME


def named_as(raw: Raw, outcome: Outcome) -> Outcome:
    """The outcome with the id of the raw record, which may differ from the id in its payload."""
    same = outcome.external_id == raw.external_id
    return outcome if same else outcome._replace(external_id=raw.external_id)


def _merged(head: Head, history: Sequence[CaseEvent], now: datetime) -> CaseEvent:
    at = max(now, *(event.at for event in history))
    return CaseEvent(at, EventKind.MERGED, ActorKind.SYSTEM, reason="repeated", head=head.code)


def _diff(draft: Draft, source: str, known: Snapshot, now: datetime) -> tuple[list[CaseEvent], dict[str, object]]:
    """The changes to a known case: events to append, columns to write."""
    facts, notes = corrections(draft, source, known, now)
    more = {**_sp4n(draft, source, known), **_source_changed_at(draft, source, known)}
    return new_events(draft, source, known, now) + notes, {**facts, **more}


def _source_changed_at(draft: Draft, source: str, known: Snapshot) -> dict[str, object]:
    """Stored even when nothing else is new, so that a snapshot that arrives later is recognised as older."""
    at = draft.source_changed_at()
    return {} if at is None or epoch(at) <= last_source_change(source, known) else {"told_at": at}


def _sp4n(draft: Draft, source: str, known: Snapshot) -> dict[str, object]:
    """Number and status of SP4N-LAPOR!; a missing value does not change the stored one."""
    told = {name: clean(getattr(draft.record, name)) for name in ("sp4n_number", "sp4n_status")}
    changed = {name: text for name, text in told.items() if text and text != getattr(known, name)}
    return {} if is_stale(draft, source, known) else dict(changed)
