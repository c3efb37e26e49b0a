"""The command line, as a person types it; only `serve`, `demo` and `jobs` need processes of their own (tests/e2e)."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from dashboard.cli.main import cli
from data import clock
from data.store.accounts import api_keys
from data.store.db.engine import Engine, open_engine, reading, writing
from data.store.db.migrate import head
from data.store.db.schema.cases import case
from data.store.intake.rejected import RejectedRecord, add
from data.store.intake.sources import claim
from ingest.pipeline.checkpoint import lease_name
from tests.code_checks import ROOT
from tests.factories import NOW, a_case, a_history, new_store, stored
from tests.ingest.runtime.other_process import a_dead_process, a_process
from tests.real_data import BOUNDARIES, needs_real_data

Run = Callable[..., Result]
ROWS = """nomor,tanggal,waktu,kategori,uraian,desa
1,2026-11-20,08:00,sampah,Sampah di pasar,Temas
2,20/11/2026,09:00,jalan rusak,Berlubang,Sisir
3,kemarin,,sampah,Tanpa tanggal,Sisir
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, short_config: Path) -> Path:
    for name in ("BATT_SECRET", "BATT_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("BATT_CONFIG", str(short_config))
    monkeypatch.setenv("BATT_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def run(home: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("LC_ALL", "C")  # the doctor speaks the terminal's language
    return lambda *words: CliRunner().invoke(cli, [str(word) for word in words])


@pytest.fixture
def store(home: Path, recorded_template: Path) -> Engine:
    return open_engine(new_store(recorded_template, home / "batt.db"))


def count(store: Engine) -> int:
    with reading(store) as conn:
        return len(conn.execute(case.select()).all())


def test_migrate_says_from_where_to_where(run: Run):
    assert f"was at revision none and is now at {head()}" in run("migrate").output
    assert f"is at revision {head()}." in run("migrate").output


def test_a_store_of_a_newer_release_is_told_with_the_way_back(run: Run, store: Engine):
    with writing(store) as conn:
        conn.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    for words in (("migrate",), ("key", "list")):
        told = run(*words)
        assert told.exit_code == 3
        assert "docs/upgrade.md" in told.output


def test_a_key_is_printed_once_as_the_last_word(run: Run, store: Engine):
    made = run("key", "add", "Among Warga")
    key = made.stdout.split()[-1]
    with reading(store) as conn:
        assert api_keys.check(conn, key) == "Among Warga"
    again = run("key", "add", "Among Warga")
    assert again.exit_code == 1
    assert "revoke it first" in again.output
    assert run("key", "add", "Berat", "--per-minute", "7", "--per-day", "70").exit_code == 0
    assert "7 a minute, 70 a day" in run("key", "list").output
    assert key not in run("key", "list").output
    assert run("key", "revoke", "Among Warga").exit_code == 0
    assert "revoked" in run("key", "list").output
    assert run("key", "revoke", "Among Warga").exit_code == 1


def test_a_screens_address_is_the_last_word_and_stays_the_same(run: Run):
    first = run("screen", "url", "peta").stdout.split()[-1]
    assert first.startswith("http://127.0.0.1:8600/wall/peta?token=")
    assert run("screen", "url", "peta").stdout.split()[-1] == first
    assert (
        run("screen", "url", "peta", "--base", "https://x.id").stdout.split()[-1].startswith("https://x.id/wall/peta?")
    )
    wrong = run("screen", "url", "pta")
    assert wrong.exit_code == 1
    assert "did you mean peta?" in wrong.output
    assert "antrean" in run("screen", "list").output


@pytest.mark.parametrize("words", [("screen", "url", "peta"), ("screen", "url", "waktu")])
def test_a_lost_secret_is_said_with_what_it_breaks_before_a_new_one_is_made(
    run: Run, store: Engine, home: Path, words: tuple[str, ...]
):
    before = run("screen", "url", "peta")
    assert "lost" not in before.stderr
    (home / "secret").unlink()
    with writing(store) as conn:
        stored(conn, a_case(), a_history(NOW))
    told = run(*words)
    assert "The secret is lost" in told.stderr
    assert "addresses of all walls" in told.stderr
    assert "secret_lost" in told.stderr, "the line of the log"
    assert run("screen", "url", "peta").stdout != before.stdout
    assert "lost" not in run(*words).stderr, "it is said once, the new one is there"


@pytest.mark.parametrize("words", [("migrate",), ("key", "list")])
def test_a_store_that_was_lost_is_told_from_a_new_one(run: Run, home: Path, words: tuple[str, ...]):
    first = run(*words)
    assert "has run before" not in first.output
    assert run("screen", "url", "peta").exit_code == 0
    for file in home.glob("batt.db*"):
        file.unlink()
    (home / "batt.db").touch()
    told = run(*words)
    assert "has run before" in told.stderr
    assert "restore a backup" in told.stderr


def test_a_restored_secret_makes_the_old_addresses_valid_again(run: Run, store: Engine, home: Path):
    before = run("screen", "url", "peta").stdout
    kept = (home / "secret").read_bytes()
    (home / "secret").unlink()
    assert run("screen", "url", "peta").stdout != before
    (home / "secret").write_bytes(kept)
    assert run("screen", "url", "peta").stdout == before


def test_nothing_starts_on_a_faulty_configuration(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    faulty = tmp_path / "config.yaml"
    text = (ROOT / "config.yaml").read_text(encoding="utf-8")
    faulty.write_text(text.replace("agency: dpupr\n", "agency: dpupt\n").replace("port: 8600", "port: x"), "utf-8")
    monkeypatch.setenv("BATT_CONFIG", str(faulty))
    for words in (("serve",), ("demo",), ("jobs",), ("migrate",), ("key", "add", "x")):
        told = run(*words)
        assert told.exit_code == 2
        assert "categories.jalan_rusak.agency" in told.output
        assert "server.port" in told.output
    monkeypatch.setenv("BATT_CONFIG", str(tmp_path / "nowhere.yaml"))
    assert run("migrate").exit_code == 2


def test_a_store_that_cannot_be_opened_is_said_with_where_to_look(run: Run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("BATT_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nothing")
    told = run("key", "list")
    assert told.exit_code == 3
    assert "run.py doctor" in told.output
    monkeypatch.setenv("BATT_DATABASE_URL", "mysql://x/y")
    assert run("key", "list").exit_code == 3


def test_a_file_is_tried_out_taken_and_not_taken_twice(run: Run, store: Engine, tmp_path: Path):
    file = tmp_path / "laporan.csv"
    file.write_text(ROWS, encoding="utf-8")
    tried = run("ingest", "opd_csv", "--dry-run", "--file", file)
    assert tried.exit_code == 0, tried.output
    assert "2  imported" in tried.output
    assert "1  rejected" in tried.output
    assert count(store) == 0
    taken = run("ingest", "opd_csv", "--once", "--file", file)
    assert "2  imported" in taken.output
    assert "'kemarin' is " in taken.output
    for told in (tried.output, taken.output):
        assert "which got the default: 2" in told
        assert "without a known place" not in told
        assert "went to triage" not in told
    assert "Promises" not in taken.output
    assert count(store) == 2
    assert "0 records" in run("ingest", "opd_csv", "--once").output


def test_a_source_that_another_process_holds_is_refused_with_its_holder_and_the_time_left(
    run: Run, store: Engine, home: Path
):
    with a_process(home) as (owner, process):
        with writing(store) as conn:
            claim(conn, lease_name("opd_csv"), owner, clock.now(), 90)
        told = run("ingest", "opd_csv", "--once")
        assert told.exit_code == 1
        assert f"process {process.pid} of {socket.gethostname()}" in told.output
        assert re.search(r"for \d+ s more", told.output)


def test_an_import_that_was_killed_refuses_nobody(run: Run, store: Engine, home: Path):
    with writing(store) as conn:
        claim(conn, lease_name("opd_csv"), a_dead_process(home), clock.now(), 120)
    told = run("ingest", "opd_csv", "--once")
    assert told.exit_code == 0, told.output
    assert "0 records" in told.output


def test_an_import_tells_how_the_promises_of_its_source_stand(run: Run, tmp_path: Path):
    file = tmp_path / "janji.csv"
    row = "{0};12/03/2026;sampah;Sampah menumpuk;Selesai;{1};13/03/2026"
    ends = ("13/03/2026", "14/03/2026", "15/03/2026")
    lines = [row.format(n, end) for n, end in enumerate(ends)]
    header = "nomor;tanggal;kategori;uraian;status;tanggal_selesai;tanggal_janji"
    file.write_text("\n".join([header, *lines, "8;12/03/2026;sampah;Sampah;Baru;;31/12/2099"]), encoding="utf-8")
    told = run("ingest", "opd_csv", "--once", "--file", file)
    assert "Promises of this source, all its cases: 1 running, 1 kept, 2 missed" in told.output


def test_rejected_records_are_listed_and_tried_again(run: Run, store: Engine):
    payload = '{"service_code": "sampah", "lat": "-7.87", "long": "112.52", "description": "Sampah"}'
    with writing(store) as conn:
        add(conn, RejectedRecord("open311", "a1", "tidak dapat dibaca", payload), NOW)
        add(conn, RejectedRecord("open311", "a2", "tidak dapat dibaca", '{"service_code": "nonsense"}'), NOW)
        add(conn, RejectedRecord("gone", "b1", "tidak dapat dibaca", "{}"), NOW)
    listed = run("rejected")
    assert "open311 a1: tidak dapat dibaca" in listed.output
    assert "3 records wait." in listed.output
    assert "1 records wait." in run("rejected", "--source", "gone").output
    tried = run("rejected", "--retry")
    assert "1  imported" in tried.output
    assert "1  rejected" in tried.output
    assert "1  of gone: no such source" in tried.output
    assert count(store) == 1
    assert "tried 2 times" in run("rejected").output


def test_the_demonstration_does_not_join_real_reports(run: Run, store: Engine):
    with writing(store) as conn:
        stored(conn, a_case(), a_history(NOW))
    told = run("demo")
    assert told.exit_code == 1
    assert "holds real reports" in told.output


def test_an_unknown_source_is_told_which_there_are(run: Run, store: Engine):
    told = run("ingest", "opd_cvs", "--once")
    assert told.exit_code == 1
    assert "did you mean opd_csv?" in told.output


@needs_real_data
def test_official_boundaries_become_the_map(run: Run, store: Engine):
    told = run("map", "import", BOUNDARIES / "batu_desa.geojson")
    assert told.exit_code == 0, told.output
    assert "24 villages are the map now" in told.output
    assert "24 villages imported" in run("doctor").output


def test_a_file_that_cannot_be_the_map_is_refused(run: Run, store: Engine, tmp_path: Path):
    wrong = tmp_path / "wrong.geojson"
    wrong.write_text('{"type": "FeatureCollection", "features": []}')
    told = run("map", "import", wrong)
    assert told.exit_code == 1
    assert told.output.strip()
