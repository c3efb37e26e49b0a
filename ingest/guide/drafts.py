"""Understands a record of the guide: category, state, where it lies, when it takes place. Nothing is guessed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from data.domain.guide import business
from data.domain.guide.nouns import (
    AgendaState,
    Business,
    ConditionKind,
    ConditionState,
    ForecastStep,
    PlaceKind,
    PlaceState,
)
from data.domain.guide.settings import Guide
from data.domain.guide.words import condition_kind, condition_state, place_kind
from data.domain.reasons import reason
from data.reference.boundaries.areas import Boundaries
from data.reference.boundaries.place_judging import judge
from data.reference.places.villages import village_named
from data.store.guide.agenda import Window
from data.store.guide.calendar import BadEvent, Entry, NewEvent, calendar_of, entry_of, expand, parsed, plain_text
from data.store.guide.told import ConditionTold, EntryTold, ForecastTold, PlaceTold, Position, Told
from ingest.guide_record import ForecastRecord, GuideKind, GuideRecord
from ingest.source import Unreadable

if TYPE_CHECKING:
    from icalendar import Calendar

_CLOCK_OFF = timedelta(minutes=5)
"""By so much the clock of a source may be ahead of ours."""


@dataclass(frozen=True, slots=True)
class GuideDraft:
    """A record that was understood."""

    record: GuideRecord
    told: Told
    map: int = 0
    """The number of the map by which it was placed."""


class GuideDrafter:
    """Understands records; safe to use from many threads."""

    def __init__(self, guide: Guide, timezone: str, boundaries: Boundaries) -> None:
        self.boundaries = boundaries
        """The map in force; whoever imports another sets it."""
        self.window = Window(guide.window, ZoneInfo(timezone))
        self._guide, self._zone = guide, ZoneInfo(timezone)
        self._kinds: Mapping[GuideKind, Callable[[GuideRecord, datetime], Told]] = {
            GuideKind.PLACE: self._place,
            GuideKind.AGENDA: self._entry,
            GuideKind.CONDITION: self._condition,
            GuideKind.FORECAST: self._forecast,
        }

    def draft(self, record: GuideRecord, now: datetime) -> GuideDraft:
        """Raises Unreadable."""
        try:
            return GuideDraft(record, self._kinds[record.kind](record, now), self.boundaries.number)
        except BadEvent as wrong:
            raise Unreadable(wrong.reason) from None

    def _place(self, record: GuideRecord, now: datetime) -> PlaceTold:
        name = plain_text(record.name or "")
        if not name:
            raise Unreadable(reason("guide.place_name"))
        category = self._guide.category_named(record.category)
        kind = place_kind(record.place_kind) if record.place_kind else None
        if category is None:
            raise Unreadable(reason("guide.unknown_category", category=record.category or ""))
        address = plain_text(record.address or "") or (record.village or None)
        found = judge(address, record.lat, record.lon, self.boundaries)
        state = PlaceState.PUBLISHED if found.doubt is None else PlaceState.DOUBTFUL
        return PlaceTold(
            external_id=record.external_id,
            at=record.at or now,
            kind=kind or category.kind,
            category=category.code,
            name=name,
            state=PlaceState.WITHDRAWN if record.cancelled else state,
            position=Position(found.lat, found.lon, found.village),
            address=address,
            is_outside=found.is_outside,
            doubt=found.doubt,
            text=_texts(record),
            opening_hours=record.opening_hours,
            ticket_rupiah=record.ticket,
            phone=record.phone,
            url=record.url,
            capacity=record.capacity,
            business=_business(record, kind or category.kind),
            told_at=record.updated_at,
            demo=record.demo,
        )

    def _entry(self, record: GuideRecord, now: datetime) -> EntryTold:
        calendar = self._calendar(record)
        entry = entry_of(calendar, self._zone)
        takings = expand([entry.calendar], self.window.at(now), self._zone)  # too many: told before it is stored
        return EntryTold(
            uid=entry.uid,
            recurrence_id=entry.recurrence_id,
            at=record.at or entry.told_at or now,
            sequence=entry.sequence,
            event=entry.calendar,
            title=entry.title,
            starts_at=entry.starts_at,
            ends_at=entry.ends_at,
            all_day=entry.all_day,
            recurs=entry.recurs,
            state=entry.state,
            text=entry.text,
            lang=record.lang,
            place=entry.place,
            position=self._position(record, entry),
            expected=entry.expected if record.expected is None else record.expected,
            url=entry.url,
            told_at=record.updated_at or entry.told_at,
            takings=takings,
            demo=record.demo,
        )

    def _calendar(self, record: GuideRecord) -> Calendar:
        if record.calendar is not None:
            try:
                calendar = parsed(record.calendar)
            except ValueError as error:
                raise Unreadable(reason("guide.event_unreadable", error=str(error)[:200])) from None
            if len(calendar.walk("VEVENT")) != 1:
                raise Unreadable(reason("guide.event_unreadable", error="VEVENT"))
            return calendar
        assert record.starts_at is not None
        starts, ends = record.starts_at, record.ends_at
        new = NewEvent(
            uid=record.external_id,
            title=record.name or "",
            starts=starts.astimezone(self._zone).date() if record.all_day else starts,
            ends=self._day_after(ends) if ends is not None and record.all_day else ends,
            text=record.text,
            place=record.place,
            rule=record.rule,
            state=AgendaState.CANCELLED if record.cancelled else AgendaState.CONFIRMED,
            expected=record.expected,
            url=record.url,
            told_at=record.updated_at,
        )
        return calendar_of(new)

    def _day_after(self, ends: datetime) -> date:
        return ends.astimezone(self._zone).date() + timedelta(days=1)

    def _position(self, record: GuideRecord, entry: Entry) -> Position:
        lat, lon = (record.lat, record.lon) if record.lat is not None else (entry.lat, entry.lon)
        return Position(lat, lon, self.boundaries.place(lat, lon).village)

    def _condition(self, record: GuideRecord, now: datetime) -> ConditionTold:
        assert record.at is not None
        kind = condition_kind(record.condition or "")
        if kind is None:
            known = tuple(str(each) for each in ConditionKind)
            raise Unreadable(reason("guide.unknown_condition", condition=record.condition or "", known=known))
        if record.at > now + _CLOCK_OFF:
            raise Unreadable(reason("record.in_future", field="at", at=f"{record.at:%Y-%m-%d %H:%M:%S}Z"))
        if not (record.place or record.name):
            raise Unreadable(reason("guide.condition_place"))
        if record.free is not None and record.capacity is not None and record.free > record.capacity:
            raise Unreadable(reason("guide.free_above_capacity", free=record.free, capacity=record.capacity))
        expires_at = record.at + self._guide.expiry[kind]
        return ConditionTold(
            external_id=record.external_id,
            at=record.at,
            kind=kind,
            state=_state(record),
            expires_at=expires_at if record.expires_at is None else min(expires_at, record.expires_at),
            observed_by=plain_text(record.observed_by or "") or "-",
            place=record.place,
            name=plain_text(record.name or "") or None,
            position=Position(record.lat, record.lon, self.boundaries.place(record.lat, record.lon).village),
            free=record.free,
            capacity=record.capacity,
            note=plain_text(record.note or "") or None,
            demo=record.demo,
        )

    def _forecast(self, record: GuideRecord, now: datetime) -> ForecastTold:
        assert record.at is not None
        village = village_named(record.village or "")
        if village is None:
            raise Unreadable(reason("guide.unknown_village", village=record.village or ""))
        if record.at > now + timedelta(hours=12):  # computed for a coming hour: BMKG's label is that of the model's run
            raise Unreadable(reason("record.in_future", field="at", at=f"{record.at:%Y-%m-%d %H:%M:%S}Z"))
        steps = {each.at: _step(each, village.code, record.at) for each in record.steps}
        if not steps:
            raise Unreadable(reason("guide.forecast_empty", village=village.name))
        in_order = tuple(steps[at] for at in sorted(steps))
        return ForecastTold(record.external_id, record.at, village.code, in_order, record.demo)


def _texts(record: GuideRecord) -> dict[str, str] | None:
    told = {"id": plain_text(record.text or ""), "en": plain_text(record.text_en or "")}
    return {lang: text for lang, text in told.items() if text} or None


def _business(record: GuideRecord, kind: PlaceKind) -> Business | None:
    if kind is not PlaceKind.BUSINESS and record.phone_consent_at is None:
        return None
    return Business(
        nib=_permit("nib", record.nib, business.nib),
        kbli=_permit("kbli", record.kbli, business.kbli),
        pirt=_permit("pirt", record.pirt, business.pirt),
        halal=_permit("halal", record.halal, business.halal),
        phone_consent_at=record.phone_consent_at,
    )


def _permit(name: str, told: str | None, read: Callable[[str], str | None]) -> str | None:
    """In one spelling. Raises Unreadable when it is none."""
    if told is None:
        return None
    found = read(told)
    if found is None:
        raise Unreadable(reason("guide.permit", field=name, value=told[:40]))
    return found


def _state(record: GuideRecord) -> ConditionState:
    """Closed is not full: only the source says closed. Without a word the free places say whether it is full."""
    if record.state:
        told = condition_state(record.state)
        if told is None:
            known = tuple(str(each) for each in ConditionState)
            raise Unreadable(reason("guide.unknown_state", state=record.state, known=known))
        return told
    if record.free is None:
        return ConditionState.UNKNOWN
    return ConditionState.FULL if record.free == 0 else ConditionState.OPEN


def _step(each: ForecastRecord, village: str, analysed_at: datetime) -> ForecastStep:
    weather = {"id": each.weather} | ({"en": each.weather_en} if each.weather_en else {})
    return ForecastStep(
        village=village,
        at=each.at,
        analysed_at=analysed_at,
        weather=weather,
        temperature_c=each.temperature_c,
        humidity_percent=each.humidity_percent,
        cloud_percent=each.cloud_percent,
        wind_kmh=each.wind_kmh,
        wind_from=each.wind_from,
        rain_mm=each.rain_mm,
    )
