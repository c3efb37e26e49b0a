"""city_board: what the city is warned of, what takes place, what is wrong near its places, how it is doing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from data.domain.city.model import City
from data.domain.figures.boards import CommandMap, Near, SlaWall
from data.domain.guide.board import Agenda, CityBoard, Heard, Warned, WarningsNow
from data.domain.guide.nouns import Occurrence
from data.domain.guide.weather import by_district
from data.domain.history.columns import CaseColumns
from data.domain.warnings.nouns import PublicWarning
from data.domain.warnings.rules import Feed
from data.reference.places.villages import DISTRICTS, by_code
from data.store.guide.occurrences import between
from data.store.queries.guide.disruptions import disruptions
from data.store.queries.guide.hints import Surroundings, of_cases, surroundings, with_near
from data.store.queries.guide.landmarks import ResidentLandmarks
from data.store.queries.guide.marks import marks
from data.store.queries.guide.resident_forecast import ResidentForecast
from data.store.queries.guide.tiles import ResidentTiles
from data.store.queries.guide.troubles import troubles
from data.store.queries.warnings.in_force import feed_state, groups_in_force

TILES_FRESH = timedelta(minutes=10)
"""They tell of whole days until yesterday, and with a million cases a wall would wait for them at every change."""
Columns = Callable[[datetime], CaseColumns]


class ResidentCity:
    """What boards keep of the city between their answers. One for a process."""

    def __init__(self, city: City) -> None:
        self._city, self._zone = city, ZoneInfo(city.timezone)
        self._landmarks, self._forecast = ResidentLandmarks(city.near.kinds), ResidentForecast()
        self._tiles = ResidentTiles(city, TILES_FRESH)

    def ask(self, conn: Connection, columns: Columns, now: datetime, limit: int) -> CityBoard:
        """Lists have at most `limit` entries; totals are of all."""
        today = now.astimezone(self._zone).date()
        rule, landmarks = self._city.near, self._landmarks.read(conn)
        wrong = disruptions(conn, now)
        midnight = self._midnight(today + timedelta(days=1))
        events = between(conn, now, self._midnight(today + timedelta(days=2)))
        found, total = troubles(conn, landmarks, wrong, now=now, within_m=rule.within_m, limit=limit)
        return CityBoard(
            as_of=now,
            warnings=warnings_now(conn, self._city.warnings.feeds, now, limit),
            today=_agenda([each for each in events if each.starts_at < midnight], limit),
            tomorrow=_agenda([each for each in events if each.ends_at > midnight or each.starts_at >= midnight], limit),
            places=found,
            places_total=total,
            within_m=rule.within_m,
            tiles=self._tiles.ask(conn, columns, now),
            weather=by_district(self._forecast.read(conn, now), DISTRICTS, now),
        )

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time.min, self._zone)

    def on_sla_wall(self, conn: Connection, answer: SlaWall, now: datetime) -> SlaWall:
        """With what its cases lie near."""
        rows = (*answer.breached, *answer.next)
        known = of_cases(conn, [row.id for row in rows if not row.private], self._surroundings(conn, now))
        return replace(answer, breached=with_near(answer.breached, known), next=with_near(answer.next, known))

    def on_map(self, conn: Connection, answer: CommandMap, now: datetime) -> CommandMap:
        """With the city's signs."""
        midnight = self._midnight(now.astimezone(self._zone).date() + timedelta(days=1))
        return replace(answer, marks=marks(conn, self._landmarks.read(conn), now, midnight))

    def near(self, conn: Connection, lat: float, lon: float, now: datetime) -> Near | None:
        """What lies near one point."""
        return self._surroundings(conn, now).near([lat], [lon])[0]

    def _surroundings(self, conn: Connection, now: datetime) -> Surroundings:
        return surroundings(conn, self._landmarks.read(conn), self._city.near, now)


def _agenda(events: Sequence[Occurrence], limit: int) -> Agenda:
    """What takes all day comes last, because it has no time to be there."""
    rows = sorted(events, key=lambda each: (each.all_day, each.starts_at))
    return Agenda(tuple(rows[:limit]), len(rows))


def warnings_now(conn: Connection, feeds: Sequence[Feed], now: datetime, limit: int) -> WarningsNow:
    """Each event and area once, and whether nobody may have warned of more."""
    groups = groups_in_force(conn, now)
    rows = tuple(_warned(group.head) for group in groups[:limit])
    state = feed_state(conn, feeds, now)
    if not state.is_set_up:
        return WarningsNow(rows, len(groups), Heard.NEVER, None)
    if not state.is_known:
        return WarningsNow(rows, len(groups), Heard.SILENT, state.unknown_since)
    return WarningsNow(rows, len(groups), Heard.NOW, state.heard_at)


def _warned(warning: PublicWarning) -> Warned:
    known = [by_code[code] for code in warning.villages if code in by_code]
    return Warned(
        warning,
        tuple(sorted(village.name for village in known)),
        tuple(sorted({village.district for village in known})),
    )
