"""A day on which nobody was heard is told from a quiet one."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from data.store.db.engine import Engine, reading, writing
from data.store.intake import hours
from data.store.intake.silence import silent_days
from tests.factories import DAY, HOUR

ZONE = ZoneInfo("Asia/Jakarta")
START = datetime(2026, 10, 31, 17, tzinfo=UTC)
"""Midnight of 1 November in the city."""
EXPECTED = {"umpan": 3600.0, "lain": 3600.0}


def heard(engine: Engine, source: str, day: int, *, delivered: int = 0) -> None:
    """Every hour of that day of November."""
    with writing(engine) as conn:
        for hour in range(24):
            hours.count(conn, source, START + (day - 1) * DAY + hour * HOUR, fetches=1, delivered=delivered)


def silent(engine: Engine, first: int = 1, until: int = 7) -> list[int]:
    now = START + (until - 1) * DAY + 12 * HOUR
    with reading(engine) as conn:
        return sorted(day.day for day in silent_days(conn, EXPECTED, date(2026, 11, first), now, ZONE))


def test_a_day_without_contact_is_silent_and_one_without_records_is_quiet(engine: Engine):
    heard(engine, "umpan", 1, delivered=3)
    heard(engine, "umpan", 2)
    heard(engine, "umpan", 5)
    assert silent(engine) == [3, 4, 6, 7]


def test_one_source_that_is_heard_is_enough(engine: Engine):
    heard(engine, "umpan", 1)
    heard(engine, "lain", 1)
    heard(engine, "lain", 3)
    assert silent(engine, until=4) == [2, 4]


def test_a_source_that_had_gone_silent_before_the_period_is_silent_in_it(engine: Engine):
    heard(engine, "umpan", 1)
    assert silent(engine, first=4, until=6) == [4, 5, 6]


def test_before_any_source_was_known_nobody_knows(engine: Engine):
    heard(engine, "umpan", 3)
    assert silent(engine, until=4) == [4]
    assert silent(engine, until=2) == []
