"""What each version said is kept, a row for each time that it said something else."""

from __future__ import annotations

import threading

from data.domain.city.content import calendar_content, fingerprint, policy_content
from data.domain.city.recorded import VersionKey, VersionKind
from data.store.cases import recorded_versions
from data.store.db.engine import Engine, open_engine, reading, writing
from tests.factories import DAY, NOW, a_city, a_policy

KEY = VersionKey(VersionKind.POLICY, "biasa", 1)
FIRST, SECOND = (policy_content(a_policy(resolve=hours)) for hours in (40, 50))


def test_a_version_is_recorded_once_and_again_when_it_says_something_else(engine: Engine):
    for content, by, later in ((FIRST, None, 0), (FIRST, None, 1), (SECOND, "operator", 2), (FIRST, "operator", 3)):
        with writing(engine) as conn:
            recorded_versions.add(conn, KEY, content, NOW + later * DAY, by)
    with reading(engine) as conn:
        found = recorded_versions.load(conn)
    assert [(it.revision, it.at, it.content, it.accepted_by) for it in found] == [
        (1, NOW, FIRST, None),
        (2, NOW + 2 * DAY, SECOND, "operator"),
        (3, NOW + 3 * DAY, FIRST, "operator"),
    ]
    assert [it.fingerprint for it in found] == [fingerprint(it.content) for it in found]


def test_the_count_of_cases_goes_to_the_edits_that_have_none(engine: Engine):
    other = KEY._replace(version=2)
    with writing(engine) as conn:
        recorded_versions.add(conn, KEY, FIRST, NOW)
        recorded_versions.add(conn, KEY, SECOND, NOW + DAY, "operator")
        recorded_versions.count_judged(conn, 7, 3)
        recorded_versions.add(conn, other, FIRST, NOW)
        recorded_versions.add(conn, other, SECOND, NOW + DAY, "operator")
        recorded_versions.count_judged(conn, 8, 0)
    with reading(engine) as conn:
        found = [(it.judged, it.differing) for it in recorded_versions.load(conn)]
    assert found == [(None, None), (7, 3), (None, None), (8, 0)]


def test_sets_of_holidays_are_apart_by_year(engine: Engine):
    key = VersionKey(VersionKind.HOLIDAYS, "kantor", 1, 2026)
    with writing(engine) as conn:
        for year in (2027, 2026):
            recorded_versions.add(
                conn, key._replace(year=year), {"joint_leave_off": True, "days": [f"{year}-01-01"]}, NOW
            )
    with reading(engine) as conn:
        assert [it.key.year for it in recorded_versions.load(conn)] == [2026, 2027]


def test_two_processes_that_start_at_once_record_it_once(engine: Engine, url: str):
    content = calendar_content(a_city().calendars["kantor"][0])
    key = VersionKey(VersionKind.CALENDAR, "kantor", 1)

    def record() -> None:
        own = open_engine(url)
        with writing(own) as conn:
            recorded_versions.add(conn, key, content, NOW)
        own.dispose()

    threads = [threading.Thread(target=record) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with reading(engine) as conn:
        assert [it.revision for it in recorded_versions.load(conn)] == [1]
