"""The trades of the season, resident as columns: the board asks at each trade, and reads only the new ones.

A trade counts unless a reversal took it back; a reversal itself never counts (`counted` says the same to SQL).
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import BigInteger, ColumnElement, Connection, Select, and_, bindparam, exists, func, select, type_coerce

from data.domain.figures.measures import market
from data.domain.figures.measures.market import TradeColumns
from data.domain.market.board import Sold
from data.domain.market.moves import SEASON
from data.store.db.schema.market import trade

FEW_CELLS = 8
"""So many days of commodities are computed singly; with more all are computed at once."""
_NONE = 0
"""Instead of an unknown farmer or buyer."""
_later = trade.alias("later")
_FIELDS = ("id", "at", "price", "quantity", "total", "farmer", "buyer", "commodity", "village", "counts")
Column = NDArray[np.int64]


def counted(until: int | None = None) -> ColumnElement[bool]:
    """The condition on `trade` that a row counts; `until`: as it was known at that change."""
    taken_back = exists().where(_later.c.reverses_id == trade.c.id)
    if until is None:
        return and_(trade.c.reverses_id.is_(None), ~taken_back)
    return and_(trade.c.reverses_id.is_(None), trade.c.seq <= until, ~taken_back.where(_later.c.seq <= until))


def _rows() -> Select[*tuple[Any, ...]]:
    return select(
        trade.c.id,
        type_coerce(trade.c.at, BigInteger).label("at"),
        trade.c.price,
        trade.c.quantity,
        trade.c.total,
        func.coalesce(trade.c.farmer_id, _NONE),
        func.coalesce(trade.c.buyer_id, _NONE),
        trade.c.commodity,
        trade.c.village,
        trade.c.reverses_id,
    )


_START = type_coerce(bindparam("start", type_=BigInteger()), BigInteger)
_SEASON = _rows().where(type_coerce(trade.c.at, BigInteger) >= _START).order_by(trade.c.id)
_NEW = _rows().where(trade.c.id > bindparam("known", type_=BigInteger())).order_by(trade.c.id)
_LAST = select(func.coalesce(func.max(trade.c.id), 0))


class Day(NamedTuple):
    """One commodity on one local day."""

    commodity: str
    day: date


class Recent(NamedTuple):
    """Counted trades since a moment: an array a field, and what their codes mean."""

    id: Column
    at: Column
    price: Column
    commodity: Column
    village: Column
    farmer: Column
    buyer: Column
    total: Column
    names: Sequence[str | None]


class ResidentTrades:
    """One for a process; safe to use from many threads. Call `renew` first, in the reading that the answer is of."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._guard = threading.Lock()
        self._reset(date.min)

    def _reset(self, today: date) -> None:
        self._today, self._last = today, 0
        self._size = 0
        self._columns: dict[str, Column] = {name: np.zeros(1024, dtype=np.int64) for name in _FIELDS}
        self._names: list[str | None] = [None]
        self._codes: dict[str | None, int] = {None: 0}
        self._days: dict[Day, Sold] = {}

    def renew(self, conn: Connection, now: datetime) -> None:
        """Read what is new; on a new day all of the season. A reading older than what is known brings nothing."""
        today = self.local_day(now)
        with self._guard:
            last = int(conn.execute(_LAST).scalar_one())
            if today != self._today:
                self._reset(today)
                self._append(conn.execute(_SEASON, {"start": self.midnight(today - SEASON)}))
                self._compute_all()
            elif last > self._last:
                self._compute(self._append(conn.execute(_NEW, {"known": self._last})))
            self._last = max(last, self._last)

    def days(self) -> dict[Day, Sold]:
        """Every day of the season on which a commodity was sold."""
        with self._guard:
            return dict(self._days)

    def since(self, start: datetime) -> Recent:
        """The counted trades from this moment on."""
        with self._guard:
            all_ = {name: values[: self._size] for name, values in self._columns.items()}
            chosen = np.flatnonzero((all_["at"] >= int(start.timestamp())) & (all_["counts"] == 1))
            id_, at, price, commodity, village, farmer, buyer, total = (
                all_[name][chosen] for name in Recent._fields[:-1]
            )
            return Recent(id_, at, price, commodity, village, farmer, buyer, total, tuple(self._names))

    def local_day(self, now: datetime) -> date:
        """The city's day."""
        return now.astimezone(self._zone).date()

    def midnight(self, day: date) -> int:
        """Epoch seconds of the beginning of a local day."""
        return int(datetime.combine(day, time.min, self._zone).timestamp())

    def _append(self, rows: Iterable[Any]) -> set[tuple[int, date]]:
        """Add rows; returns which days of commodities they change."""
        new = [tuple(row) for row in rows]
        start = self.midnight(self._today - SEASON)
        touched: set[tuple[int, date]] = set()
        kept: list[list[int]] = []
        for *values, commodity, village, reverses in new:
            if reverses is not None:
                touched |= self._take_back(reverses, kept)
            elif values[1] >= start:
                code = self._code(commodity)
                kept.append([*values, code, self._code(village), 1])
                touched.add((code, self._day(values[1])))
        self._store(kept)
        return touched

    def _take_back(self, reverses: int, kept: list[list[int]]) -> set[tuple[int, date]]:
        for row in kept:
            if row[0] == reverses:
                row[-1] = 0
                return {(row[7], self._day(row[1]))}
        ids = self._columns["id"][: self._size]
        place = int(np.searchsorted(ids, reverses))
        if place == len(ids) or ids[place] != reverses:
            return set()
        self._columns["counts"][place] = 0
        return {(int(self._columns["commodity"][place]), self._day(int(self._columns["at"][place])))}

    def _store(self, rows: list[list[int]]) -> None:
        if not rows:
            return
        size = self._size + len(rows)
        for name, values in zip(_FIELDS, np.array(rows, dtype=np.int64).T, strict=True):
            column = self._columns[name]
            if size > len(column):
                column = np.concatenate([column, np.zeros(max(size, len(column)), dtype=np.int64)])
                self._columns[name] = column
            column[self._size : size] = values
        self._size = size

    def _code(self, name: str | None) -> int:
        if name not in self._codes:
            self._codes[name] = len(self._names)
            self._names.append(name)
        return self._codes[name]

    def _day(self, at: int) -> date:
        return datetime.fromtimestamp(at, UTC).astimezone(self._zone).date()

    def _compute(self, touched: set[tuple[int, date]]) -> None:
        if len(touched) > FEW_CELLS:
            self._compute_all()
            return
        column = {name: values[: self._size] for name, values in self._columns.items()}
        for commodity, day in touched:
            start, end = self.midnight(day), self.midnight(day + timedelta(days=1))
            chosen = (column["commodity"] == commodity) & (column["counts"] == 1)
            rows = np.flatnonzero(chosen & (column["at"] >= start) & (column["at"] < end))
            self._set(commodity, day, rows)

    def _compute_all(self) -> None:
        column = {name: values[: self._size] for name, values in self._columns.items()}
        midnights = np.array([self.midnight(self._today - SEASON + timedelta(days=n)) for n in range(SEASON.days + 2)])
        day = np.searchsorted(midnights, column["at"], side="right") - 1
        cell = column["commodity"] * len(midnights) + day
        rows = np.flatnonzero(column["counts"] == 1)
        rows = rows[np.argsort(cell[rows], kind="stable")]
        parts = np.split(rows, np.flatnonzero(np.diff(cell[rows])) + 1) if len(rows) else []
        self._days = {}
        for part in parts:
            code, number = divmod(int(cell[part[0]]), len(midnights))
            self._set(code, self._today - SEASON + timedelta(days=number), part)

    def _set(self, commodity: int, day: date, rows: Column) -> None:
        key = Day(str(self._names[commodity]), day)
        if not len(rows):
            self._days.pop(key, None)
            return
        self._days[key] = sold_of(TradeColumns(*(self._columns[name][rows] for name in ("quantity", "price", "total"))))


def sold_of(trades: TradeColumns) -> Sold:
    """The figures of one commodity's trades, as the table of figures defines them."""
    (n,), (quantity,) = market.trades(trades), market.sold_quantity(trades)
    (value,), (price,) = market.sold_value(trades), market.median_price(trades)
    return Sold(
        n.n or 0, int(quantity.value or 0), int(value.value or 0), None if price.value is None else int(price.value)
    )
