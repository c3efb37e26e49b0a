"""A version edited in place: the start is refused, an edit can be accepted, and closed cases keep their verdict."""

from __future__ import annotations

import fcntl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from dashboard.app import create_render_context
from dashboard.cli.main import cli
from dashboard.config.load import load
from data import clock
from data.domain.cases.model import CaseEvent, EventKind
from data.domain.sla.case_status import case_status
from data.domain.sla.clock_intervals import ClockKind
from data.domain.sla.clocks import ClockState, clocks
from data.domain.sla.terms import Terms, terms
from data.store.cases import recorded_versions
from data.store.cases.cases import append_events, by_id, events_of, insert_case
from data.store.db.engine import Engine, open_engine, reading, writing
from tests.factories import a_case, a_history, event, new_store, received
from tests.yaml_files import SHORT as TEXT

Run = Callable[..., Result]
SHORT, LONG = "resolve: 52h30m", "resolve: 200h"
AT = datetime(2026, 9, 1, 2, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A config.yaml of this test's own."""
    monkeypatch.delenv("BATT_DATABASE_URL", raising=False)
    monkeypatch.setenv("BATT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("BATT_CONFIG", str(tmp_path / "config.yaml"))
    monkeypatch.setenv("LC_ALL", "C")
    (tmp_path / "config.yaml").write_text(TEXT, encoding="utf-8")
    return tmp_path / "config.yaml"


@pytest.fixture
def run(config: Path) -> Run:
    return lambda *words: CliRunner().invoke(cli, [str(word) for word in words])


@pytest.fixture
def store(config: Path, recorded_template: Path) -> Engine:
    """A store in which the versions of config.yaml are recorded."""
    return open_engine(new_store(recorded_template, config.parent / "home" / "batt.db"))


def write(config: Path, old: str, new: str) -> None:
    text = config.read_text(encoding="utf-8")
    assert old in text
    config.write_text(text.replace(old, new, 1), encoding="utf-8")


def accept(run: Run, store: Engine, kind: str, name: str, version: int, by: str = "operator") -> Result:
    """Accept an edit, as the only process that has the store open."""
    store.dispose()
    return run(kind, "accept-edit", name, version, "--by", by)


def day_off(config: Path, day: str) -> None:
    write(config, "days_off: {}", f"days_off: {{{day}: Hari libur setempat}}")


def terms_now(config: Path, store: Engine) -> Terms:
    """The terms of the road case by config.yaml as it is now, and by what was recorded."""
    context = create_render_context(load(config, clock.now().date()), store)
    return terms(context.config.city, context.calendars, "jalan_rusak", ("fisik", 1), "pengaduan")


def put(config: Path, store: Engine, *events: CaseEvent) -> int:
    """A case about a road, received on Tuesday 1 September 2026 at 09:00; its id."""
    every = [received(AT), *events]
    status = case_status(every, terms_now(config, store), AT)
    with writing(store) as conn:
        return insert_case(conn, a_case("jalan_rusak", policy="fisik"), every, status, every[0].at)


def resolve_state(config: Path, store: Engine, case_id: int) -> ClockState:
    with reading(store) as conn:
        every = clocks(events_of(conn, case_id), terms_now(config, store), clock.now())
    return next(one.state for one in every if one.kind is ClockKind.RESOLVE)


@pytest.mark.parametrize("words", [("migrate",), ("ingest", "lapor", "--once"), ("jobs",), ("serve",), ("demo",)])
def test_a_policy_that_was_edited_in_place_is_refused_with_what_changed_and_what_to_do(
    words: tuple[str, ...], run: Run, store: Engine, config: Path
):
    write(config, SHORT, LONG)
    told = run(*words)
    assert told.exit_code == 2
    assert "policy fisik, version 1" in told.output
    assert "resolve: 52h30m -> 200h\n" in told.output
    assert "add a new version with its first day, `from: DATE` (docs/standards.md)" in told.output
    assert "run.py policy accept-edit fisik 1" in told.output
    assert ("remove" in told.output and "begin anew" in told.output) is (words == ("demo",))


def test_hours_that_were_edited_in_place_are_told_field_by_field(run: Run, store: Engine, config: Path):
    write(config, 'mon: ["07:30-12:00", "13:00-16:00"]', 'mon: ["08:00-12:00", "13:00-16:00"]')
    write(config, "days: {}", "days: {2026-12-31: {name: Setengah hari, hours: ['07:30-12:00']}}")
    told = run("migrate").output
    assert "calendar kantor, version 1 (recorded " in told
    assert "hours.mon: 07:30-12:00, 13:00-16:00 -> 08:00-12:00, 13:00-16:00\n" in told
    assert "days.2026-12-31: - -> 07:30-12:00\n" in told
    assert "run.py calendar accept-edit kantor 1" in told
    assert "lapangan" not in told


def test_what_decides_no_verdict_may_be_edited_in_place(run: Run, store: Engine, config: Path):
    """Names, the order of lists, a weekday without hours: the fingerprint is of what they say."""
    write(config, "pauses: [citizen, weather]", "pauses: [weather, citizen]")
    write(config, 'mon: ["07:30-12:00", "13:00-16:00"]', 'sat: []\n      mon: ["13:00-16:00", "07:30-12:00"]')
    assert run("migrate").exit_code == 0


def test_commands_that_judge_no_case_are_not_hindered(run: Run, store: Engine, config: Path):
    write(config, SHORT, LONG)
    for words in (("key", "add", "dpupr"), ("rejected",), ("screen", "list"), ("backup", config.parent / "b.tar")):
        told = run(*words)
        assert told.exit_code == 0, told.output


def test_a_new_version_with_its_first_day_is_the_right_way(run: Run, store: Engine, config: Path):
    before = next(line for line in TEXT.splitlines() if "resolve: 75h" in line)
    after = before.replace("version: 1", "version: 2, from: 2027-01-01").replace("75h", "90h")
    write(config, before, f"{before}\n{after}")
    assert run("migrate").exit_code == 0
    assert "policy umum, version 2" in run("policy", "list").output
    write(config, "version: 2, from: 2027-01-01", "version: 2, from: 2027-02-01")
    assert "from: 2027-01-01 -> 2027-02-01" in run("migrate").output


def test_a_holiday_that_has_passed_and_is_changed_later_is_refused(run: Run, store: Engine, config: Path):
    day_off(config, "2026-09-02")
    told = run("migrate")
    assert told.exit_code == 2
    for name in ("kantor", "lapangan"):
        assert f"calendar {name}, version 1, holidays of 2026" in told.output
    assert "2026-09-02: no day off -> day off" in told.output
    assert "run.py calendar accept-edit lapangan 1" in told.output
    assert "24x7" not in told.output


def test_a_holiday_to_come_is_recorded_and_hinders_nobody(run: Run, store: Engine, config: Path):
    year = clock.now().year + 1
    day_off(config, f"{year}-06-28")
    told = run("migrate")
    assert told.exit_code == 0
    assert f"Days to come have changed and were recorded: calendar kantor, version 1, holidays of {year}" in told.output
    assert "Days to come" not in run("migrate").output
    assert "days to come have changed" in run("calendar", "list").output


def test_a_corrected_holiday_counts_for_a_new_version_and_the_older_one_keeps_its_days(
    run: Run, store: Engine, config: Path
):
    closed = put(config, store, *_ended(9.1))
    day_off(config, "2026-09-02")
    for name in ("kantor", "lapangan"):
        text = config.read_text(encoding="utf-8")
        before, start, rest = text.partition(f"  {name}:")
        own, end, after = rest.partition("  lapangan:" if name == "kantor" else "\nholidays:")
        heading, _, body = own.partition("\n")
        lines = [f"  {line}" if line.strip() else line for line in body.splitlines()]
        first = "\n".join(lines).replace("      version", "    - version", 1)
        second = first.replace("version: 1", "version: 2\n      from: 2026-12-01", 1)
        config.write_text(f"{before}{start}{heading}\n{first}\n{second}\n{end}{after}", encoding="utf-8")
    told = run("migrate")
    assert told.exit_code == 0, told.output
    assert resolve_state(config, store, closed) is ClockState.MISSED
    calendars = terms_now(config, store).calendars
    older, newer = (it for it in calendars.present() if it.spec.code == "kantor")
    day = datetime(2026, 9, 2).date()
    assert (older.is_working_day(day), newer.is_working_day(day)) == (True, False)


def _ended(days: float) -> list[CaseEvent]:
    """Dispatched at once, and resolved and closed so many days after receipt."""
    later = {"dispatched": timedelta(hours=1), "resolved": days * DAY, "closed": days * DAY + timedelta(hours=1)}
    return [it for it in a_history(AT, **later) if it.kind is not EventKind.RECEIVED]


def test_a_closed_case_keeps_its_verdict_when_the_edit_is_accepted_and_an_open_one_is_judged_anew(
    run: Run, store: Engine, config: Path
):
    closed, opened = put(config, store, *_ended(10)), put(config, store, event(EventKind.VERIFIED, AT + DAY))
    assert resolve_state(config, store, closed) is ClockState.MISSED
    before = _due(store, closed), _due(store, opened)
    write(config, SHORT, LONG)
    told = accept(run, store, "policy", "fisik", 1)
    assert told.exit_code == 0, told.output
    assert "1 open cases were judged anew, 1 differently" in told.output
    assert run("migrate").exit_code == 0
    with writing(store) as conn:
        rated = [event(EventKind.RATED, clock.now())]
        append_events(conn, closed, rated, terms_now(config, store), clock.now())
    assert resolve_state(config, store, closed) is ClockState.MISSED
    assert _due(store, closed) == before[0]
    assert _due(store, opened) > before[1]


def test_a_closed_case_keeps_its_verdict_when_its_calendar_is_edited_and_a_rating_comes_later(
    run: Run, store: Engine, config: Path
):
    """The hours of the office are cut to one a day: by them the missed case would be met."""
    closed = put(config, store, *_ended(10))
    for day in ("mon", "tue", "wed", "thu"):
        write(config, f'{day}: ["07:30-12:00", "13:00-16:00"]', f'{day}: ["07:30-08:30"]')
    assert accept(run, store, "calendar", "kantor", 1).exit_code == 0
    with writing(store) as conn:
        append_events(conn, closed, [event(EventKind.RATED, clock.now())], terms_now(config, store), clock.now())
    assert resolve_state(config, store, closed) is ClockState.MISSED


def _due(store: Engine, case_id: int) -> datetime:
    with reading(store) as conn:
        found = by_id(conn, case_id)
    assert found is not None
    assert found.status.resolve_due_at is not None
    return found.status.resolve_due_at


def test_who_accepted_what_is_recorded_with_both_fingerprints_and_the_cases_judged(
    run: Run, store: Engine, config: Path
):
    put(config, store)
    write(config, SHORT, LONG)
    assert accept(run, store, "policy", "fisik", 1).exit_code == 0
    with reading(store) as conn:
        first, second = (it for it in recorded_versions.load(conn) if it.key.name == "fisik")
    assert first.fingerprint != second.fingerprint
    assert (first.revision, first.accepted_by, first.content["resolve"]) == (1, None, 52.5 * 3600)
    assert (second.revision, second.accepted_by, second.content["resolve"]) == (2, "operator", 200 * 3600)
    assert (second.judged, second.differing) == (1, 1)
    listed = run("policy", "list").output
    assert f"{second.fingerprint[:12]}  edit accepted by operator, 1 open cases judged anew, 1 differently" in listed


def test_open_cases_wait_until_the_last_edit_is_accepted(run: Run, store: Engine, config: Path):
    put(config, store)
    day_off(config, "2026-09-02")
    assert "1 more edits are to be accepted" in accept(run, store, "calendar", "lapangan", 1).output
    assert run("migrate").exit_code == 2
    assert "1 open cases were judged anew" in accept(run, store, "calendar", "kantor", 1).output
    with reading(store) as conn:
        assert [it.judged for it in recorded_versions.load(conn) if it.accepted_by] == [1, 1]


def test_what_was_not_edited_and_what_is_unknown_cannot_be_accepted(run: Run, store: Engine, config: Path):
    assert "was not edited" in accept(run, store, "policy", "fisik", 1).output
    told = accept(run, store, "policy", "fisk", 1)
    assert told.exit_code == 1
    assert "did you mean fisik?" in told.output
    assert "There is no calendar" in accept(run, store, "calendar", "fisik", 1).output


def test_caps_limits_and_agencies_calendars_are_recorded_and_their_edits_accepted_too(
    run: Run, store: Engine, config: Path
):
    write(config, "cap: 10d", "cap: 8d")
    write(config, "working_days: 14", "working_days: 10")
    told = run("migrate")
    assert told.exit_code == 2
    assert "pause citizen (recorded " in told.output
    assert "cap: 240h -> 192h\n" in told.output
    assert "working_days: 14 -> 10\n" in told.output
    assert "run.py policy accept-edit citizen --of pause" in told.output
    assert "from: DATE" not in told.output
    store.dispose()
    for words in (("citizen", "--of", "pause"), ("pengaduan", "--of", "class")):
        assert run("policy", "accept-edit", *words, "--by", "operator").exit_code == 0
    assert run("migrate").exit_code == 0
    listed = run("policy", "list").output
    assert listed.count("edit accepted by operator") == 2
    assert "The agency dlh, was not edited" in run("policy", "accept-edit", "dlh", "--of", "agency").output


def test_nothing_is_accepted_while_a_server_works_by_the_old_text(run: Run, store: Engine, config: Path):
    write(config, SHORT, LONG)
    with (config.parent / "home" / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
        told = accept(run, store, "policy", "fisik", 1)
    assert told.exit_code == 1
    assert "stop the server and the jobs" in told.output
    assert run("migrate").exit_code == 2
