"""Reads a row of a table of the market as a MarketRecord: compiled once from the columns' settings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from data.domain.reasons import reason
from ingest.market_record import MarketKind, MarketRecord
from ingest.source import Unreadable
from ingest.tabular.mapping.cells import Cells, Row, Times, column_reader
from ingest.tabular.mapping.columns import MappingSettings, MarketColumns

_NUMBERS = frozenset({"quantity", "price", "total"})
_AT = {"ready": "ready_at", "expires": "expires_at"}
_DAYS = frozenset({"first_day", "last_day"})
_YES = frozenset({"yes", "ya", "true", "1", "batal", "dibatalkan", "ditarik", "cancelled", "canceled", "withdrawn"})
_record: Callable[[dict[str, Any]], MarketRecord] = MarketRecord.__pydantic_validator__.validate_python


class MarketRows:
    """Reads the rows of one kind of table."""

    def __init__(self, settings: MappingSettings, cells: Cells, times: Times, *, demo: bool) -> None:
        assert settings.market is not None
        of: MarketColumns = settings.market
        self._kind, self._demo, self._times, self._of = of.kind, demo, times, of
        self._zone, self._updated = ZoneInfo(settings.times.zone), settings.updated
        self._picks = [(name, column_reader(pick, cells)) for name, pick in of.picks.items()]

    def read(self, row: Row, external_id: str, at: Callable[[], datetime]) -> MarketRecord:
        """`at`: reads the moment, which the index of a week has not. Raises Unreadable, ValidationError."""
        found = {name: self._value(name, text) for name, pick in self._picks if (text := pick(row)) is not None}
        found |= {_AT.get(name, name): moment for name in self._of.moments if (moment := self._moment(row, name))}
        if self._updated and (moment := self._times.read(row, self._updated)) is not None:
            found["updated_at"] = moment.at
        when = self._week_start(found) if self._kind is MarketKind.INDEX else at()
        return _record(found | {"kind": self._kind, "external_id": external_id, "at": when, "demo": self._demo})

    def faults(self, row: Row) -> Iterator[Callable[[], object]]:
        """What may be wrong with a row's cells: each raises Unreadable when it is."""
        yield from (partial(pick, row) for _, pick in self._picks)
        yield from (partial(self._moment, row, name) for name in self._of.moments)

    def _value(self, name: str, text: str) -> Any:
        if name == "cancelled":
            return text.casefold() in _YES
        if name not in _NUMBERS or self._of.decimal == "local":
            return text
        try:
            return Decimal(text)
        except InvalidOperation:
            return text  # as people write it, or no number at all

    def _moment(self, row: Row, name: str) -> Any:
        moment = self._times.read(row, self._of.moments[name])
        if moment is None:
            return None
        return moment.at.astimezone(self._zone).date() if name in _DAYS else moment.at

    def _week_start(self, found: dict[str, Any]) -> datetime:
        """Weeks of a month run from 1 to 5, the first from its first day on."""
        try:
            year, month, week = (int(found[name]) for name in ("year", "month", "week"))
            return datetime(year, month, 1 + 7 * (week - 1), tzinfo=self._zone)
        except (KeyError, ValueError):
            raise Unreadable(reason("market.week")) from None
