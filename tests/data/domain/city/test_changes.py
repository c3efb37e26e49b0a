"""What a version says in canonical form, and what it means when that has changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from data.domain.city.changes import FieldChange, compare
from data.domain.city.content import (
    calendar_content,
    calendar_of,
    fingerprint,
    holiday_content,
    policy_content,
    policy_of,
)
from data.domain.city.model import CalendarSpec, DatedDay, Policy, Season
from data.domain.city.recorded import Content, RecordedVersion, VersionKey, VersionKind
from tests.factories import NOW, a_city, a_policy

KANTOR = VersionKey(VersionKind.CALENDAR, "kantor", 1)
HOLIDAYS = VersionKey(VersionKind.HOLIDAYS, "kantor", 1, 2026)
TODAY = date(2026, 11, 24)

clock_times = st.integers(0, 24 * 12 - 1).map(lambda n: time(n // 12, n % 12 * 5))
windows = st.lists(st.tuples(clock_times, st.one_of(clock_times, st.just(time.max))), max_size=3).map(
    lambda found: tuple(sorted(found))
)
weeks = st.dictionaries(st.integers(0, 6), windows.filter(bool))
dates = st.dates(date(2020, 1, 1), date(2030, 1, 1))
maybe_dates = st.one_of(st.none(), dates)


@st.composite
def specs(draw: st.DrawFn) -> CalendarSpec:
    first, last = sorted(draw(st.tuples(dates, dates)))
    season = Season(f"{first}..{last}", first, last, draw(weeks))
    days = {day: DatedDay(str(day), hours) for day, hours in draw(_dated).items()}
    always, joint = draw(st.booleans()), draw(st.booleans())
    return CalendarSpec("k", 3, always, draw(weeks), joint, (season,), dict(sorted(days.items())), draw(maybe_dates))


_dated = st.dictionaries(dates, st.one_of(st.none(), windows), max_size=3)
lengths = st.integers(1, 10**6).map(lambda seconds: timedelta(seconds=seconds))
policies = st.builds(
    lambda targets, pauses, since: Policy("p", 2, "k", *targets, tuple(sorted(pauses)), since),
    st.tuples(lengths, lengths, lengths, lengths),
    st.sets(st.sampled_from(["citizen", "weather", "material"])),
    maybe_dates,
)


@given(specs())
def test_a_calendar_is_made_again_from_what_it_says(spec: CalendarSpec):
    again = calendar_of("k", 3, calendar_content(spec))
    assert again == spec
    assert fingerprint(calendar_content(again)) == fingerprint(calendar_content(spec))


@given(policies)
def test_a_policy_is_made_again_from_what_it_says(policy: Policy):
    assert policy_of("p", 2, policy_content(policy)) == policy


@given(policies, policies)
def test_two_policies_have_the_same_fingerprint_only_when_they_say_the_same(one: Policy, other: Policy):
    same = fingerprint(policy_content(one)) == fingerprint(policy_content(other))
    assert same is (one == other)


def test_names_are_not_part_of_what_a_calendar_says():
    spec = replace(
        a_city().calendars["kantor"][0],
        seasons=(Season("Ramadan", TODAY, TODAY, {0: ((time(8), time(12)),)}),),
        days={TODAY: DatedDay("Libur", ())},
    )
    renamed = replace(spec, seasons=(replace(spec.seasons[0], name="Puasa"),), days={TODAY: DatedDay("Hari libur", ())})
    assert fingerprint(calendar_content(spec)) == fingerprint(calendar_content(renamed))


def recorded(key: VersionKey, content: Content, at: datetime = NOW) -> RecordedVersion:
    return RecordedVersion(key, 1, at, fingerprint(content), content)


def days_off(*days: str, joint_leave_off: bool = True) -> Content:
    return holiday_content(map(date.fromisoformat, days), joint_leave_off=joint_leave_off)


def test_an_edit_is_told_field_by_field_as_config_yaml_writes_it():
    key = VersionKey(VersionKind.POLICY, "biasa", 1)
    old, new = a_policy(verify=1.5), replace(a_policy(verify=0.75), pauses=("citizen", "weather"))
    found = compare({key: policy_content(new)}, [recorded(key, policy_content(old))], {}, TODAY)
    assert [edit.changes for edit in found.edits] == [
        (FieldChange("pauses", "citizen", "citizen, weather"), FieldChange("verify", "1h30m", "45m"))
    ]


def test_a_season_that_was_added_in_place_is_told_with_its_hours():
    spec = a_city().calendars["kantor"][0]
    season = Season("Ramadan", date(2027, 2, 8), date(2027, 3, 9), {0: ((time(8), time(12)),)})
    days = {date(2027, 1, 4): DatedDay("X", ()), date(2027, 1, 5): DatedDay("Y", None)}
    content = calendar_content(replace(spec, seasons=(season,), days=days))
    (edit,) = compare({KANTOR: content}, [recorded(KANTOR, calendar_content(spec))], {"kantor": 1}, TODAY).edits
    assert edit.changes == (
        FieldChange("days.2027-01-04", "-", "closed"),
        FieldChange("days.2027-01-05", "-", "open"),
        FieldChange("seasons.2027-02-08..2027-03-09.mon", "-", "08:00-12:00"),
    )


def test_what_was_never_recorded_is_new():
    found = compare({HOLIDAYS: days_off("2026-01-01")}, [], {"kantor": 1}, TODAY)
    assert (found.new, found.upcoming, found.edits) == ({HOLIDAYS: days_off("2026-01-01")}, {}, [])


def test_a_changed_holiday_is_an_edit_once_its_day_has_come():
    last = [recorded(HOLIDAYS, days_off("2026-01-01", "2026-12-25"))]
    for day, is_edit in (("2026-11-23", True), ("2026-11-24", True), ("2026-11-25", False)):
        content = days_off("2026-01-01", day, "2026-12-25")
        found = compare({HOLIDAYS: content}, last, {"kantor": 1}, TODAY)
        assert (bool(found.edits), bool(found.upcoming)) == (is_edit, not is_edit)
    (edit,) = compare({HOLIDAYS: days_off("2026-12-25")}, last, {"kantor": 1}, TODAY).edits
    assert edit.changes == (FieldChange("2026-01-01", "day off", "no day off"),)


def test_an_older_version_keeps_the_days_that_have_passed_and_learns_those_to_come():
    last = [recorded(HOLIDAYS, days_off("2026-01-01", "2026-12-24"))]
    table = days_off("2026-03-03", "2026-12-25")
    found = compare({HOLIDAYS: table}, last, {"kantor": 2}, TODAY)
    assert found.edits == []
    assert found.upcoming == {HOLIDAYS: days_off("2026-01-01", "2026-12-25")}
    settled = [recorded(HOLIDAYS, found.upcoming[HOLIDAYS])]
    assert compare({HOLIDAYS: table}, settled, {"kantor": 2}, TODAY).upcoming == {}
