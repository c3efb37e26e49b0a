"""What a drawing needs besides the store: city, calendars, boundaries, screens."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from dashboard.boards import QueryContext
from dashboard.config.home import build_of
from dashboard.config.load import Config
from dashboard.config.versions import calendar_years
from data.domain.city.model import City
from data.domain.history.columns import CaseColumns
from data.domain.sla.calendars import Calendars, build_calendars
from data.reference.boundaries.areas import Boundaries
from data.reference.holidays import joint_leave, national
from data.store.intake.rhythms import Rhythms
from data.store.queries.guide.city_board import ResidentCity
from data.store.queries.market.market_board import ResidentMarket
from layouts.kit.screen import page_viewport, viewports
from layouts.kit.viewport import DrawContext, Viewport

WINDOWS_BACK = timedelta(days=60)
WINDOWS_AHEAD = timedelta(days=120)
"""The opening hours that the event `hello` carries, for countdowns in the browser."""


def calendars_of(city: City, today: date) -> Calendars:
    """The city's calendars over all years that they reach."""
    years = calendar_years(today)
    return build_calendars(city, national(years), joint_leave(years), date(years[0], 1, 1), date(years[-1], 12, 31))


def _no_columns(now: datetime) -> CaseColumns:
    raise LookupError("no columns before `use_columns`")


def _is_off(city: City, calendars: Calendars, day: date) -> bool:
    """Whether the city hall is closed all day: agencies send nothing then."""
    midnight = int(datetime.combine(day, time.min, ZoneInfo(city.timezone)).timestamp())
    return not calendars.of(city.legal_calendar, received=midnight, stop=None).is_working_day(day)


Columns = Callable[[datetime], CaseColumns]


class RenderContext:
    """What the queries (`query`) and the drawings (`drawing`) of boards need. Changes when boundaries are imported."""

    def __init__(self, config: Config, calendars: Calendars, boundaries: Boundaries, *, demo: bool) -> None:
        self.config = config
        self.calendars = calendars
        self.demo = demo
        self._columns: Columns = _no_columns
        zone = ZoneInfo(config.city.timezone)
        self._rhythms = Rhythms(zone, partial(_is_off, config.city, calendars))
        self.market = ResidentMarket(config.city.market, zone)
        self.guide = ResidentCity(config.city)
        self.use_boundaries(boundaries)

    def use_boundaries(self, boundaries: Boundaries) -> None:
        """Use these boundaries from now on; the build changes, so that walls load the new map."""
        self.boundaries = boundaries
        page = (self._settings(), boundaries.shapes(), boundaries.official, self.demo)
        self.drawing = DrawContext(
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
        self._renew_query()

    def use_columns(self, columns: Columns) -> None:
        """Give boards the resident columns."""
        self._columns = columns
        self._renew_query()

    def _renew_query(self) -> None:
        city, sources = self.config.city, self.config.source_infos
        self.query = QueryContext(city, self.calendars, sources, self._rhythms, self._columns, self.market, self.guide)

    def _settings(self) -> tuple[object, ...]:
        """What a page shows of config.yaml, with the same `repr` in every process (a set has not)."""
        city = replace(self.config.city, working_holidays=())
        return city, sorted(self.config.city.working_holidays), self.config.screens, self.config.map

    def _tiles(self) -> str | None:
        return "/tiles/{z}/{x}/{y}" if self.config.map.tiles_file else self.config.map.tiles_url

    def viewports(self, screen: str, *, portrait: bool, lang: str) -> dict[str, Viewport]:
        """The viewport of each board of a screen."""
        return viewports(self.config.layouts[screen], portrait, lang, self.config.city.timezone)

    def page_viewport(self, lang: str) -> Viewport:
        """The viewport of every board of a page."""
        return page_viewport(lang, self.config.city.timezone)

    def windows(self, now: datetime) -> Mapping[str, str | list[list[int]]]:
        """Opening hours by calendar, for the browser: pairs of epoch seconds, or 'always'."""
        first, last = now - WINDOWS_BACK, now + WINDOWS_AHEAD
        return {
            calendar.spec.key: "always"
            if calendar.spec.always
            else [[int(a.timestamp()), int(b.timestamp())] for a, b in calendar.windows(first, last)]
            for calendar in self.calendars.present()
        }

    def local_day(self, now: datetime) -> date:
        """The local date."""
        return now.astimezone(ZoneInfo(self.config.city.timezone)).date()
