"""The reports of the open map: of public categories, checked, neither private nor ever of a private category."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import BindParameter, Connection, Row, bindparam, exists, func, select

from data.domain.cases.model import CaseState, Precision
from data.domain.city.model import City
from data.domain.city.open_map import OpenMapRule
from data.domain.guide.open_map import SHOWN, OpenCase, OpenMap, counted, square_of
from data.store.cases.conditions import BEFORE, OPEN
from data.store.db.schema.cases import case, case_event

FRESH = timedelta(minutes=1)
MOST = 2_500
"""The newest ones; a city that has more solves few."""
_PLACED = frozenset({Precision.EXACT.value, Precision.STREET.value})
_SECRET: BindParameter[str] = bindparam("secret", expanding=True)
_WAS_PRIVATE = exists().where(case_event.c.case_id == case.c.id, case_event.c.category.in_(_SECRET))
_LEFT = func.coalesce(case.c.resolved_at, case.c.ended_at)
_PUBLIC = (
    select(case.c.category, case.c.state, case.c.received_at, _LEFT, case.c.lat, case.c.lon)
    .add_columns(case.c.precision, case.c.village)
    .where(
        case.c.private.is_(False),
        case.c.state.in_(bindparam("states", expanding=True)),
        case.c.category.in_(bindparam("categories", expanding=True)),
        ~_WAS_PRIVATE,
    )
)
_OPEN = _PUBLIC.where(OPEN).order_by((case.c.id + 0).desc()).limit(MOST)
_SOLVED = _PUBLIC.where(case.c.updated_at > BEFORE, OPEN.is_(False), _LEFT > BEFORE)
_SOLVED = _SOLVED.order_by(case.c.updated_at.desc()).limit(MOST)
"""By the index of `updated_at`: whatever was solved since then changed since then."""


def ask(conn: Connection, city: City, rule: OpenMapRule, now: datetime) -> OpenMap:
    """As of now."""
    secret = [code for code, it in city.categories.items() if it.private]
    known = [code for code in (*rule.grid, *rule.villages) if code in city.categories and code not in secret]
    asked = {
        "secret": secret,
        "categories": known,
        "states": [state.value for state in SHOWN],
        "before": now - rule.solved_for,
    }
    rows = [*conn.execute(_OPEN, asked), *conn.execute(_SOLVED, asked)]
    grid = frozenset(rule.grid)
    shown = [row for row in rows if row[0] in grid and row.precision in _PLACED and row.lat is not None]
    told = sorted(_cases(shown, ZoneInfo(city.timezone)), key=_order)
    others = [row for row in rows if row[0] not in grid or row.precision not in _PLACED]
    places = [(row.village, row.category, _in_short(row.state)) for row in others if row.village is not None]
    return OpenMap(tuple(told), counted(places))


def _cases(rows: list[Row[*tuple[Any, ...]]], zone: ZoneInfo) -> Iterator[OpenCase]:
    for category, state, received, left, lat, lon, *_ in rows:
        word = SHOWN[CaseState(state)]
        day = received.astimezone(zone).date()
        solved = left.astimezone(zone).date() if word == "done" and left is not None else None
        yield OpenCase(category, word, day, solved, square_of(lat, lon))


def _in_short(state: str) -> str:
    return "done" if SHOWN[CaseState(state)] == "done" else "open"


def _order(it: OpenCase) -> tuple[object, ...]:
    """What is dealt with before what is solved; within a day by nothing that tells which came first."""
    return (it.state == "done", -it.received.toordinal(), it.category, it.square)


class ResidentOpenMap:
    """The open map of a process, asked again when it is a minute old. Safe to use from many threads."""

    def __init__(self, city: City, rule: OpenMapRule) -> None:
        self._city, self._rule = city, rule
        self._guard = threading.Lock()
        self._known: tuple[datetime, OpenMap] | None = None

    def ask(self, conn: Connection, now: datetime) -> tuple[datetime, OpenMap]:
        """The map and its moment, at most a minute ago."""
        with self._guard:
            known = self._known
            if known is None or not timedelta() <= now - known[0] < FRESH:
                self._known = known = now, ask(conn, self._city, self._rule, now)
            return known
