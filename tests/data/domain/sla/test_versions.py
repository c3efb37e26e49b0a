"""A case keeps the version in force at its receipt, and a stopped clock what that version said when it stopped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from data.domain.cases.model import CaseEvent, EventKind
from data.domain.city.content import (
    agency_content,
    calendar_content,
    class_content,
    fingerprint,
    holiday_content,
    pause_content,
    policy_content,
    with_recorded,
)
from data.domain.city.model import City, LegalLimit, in_force
from data.domain.city.recorded import Content, RecordedVersion, VersionKey, VersionKind
from data.domain.sla.bulk_eligible import bulk_row
from data.domain.sla.bulk_status import Batch, case_status_many
from data.domain.sla.case_status import case_status
from data.domain.sla.clock_intervals import ClockKind
from data.domain.sla.clocks import ClockState
from data.domain.sla.terms import Terms, policy_of
from data.domain.sla.worktime import epoch
from tests.data.domain.sla.histories import any_history, eligible_history
from tests.data.domain.small_city import (
    HOUR,
    JOINT_2026,
    PUBLIC_2026,
    SLOWER,
    STANDARD,
    a_city,
    a_city_with,
    calendars_of,
    case,
    clock,
    every_clock,
    said,
    some_terms,
    wib,
)

RESOLVE, LEGAL = ClockKind.RESOLVE, ClockKind.LEGAL
KANTOR = VersionKey(VersionKind.CALENDAR, "kantor", 1)
HOLIDAYS = VersionKey(VersionKind.HOLIDAYS, "kantor", 1, 2026)
BIASA = VersionKey(VersionKind.POLICY, "biasa", 1)
OPENED, EDITED = wib("2026-01-01 00:00"), wib("12 00:00")
LONGER = {day: ((time(7), time(18)),) for day in range(5)}
DAYS_OFF = sorted({**PUBLIC_2026, **JOINT_2026})


def history_of(key: VersionKey, *contents: Content, edited: datetime = EDITED) -> tuple[RecordedVersion, ...]:
    """Each content in its turn: the first since the store was opened, the others since the edit."""
    return tuple(
        RecordedVersion(key, n, edited if n > 1 else OPENED, fingerprint(content), content)
        for n, content in enumerate(contents, 1)
    )


def edited_city(present: City, *recorded: Sequence[RecordedVersion]) -> City:
    return with_recorded(present, [each for history in recorded for each in history])


def under(city: City, version: int = 1) -> Terms:
    """Terms of a case about waste in that city."""
    policy = policy_of(city, "biasa", version)
    return replace(some_terms(), city=city, calendars=calendars_of(city), policy=policy)


def two_versions(since: date) -> City:
    """The city whose offices open longer for what is received from a day on."""
    old = a_city().calendars["kantor"][0]
    new = replace(old, version=2, hours=LONGER, since=since)
    return replace(a_city(), calendars={**a_city().calendars, "kantor": (old, new)})


def test_the_version_in_force_is_the_newest_that_has_begun():
    later = replace(SLOWER, since=date(2026, 7, 1))
    assert in_force((STANDARD, later), date(2026, 6, 30)) == STANDARD
    assert in_force((STANDARD, later), date(2026, 7, 1)) == later
    early = replace(STANDARD, since=date(2026, 1, 1))
    assert in_force((early, later), date(2025, 1, 1)) == early


def test_a_case_keeps_the_calendar_in_force_at_its_receipt():
    terms = under(two_versions(date(2026, 6, 9)))
    before, after = case("8 23:59 received"), case("9 00:00 received")
    assert said(clock(before, RESOLVE, "9 10:00", terms).due_at) == "10 16:00"
    assert said(clock(after, RESOLVE, "9 10:00", terms).due_at) == "10 12:00"
    reopened = [*before, *case("10 09:00 resolved", "11 08:00 reopened")]
    assert clock(reopened, RESOLVE, "11 09:00", terms).calendar == "kantor"
    assert clock(after, RESOLVE, "11 09:00", terms).calendar == "kantor:2"


def test_a_stopped_clock_keeps_the_hours_that_its_calendar_had_then():
    old = calendar_content(a_city().calendars["kantor"][0])
    present = a_city_with(hours=LONGER)
    city = edited_city(present, history_of(KANTOR, old, calendar_content(present.calendars["kantor"][0])))
    late, missed = case("8 08:00 received"), case("8 08:00 received", "10 12:00 resolved", "11 09:00 closed")
    assert clock(late, RESOLVE, "12 10:00", under(city)).state is ClockState.BREACHED
    assert said(clock(late, RESOLVE, "12 10:00", under(city)).due_at) == "9 13:00"  # it runs: by the hours of now
    for later in ([], case("15 09:00 rated"), case("15 09:00 reopened", "16 09:00 dispatched pupr")):
        first = next(it for it in every_clock([*missed, *later], "17 09:00", under(city)) if it.kind is RESOLVE)
        assert (said(first.due_at), first.state) == ("9 16:00", ClockState.MISSED)


def test_a_stopped_clock_keeps_the_holidays_that_its_calendar_had_then():
    """A day that is called a holiday afterwards would make the case that was missed by a day met."""
    old = holiday_content(DAYS_OFF, joint_leave_off=True)
    new = holiday_content([*DAYS_OFF, date(2026, 6, 9)], joint_leave_off=True)
    kantor = calendar_content(a_city().calendars["kantor"][0])
    present = replace(a_city(), extra_holidays={date(2026, 6, 9): "Hari jadi kota"})
    missed = case("8 08:00 received", "10 12:00 resolved", "11 09:00 closed", "15 09:00 rated")
    assert clock(missed, RESOLVE, "16 09:00", under(present)).state is ClockState.MET
    city = edited_city(present, history_of(KANTOR, kantor), history_of(HOLIDAYS, old, new))
    assert clock(missed, RESOLVE, "16 09:00", under(city)).state is ClockState.MISSED
    assert said(clock(case("8 08:00 received"), RESOLVE, "10 09:00", under(city)).due_at) == "10 16:00"


def test_a_stopped_clock_keeps_the_target_that_its_policy_had_then():
    present = replace(a_city(), policies={**a_city().policies, "biasa": (replace(STANDARD, resolve=24 * HOUR), SLOWER)})
    contents = policy_content(STANDARD), policy_content(present.policies["biasa"][0])
    city = edited_city(present, history_of(BIASA, *contents))
    missed = case("8 08:00 received", "10 12:00 resolved", "11 09:00 closed", "15 09:00 rated")
    assert clock(missed, RESOLVE, "16 09:00", under(present)).state is ClockState.MET
    found = clock(missed, RESOLVE, "16 09:00", under(city))
    assert (found.state, found.target_s) == (ClockState.MISSED, 16 * 3600)
    assert clock(case("8 08:00 received"), RESOLVE, "16 09:00", under(city)).target_s == 24 * 3600


def test_a_pause_that_the_policy_allowed_then_stays_in_force():
    present = replace(a_city(), policies={**a_city().policies, "biasa": (replace(STANDARD, pauses=()), SLOWER)})
    contents = policy_content(STANDARD), policy_content(present.policies["biasa"][0])
    city = edited_city(present, history_of(BIASA, *contents))
    paused = case("8 08:00 received", "8 12:00 dispatched dlh", "9 08:00 paused citizen")
    assert case_status(paused, under(city), wib("15 09:00")).paused_at == wib("9 08:00")
    again = [*paused, *case("12 09:00 resumed", "12 10:00 paused citizen")]
    assert case_status(again, under(city), wib("12 11:00")).paused_at is None


CITIZEN = VersionKey(VersionKind.PAUSE, "citizen", 1)
COMPLAINT = VersionKey(VersionKind.CLASS, "pengaduan", 1)
DLH = VersionKey(VersionKind.AGENCY, "dlh", 1)


def test_a_pause_keeps_the_cap_that_its_reason_had_when_it_began():
    citizen = a_city().pauses["citizen"]
    present = replace(a_city(), pauses={**a_city().pauses, "citizen": replace(citizen, cap=timedelta(days=1))})
    city = edited_city(
        present, history_of(CITIZEN, *(pause_content(it.pauses["citizen"]) for it in (a_city(), present)))
    )
    paused = ("8 08:00 received", "8 12:00 dispatched dlh", "9 08:00 paused citizen")
    closed = case(*paused, "11 08:00 resumed", "11 12:00 resolved", "11 13:00 closed")
    assert clock(closed, RESOLVE, "16 09:00", under(present)).state is ClockState.MISSED
    assert clock(closed, RESOLVE, "16 09:00", under(city)).state is ClockState.MET
    again = [*case(*paused), *case("9 12:00 resumed", "15 08:00 paused citizen")]
    assert case_status(again, under(city), wib("15 16:00")).paused_at == wib("15 08:00")
    assert case_status(again, under(city), wib("16 08:00")).paused_at is None
    assert city.known_at(epoch(EDITED) - 1).pauses["citizen"].cap == citizen.cap


def test_a_stopped_legal_clock_keeps_the_limit_that_its_class_had_then():
    complaint = replace(a_city().classes["pengaduan"], limit=LegalLimit(1, "pagi"))
    present = replace(a_city(), classes={**a_city().classes, "pengaduan": complaint})
    contents = [class_content(it.classes["pengaduan"]) for it in (a_city(), present)]
    terms = under(edited_city(present, history_of(COMPLAINT, *contents)))
    closed = case("8 08:00 received", "10 12:00 resolved", "11 09:00 closed")
    assert clock(closed, LEGAL, "16 09:00", under(present)).state is ClockState.MISSED
    assert clock(closed, LEGAL, "16 09:00", terms).state is ClockState.MET
    assert clock(case("8 08:00 received"), LEGAL, "16 09:00", terms).calendar == "pagi"


def test_a_stopped_hold_keeps_the_calendar_that_its_agency_had_then():
    dlh = replace(a_city().agencies["dlh"], calendar="selalu")
    present = replace(a_city(), agencies={**a_city().agencies, "dlh": dlh})
    contents = [agency_content(it.agencies["dlh"]) for it in (a_city(), present)]
    terms = under(edited_city(present, history_of(DLH, *contents)))
    held = case("8 08:00 received", "8 12:00 dispatched dlh", "9 11:00 resolved", "9 12:00 closed")
    assert clock(held, ClockKind.HOLD, "16 09:00", under(present)).state is ClockState.MISSED
    assert clock(held, ClockKind.HOLD, "16 09:00", terms).state is ClockState.MET
    assert clock(held[:2], ClockKind.HOLD, "16 09:00", terms).calendar == "selalu"


def test_a_version_that_was_added_later_changes_no_older_verdict_though_it_begins_before():
    """Written on the 12th, for what is received from the 8th on."""
    city = two_versions(date(2026, 6, 8))
    first, second = (calendar_content(it) for it in city.calendars["kantor"])
    added = RecordedVersion(KANTOR._replace(version=2), 1, EDITED, fingerprint(second), second)
    terms = under(edited_city(city, history_of(KANTOR, first), [added]))
    closed = case("8 08:00 received", "9 13:00 resolved", "9 14:00 closed", "15 09:00 rated")
    assert said(clock(closed, RESOLVE, "16 09:00", terms).due_at) == "9 16:00"
    assert said(clock(case("8 08:00 received"), RESOLVE, "16 09:00", terms).due_at) == "9 13:00"


def test_versions_that_were_first_seen_together_judge_what_was_imported_by_the_day_of_receipt():
    city = two_versions(date(2026, 6, 8))
    contents = [calendar_content(it) for it in city.calendars["kantor"]]
    recorded = [
        RecordedVersion(KANTOR._replace(version=n), 1, EDITED, fingerprint(content), content)
        for n, content in enumerate(contents, 1)
    ]
    closed = case("8 08:00 received", "9 13:00 resolved", "9 14:00 closed")
    assert said(clock(closed, RESOLVE, "16 09:00", under(edited_city(city, recorded))).due_at) == "9 13:00"


def test_a_case_keeps_the_policy_and_the_calendar_that_config_yaml_has_no_more():
    whole = a_city_with(hours=LONGER)
    kantor = calendar_content(whole.calendars["kantor"][0])
    recorded = [*history_of(KANTOR, kantor), *history_of(BIASA, policy_content(STANDARD))]
    agencies = {code: replace(it, calendar="selalu") for code, it in whole.agencies.items()}
    others = {code: it for code, it in whole.calendars.items() if code != "kantor"}
    policies = {"darurat": whole.policies["darurat"]}
    left = replace(whole, policies=policies, calendars=others, agencies=agencies, legal_calendar="selalu")
    closed = case("8 08:00 received", "9 12:00 resolved", "9 13:00 closed", "15 09:00 rated")
    before = clock(closed, RESOLVE, "16 09:00", under(whole))
    assert clock(closed, RESOLVE, "16 09:00", under(with_recorded(left, recorded))) == before


OLD_CITY = a_city()
WITH_LONGER = a_city_with(hours=LONGER, joint_leave_off=False)
NEW_CITY = replace(WITH_LONGER, extra_holidays={date(2026, 6, 9): "Hari jadi kota"})
OLD_DAYS = holiday_content(DAYS_OFF, joint_leave_off=True)
NEW_DAYS = {
    "kantor": holiday_content([*PUBLIC_2026, date(2026, 6, 9)], joint_leave_off=False),
    "pagi": holiday_content([*DAYS_OFF, date(2026, 6, 9)], joint_leave_off=True),
}


def edited_calendar(code: str) -> tuple[RecordedVersion, ...]:
    """What was recorded of a calendar and its holidays before and after the edit."""
    old, new = (calendar_content(it.calendars[code][0]) for it in (OLD_CITY, NEW_CITY))
    hours = history_of(KANTOR._replace(name=code), *([old] if old == new else [old, new]))
    return hours + history_of(HOLIDAYS._replace(name=code), OLD_DAYS, NEW_DAYS[code])


EDITED_CITY = edited_city(NEW_CITY, edited_calendar("kantor"), edited_calendar("pagi"))
OLD, NEW, BOTH = (under(city) for city in (OLD_CITY, NEW_CITY, EDITED_CITY))


@settings(max_examples=150)
@given(any_history(), st.integers(0, 20))
def test_every_clock_is_that_of_the_old_city_when_it_stopped_before_the_edit_and_else_that_of_the_new(
    events: list[CaseEvent], days: int
):
    """An oracle of two plain cities; a change of policy in the case looks at more than one moment."""
    events = [event for event in events if event.kind is not EventKind.RECLASSIFIED]
    now = f"{events[-1].at + timedelta(days=days):%Y-%m-%d %H:%M}"
    old, new, found = (every_clock(events, now, terms) for terms in (OLD, NEW, BOTH))
    for before, after, judged in zip(old, new, found, strict=True):
        assert judged == (before if judged.stopped_at is not None and judged.stopped_at < EDITED else after)


@settings(max_examples=100)
@given(st.lists(eligible_history(), min_size=1, max_size=4))
def test_many_histories_are_judged_by_recorded_contents_as_each_alone(histories: list[list[CaseEvent]]):
    policies = {**EDITED_CITY.policies, "biasa": (replace(STANDARD, resolve=30 * HOUR, respond=5 * HOUR), SLOWER)}
    contents = policy_content(STANDARD), policy_content(policies["biasa"][0])
    recorded = [*EDITED_CITY.recorded, *history_of(BIASA, *contents, edited=EDITED - timedelta(days=2))]
    city = replace(
        EDITED_CITY,
        policies=policies,
        agencies={**EDITED_CITY.agencies, "dlh": replace(EDITED_CITY.agencies["dlh"], calendar="selalu")},
        classes={"pengaduan": replace(EDITED_CITY.classes["pengaduan"], limit=LegalLimit(3, "pagi"))},
    )
    recorded += history_of(DLH, *(agency_content(it.agencies["dlh"]) for it in (EDITED_CITY, city)))
    recorded += history_of(COMPLAINT, *(class_content(it.classes["pengaduan"]) for it in (EDITED_CITY, city)))
    terms = under(with_recorded(city, recorded))
    kept = [(events, row) for events in histories if (row := bulk_row(events)) is not None]
    n = len(kept)
    batch = Batch([row for _, row in kept], ["sampah"] * n, [terms.policy] * n, ["pengaduan"] * n)
    columns = case_status_many(batch, terms.city, terms.calendars)
    for place, (events, _) in enumerate(kept):
        alone = case_status(events, terms, events[-1].at)
        for name, column in columns.items():
            value = getattr(alone, name)
            assert column[place] == (epoch(value) if isinstance(value, datetime) else value), name
