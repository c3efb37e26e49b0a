"""What the month's report says of silent days, blind screens and pauses."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from dashboard.config.load import OPEN311
from dashboard.reports.archive.gathering import gather, known_at
from dashboard.reports.month.facts import MonthFacts
from dashboard.reports.month.tables import TOTAL, Duration, Row
from data.domain.cases.model import EventKind
from data.domain.city.model import City, PauseReason
from data.domain.sources.screens import ScreenHour
from data.store.db.change_feed import record_change
from data.store.db.engine import Engine, writing
from data.store.history.history import History
from data.store.intake import hours
from data.store.reports import screens
from tests.dashboard.reports.months import MADE_AT, OCTOBER, at_noon, deps_of, given, settings, some_cases
from tests.factories import DAY, HOUR, a_case, a_city, a_history, calendars, event, stored

MIDNIGHT = datetime(2026, 9, 30, 17, tzinfo=UTC)
"""Of 1 October in the city."""
WHOLE_HOUR = 2**60 - 1


def a_city_with_weather() -> City:
    """Where the weather stops clocks, too."""
    city = a_city()
    weather = PauseReason("weather", {"id": "Cuaca", "en": "Weather"}, None)
    usual = tuple(replace(each, pauses=("citizen", "weather")) for each in city.policies["biasa"])
    policies = {**city.policies, "biasa": usual}
    return replace(city, pauses={**city.pauses, "weather": weather}, policies=policies)


def facts_of(engine: Engine, home: Path, *shown: str) -> MonthFacts:
    """shown: the screens of config.yaml."""
    city = a_city_with_weather()
    config = replace(settings(), city=city, screens={name: settings().screens["peta"] for name in shown})
    history = History(engine, home / "history", city, calendars())
    deps = replace(deps_of(engine, home), config=config, history=history)
    return gather(deps, OCTOBER, "", known_at(deps, OCTOBER, None))


def heard(engine: Engine, days: Iterable[int]) -> None:
    """Our server, every hour of these days of October, without a record."""
    with writing(engine) as conn:
        for day in days:
            for hour in range(24):
                hours.count(conn, OPEN311, MIDNIGHT + (day - 1) * DAY + hour * HOUR, fetches=1)


def test_a_day_on_which_no_source_was_heard_has_no_data_and_a_quiet_one_has_none(engine: Engine, tmp_path: Path):
    some_cases(engine)
    heard(engine, [*range(1, 20), *range(24, 32)])
    table = facts_of(engine, tmp_path).table("by_day")
    by_day = {int(row.key[-2:]): row.cells for row in table.rows}
    assert list(by_day) == list(range(1, 32))
    assert (by_day[1], by_day[15], by_day[21]) == ((1, 1), (0, 0), (None, None))
    assert [day for day, cells in by_day.items() if cells == (None, None)] == [20, 21, 22, 23]


def test_a_report_that_became_known_on_a_silent_day_counts(engine: Engine, tmp_path: Path):
    some_cases(engine)
    heard(engine, range(1, 12))
    table = facts_of(engine, tmp_path).table("by_day")
    assert (table.row("2026-10-12").cells[0], table.row("2026-10-25").cells[0]) == (1, None)


def test_screens_are_blind_while_they_are_connected_to_no_server(engine: Engine, tmp_path: Path):
    some_cases(engine)
    full = [ScreenHour("peta", MIDNIGHT + n * HOUR, WHOLE_HOUR) for n in range(31 * 24) if n not in (30, 31, 700)]
    half = ScreenHour("antrean", MIDNIGHT + 10 * DAY, WHOLE_HOUR >> 30)
    old = ScreenHour("dulu", MIDNIGHT + 10 * DAY, 0b101)  # no longer in config.yaml
    with writing(engine) as conn:
        screens.add(conn, [*full, half, old])
    facts = facts_of(engine, tmp_path, "peta", "antrean", "baru")
    blind = 21 * DAY - HOUR / 2
    assert facts.table("screens").rows == (
        Row("antrean", (744, 240, 1, *[Duration(int(blind.total_seconds()))] * 2)),
        Row("baru", (744, 744, None, None, None)),
        Row("dulu", (744, 240, 1, Duration(60), Duration(60))),
        Row("peta", (744, 0, 2, Duration(3 * 3600), Duration(2 * 3600))),
    )
    said = [each.key for chapter in facts.chapters for each in chapter.findings if "screen" in each.key]
    assert said == ["screen_blind"]


def test_pauses_are_told_by_reason_as_far_as_they_lie_in_the_period(engine: Engine, tmp_path: Path):
    some_cases(engine)
    given(engine, MIDNIGHT - DAY, dispatched=HOUR, paused=2 * HOUR, resumed=DAY + HOUR)
    given(engine, at_noon(5), dispatched=HOUR, paused=2 * HOUR, resumed=5 * HOUR, resolved=9 * HOUR)
    start = at_noon(30)
    weather = event(EventKind.PAUSED, start + HOUR, agency="dpupr", reason="weather")
    with writing(engine) as conn:
        number = stored(conn, a_case(), [*a_history(start, dispatched=HOUR), weather], MADE_AT)
        record_change(conn, "received", MADE_AT, case_id=number)
    facts = facts_of(engine, tmp_path)
    table = facts.table("pauses")
    assert table.row("citizen").cells == (1, 2, Duration(4 * 3600), 0)
    assert table.row("weather").cells == (1, 1, Duration(35 * 3600), 1)
    assert table.row(TOTAL).cells == (2, 3, Duration(39 * 3600), 1)
    assert [row.key for row in table.rows] == ["weather", "citizen", TOTAL]


def test_without_a_pause_the_table_says_so(engine: Engine, tmp_path: Path):
    some_cases(engine)
    assert facts_of(engine, tmp_path).table("pauses").rows == (Row(TOTAL, (0, 0, Duration(0), 0)),)
