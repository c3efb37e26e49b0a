"""A private case shows on no wall who, what and where."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from data.domain.city.model import City
from data.domain.sla.calendars import Calendars
from data.store.cases.cases import Reporter
from data.store.db.engine import Connection, Engine, reading, writing
from data.store.queries import command_map, feed_health, queue_board, sla_wall, ticker
from data.store.queries.feed_health import SourceInfo
from data.store.queries.figures import kpi_strip
from data.store.queries.guide.city_board import ResidentCity
from tests.city_store import a_place
from tests.columns import some_columns
from tests.factories import DAY, HOUR, MINUTE, NOW, TEMAS, a_case, a_city, a_history, calendars, stored

SECRETS = ("RAHASIA", "0899", "-7.87", "112.54", "Temas")
"""Parts of its title, text, reporter, position and village."""

Ask = Callable[[Connection, City, Calendars, datetime, int], Any]


def _health(conn: Connection, city: City, known: Calendars, now: datetime, limit: int) -> object:
    return feed_health.ask(conn, [SourceInfo("api", "API", 60)], now, limit)


def _city_board(conn: Connection, city: City, known: Calendars, now: datetime, limit: int) -> object:
    """With a place and an event beside the case."""
    return ResidentCity(city).ask(conn, lambda now: some_columns([]), now, limit)


def _sla_wall(conn: Connection, city: City, known: Calendars, now: datetime, limit: int) -> object:
    return ResidentCity(city).on_sla_wall(conn, sla_wall.ask(conn, city, known, now, limit), now)


@pytest.mark.parametrize(
    "ask", [_city_board, _sla_wall, queue_board.ask, sla_wall.ask, kpi_strip.ask, ticker.ask, command_map.ask, _health]
)
def test_no_answer_carries_anything_of_a_private_case(engine: Engine, ask: Ask):
    secret = a_case(
        "narkoba",
        title="RAHASIA judul",
        text="RAHASIA teks",
        address="RAHASIA alamat",
        media_url="https://RAHASIA",
        lat=-7.8775,
        lon=112.5414,
        village=TEMAS,
        reporter=Reporter("RAHASIA nama", "0899", "RAHASIA@", "RAHASIA", "RAHASIA"),
    )
    late = a_case("narkoba", title="RAHASIA", village=TEMAS)
    with writing(engine) as conn:
        stored(conn, secret, a_history(NOW - HOUR, "bnn", dispatched=MINUTE))
        stored(conn, late, a_history(NOW - 5 * DAY, "bnn", dispatched=MINUTE))
        a_place(conn, "Alun-alun", (-7.8776, 112.5414))
    with reading(engine) as conn:
        answer = repr(ask(conn, a_city(), calendars(), NOW, 50))
    seen = [secret for secret in (*SECRETS, "Alun-alun") if secret in answer]
    assert seen == (["Temas"] if ask is command_map.ask else [])


def test_no_line_of_a_wall_carries_who_reported_it_or_the_whole_text(engine: Engine):
    new = a_case(title="Jalan berlubang", text="RAHASIA teks", reporter=Reporter("RAHASIA nama", "0899"))
    with writing(engine) as conn:
        stored(conn, new, a_history(NOW - HOUR, dispatched=MINUTE))
    with reading(engine) as conn:
        asks = (queue_board.ask, sla_wall.ask, ticker.ask, command_map.ask)
        answers = repr([ask(conn, a_city(), calendars(), NOW, 50) for ask in asks])
    assert "Jalan berlubang" in answers
    assert "RAHASIA" not in answers
    assert "0899" not in answers
