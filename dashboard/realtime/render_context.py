"""What walls are drawn from besides the store: the city, its calendars, its ground, its screens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from dashboard.boards import Asked
from dashboard.config.home import build_of
from dashboard.config.load import Config
from data.domain.city.model import City
from data.domain.sla.worktime import Calendar, Calendars, build_calendars
from data.reference.boundaries.areas import Boundaries
from data.reference.holidays import joint_leave, national
from data.store.intake.rhythms import Rhythms
from layouts.kit.screen import viewports
from layouts.kit.viewport import DrawContext, Viewport

FIRST_YEAR = 2005
"""Calendars reach back to here: recorded histories are imported with their clocks."""
YEARS_AHEAD = 3
WINDOWS_BACK = timedelta(days=60)
WINDOWS_AHEAD = timedelta(days=120)
"""How far a browser can count working time from the message `hello`."""


def calendars_of(city: City, today: date) -> Calendars:
    """The city's calendars over all days that matter."""
    years = range(FIRST_YEAR, today.year + YEARS_AHEAD + 1)
    return build_calendars(city, national(years), joint_leave(years), date(years[0], 1, 1), date(years[-1], 12, 31))


def _is_off(office: Calendar, day: date) -> bool:
    """Whether the city hall is closed all day: nobody hands anything over then."""
    return day in office.holidays or day.weekday() not in office.spec.hours


class Scene:
    """Everything a drawing may know. The ground is replaced as a whole when boundaries are imported."""

    def __init__(self, config: Config, calendars: Calendars, boundaries: Boundaries, *, demo: bool) -> None:
        self.config = config
        self.calendars = calendars
        self.demo = demo
        office = calendars[config.city.legal_calendar]
        self._rhythms = Rhythms(ZoneInfo(config.city.timezone), partial(_is_off, office))
        self.stand_on(boundaries)

    def stand_on(self, boundaries: Boundaries) -> None:
        """Take other boundaries; the build changes with them, so that walls load the new ground."""
        self.boundaries = boundaries
        page = (self._settings(), boundaries.shapes(), boundaries.official, self.demo)
        self.context = DrawContext(
            city=self.config.city,
            build=build_of(repr(page)),
            demo=self.demo,
            tiles=self._tiles(),
            tiles_zoom=self.config.map.max_zoom,
            attribution=self.config.map.attribution,
            shapes=boundaries.shapes(),
            districts=boundaries.districts(),
            official=boundaries.official,
        )
        self.asked = Asked(self.config.city, self.calendars, self.config.source_infos, self._rhythms)

    def _settings(self) -> tuple[object, ...]:
        """What of config.yaml a page shows, written alike by every process (a set is not)."""
        city = replace(self.config.city, working_holidays=frozenset())
        return city, sorted(self.config.city.working_holidays), self.config.screens, self.config.map

    def _tiles(self) -> str | None:
        return "/tiles/{z}/{x}/{y}" if self.config.map.tiles_file else self.config.map.tiles_url

    def viewports(self, screen: str, *, portrait: bool, lang: str) -> dict[str, Viewport]:
        """How each board of a screen is looked at."""
        return viewports(self.config.layouts[screen], portrait, lang, self.config.city.timezone)

    def windows(self, now: datetime) -> Mapping[str, str | list[list[int]]]:
        """Opening windows by calendar as the browser counts with them: pairs of epoch seconds, or 'always'."""
        first, last = now - WINDOWS_BACK, now + WINDOWS_AHEAD
        return {
            code: "always"
            if calendar.spec.always
            else [[int(a.timestamp()), int(b.timestamp())] for a, b in calendar.windows(first, last)]
            for code, calendar in self.calendars.items()
        }

    def local_day(self, now: datetime) -> date:
        """The city's date at this moment."""
        return now.astimezone(ZoneInfo(self.config.city.timezone)).date()
