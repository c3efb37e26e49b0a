from __future__ import annotations

import csv
import json
from collections import Counter
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import text

from data.domain.cases.model import EventKind
from data.domain.distances import distance_m
from data.reference.places.villages import VILLAGES, village_named
from data.store.db.engine import Engine, reading
from data.store.queries.figures import kpi_strip
from data.store.queries.figures.baseline import usual_values
from ingest.source import Delivery, Source
from ingest.sources.simulator import source as simulator_source
from ingest.sources.simulator.agencies import LONGEST, AgencySimulator
from ingest.sources.simulator.citizen_texts import REPORT_TEXTS
from ingest.sources.simulator.patterns import PATTERNS
from ingest.sources.simulator.places import VILLAGE_PROFILES, Places, VillageWeight
from ingest.sources.simulator.plan import HOUR, Planner, SimulatedCase
from ingest.sources.simulator.weather import weather
from tests.conftest import Limit
from tests.ingest.doors import (
    NOW,
    WIB,
    Hand,
    all_cases,
    around,
    config,
    configured,
    ground,
    long_calendars,
    pipeline,
)
from tests.real_data import CITY, needs_real_data

NAME = "demo_kota_batu"
MINUTE = timedelta(minutes=1)
DISASTERS = CITY / "batu_bpbd_bencana_2021_2023_per_desa.csv"
COLUMNS = ("Banjir", "Tanah Longsor", "Cuaca Ektrem", "Kebakaran Hutan dan Lahan")


def planner(seed: int = 2018) -> Planner:
    city = config().city
    agencies = AgencySimulator(city, long_calendars(), ("dinsos",), 6)
    return Planner(agencies, Places(ground()), city.categories, WIB, seed)


@cache
def some_days(first: date, number: int) -> tuple[SimulatedCase, ...]:
    made = planner()
    return tuple(case for n in range(number) for case in made.day(first + timedelta(days=n), 75).cases)


@cache
def first_fetch() -> tuple[Source, tuple[Delivery, ...]]:
    """The source as configured but for a shorter past, and all that it brings at its first start."""
    source = configured(NAME, around(None, Path("/nowhere")), warm_up_days=3)  # type: ignore[arg-type]
    return source, tuple(source.fetch(None, NOW))


def hand(engine: Engine, home: Path, **changes: Any) -> Hand:
    return Hand(configured(NAME, around(engine, home), **{"warm_up_days": 1} | changes), pipeline(engine))


def play(it: Hand, start: datetime, length: timedelta, event: timedelta) -> Counter[str]:
    counted: Counter[str] = Counter()
    now = start
    while now < start + length:
        now += event
        counted += it.take(now)
    return counted


def ask(engine: Engine, question: str) -> int:
    with reading(engine) as conn:
        return int(conn.execute(text(question)).scalar_one())


def open_now(engine: Engine, now: datetime) -> tuple[int, int, int]:
    """Open, overdue, at risk."""
    at, status = int(now.timestamp()), 'SELECT count(*) FROM "case" WHERE open'
    return (
        ask(engine, status),
        ask(engine, f"{status} AND paused_at IS NULL AND next_due_at < {at}"),
        ask(engine, f"{status} AND paused_at IS NULL AND next_warn_at <= {at} AND next_due_at >= {at}"),
    )


def test_the_same_seed_makes_the_same_city_and_another_one_another():
    day = date(2026, 11, 24)
    assert planner().day(day, 75) == planner().day(day, 75)
    assert planner().day(day, 75) != planner(7).day(day, 75)
    assert planner().hour(NOW, 1) == planner().hour(NOW, 1)


def test_the_first_start_brings_a_history_and_a_healthy_mix_of_open_cases(engine: Engine, tmp_path: Path):
    it = hand(engine, tmp_path, warm_up_days=35, pace=0)
    counted = it.take()
    assert 35 * 55 < counted["new"] < 35 * 110
    assert counted["rejected"] == 0
    assert it.take() == Counter()
    stored = all_cases(engine)
    assert all(case["demo"] and case["village"] for case in stored)
    assert min(case["received_at"] for case in stored).astimezone(WIB).date() == date(2026, 10, 20)
    is_open, overdue, at_risk = open_now(engine, NOW)
    assert 90 <= is_open <= 170
    assert 3 <= overdue <= 12
    assert 5 <= at_risk <= 20
    assert sum(case["state"] == "waiting" for case in stored) >= 3


@pytest.mark.parametrize("start", [datetime(2026, 11, 24, 11, tzinfo=WIB), datetime(2026, 11, 22, 2, tzinfo=WIB)])
def test_while_somebody_looks_something_happens_every_few_seconds_and_the_open_ones_do_not_pile_up(
    sqlite_engine: Engine, tmp_path: Path, start: datetime
):
    it = hand(sqlite_engine, tmp_path)
    it.take(start)
    before, events = open_now(sqlite_engine, start)[0], ask(sqlite_engine, "SELECT count(*) FROM case_event")
    counted = play(it, start, timedelta(minutes=40), timedelta(seconds=30))
    happened = ask(sqlite_engine, "SELECT count(*) FROM case_event") - events
    assert 2400 / 30 <= happened <= 2400 / 8
    assert counted["rejected"] == 0
    assert abs(open_now(sqlite_engine, start + timedelta(minutes=40))[0] - before) <= 20


def test_without_acceleration_only_the_citys_own_rhythm_is_left(sqlite_engine: Engine, tmp_path: Path):
    it = hand(sqlite_engine, tmp_path, pace=0)
    it.take(NOW)
    assert play(it, NOW, timedelta(hours=2), 10 * MINUTE)["new"] <= 20


def test_a_new_start_tells_nothing_twice_and_leaves_nothing_out(sqlite_engine: Engine, tmp_path: Path, limit: Limit):
    limit(simulator_source, "BATCH", 100)
    whole = [
        raw
        for d in hand(sqlite_engine, tmp_path, pace=0.1, warm_up_days=2).source.fetch(None, NOW)
        for raw in d.records
    ]
    assert len(whole) > 200
    it = hand(sqlite_engine, tmp_path, pace=0.1, warm_up_days=2)
    it.take_and_die(1)
    assert it.cursor is not None
    again = hand(sqlite_engine, tmp_path, pace=0.1, warm_up_days=2)
    again.cursor = it.cursor
    again.take(NOW)
    again.take(NOW)
    assert len(all_cases(sqlite_engine)) == len({raw.external_id for raw in whole})


def test_after_a_pause_of_days_the_city_goes_on(sqlite_engine: Engine, tmp_path: Path):
    it = hand(sqlite_engine, tmp_path)
    it.take(NOW)
    play(it, NOW, timedelta(minutes=20), 5 * MINUTE)
    later = NOW + timedelta(days=2)
    counted = it.take(later)
    assert counted["rejected"] == 0
    assert 2 * 300 < counted["new"] < 2 * 1000
    accelerated = [case for case in all_cases(sqlite_engine) if case["external_id"].startswith("L")]
    stuck = [case for case in accelerated if case["open"] and case["received_at"] < later - timedelta(hours=12)]
    assert stuck == []


def test_several_people_report_one_fallen_tree_and_a_person_is_to_fold_them(sqlite_engine: Engine, tmp_path: Path):
    cases = some_days(date(2026, 1, 1), 30)
    crowd = Counter(case.report.external_id.rsplit("-", 1)[0] for case in cases if case.until)
    name, others = crowd.most_common(1)[0]
    assert others >= 6
    seven = [case.report for case in cases if case.report.external_id.startswith(name)]
    first = next(report for report in seven if report.external_id == name)
    for report in seven:
        far = distance_m(first.lat, first.lon, report.lat, report.lon)
        assert far is not None
        assert far <= 40
        assert timedelta(0) <= report.at - first.at <= 20 * MINUTE
    it = hand(sqlite_engine, tmp_path)
    it.take(NOW)
    play(it, NOW, timedelta(hours=2), 10 * MINUTE)
    assert ask(sqlite_engine, 'SELECT max(folded) FROM "case"') == 0


def test_a_title_fits_a_wall_and_a_text_names_no_person():
    titles = [title for said in REPORT_TEXTS.values() for title, _ in said]
    assert [title for title in titles if len(title) > 28] == []
    assert len(set(titles)) == len(titles)
    assert set(REPORT_TEXTS) == set(PATTERNS) == set(config().city.categories)
    source, deliveries = first_fetch()
    records = [source.read(raw, NOW) for raw in deliveries[0].records]
    assert {record.reporter_name or record.reporter_phone or record.reporter_email for record in records} == {None}
    assert all(record.demo for record in records)


def test_every_place_is_inside_its_village():
    for case in some_days(date(2026, 2, 1), 10):
        report = case.report
        placed = ground().place(report.lat, report.lon)
        assert placed.inside_city
        if case.until is None:
            assert placed.village == report.village


def share(where: VillageWeight, villages: set[str]) -> float:
    chance, places = Random(1), Places(None)
    return sum(places.random_point(chance, where).village in villages for _ in range(3000)) / 3000


def test_landslides_come_where_the_disaster_table_has_them_and_jams_where_the_tourists_are():
    assert (
        0.5 < share(VillageWeight.LANDSLIDE, {"Gunungsari", "Songgokerto", "Bulukerto", "Tulungrejo", "Temas"}) < 0.65
    )
    assert (
        share(VillageWeight.TOURISTS, {"Sisir", "Oro-oro Ombo", "Tulungrejo", "Ngaglik", "Songgokerto", "Beji"}) > 0.5
    )
    assert share(VillageWeight.FARMERS, {"Sisir", "Ngaglik"}) < 0.05


@needs_real_data
def test_the_weights_of_disasters_are_those_of_the_published_table():
    with DISASTERS.open(encoding="utf-8-sig", newline="") as file:
        published = {
            village.name: tuple(int(row[column]) for column in COLUMNS)
            for row in csv.DictReader(file)
            if (village := village_named(row["Desa/Kelurahan"]))
        }
    ours = {name: (it.flood, it.landslide, it.storm, it.wildfire) for name, it in VILLAGE_PROFILES.items()}
    assert ours == published
    assert set(ours) == {village.name for village in VILLAGES}


def test_rain_falls_mostly_in_the_wet_months_and_brings_landslides():
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(365)]
    rainy = [day.month for day in days if any(spell.rain for spell in weather(2018, day, WIB))]
    assert sum(month in (12, 1, 2) for month in rainy) > 3 * sum(month in (6, 7, 8) for month in rainy)
    wet, dry = some_days(date(2026, 1, 1), 30), some_days(date(2026, 8, 1), 30)
    slides = [sum(case.report.category == "longsor" and not case.until for case in cases) for cases in (wet, dry)]
    assert slides[0] > 3 * max(1, slides[1])


def test_rush_hours_and_weekends_show():
    hours = Counter(
        case.report.at.astimezone(WIB).hour
        for case in some_days(date(2026, 11, 2), 40)
        if case.report.category == "kemacetan" and case.report.at.astimezone(WIB).weekday() < 5
    )
    assert sum(hours[hour] for hour in (6, 7, 8, 16, 17, 18)) > 0.45 * hours.total()
    assert hours[3] < hours[7]


def test_most_are_answered_in_time_some_late_and_a_silent_agency_not_for_days():
    cases = [case for case in some_days(date(2026, 11, 2), 20) if case.until is None and case.events]
    acknowledged: dict[str, list[float]] = {}
    for case in cases:
        at = {event.kind: event for event in reversed(case.events)}
        if EventKind.ACKNOWLEDGED in at:
            agency = at[EventKind.ACKNOWLEDGED].agency or ""
            waited = at[EventKind.ACKNOWLEDGED].at - at[EventKind.DISPATCHED].at
            acknowledged.setdefault(agency, []).append(waited / timedelta(days=1))
    assert sorted(acknowledged["dlh"])[len(acknowledged["dlh"]) // 2] < 0.5
    silent = acknowledged["dinsos"]
    assert min(silent) > 1
    assert max(event.at - case.report.at for case in cases for event in case.events) <= LONGEST


def test_the_steps_of_a_life_are_in_order_and_in_whole_seconds():
    for case in [*some_days(date(2026, 11, 2), 5), *planner().hour(NOW, 3).cases]:
        moments = [case.report.at, *(event.at for event in case.events)]
        assert moments == sorted(moments)
        assert {at.microsecond for at in moments} == {0}


def test_an_accelerated_life_is_over_within_hours():
    cases = [case for n in range(48) for case in planner().hour(NOW + n * HOUR, 1).cases if case.events]
    assert max(case.events[-1].at - case.report.at for case in cases) < timedelta(hours=12)


def test_the_cursor_is_small_and_plain():
    cursors = [delivery.cursor for delivery in first_fetch()[1]]
    assert [len(json.loads(cursor or "")) for cursor in cursors] == [4] * len(cursors)


def test_a_demo_of_an_early_release_goes_on_from_its_cursor(sqlite_engine: Engine, tmp_path: Path):
    it = hand(sqlite_engine, tmp_path, pace=0)
    it.take(NOW)
    first, at, until, sent = json.loads(it.cursor or "")
    it.cursor = json.dumps([first, NOW.timestamp(), at, until, sent])
    assert it.take(NOW) == Counter()


def strip_and_usual(engine: Engine, now: datetime) -> tuple[dict[str, float], dict[str, float]]:
    """The strip's figures and their usual values, those that have one."""
    city = config().city
    with reading(engine) as conn:
        usual = {name: at for name, at in usual_values(conn, city, now).items() if at is not None}
        tiles = kpi_strip.ask(conn, city, long_calendars(), now, 10).tiles
    return {tile.name: tile.value or 0 for tile in tiles if tile.name in usual}, usual


def test_the_live_day_has_the_pace_of_the_history_hour_by_hour(sqlite_engine: Engine, tmp_path: Path):
    midnight = NOW.astimezone(WIB).replace(hour=0, minute=0, second=0, microsecond=0)
    it = hand(sqlite_engine, tmp_path, warm_up_days=22, pace=0.1)
    it.take(midnight + MINUTE)
    for hour in range(3, 24, 5):
        at = midnight + hour * HOUR
        it.take(at)
        now, usual = strip_and_usual(sqlite_engine, at)
        assert set(usual) == {"received", "open", "overdue", "on_time"}
        assert 0.6 <= now["received"] / usual["received"] <= 1.5, f"{hour}:00"
        assert 0.6 <= now["open"] / usual["open"] <= 1.5, f"{hour}:00"
        assert abs(now["on_time"] - usual["on_time"]) <= 0.15, f"{hour}:00"
        assert abs(now["overdue"] - usual["overdue"]) <= 12, f"{hour}:00"
