"""The tiles, of the resident columns and the trades that count. They tell of whole days until yesterday, so that what
is up to a minute old is good enough."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from data.domain.city.model import City
from data.domain.city.tiles import TileRule
from data.domain.guide import scores
from data.domain.guide.scores import Measure, Tile, TileBoard, measure_of
from data.domain.history.columns import CaseColumns
from data.store.queries.market.month import sales

FRESH = timedelta(minutes=1)


def ask(conn: Connection, columns: CaseColumns, city: City, now: datetime) -> TileBoard:
    """All tiles."""
    return scores.tiles(city.tiles, _measure(conn, columns, city), _today(city, now), now, city.timezone)


def history(conn: Connection, columns: CaseColumns, city: City, rule: TileRule, now: datetime) -> tuple[Tile, ...]:
    """The whole months of one tile, the newest first."""
    return scores.history(rule, _measure(conn, columns, city), _today(city, now), city.timezone)


class ResidentTiles:
    """The tiles of a process, asked again when they are so old. Safe to use from many threads."""

    def __init__(self, city: City, fresh: timedelta = FRESH) -> None:
        self._city, self._fresh = city, fresh
        self._guard = threading.Lock()
        self._known: TileBoard | None = None

    def ask(self, conn: Connection, columns: Callable[[datetime], CaseColumns], now: datetime) -> TileBoard:
        """The tiles, at most so old; `as_of` says when they were asked."""
        with self._guard:
            known = self._known
            if known is None or not timedelta() <= now - known.as_of < self._fresh:
                self._known = known = ask(conn, columns(now), self._city, now)
            return known


def _measure(conn: Connection, columns: CaseColumns, city: City) -> Measure:
    return measure_of(columns, city, lambda period: sales(conn, period).columns)


def _today(city: City, now: datetime) -> date:
    return now.astimezone(ZoneInfo(city.timezone)).date()
