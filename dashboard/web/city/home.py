"""/kota: what is on, weather and warnings, conditions, how the city is doing, places. /kota/agenda: the coming days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from flask import Blueprint, g, request, url_for
from werkzeug.wrappers import Response

from dashboard.web.city import asked
from dashboard.web.city.deps import CityDeps
from dashboard.web.city.open_data import linked
from dashboard.web.city.places import place_rows
from dashboard.web.city.shown import (
    ConditionRow,
    EventRow,
    condition_rows,
    day_name,
    event_row,
    weather,
)
from data.domain.guide.nouns import Occurrence, PlaceKind
from data.store.db.engine import Connection, reading
from data.store.guide import conditions, forecasts, occurrences
from data.store.queries.guide import public_guide
from data.store.queries.guide.public_guide import PlaceQuestion
from data.store.queries.warnings.in_force import feed_state, groups_in_force
from layouts.kit.words import words

DAYS = 7
AHEAD = 60
"""So many days ahead the agenda may be looked at."""
FIRST = 8
"""So many events of a time, and places, stand on the first page."""
MOST = 200
"""So many events of a week are shown; who has more takes the calendar."""
_DAY = timedelta(days=1)


class EventsInShort(NamedTuple):
    """The first of some events, and how many more there are."""

    rows: Sequence[EventRow]
    more: int


def register(web: Blueprint, city: CityDeps) -> None:
    """Register the pages."""
    pages = HomePages(city)

    @web.get("/kota")
    def public_home() -> Response:
        return pages.home()

    @web.get("/kota/agenda")
    def public_agenda() -> Response:
        return pages.agenda()

    @web.get("/kota/kondisi")
    def public_conditions() -> Response:
        return pages.conditions()


@dataclass(frozen=True, slots=True)
class DayOfEvents:
    """A day with what is on."""

    day: date
    name: str
    rows: Sequence[EventRow]


def _in_short(days: Sequence[DayOfEvents], today: date) -> dict[str, EventsInShort]:
    """Today, tomorrow, and the rest of the week."""
    found: dict[str, list[EventRow]] = {"today": [], "tomorrow": [], "week": []}
    for each in days:
        ahead = (each.day - today).days
        found["today" if ahead <= 0 else "tomorrow" if ahead == 1 else "week"].extend(each.rows)
    return {name: EventsInShort(rows[:FIRST], max(0, len(rows) - FIRST)) for name, rows in found.items()}


class HomePages:
    """The pages."""

    def __init__(self, city: CityDeps) -> None:
        self._city, self._config = city, city.web.config
        self._zone = ZoneInfo(self._config.city.timezone)

    def home(self) -> Response:
        """All of it, in short."""
        now: datetime = g.now

        def values() -> Mapping[str, Any]:
            today = now.astimezone(self._zone).date()
            with reading(self._city.web.engine) as conn:
                days = self._days(conn, today, now)
                groups = _in_short(days, today)
                found = self._city.places.page(conn, PlaceQuestion(PlaceKind.TOURISM), 1, FIRST)
                shown = {
                    **self._warnings(conn, now),
                    "groups": groups,
                    "happening": bool(days),
                    "weather": self._weather(conn, now),
                    "conditions": self._conditions(conn, now)[: 2 * FIRST],
                    "board": self._city.board(conn, now),
                    "facets": self._city.places.facets(conn),
                    "places": place_rows(found.places, self._config, now),
                }
            events = [row.event for group in groups.values() for row in group.rows]
            return {**shown, "today": today, "linked": self._linked(events)}

        return self._city.page("web/city/home.html", values)

    def agenda(self) -> Response:
        """A week from a day on."""
        now: datetime = g.now
        today = now.astimezone(self._zone).date()
        first = asked.day(request.args.get("dari"), today, AHEAD)

        def values() -> Mapping[str, Any]:
            with reading(self._city.web.engine) as conn:
                days = self._days(conn, first, now)
            before, after = first - DAYS * _DAY, first + DAYS * _DAY
            return {
                "days": days,
                "before": max(before, today) if first > today else None,
                "after": after if after < today + AHEAD * _DAY else None,
                "today": today,
                "cut": sum(len(day.rows) for day in days) >= MOST,
                "linked": self._linked([row.event for day in days for row in day.rows]),
            }

        return self._city.page("web/city/agenda.html", values, {"dari": "" if first == today else first.isoformat()})

    def conditions(self) -> Response:
        """What was observed, with the moment of its source; and the tiles."""
        now: datetime = g.now

        def values() -> Mapping[str, Any]:
            with reading(self._city.web.engine) as conn:
                return {
                    **self._warnings(conn, now),
                    "conditions": self._conditions(conn, now),
                    "weather": self._weather(conn, now),
                    "board": self._city.board(conn, now),
                }

        return self._city.page("web/city/conditions.html", values)

    def _days(self, conn: Connection, first: date, now: datetime) -> list[DayOfEvents]:
        """Each day of a week with what takes place on it; what began before stands on the first day only."""
        start, end = self._midnight(first), self._midnight(first + DAYS * _DAY)
        since = max(start, now) if start <= now < start + _DAY else start
        found = occurrences.between(conn, since, end, most=MOST)
        places = public_guide.known(conn, [event.place_id for event in found])
        say, by_day = words(g.lang), dict[date, list[EventRow]]()
        for event in found:
            day = max(first, event.starts_at.astimezone(self._zone).date())
            by_day.setdefault(day, []).append(event_row(event, places, say, self._zone, now))
        days = (first + n * _DAY for n in range(DAYS))
        return [DayOfEvents(day, day_name(day, say), rows) for day in days if (rows := by_day.get(day, []))]

    def _warnings(self, conn: Connection, now: datetime) -> dict[str, Any]:
        rules = self._config.city.warnings
        return {
            "warnings": groups_in_force(conn, now),
            "feed": feed_state(conn, rules.feeds, now),
            "event_name": rules.name_of,
        }

    def _weather(self, conn: Connection, now: datetime) -> Sequence[Any]:
        known = forecasts.forecasts(conn, now)
        return weather(known, [village for village in known if forecasts.is_demo(conn, village)])

    def _conditions(self, conn: Connection, now: datetime) -> list[ConditionRow]:
        found = conditions.current(conn, now)
        return condition_rows(found, public_guide.known(conn, [each.place_id for each in found]), now)

    def _linked(self, events: Sequence[Occurrence]) -> Any:
        base, name = self._city.publisher.base(), self._config.city.name
        url = base + url_for("web.public_agenda")
        told = [linked.of_event(event, f"{url}#e{event.agenda_id}", name, self._zone) for event in events[:50]]
        return linked.script(*linked.of_site(name, base + url_for("web.public_home"), told))

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time.min, self._zone)
