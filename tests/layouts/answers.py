"""Answers to draw, with sane defaults: `a_line(title="Pohon tumbang")` says only what the test is about.

It is Tuesday 24 November 2026, 14:07 WIB. The city is that of tests/factories.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Any

from data.domain.cases.model import CaseState, Precision
from data.domain.figures.boards import (
    AgencyQueue,
    CaseRow,
    CommandMap,
    Countdown,
    Escalations,
    FeedHealth,
    KindTotal,
    Kpi,
    KpiStrip,
    MapPoint,
    Note,
    QueueBoard,
    SlaWall,
    SourceHealth,
    Ticker,
    TickerItem,
    VillageTotals,
)
from data.domain.market.board import (
    SPARK_DAYS,
    CommodityRow,
    LadderRow,
    MarketBoard,
    Outbreak,
    Sold,
    Unsold,
    VillageStock,
    Wanted,
    Watch,
    next_steps,
)
from data.domain.market.floor import Alarm as PriceAlarm
from data.domain.market.floor import BelowFloor, Floor, FloorRule, Kind, Priced
from data.domain.market.ladder import Ladder, Rung
from data.domain.market.moves import Move
from data.domain.performance import board
from data.domain.performance.answers import PerformanceBoard
from data.domain.warnings.board import VillageName, WarningOverlay
from data.domain.warnings.nouns import PublicWarning, WarningWords
from data.domain.warnings.rules import OTHER
from data.reference.commodities import BY_CODE
from layouts.kit.screen import Part, ScreenLayout, viewports
from layouts.kit.viewport import DrawContext, Panel, Viewport
from layouts.pages.wall import BOARDS
from tests.columns import AT, DAY_S, HOUR_S, a_row, some_columns
from tests.factories import NOW, a_city, calendars
from tests.layouts.city_answers import a_city_board
from tests.warnings import RULES, a_warning

ZONE = "Asia/Jakarta"
MINUTE = timedelta(minutes=1)
WALL_75 = Panel(75, 6, 3)
WALL_55 = Panel(55, 6, 3)
FAR_55 = Panel(55, 6, 6)
NEAR_43 = Panel(43, 3, 1.5)
PANELS = (WALL_75, WALL_55, FAR_55, NEAR_43)
MAINS = {
    "peta": (Part("command_map", 1.2), Part("sla_wall", 1)),
    "antrean": (Part("queue_board"),),
    "waktu": (Part("sla_wall"),),
    "kinerja": (Part("performance"),),
    "walikota": (Part("escalations"),),
    "pasar": (Part("market_board"),),
    "kota": (Part("city_board"),),
}
SISIR = "35.79.01.1004"
SQUARE = {
    "type": "Polygon",
    "coordinates": [[[112.50, -7.90], [112.55, -7.90], [112.55, -7.85], [112.50, -7.85], [112.50, -7.90]]],
}
NORTH = {
    "type": "Polygon",
    "coordinates": [[[112.50, -7.80], [112.55, -7.80], [112.55, -7.74], [112.50, -7.74], [112.50, -7.80]]],
}
CONTEXT = DrawContext(
    city=replace(a_city(), warnings=RULES),
    build="b1",
    demo=False,
    tiles=None,
    shapes={SISIR: SQUARE, "35.79.02.2009": NORTH},
    districts={"Batu": SQUARE},
    official=True,
)


def a_screen(name: str = "peta", panel: Panel = WALL_75) -> ScreenLayout:
    """One of the first screens."""
    return ScreenLayout(name, name.title(), panel, "id", "dark", MAINS[name])


def a_viewport(
    board: str, screen: str = "", lang: str = "id", portrait: bool = False, panel: Panel = WALL_75
) -> Viewport:
    """How a board is looked at on a screen that carries it."""
    carrying = screen or next((name for name, parts in MAINS.items() if board in {p.board for p in parts}), "peta")
    return viewports(a_screen(carrying, panel), portrait, lang, ZONE)[board]


def a_countdown(left: timedelta = 60 * MINUTE, **changes: Any) -> Countdown:
    """Of four hours' target, around the clock."""
    target = timedelta(hours=4)
    due = NOW + left
    plain = Countdown(
        clock="resolve",
        calendar="selalu",
        start=due - target,
        due=due,
        warn=due - target / 4,
        left_s=int(left.total_seconds()),
        used=1 - left / target,
        paused=False,
    )
    return replace(plain, **changes)


def a_line(left: timedelta = 60 * MINUTE, **changes: Any) -> CaseRow:
    """An open case with so much working time left."""
    plain = CaseRow(
        id=1,
        code="AW-2611-0412",
        category="jalan_rusak",
        title="Jalan berlubang",
        village="Sisir",
        agency="dpupr",
        state=CaseState.ACKNOWLEDGED,
        private=False,
        critical=False,
        received=NOW - timedelta(hours=3),
        citizen=a_countdown(left),
        hold=a_countdown(left - 10 * MINUTE, clock="hold"),
        folded=0,
        demo=False,
    )
    return replace(plain, **changes)


def a_queue(agency: str = "dpupr", **changes: Any) -> AgencyQueue:
    """A calm agency with one open case."""
    plain = AgencyQueue(
        agency=agency,
        open=1,
        waiting=0,
        unacknowledged=0,
        at_risk=0,
        overdue=0,
        overdue_hour_ago=0,
        oldest=NOW - timedelta(days=2),
        silent_since=None,
        next=(a_line(),),
        private=0,
    )
    return replace(plain, **changes)


def a_tile(name: str = "open", value: float | None = 12, **changes: Any) -> Kpi:
    """A figure that nobody can compare with anything."""
    units = {"on_time": "share", "first_response": "seconds", "citizen_wait": "seconds"}
    return replace(Kpi(name, value, units.get(name, "count"), None, None, None), **changes)


def tiles(**changes: Kpi) -> tuple[Kpi, ...]:
    """All of them."""
    plain = {
        "received": a_tile("received", 47, usual=39),
        "open": a_tile("open", 128, usual=119, hour_ago=124),
        "at_risk": a_tile("at_risk", 9),
        "overdue": a_tile("overdue", 6, usual=4, hour_ago=4),
        "on_time": a_tile("on_time", 0.91, n=41, usual=0.88),
        "first_response": a_tile("first_response", 38 * 60, n=17, notes=(Note("outside", 3), Note("waiting", 12))),
        "citizen_wait": a_tile("citizen_wait", 5.2 * 3600, notes=(Note("p90", 22 * 3600),)),
    }
    return tuple((plain | changes).values())


def an_item(**changes: Any) -> TickerItem:
    """A report came in a minute ago."""
    plain = TickerItem(NOW - MINUTE, "received", "Pohon tumbang", "Punten", "bpbd", "pohon_tumbang", False, 1)
    return replace(plain, **changes)


def a_source(name: str = "Among Warga", **changes: Any) -> SourceHealth:
    """A source that was heard from four seconds ago."""
    plain = SourceHealth(name.lower(), name, "ok", NOW - timedelta(seconds=4), NOW, 1, 0, None)
    return replace(plain, **changes)


def a_point(number: int = 1, **changes: Any) -> MapPoint:
    """An open case in the town's centre."""
    plain = MapPoint(number, "sampah", "S", "running", -7.8711, 112.5269, Precision.EXACT, 0)
    return plain._replace(**changes)


def a_village(code: str = SISIR, name: str = "Sisir", **changes: Any) -> VillageTotals:
    """A village where nothing is overdue."""
    return replace(VillageTotals(code, name, "Batu", 1, 0, 0), **changes)


def a_map(**changes: Any) -> CommandMap:
    """One case in one village, on official boundaries."""
    kinds = (KindTotal("sampah", "S", 1),)
    return replace(CommandMap(NOW, (a_point(),), kinds, (a_village(),), True, 0, 0), **changes)


@cache
def _of_the_last_weeks() -> PerformanceBoard:
    rows = [
        a_row(AT - n * DAY_S, agency="dlh", answered=HOUR_S, answer_due=4 * HOUR_S, finished=DAY_S if n > 2 else None)
        for n in range(1, 60)
    ]
    late = [
        a_row(AT - n * DAY_S, agency="dpupr", answered=9 * HOUR_S, answer_due=4 * HOUR_S, resolve_due=50 * DAY_S)
        for n in range(1, 60)
    ]
    return board.ask(some_columns([*rows, *late]), a_city(), calendars(), NOW)


def a_performance(at: datetime = NOW) -> PerformanceBoard:
    """Of a city with two agencies, one of which answers late."""
    return replace(_of_the_last_weeks(), as_of=at)


def an_alarm(buyer: str | None = "P-014", farmers: int = 6, village: str = "Sisir", **changes: Any) -> PriceAlarm:
    """A buyer who pays less than growing costs."""
    floor = Floor(5000, FloorRule.PRODUCTION_COST, 0)
    below = Priced(Kind.TRADE, 1, NOW, "apel", 3500, village, "T-1", buyer)
    plain = PriceAlarm(buyer, (village,), farmers, farmers, farmers, (BelowFloor(below, floor),) * farmers)
    return replace(plain, **changes)


def a_market(as_of: datetime = NOW, village: str = "Sisir", n: int = 22, **changes: Any) -> MarketBoard:
    """A market with something in every panel: `n` commodities, apples that fell, a buyer who presses."""
    codes = list(BY_CODE)[:n]
    move = Move("apel", NOW.date(), 6000, 10_000, -8.0, 4)
    rows = tuple(
        CommodityRow(
            code,
            (VillageStock(village, 1_200_000, 4), VillageStock("Punten", 90_000, 2)),
            Sold(12, 345_000, 3_105_000, 9000),
            tuple(9000 + 100 * (day % 7) for day in range(SPARK_DAYS)),
            move if code == "apel" else None,
        )
        for code in codes
    )
    rungs = (Rung(8000, "kg", 12, Decimal(1)), Rung(12_000, "kg", 3, Decimal(1)), Rung(20_000, "kg", 5, Decimal(1)))
    plain = MarketBoard(
        as_of,
        rows,
        Sold(12 * n, 0, 3_105_000 * n),
        tuple(Unsold(code, village, 300_000, 3, NOW + timedelta(hours=20 + 9 * at)) for at, code in enumerate(codes)),
        tuple(Wanted(code, 500_000, 800_000, 3, 9500) for code in codes[:9]),
        tuple(LadderRow(code, Ladder(*rungs), Fraction(45, 100)) for code in codes),
        (move,),
        (an_alarm(village=village), an_alarm("P-2", 1, village), an_alarm(None, 3, village)) if n else (),
        Watch(((SISIR, 7),), (Outbreak(SISIR, village, NOW.date(), 7, 1.4, "aphid"),), 1, 13)
        if n
        else Watch((), (), 0, 13),
        2 if n else 0,
        0,
        (),
    )
    plain = replace(plain, moves=plain.moves if n else ())
    return replace(plain, steps=next_steps(plain), **changes)


def a_told_warning(text: str, **changes: Any) -> PublicWarning:
    """With this text wherever its sender writes."""
    said = WarningWords(text, text, text, text, text)
    return a_warning(words={"id": said, "en": said}, event=OTHER, sender_name=text, **changes)


def an_overlay(*warnings: PublicWarning, as_of: datetime = NOW, village: str = "Sisir") -> WarningOverlay:
    """These in force."""
    names = {SISIR: VillageName(village, "Batu"), "35.79.02.2009": VillageName("Punten", "Bumiaji")}
    return WarningOverlay(as_of, warnings, names)


def answers(text: str = "Jalan berlubang", moved: timedelta = timedelta()) -> Mapping[str, Any]:
    """An answer for every board, with this text wherever text comes from outside; `moved`: asked so much later."""
    line = a_line(title=text, village=text)
    late = a_line(-30 * MINUTE, title=text, village=text, folded=6)
    at = NOW + moved
    return {
        "queue_board": QueueBoard(at, (a_queue(overdue=1, next=(late, line)), a_queue("bnn", private=2, next=()))),
        "sla_wall": SlaWall(at, (late,), (line,), 1, 0, 2),
        "escalations": Escalations(at, (late, line), 2),
        "kpi_strip": KpiStrip(at, tiles()),
        "ticker": Ticker(at, (an_item(title=text, village=text),)),
        "feed_health": FeedHealth(at, (a_source(title=text), a_source("Lapor", error=text, state="late")), 3, False),
        "performance": a_performance(at),
        "market_board": a_market(as_of=at, village=text),
        "city_board": a_city_board(as_of=at, name=text),
        "command_map": a_map(as_of=at, villages=(a_village(name=text),), warnings=(a_told_warning(text),)),
        "warning_overlay": an_overlay(a_told_warning(text), as_of=at, village=text),
    }


def draw(
    board: str, answer: Any, viewport: Viewport | None = None, now: datetime = NOW, **context: Any
) -> Mapping[str, Any]:
    """The drawing of an answer."""
    drawn: Mapping[str, Any] = BOARDS[board].draw(
        answer, viewport or a_viewport(board), now, replace(CONTEXT, **context)
    )
    return drawn
