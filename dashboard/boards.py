"""The table of boards: the query of each, when it is queried again, how it is drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from data.domain.access.roles import WALL, Audience
from data.domain.cases.model import TELLING, EventKind
from data.domain.city.model import City
from data.domain.figures.boards import CommandMap, SlaWall
from data.domain.history.columns import CaseColumns
from data.domain.performance import board as ask_performance
from data.domain.sla.calendars import Calendars
from data.store.db.engine import Connection
from data.store.intake.rhythms import Rhythms
from data.store.queries import command_map as ask_map
from data.store.queries import escalations as ask_escalations
from data.store.queries import feed_health as ask_health
from data.store.queries import queue_board as ask_queues
from data.store.queries import sla_wall as ask_sla
from data.store.queries import ticker as ask_ticker
from data.store.queries.desk import lists
from data.store.queries.feed_health import SourceInfo
from data.store.queries.figures import kpi_strip as ask_strip
from data.store.queries.guide.city_board import ResidentCity
from data.store.queries.market.market_board import ResidentMarket
from data.store.queries.warnings import overlay as ask_warnings
from layouts.boards import (
    city_board,
    desk_list,
    escalations,
    feed_health,
    kpi_strip,
    market_board,
    performance,
    queue_board,
    sla_wall,
    ticker,
    warning_overlay,
)
from layouts.boards.maps import command_map
from layouts.kit.viewport import DrawContext, Viewport

CASES = frozenset(EventKind) - TELLING - {EventKind.RATED} | {"warned", "breached", "imported", "revised"}
"""Kinds of change after which boards with cases are queried again."""
GROUND = frozenset({"boundaries", "placed"})
"""Kinds of change after which the map and the places of cases are others."""
NEWS = frozenset(ask_ticker.KINDS) | {EventKind.RECLASSIFIED}
"""Kinds of change in the ticker, and the one that may make a case private."""
MARKET = frozenset({"market", EventKind.RECEIVED, EventKind.RECLASSIFIED, EventKind.REJECTED, "imported"})
"""Kinds of change for the board of the market: its own, and those of farmers' questions."""
GUIDE = frozenset({"guide"})
"""The kind of change of places, agenda, conditions and the forecast."""
WARNINGS = frozenset({"warning"})
"""Kinds of change for warnings to the public; they begin and end without a change, too."""
SOURCES = frozenset({"source", "rejected_record", "imported"})
"""Kinds of change for the board of sources. A new report is none: `max_age_s` is soon enough."""


@dataclass(frozen=True, slots=True)
class QueryContext:
    """What the queries need besides the store and the time."""

    city: City
    calendars: Calendars
    sources: tuple[SourceInfo, ...]
    rhythms: Rhythms
    columns: Callable[[datetime], CaseColumns]
    """All cases as resident columns, what runs measured until the moment."""
    market: ResidentMarket
    guide: ResidentCity
    audience: Audience = WALL
    """Whom the drawing is for: a board of `ROOMS` that shows cases asks only for theirs, and masks what is private."""


@dataclass(frozen=True, slots=True)
class Board:
    """A row of the table."""

    name: str
    topics: frozenset[str]
    """Kinds of change after which it is queried again."""
    max_age_s: float
    """And at least so often: a case becomes overdue without any change."""
    ask: Callable[[Connection, QueryContext, datetime, int], Any]
    draw: Callable[[Any, Viewport, datetime, DrawContext], Mapping[str, Any]]
    rows: Callable[[Viewport], int]
    """How many rows the query may return: what fits."""
    min_interval_s: float = 0.0
    """After changes it is drawn at most so often, and after the others: the browser redraws a whole map layer."""
    urgent: frozenset[str] = frozenset()
    """Kinds of change after which it is drawn at once, whatever was drawn before: a warning waits for nothing."""


def _city_query(
    ask: Callable[[Connection, City, Calendars, datetime, int], Any],
) -> Callable[[Connection, QueryContext, datetime, int], Any]:
    return lambda conn, context, now, limit: ask(conn, context.city, context.calendars, now, limit)


def _list_query(ask: Callable[..., Any]) -> Callable[[Connection, QueryContext, datetime, int], Any]:
    return lambda conn, context, now, limit: ask(
        conn, context.city, context.calendars, now, limit, audience=context.audience
    )


def _sla_wall(conn: Connection, context: QueryContext, now: datetime, limit: int) -> SlaWall:
    return context.guide.on_sla_wall(conn, ask_sla.ask(conn, context.city, context.calendars, now, limit), now)


def _command_map(conn: Connection, context: QueryContext, now: datetime, limit: int) -> CommandMap:
    return context.guide.on_map(conn, ask_map.ask(conn, context.city, context.calendars, now, limit), now)


_TABLE = (
    Board("kpi_strip", CASES, 10, _city_query(ask_strip.ask), kpi_strip.draw, kpi_strip.rows),
    Board("queue_board", CASES, 10, _city_query(ask_queues.ask), queue_board.draw, queue_board.rows),
    Board("sla_wall", CASES | GUIDE, 10, _sla_wall, sla_wall.draw, sla_wall.rows),
    Board(
        "command_map",
        CASES | GROUND | GUIDE | WARNINGS,
        10,
        _command_map,
        command_map.draw,
        command_map.rows,
        2,
        WARNINGS,
    ),
    Board("escalations", CASES | TELLING, 10, _city_query(ask_escalations.ask), escalations.draw, escalations.rows),
    Board("ticker", NEWS, 30, _city_query(ask_ticker.ask), ticker.draw, ticker.rows),
    Board(
        "feed_health",
        SOURCES,
        5,
        lambda conn, context, now, limit: ask_health.ask(conn, context.sources, now, limit, context.rhythms),
        feed_health.draw,
        feed_health.rows,
    ),
    Board(
        "performance",
        CASES,
        60,
        lambda conn, context, now, limit: ask_performance.ask(
            context.columns(now), context.city, context.calendars, now
        ),
        performance.draw,
        performance.rows,
        15,
    ),
    Board(
        "market_board",
        MARKET,
        30,
        lambda conn, context, now, limit: context.market.ask(conn, now, limit),
        market_board.draw,
        market_board.rows,
    ),
    Board(
        "city_board",
        CASES | GUIDE | WARNINGS,
        30,
        lambda conn, context, now, limit: context.guide.ask(conn, context.columns, now, limit),
        city_board.draw,
        city_board.rows,
    ),
    Board(
        "warning_overlay",
        WARNINGS | GROUND,
        5,
        lambda conn, context, now, limit: ask_warnings.ask(conn, now),
        warning_overlay.draw,
        warning_overlay.rows,
        urgent=WARNINGS,
    ),
)
BOARDS: Mapping[str, Board] = {board.name: board for board in _TABLE}

_FOR_PERSONS = (
    Board(
        "desk_inbox",
        CASES | TELLING | {EventKind.RATED},
        20,
        _list_query(lists.desk_inbox),
        desk_list.draw_inbox,
        lambda _: desk_list.DESK_ROWS,
    ),
    Board(
        "respond_queue",
        CASES | TELLING,
        20,
        _list_query(lists.respond_queue),
        desk_list.draw_queue,
        lambda _: desk_list.QUEUE_ROWS,
    ),
)
PAGE_BOARDS: Mapping[str, Board] = {board.name: board for board in _FOR_PERSONS}
"""The boards on pages for persons; no wall shows them."""
ALL_BOARDS: Mapping[str, Board] = {**BOARDS, **PAGE_BOARDS}

ROOMS: Mapping[str, tuple[str, ...]] = {"meja": ("desk_inbox",), "respon": ("respond_queue",)}
"""The boards of each room that a page for persons may ask for, to be kept live; `auth.access.ROOMS` says who may."""


def boards_for(kinds: frozenset[str], boards: Mapping[str, Board] = BOARDS) -> frozenset[str]:
    """Names of the boards that are queried again after changes of these kinds."""
    return frozenset(name for name, board in boards.items() if board.topics & kinds)
