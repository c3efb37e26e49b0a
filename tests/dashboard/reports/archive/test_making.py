from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from dashboard.reports.archive.making import LEASE, Request
from dashboard.reports.archive.period import ReportRefused, last_month, months
from dashboard.reports.archive.storage import PART, hand_out
from data.domain.reasons import Reason
from data.store.db.engine import Engine, reading, writing
from data.store.intake.sources import claim
from data.store.reports import revisions
from tests.dashboard.reports.months import (
    MADE_AT,
    OCTOBER,
    at_noon,
    contents,
    deps_of,
    given,
    made_by,
    some_cases,
)
from tests.factories import HOUR, a_case, a_history, stored


def why(refused: pytest.ExceptionInfo[ReportRefused]) -> str:
    assert isinstance(refused.value.reason, Reason)
    return refused.value.reason.code


def test_the_same_call_gives_the_same_bytes(engine: Engine, tmp_path: Path):
    some_cases(engine)
    first = made_by(deps_of(engine, tmp_path))
    again = made_by(deps_of(engine, tmp_path), now=MADE_AT + timedelta(days=3))
    assert (first.is_new, again.is_new) == (True, False)
    assert replace(first.revision, made_at=MADE_AT) == again.revision
    assert set(first.files) == set(again.files)


def test_another_store_with_the_same_facts_makes_the_same_bytes(engine: Engine, tmp_path: Path):
    some_cases(engine)
    first, there = made_by(deps_of(engine, tmp_path)), tmp_path / "there"
    with writing(engine) as conn:
        for table in ("report_file", "report_revision"):
            conn.exec_driver_sql(f"DELETE FROM {table}")
    second = made_by(deps_of(engine, there))
    assert [(each.name, each.sha256) for each in first.files] == [(each.name, each.sha256) for each in second.files]


def test_late_facts_are_a_second_revision_that_says_what_changed(engine: Engine, tmp_path: Path):
    some_cases(engine)
    deps = deps_of(engine, tmp_path)
    first = made_by(deps)
    given(engine, at_noon(15), "sampah", dispatched=HOUR)
    second = made_by(deps)
    assert (first.revision.revision, second.revision.revision) == (1, 2)
    rows = {(row["table"], row.get("span")): row for row in json.loads(second.revision.rows)["rows"]}
    assert rows["totals", "this"]["received"] == 13
    with reading(engine) as conn:
        assert [each.revision for each in revisions.revisions(conn, OCTOBER.key())] == [1, 2]
    assert contents(deps, first)["laporan-2026-10.pdf"], "the first one stays"


def test_as_of_an_earlier_moment_gives_the_earlier_revision(engine: Engine, tmp_path: Path):
    some_cases(engine)
    deps = deps_of(engine, tmp_path)
    first = made_by(deps)
    with writing(engine) as conn:
        stored(conn, a_case("sampah"), a_history(at_noon(15), "dlh", dispatched=HOUR), MADE_AT + timedelta(days=1))
    assert made_by(deps).revision.revision == 2
    assert made_by(deps, Request(OCTOBER, as_of=MADE_AT)).revision == first.revision


def test_another_language_belongs_to_the_same_revision(engine: Engine, tmp_path: Path):
    some_cases(engine)
    deps = deps_of(engine, tmp_path)
    made_by(deps)
    both = made_by(deps, Request(OCTOBER, langs=("id", "en")))
    assert {each.lang for each in both.files} == {"id", "en"}
    assert not both.is_new
    indonesian, english = contents(deps, both), contents(deps, both, "en")
    assert indonesian["data/by_agency.csv"] == english["data/by_agency.csv"]
    assert indonesian["laporan-2026-10.pdf"] != english["laporan-2026-10.pdf"]


def test_of_one_agency_only_its_cases_count(engine: Engine, tmp_path: Path):
    some_cases(engine)
    made = made_by(deps_of(engine, tmp_path), Request(OCTOBER, agency="dlh"))
    rows = {(row["table"], row.get("span")): row for row in json.loads(made.revision.rows)["rows"]}
    assert rows["totals", "this"]["received"] == 8
    assert made.files[0].name.startswith(("laporan-2026-10-dlh", "data/"))


@pytest.mark.parametrize(
    ("first", "last", "code"),
    [
        ("2026-10-15", None, "report.no_month"),
        ("oktober", None, "report.no_month"),
        ("2026-13", None, "report.no_month"),
        ("2026-12", None, "report.future"),
        ("2026-11", None, "report.running"),
        ("2026-09", "2026-11", "report.running"),
        ("2026-10", "2026-09", "report.backwards"),
    ],
)
def test_what_is_no_month_that_is_over_is_refused(first: str, last: str | None, code: str):
    with pytest.raises(ReportRefused) as refused:
        months(first, last, "Asia/Jakarta", MADE_AT)
    assert why(refused) == code


def test_months_of_all_lengths_have_their_neighbours():
    february = months("2028-02", None, "Asia/Jakarta", MADE_AT + timedelta(days=900))
    assert (february.first, february.last) == (date(2028, 2, 1), date(2028, 2, 29))
    assert february.year_before().last == date(2027, 2, 28)
    quarter = months("2026-07", "2026-09", "Asia/Jakarta", MADE_AT)
    assert (quarter.before().first, quarter.before().last) == (date(2026, 4, 1), date(2026, 6, 30))
    assert (quarter.year_before().first, quarter.year_before().last) == (date(2025, 7, 1), date(2025, 9, 30))
    assert last_month("Asia/Jakarta", MADE_AT) == OCTOBER


def test_nothing_is_kept_of_a_report_that_is_refused(engine: Engine, tmp_path: Path):
    deps = deps_of(engine, tmp_path)
    with pytest.raises(ReportRefused) as refused:
        made_by(deps)
    assert why(refused) == "report.no_cases"
    some_cases(engine)
    with pytest.raises(ReportRefused) as refused:
        made_by(deps, Request(OCTOBER, agency="dlx"))
    assert why(refused) == "report.no_agency"
    with reading(engine) as conn:
        assert revisions.newest(conn, 9) == []
    assert not (tmp_path / "reports").exists()


def test_while_another_process_makes_one_it_is_refused(engine: Engine, tmp_path: Path):
    some_cases(engine)
    with writing(engine) as conn:
        claim(conn, LEASE, "elsewhere:7:other", MADE_AT, 60)
    with pytest.raises(ReportRefused) as refused:
        made_by(deps_of(engine, tmp_path))
    assert why(refused) == "report.busy"
    made_by(deps_of(engine, tmp_path), now=MADE_AT + timedelta(seconds=61))  # a crashed run is taken over


def test_a_folder_is_handed_out_whole_and_without_what_a_killed_run_left(tmp_path: Path):
    left = tmp_path / f"{PART}x"
    left.mkdir()
    (left / "half.pdf").write_bytes(b"ha")
    target = hand_out(tmp_path, "laporan", {"a.pdf": b"1", "data/b.csv": b"2"})
    (target / "a-signed.pdf").write_bytes(b"signed")
    (target / "data" / "catatan.txt").write_bytes(b"note")
    again = hand_out(tmp_path, "laporan", {"a.pdf": b"3", "data/b.csv": b"4"})
    assert target == again
    assert [path.name for path in tmp_path.iterdir()] == ["laporan"]
    found = {str(path.relative_to(target)): path.read_bytes() for path in target.rglob("*") if path.is_file()}
    assert found == {"a.pdf": b"3", "data/b.csv": b"4", "a-signed.pdf": b"signed", "data/catatan.txt": b"note"}
