"""Which versions of the service standards a report prints, and a month without cases beside one with."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from dashboard.reports.archive.gathering import gather, known_at
from dashboard.reports.archive.period import Months
from dashboard.reports.month.facts import MonthFacts
from dashboard.reports.month.tables import TOTAL, Duration, Share
from data.store.db.engine import Engine
from tests.dashboard.reports.months import OCTOBER, at_noon, deps_of, given, settings, some_cases
from tests.factories import HOUR, a_city, a_policy

AUGUST = Months(date(2026, 8, 1), date(2026, 8, 31))


def facts_of(engine: Engine, home: Path, months: Months = OCTOBER, *, since: date | None = None) -> MonthFacts:
    city = a_city()
    if since is not None:
        newer = replace(a_policy(version=2, respond=8.0), since=since)
        city = replace(city, policies={**city.policies, "biasa": (a_policy(), newer)})
    deps = replace(deps_of(engine, home), config=replace(settings(), city=city))
    return gather(deps, months, "", known_at(deps, months, None))


def test_a_standard_that_changed_within_the_month_is_printed_in_both_versions(engine: Engine, tmp_path: Path):
    some_cases(engine)
    targets = facts_of(engine, tmp_path, since=date(2026, 10, 16)).table("targets")
    assert [row.key for row in targets.rows] == ["biasa:1", "biasa:2", "darurat:1"]
    assert targets.cell("biasa:2", "target_respond") == Duration(8 * 3600, working=True)


def test_a_standard_that_begins_after_the_month_is_not_printed(engine: Engine, tmp_path: Path):
    some_cases(engine)
    targets = facts_of(engine, tmp_path, since=date(2026, 11, 1)).table("targets")
    assert [row.key for row in targets.rows] == ["biasa:1", "darurat:1"]


def test_a_month_without_cases_has_its_zeros_and_no_shares(engine: Engine, tmp_path: Path):
    given(engine, at_noon(2, 7), dispatched=HOUR)
    facts = facts_of(engine, tmp_path, AUGUST)
    totals = facts.table("totals")
    assert totals.row("this").cells == (0, 0, 0, 0, 1, 1), "one is open and overdue since July"
    assert totals.row("before").cells[0] == 1
    assert totals.row("year_before").cells == (None,) * 6, "before the first case there is no data, which is not 0"
    assert facts.table("limits_by_class").cell(TOTAL, "within_limit") == Share(0, 0)
    assert [finding.key for finding in facts.chapters[0].findings[:2]] == ["received.none", "change.before.down"]


def test_the_oldest_open_cases_come_first_and_private_ones_without_their_category(engine: Engine, tmp_path: Path):
    some_cases(engine)
    oldest = facts_of(engine, tmp_path).table("oldest")
    days = [row.cells[oldest.column("received_on")] for row in oldest.rows]
    assert days == [date(2026, 10, day) for day in (12, 13, 14, 30)]
    masked = [(row.cells[0], row.cells[2]) for row in oldest.rows if row.cells[0] == "word:private"]
    assert masked == [("word:private", "word:private")]
    assert [row.cells[oldest.column("age_days")] for row in oldest.rows] == [19, 18, 17, 1]


def test_8_2_3_no_table_of_a_report_tells_the_village_of_a_private_case(engine: Engine, tmp_path: Path):
    given(engine, at_noon(14), "narkoba", dispatched=HOUR)
    facts = facts_of(engine, tmp_path)
    assert [row.key for row in facts.table("by_village").rows] == ["none", "total"]
    missing = {row.key: row.cells[0] for row in facts.table("missing").rows}
    assert (missing["private"], missing["no_village"]) == (Share(1, 1), Share(0, 1))


def test_without_private_cases_the_published_tables_are_those_of_the_document(engine: Engine, tmp_path: Path):
    for day in range(1, 29):
        given(engine, at_noon(day, 8), dispatched=HOUR, resolved=timedelta(days=1))
        given(
            engine,
            at_noon(day, 9),
            "sampah",
            dispatched=HOUR,
            answered=timedelta(days=day),
            resolved=timedelta(days=30),
        )
        given(engine, at_noon(day), "longsor", dispatched=HOUR, answered=2 * HOUR, closed=timedelta(days=2))
    facts = facts_of(engine, tmp_path)
    assert [table.name for table in facts.public] == ["by_agency", "by_category", "by_village"]
    assert list(facts.public) == [facts.table(table.name) for table in facts.public]
