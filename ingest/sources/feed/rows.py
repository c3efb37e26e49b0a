"""Reads an item of JSON, or a row of a foreign table, as a Record; shared by feeds and SQL sources.

Paths turn an item into a flat row of texts, and `TableMapping` reads this row like the row of any table.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from pydantic import ValidationError

from data.domain.cases.model import ActorKind, EventKind
from data.domain.reasons import reason
from data.store.cases.snapshots import Snapshot, snapshots
from data.store.db.engine import Engine, StoreDown, reading
from data.texts import texts
from ingest.guide_record import GuideRecord
from ingest.market_record import MarketRecord
from ingest.settings import SourceContext
from ingest.source import Record, RecordEvent, SourceDown, TableRecord, Unreadable
from ingest.sources.feed.body import kind_of
from ingest.tabular.mapping.cells import Cells, Times
from ingest.tabular.mapping.columns import RECEIVED, Columns, GuideColumns, MappingSettings, MarketColumns
from ingest.tabular.mapping.datetimes import ISO, Moments
from ingest.tabular.mapping.mapping import TableMapping

BATCH = 1000
"""The most records in a delivery."""
MANY = 50
"""A delivery with more records than this is stored in bulk."""
CONTENT_ID = "tanpa-nomor:"
"""The start of the id that an item without one gets."""
_NO = frozenset({"", "0", "false", "no", "n", "f", "tidak", "none", "null"})
"""Texts that mean 'not deleted'."""
WITHDRAWN = "withdrawn"
"""The reason of the note about a case that was deleted at its source."""
_SECONDS, _MILLISECONDS = (1e9, 1e10), (1e12, 1e13)
"""In a column of times, numbers in these ranges are epoch times (2001 to 2286)."""
Find = Callable[[Any], Any]


def cell_text(value: Any, *, column: str, is_time: bool = False) -> str | None:
    """A value as a cell's text; None for null. Raises Unreadable for an object, or a list of them."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float | Decimal):
        return (_moment(value) if is_time else None) or _plain(value)
    if isinstance(value, date | time):  # a datetime is a date
        return value.isoformat()
    if isinstance(value, list | tuple):
        cells = [cell_text(one, column=column) for one in value if not isinstance(one, list | tuple)]
        if len(cells) == len(value):
            return ", ".join(cell for cell in cells if cell)
    if isinstance(value, dict | list | tuple):
        what = kind_of(list(value) if isinstance(value, tuple) else value)
        raise Unreadable(reason("feed.not_a_cell", column=column, kind=what))
    return str(value)


def _plain(value: float | Decimal) -> str:
    """A number as people write it: 12.0 becomes 12, without exponents. NaN and infinity are refused later."""
    if isinstance(value, int):
        return _digits(value)
    exact = Decimal(repr(value)) if isinstance(value, float) else value
    if not exact.is_finite() or abs(exact.adjusted()) > 100:
        return str(value)
    return f"{exact.to_integral_value():f}" if exact == exact.to_integral_value() else f"{exact.normalize():f}"


def _digits(value: int) -> str:
    try:
        return str(value)
    except ValueError:  # thousands of digits
        return hex(value)


def _moment(value: float | Decimal) -> str | None:
    """An epoch time, in seconds or milliseconds, as ISO 8601; None when it is none."""
    try:
        number = float(value)
    except (OverflowError, ValueError):
        return None
    if _MILLISECONDS[0] <= number < _MILLISECONDS[1]:
        number /= 1000
    elif not _SECONDS[0] <= number < _SECONDS[1]:
        return None
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=int(number))).isoformat()


class SourceRowReader:
    """Reads rows of one source."""

    def __init__(self, name: str, mapping: MappingSettings, updated: Columns | None, context: SourceContext) -> None:
        for section in ("market", "guide"):
            of: MarketColumns | GuideColumns | None = getattr(mapping, section)
            if of is not None and "decimal" not in of.model_fields_set:
                # numbers of JSON and of databases have a point
                mapping = mapping.model_copy(update={section: of.model_copy(update={"decimal": "point"})})
        times = mapping.times
        if ISO not in times.formats:  # converted epoch times and datetimes are ISO 8601
            times = times.model_copy(update={"formats": (*times.formats, ISO)})
            mapping = mapping.model_copy(update={"times": times})
        self._name, self._engine = name, context.engine
        self._mapping = TableMapping(mapping, context.city.agencies)
        self._times = Times(Moments(times.formats, times.zone), Cells(mapping.nulls))
        self._updated = updated
        self.columns = tuple(dict.fromkeys((*self._mapping.columns, *(updated or ()))))
        """Every column that is read."""
        self.needed = tuple(column for column in self.columns if column not in mapping.optional)
        self.id_columns = mapping.id.columns
        self.times = frozenset(
            column
            for columns in (mapping.received, updated, mapping.promised, *_more_times(mapping))
            for column in columns or ()
            if column != RECEIVED
        )
        """Columns with times."""

    def external_id(self, row: Mapping[str, str | None]) -> str | None:
        try:
            return self._mapping.external_id(row)
        except Unreadable:
            return None

    def read(self, row: Mapping[str, str | None], *, deleted: bool = False) -> TableRecord:
        """The record, with a note when it was deleted. Raises Unreadable, ValidationError, SourceDown."""
        changed = self._times.read(row, self._updated) if self._updated else None
        at = None if changed is None else changed.at
        try:
            record = self._mapping.read(row)
        except (Unreadable, ValidationError):
            known = self._known(row) if deleted else None
            if known is None:
                raise
            return _withdrawn(known, at)  # without `updated_at`, so that it changes nothing else
        if isinstance(record, MarketRecord | GuideRecord):
            return record.model_copy(update={"updated_at": at, "cancelled": deleted or record.cancelled})
        if at is not None:
            record = record.model_copy(update={"updated_at": max(at, record.received_at)})
        return _withdrawn(record, at) if deleted else record

    def _known(self, row: Mapping[str, str | None]) -> Record | None:
        """The stored case as a Record, for a deletion that has only the id."""
        external_id = self.external_id(row)
        if external_id is None:
            return None
        known = _snapshot(self._engine, self._name, external_id)
        return None if known is None else _unchanged_record(external_id, known, self._name)


def _more_times(mapping: MappingSettings) -> Iterator[Columns]:
    yield from (event.at for event in mapping.events.values())
    yield from mapping.market.moments.values() if mapping.market is not None else ()
    yield from mapping.guide.moments.values() if mapping.guide is not None else ()


def _snapshot(engine: Engine, source: str, external_id: str) -> Snapshot | None:
    try:
        with reading(engine) as conn:
            return snapshots(conn, source, [external_id]).get(external_id)
    except StoreDown as wrong:
        raise SourceDown(reason("source.store_down", error=str(wrong.orig))) from wrong


def _unchanged_record(external_id: str, known: Snapshot, source: str) -> Record:
    """A record that changes nothing in the case."""
    receipt = next(event for event in known.events if event.kind is EventKind.RECEIVED)
    said = [
        event.category
        for event in known.events
        if event is receipt or (event.kind is EventKind.RECLASSIFIED and event.actor == source and event.category)
    ]
    return Record(external_id=external_id, received_at=receipt.at, category=said[-1] or known.category)


def _withdrawn(record: Record, changed: datetime | None) -> Record:
    at = record.received_at if changed is None else max(changed, record.received_at)
    text = texts("id").sentence(reason("feed.deleted") if changed else reason("feed.deleted_undated"))
    note = RecordEvent(at=at, kind=EventKind.NOTE, actor_kind=ActorKind.SYSTEM, reason=WITHDRAWN, text=text)
    events = sorted((*record.events, note), key=lambda event: event.at)
    return record.model_copy(update={"events": tuple(events)})


def flatten(item: Mapping[str, Any], finds: Iterable[tuple[str, Find]], times: frozenset[str]) -> dict[str, str | None]:
    """An item as a row: each column's text. Raises Unreadable, PathError."""
    return {column: cell_text(find(item), column=column, is_time=column in times) for column, find in finds}


def content_id(item: object) -> str:
    """The id of an item without one: a hash of its content, so that the same item is recognised."""
    return CONTENT_ID + hashlib.sha256(_as_text(item).encode()).hexdigest()[:32]


def is_truthy(value: Any) -> bool:
    """Whether a deletion mark is set: true, a number except 0, a time, any text except those in _NO."""
    if isinstance(value, str):
        return value.strip().casefold() not in _NO
    return bool(value) and value == value  # NaN counts as not set


def _as_text(value: object) -> str:
    """Any JSON value as a text, for a hash."""
    try:
        return json.dumps(value, sort_keys=True, ensure_ascii=True, default=str)
    except RecursionError:
        return "too deep"
    except (TypeError, ValueError):
        return repr(value)[:10_000]
