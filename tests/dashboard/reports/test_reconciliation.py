"""`run.py reconcile`, as a person types it."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from dashboard.cli.main import cli
from data.domain.cases.reconciliation import ListedReport
from data.store.cases.reconciliation import list_export
from data.store.db.engine import open_engine, writing
from tests.factories import DAY, MINUTE, NOW, a_case, a_history, new_store, stored


def run(*words: object) -> Result:
    return CliRunner().invoke(cli, [str(word) for word in words])


@pytest.fixture
def home(tmp_path: Path, recorded_template: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("BATT_CONFIG", "BATT_SECRET", "BATT_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("BATT_HOME", str(tmp_path / "home"))
    new_store(recorded_template, tmp_path / "home" / "batt.db")
    return tmp_path / "home"


@pytest.fixture
def listed(home: Path) -> Path:
    with writing(open_engine(f"sqlite:///{home / 'batt.db'}")) as conn:
        stored(conn, a_case(sp4n_number="1"), a_history(NOW - DAY, dispatched=MINUTE))
        stored(conn, a_case(sp4n_number="8"), a_history(NOW - DAY))
        rows = [ListedReport("1", "Selesai", "aspirasi", NOW - 2 * DAY), ListedReport("2", None, None, NOW)]
        list_export(conn, "sp4n_lapor", rows, "a" * 64, NOW)
    return home


def test_the_lists_are_printed_with_counts(listed: Path):
    said = run("reconcile", "sp4n_lapor")
    assert said.exit_code == 0
    for line in (
        "sp4n_lapor: 2 reports are listed by SP4N-LAPOR!, 1 of them are cases here.",
        "     1  here but not there",
        "     1  there but not here",
        "     1  states differ",
        "     1  classes differ",
        "     0  numbers on several cases",
        "dispatched (dalam proses)  Selesai",
    ):
        assert line in said.output


def test_every_finding_goes_into_a_file(listed: Path, tmp_path: Path):
    file = tmp_path / "temuan.csv"
    assert f"Every finding is in {file}" in run("reconcile", "sp4n_lapor", "--csv", file).output
    with file.open(encoding="utf-8-sig", newline="") as opened:
        rows = list(csv.DictReader(opened))
    assert [row["temuan"] for row in rows] == [
        "hanya di sini",
        "hanya di SP4N-LAPOR!",
        "status berbeda",
        "klasifikasi berbeda",
    ]
    assert rows[2]["diterima"] == "2026-11-23 14:07"


def test_a_source_that_has_brought_no_list_is_said_so(listed: Path):
    said = run("reconcile", "sp4n_lapro")
    assert said.exit_code == 1
    assert "did you mean sp4n_lapor?" in said.output


def test_a_file_that_cannot_be_written_is_said_so(listed: Path, tmp_path: Path):
    said = run("reconcile", "sp4n_lapor", "--csv", tmp_path / "tiada" / "x.csv")
    assert said.exit_code == 1
    assert "cannot be written" in said.output
