"""What the boards show, written down with a backup, so that the restored store can be asked the same."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from dashboard.config.load import Config
from dashboard.realtime.render_context import calendars_of
from data.domain.city.model import City
from data.domain.sla.calendars import Calendars
from data.store.db.engine import Connection
from data.store.queries import queue_board
from data.store.queries.figures import kpi_strip

ALL = 1000


def figures(conn: Connection, config: Config, now: datetime) -> dict[str, Any]:
    """The strip and every agency's queue at `now`, as JSON takes them."""
    calendars = calendars_of(config.city, now.date())
    answers = {
        "kpi_strip": _strip(conn, config.city, calendars, now),
        "agencies": _queues(conn, config.city, calendars, now),
    }
    found: dict[str, Any] = json.loads(json.dumps(answers))
    return found


def _strip(conn: Connection, city: City, calendars: Calendars, now: datetime) -> dict[str, Any]:
    tiles = kpi_strip.ask(conn, city, calendars, now, ALL).tiles
    return {tile.name: [tile.value, tile.n, tile.usual, tile.hour_ago] for tile in tiles}


def _queues(conn: Connection, city: City, calendars: Calendars, now: datetime) -> dict[str, Any]:
    queues = queue_board.ask(conn, city, calendars, now, 0).queues
    return {
        each.agency: [each.open, each.waiting, each.unacknowledged, each.at_risk, each.overdue, each.private]
        for each in queues
    }
