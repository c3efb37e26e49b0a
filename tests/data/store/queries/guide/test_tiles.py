"""The tiles as the store answers them, at most a minute old."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from data.domain.guide.scores import Missing
from data.domain.history.columns import CaseColumns
from data.store.db.engine import Engine, reading, writing
from data.store.history.history import History
from data.store.queries.guide import tiles
from data.store.queries.guide.tiles import ResidentTiles
from tests.data.domain.guide.rules import a_tile_rule
from tests.factories import DAY, HOUR, MINUTE, NOW, a_case, a_city, a_history, calendars, stored
from tests.market_store import a_trade

RULES = (
    a_tile_rule(figure="on_time", categories=("sampah",)),
    a_tile_rule("petani", figure="market_value", target=None),
)


def test_the_tiles_are_of_cases_and_of_trades(engine: Engine, tmp_path: Path):
    city = replace(a_city(), tiles=RULES)
    with writing(engine) as conn:
        for n in range(6):
            done = a_history(NOW - 20 * DAY + n * HOUR, "dlh", dispatched=MINUTE, answered=HOUR, resolved=2 * HOUR)
            stored(conn, a_case("sampah"), done, NOW)
        for n in range(130):
            a_trade(conn, 9000, 10, at=NOW - n * DAY)
    columns = History(engine, tmp_path / "history", city, calendars()).as_known(at=NOW)
    with reading(engine) as conn:
        board = tiles.ask(conn, columns, city, NOW)
        past = tiles.history(conn, columns, city, RULES[1], NOW)
    (first, second) = board.tiles
    assert (first.rule.code, first.score, first.n) == ("petani", pytest.approx(1.0), 30)
    assert (second.n, second.missing) == (6, None)
    assert (board.overall, board.n_known) == ((first.score + second.score) / 2, 2)
    assert len(past) == 12
    assert past[-1].missing is Missing.NO_DATA


def test_they_are_asked_again_when_they_are_a_minute_old(engine: Engine, tmp_path: Path):
    city = replace(a_city(), tiles=RULES)
    history, asked = History(engine, tmp_path / "history", city, calendars()), list[datetime]()

    def columns(now: datetime) -> CaseColumns:
        asked.append(now)
        return history.as_known(at=now)

    resident = ResidentTiles(city)
    moments = (NOW, NOW + timedelta(seconds=59), NOW + timedelta(seconds=60), NOW)
    with reading(engine) as conn:
        shown = [resident.ask(conn, columns, now).as_of for now in moments]
    assert shown == [NOW, NOW, NOW + timedelta(seconds=60), NOW]
    assert len(asked) == 3
