"""Reads a row of a table as a Record: compiled once from the columns' settings; 10 to 40 us a row."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime, time
from functools import lru_cache, partial
from operator import itemgetter
from types import MappingProxyType
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from data.domain.cases.model import UNDATED, EventKind
from data.domain.cases.reconciliation import number_of
from data.domain.city.model import Agency
from data.domain.reasons import reason
from ingest.source import Record, TableRecord, Unreadable
from ingest.tabular.mapping.cells import Cells, Place, Position, Reader, Row, Times, column_reader, known_values
from ingest.tabular.mapping.columns import RECEIVED, EventSettings, MappingSettings, PickSettings, fold
from ingest.tabular.mapping.datetimes import Moments
from ingest.tabular.mapping.guide_rows import GuideRows
from ingest.tabular.mapping.image_links import image_link
from ingest.tabular.mapping.market_rows import MarketRows

_FIELDS = (
    "title",
    "text",
    "address",
    "village",
    "agency",
    "service_class",
    "sp4n_number",
    "sp4n_status",
    "media_url",
    "reporter_name",
    "reporter_phone",
    "reporter_email",
)
_Event = dict[str, Any]
"""A RecordEvent's fields: validated with the record they belong to, which halves the cost."""
_NOBODY: Mapping[str, Agency] = MappingProxyType({})
_BY_TIME = itemgetter("at")
_AT_RECEIPT = (RECEIVED,)
_record: Callable[[dict[str, Any]], Record] = Record.__pydantic_validator__.validate_python
_ID_MOST = 200
_DAYS_END = time(23, 59, 59)
_LIMITS = {"title": 300, "text": 4000}
_OF_AGENCY = frozenset(
    {
        EventKind.DISPATCHED,
        EventKind.TRANSFERRED,
        EventKind.ACKNOWLEDGED,
        EventKind.NOTE,
        EventKind.ANSWERED,
        EventKind.RESOLVED,
    }
)


class _Rule(NamedTuple):
    """An event's settings, compiled."""

    settings: EventSettings
    fixed: _Event
    """What is the same in every row."""
    text: Reader | None
    of_agency: bool


class _Events:
    """What happened after receipt, out of the status and the columns with times."""

    def __init__(self, settings: MappingSettings, cells: Cells, times: Times) -> None:
        self._times, self._status = times, settings.status
        self._text = cells.text
        self._rules = {name: _rule(each, cells) for name, each in settings.events.items()}
        self._always = [self._rules[name] for name in settings.always]
        self._of = lru_cache(maxsize=256)(self._rules_of)

    def read(self, row: Row, received: datetime, agency: str | None) -> list[_Event]:
        """In order of time, as the fields of RecordEvents. Raises Unreadable."""
        rules = self._of(self._text(row, self._status.column)) if self._status else self._always
        events = []
        for rule in rules:
            if agency is None and rule.settings.needs_agency:
                continue
            at = received if rule.settings.at == _AT_RECEIPT else self._when(row, rule.settings, received)
            if at is not None:
                events.append(_event(rule, at, agency, rule.text(row) if rule.text else None))
            elif rule.settings.undated:
                event = _event(rule, received, agency, rule.text(row) if rule.text else None)
                events.append({**event, "reason": UNDATED})
        if len(events) > 1:
            events.sort(key=_BY_TIME)
        return events

    def _rules_of(self, text: str | None) -> list[_Rule]:
        assert self._status is not None
        names = {fold(key): value for key, value in self._status.values.items()}
        found = names.get(fold(text or ""), self._status.otherwise)
        if found is None:
            known, columns = known_values(self._status.values), (self._status.column,)
            raise Unreadable(reason("cell.unknown_value", columns=columns, value=text or "", known=known))
        return self._always + [self._rules[name] for name in found]

    def _when(self, row: Row, rule: EventSettings, received: datetime) -> datetime | None:
        moment = self._times.read(row, rule.at)
        if moment is None:
            if rule.optional or rule.undated:
                return None
            raise Unreadable(reason("cell.event_without_time", columns=rule.at, kind=str(rule.kind)))
        if moment.at >= received:
            return moment.at
        if not moment.timed and (received - moment.at).total_seconds() < 86_400:
            return received
        times = {"at": f"{moment.at:%Y-%m-%d %H:%M:%S}Z", "received": f"{received:%Y-%m-%d %H:%M:%S}Z"}
        raise Unreadable(reason("cell.event_before_receipt", columns=rule.at, **times))


def _rule(settings: EventSettings, cells: Cells) -> _Rule:
    fixed: _Event = {"kind": settings.kind, "actor_kind": settings.by, "actor": settings.actor}
    if settings.reason is not None:
        fixed["reason"] = settings.reason
    return _Rule(
        settings, fixed, column_reader(settings.text, cells) if settings.text else None, settings.kind in _OF_AGENCY
    )


def _event(rule: _Rule, at: datetime, agency: str | None, text: str | None) -> _Event:
    event = {**rule.fixed, "at": at}
    if rule.of_agency and agency is not None:
        event["agency"] = agency
    if text is not None:
        event["text"] = text
    return event


class TableMapping:
    """Reads rows of one kind of table.

    agencies: by code, the agencies of which names and short names are read_mapping, too.
    place: where a projected position shall lie, e.g. inside the city; see `ingest.tabular.mapping.projection`.
    mark: with what its rows are marked when they become raw records; see `ingest.tabular.known_mappings`.
    """

    def __init__(
        self,
        settings: MappingSettings,
        agencies: Mapping[str, Agency] = _NOBODY,
        *,
        demo: bool = False,
        place: Place | None = None,
        mark: str | None = None,
    ) -> None:
        cells = Cells(settings.nulls)
        self._demo, self.mark = demo, mark
        self._agencies = {fold(name): a.code for a in agencies.values() for name in (a.code, a.name, a.short)}
        self._id, self._category = column_reader(settings.id, cells), column_reader(settings.category, cells)
        self._received, self._updated, self._promised = settings.received, settings.updated, settings.promised
        self._agency_for_all, self._zone = settings.agency_for_all, ZoneInfo(settings.times.zone)
        self._picks = [(name, column_reader(each, cells)) for name in _FIELDS if (each := getattr(settings, name))]
        self._private = column_reader(settings.private, cells) if settings.private else None
        self._times = Times(Moments(settings.times.formats, settings.times.zone), cells)
        self._position = Position(settings.position, cells, place) if settings.position else None
        self._events = _Events(settings, cells, self._times)
        self._market = MarketRows(settings, cells, self._times, demo=demo) if settings.market else None
        self._guide = GuideRows(settings, cells, self._times, demo=demo) if settings.guide else None
        self.columns = tuple(dict.fromkeys(_columns(settings)))
        """Every column that the mapping names, in its own spelling."""
        self.needed = tuple(column for column in self.columns if column not in settings.optional)
        """Those that a table must have."""
        self.unique = settings.id.columns
        """Those that tell rows apart."""
        self._by_sp4n = settings.sp4n_number is not None and settings.sp4n_number.columns == settings.id.columns

    def external_id(self, row: Row) -> str | None:
        """The row's id at its source; None when it has none or none that can be kept."""
        text = self._id(row)
        if text and self._by_sp4n:  # the id is the platform's own: Excel's 12.0 is no other report
            text = number_of(text)
        return text if text and len(text) <= _ID_MOST else None

    def received_at(self, row: Row) -> datetime:
        """When it was received. Raises Unreadable."""
        moment = self._times.read(row, self._received)
        if moment is None:
            raise Unreadable(reason("cell.received_empty", columns=self._received))
        return moment.at

    def promised_at(self, row: Row, received: datetime) -> datetime | None:
        """Until when it was promised; None without a promise. Raises Unreadable."""
        moment = self._times.read(row, self._promised) if self._promised else None
        if moment is None:
            return None
        day = moment.at.astimezone(self._zone).date()
        at = moment.at if moment.timed else datetime.combine(day, _DAYS_END, self._zone).astimezone(UTC)
        if at < received:
            times = {"at": f"{at:%Y-%m-%d %H:%M:%S}Z", "received": f"{received:%Y-%m-%d %H:%M:%S}Z"}
            raise Unreadable(reason("cell.event_before_receipt", columns=self._promised, **times))
        return at

    def faults(self, row: Row) -> Iterator[Unreadable]:
        """Everything that is wrong with a row's cells; `read` stops at the first."""
        if self._guide is not None:
            yield from _raised(self._guide.faults(row))
            return
        if self._market is not None:
            yield from _raised([*self._market.faults(row), partial(self.received_at, row)])
            return
        parts: list[Callable[[], object]] = [
            *(partial(pick, row) for _, pick in (*self._picks, ("id", self._id), ("category", self._category))),
            partial(self.received_at, row),
            *([partial(self._position.read, row)] if self._position else []),
            *([partial(self._times.read, row, self._updated)] if self._updated else []),
        ]
        yield from _raised(parts)
        received = datetime.min.replace(tzinfo=UTC)
        with suppress(Unreadable):
            received = self.received_at(row)
        yield from _raised([partial(self._events.read, row, received, None), partial(self.promised_at, row, received)])

    def read(self, row: Row) -> TableRecord:
        """A row as a record. Raises Unreadable."""
        external_id = self.external_id(row)
        if external_id is None:
            raise Unreadable(reason("cell.no_id", most=_ID_MOST))
        if self._guide is not None:
            return self._guide.read(row, external_id)
        if self._market is not None:
            return self._market.read(row, external_id, partial(self.received_at, row))
        received = self.received_at(row)
        found: dict[str, Any] = {name: text for name, pick in self._picks if (text := pick(row)) is not None}
        if self._agency_for_all is not None:
            found["agency"] = self._agency_for_all
        if "agency" in found:
            found["agency"] = self._agencies.get(fold(found["agency"]), found["agency"])
        if "media_url" in found and (link := image_link(found.pop("media_url"))) is not None:
            found["media_url"] = link
        for name, limit in _LIMITS.items():
            if len(found.get(name, "")) > limit:
                found[name] = found[name][: limit - 1] + "…"
        if "sp4n_number" in found:
            found["sp4n_number"] = number_of(found["sp4n_number"])
        position = self._position.read(row) if self._position else None
        if position is not None:
            found["lat"], found["lon"] = position
        if self._updated and (moment := self._times.read(row, self._updated)) is not None:
            found["updated_at"] = moment.at
        found |= {
            "external_id": external_id,
            "received_at": received,
            "category": self._category(row) or "",
            "demo": self._demo,
            "promised_at": self.promised_at(row, received),
            "private": self._private is not None and self._private(row) == "yes",
            "events": self._events.read(row, received, found.get("agency")),
        }
        return _record(found)


def _raised(parts: Iterable[Callable[[], object]]) -> Iterator[Unreadable]:
    for part in parts:
        try:
            part()
        except Unreadable as wrong:
            yield wrong


def _columns(settings: MappingSettings) -> Iterator[str]:
    yield from settings.received
    for of in (settings.market, settings.guide):
        if of is not None:
            yield from (column for pick in of.picks.values() for column in pick.columns)
            yield from (column for columns in of.moments.values() for column in columns)
    yield from settings.updated or ()
    yield from settings.promised or ()
    for name in ("id", "category", *_FIELDS, "private"):
        pick: PickSettings | None = getattr(settings, name)
        yield from pick.columns if pick else ()
    if settings.position:
        yield from settings.position.columns
    if settings.status:
        yield settings.status.column
    for event in settings.events.values():
        yield from event.text.columns if event.text else ()
        yield from event.at if event.at != _AT_RECEIPT else ()
