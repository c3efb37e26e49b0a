"""The table of boards: what each asks, when it is asked anew, how it is drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from data.domain.cases.model import EventKind
from data.domain.city.model import City
from data.domain.sla.worktime import Calendars
from data.store.db.engine import Connection
from data.store.intake.rhythms import Rhythms
from data.store.queries import command_map as ask_map
from data.store.queries import feed_health as ask_health
from data.store.queries import kpi_strip as ask_strip
from data.store.queries import queue_board as ask_queues
from data.store.queries import sla_wall as ask_sla
from data.store.queries import ticker as ask_ticker
from data.store.queries.feed_health import SourceInfo
from layouts.boards import command_map, feed_health, kpi_strip, queue_board, sla_wall, ticker
from layouts.kit.viewport import DrawContext, Viewport

CASES = frozenset(EventKind) - {EventKind.RATED} | {"warned", "breached", "imported"}
"""The kinds of change that touch what boards show of cases."""
NEWS = frozenset(ask_ticker.KINDS) | {EventKind.RECLASSIFIED}
"""Those that the ticker tells, and the one that may close a case to the public."""
SOURCES = frozenset({"source", "rejected_record", "imported"})
"""That a report came in is not among them: the board's own pace is soon enough."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What questions need besides the store and the moment."""

    city: City
    calendars: Calendars
    sources: tuple[SourceInfo, ...]
    rhythms: Rhythms


@dataclass(frozen=True, slots=True)
class Board:
    """One board."""

    name: str
    topics: frozenset[str]
    """Kinds of change after which it is asked anew."""
    every_s: float
    """And at least so often: time alone turns what runs into what is overdue."""
    ask: Callable[[Connection, Asked, datetime, int], Any]
    draw: Callable[[Any, Viewport, datetime, DrawContext], Mapping[str, Any]]
    rows: Callable[[Viewport], int]
    """How many rows fit, which limits the question."""
    least_s: float = 0.0
    """Changes ask for it at most so often, and after the others: a live layer costs the browser a redraw each time."""


def _plain(
    ask: Callable[[Connection, City, Calendars, datetime, int], Any],
) -> Callable[[Connection, Asked, datetime, int], Any]:
    return lambda conn, asked, now, limit: ask(conn, asked.city, asked.calendars, now, limit)


_TABLE = (
    Board("kpi_strip", CASES, 10, _plain(ask_strip.ask), kpi_strip.draw, kpi_strip.rows),
    Board("queue_board", CASES, 10, _plain(ask_queues.ask), queue_board.draw, queue_board.rows),
    Board("sla_wall", CASES, 10, _plain(ask_sla.ask), sla_wall.draw, sla_wall.rows),
    Board("command_map", CASES | {"boundaries"}, 10, _plain(ask_map.ask), command_map.draw, command_map.rows, 2),
    Board("ticker", NEWS, 30, _plain(ask_ticker.ask), ticker.draw, ticker.rows),
    Board(
        "feed_health",
        SOURCES,
        5,
        lambda conn, asked, now, limit: ask_health.ask(conn, asked.sources, now, limit, asked.rhythms),
        feed_health.draw,
        feed_health.rows,
    ),
)
BOARDS: Mapping[str, Board] = {board.name: board for board in _TABLE}


def touched(kinds: frozenset[str]) -> frozenset[str]:
    """Names of the boards that changes of these kinds concern."""
    return frozenset(board.name for board in _TABLE if board.topics & kinds)
