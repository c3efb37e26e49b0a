"""`run.py report` and `report verify`, as a person types them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from dashboard.cli.main import cli
from data.store.db.engine import Engine, open_engine
from tests.dashboard.reports.months import some_cases
from tests.factories import new_store

Run = Callable[..., Result]
PDF = Path("laporan-2026-10-r1-id") / "laporan-2026-10.pdf"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, short_config: Path) -> Run:
    monkeypatch.setenv("BATT_CONFIG", str(short_config))
    for name in ("BATT_SECRET", "BATT_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("BATT_HOME", str(tmp_path / "home"))
    return lambda *words: CliRunner().invoke(cli, [str(word) for word in words])


@pytest.fixture
def store(tmp_path: Path, recorded_template: Path) -> Engine:
    return open_engine(new_store(recorded_template, tmp_path / "home" / "batt.db"))


def test_a_report_is_made_into_a_folder_of_its_own_and_proven(run: Run, store: Engine, tmp_path: Path):
    some_cases(store)
    out = tmp_path / "out"
    first = run("report", "2026-10", "--out", out)
    assert first.exit_code == 0, first.output
    made = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    assert {path.name for path in made} >= {"laporan-2026-10.pdf", "laporan-2026-10.xlsx", "datapackage.json"}
    again = run("report", "2026-10", "--out", out)
    assert "as it was made before" in again.output
    assert made == {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}

    assert "is revision 1 of laporan-2026-10, byte by byte" in run("report", "verify", out / PDF).output
    signed = tmp_path / "signed.pdf"
    signed.write_bytes((out / PDF).read_bytes() + b"signature")
    told = run("report", "verify", signed)
    assert told.exit_code == 0
    assert "with 9 bytes behind it" in told.output
    strange = tmp_path / "strange.pdf"
    strange.write_bytes(b"%PDF")
    assert run("report", "verify", strange).exit_code == 1


REFUSED = (
    (("2026-10-15",), "2026-10-15 is no month"),
    (("2999-01",), "has not come yet"),
    (("2026-10", "--to", "2026-09"), "is earlier than"),
    (("2026-10", "--agency", "dlx"), "there is no agency dlx"),
    (("2026-10", "--lang", "jv"), "there is no language jv"),
    (("2026-10", "--as-of", "kemarin"), "kemarin is no moment"),
    (("2026-10", "--as-of", "2999-01-01"), "has not come yet"),
    (("2001-10",), "there is no report of a citizen"),
    (("verify", "nowhere.pdf"), "It must exist"),
)


def test_what_cannot_be_made_is_told_and_nothing_is_written(run: Run, store: Engine, tmp_path: Path):
    some_cases(store)
    for words, why in REFUSED:
        told = run("report", *words, "--out", tmp_path / "out")
        assert (told.exit_code, why in told.output) == (2, True), (words, told.output)
        assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_written_to_is_told_before_any_work(run: Run, store: Engine, tmp_path: Path):
    (tmp_path / "taken").write_text("a file")
    told = run("report", "2026-10", "--out", tmp_path / "taken")
    assert told.exit_code == 2
    assert "cannot be written to" in told.output
