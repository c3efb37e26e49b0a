"""/rekonsiliasi: the platform's list beside ours, as a page and as a file, in both languages, behind the token."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import date

import pytest

from dashboard.app import App
from dashboard.config.load import Config, load
from data.domain.cases.reconciliation import ListedReport
from data.store.cases.reconciliation import list_export
from data.store.db.engine import Engine, writing
from data.store.intake.rejected import RejectedRecord, add
from tests.code_checks import ROOT
from tests.dashboard.web.conftest import Desk, told
from tests.factories import DAY, MINUTE, NOW, a_case, a_history, stored

SOURCE = "sp4n_lapor"


@pytest.fixture(scope="session")
def config(config: Config) -> Config:
    """With the platform's export among the sources."""
    return replace(config, sources={SOURCE: load(ROOT / "config.yaml", date(2026, 11, 24)).sources[SOURCE]})


@pytest.fixture
def listed(app: App, engine: Engine) -> Engine:
    """One of each finding."""
    at = NOW - DAY
    with writing(engine) as conn:
        for number, kinds in (("1", {"dispatched": MINUTE}), ("2", {}), ("9", {})):
            stored(conn, a_case(sp4n_number=number, title="Rahasia warga"), a_history(at, **kinds))
        stored(conn, a_case(sp4n_number="1", source="open311"), a_history(at, dispatched=MINUTE))
        add(conn, RejectedRecord(SOURCE, "4", "=kolom <tanggal>: kosong", "{}"), NOW)
        rows = [
            ListedReport("1", "Dalam Proses", "pengaduan", at),
            ListedReport("2", "Selesai", "aspirasi", at),
            ListedReport("4"),
            ListedReport("5", "Ditutup oleh Sistem", "pengaduan", NOW),
        ]
        list_export(conn, SOURCE, rows, "a" * 64, NOW)
    return engine


def test_without_an_export_the_page_says_what_to_do(desk: Desk):
    assert "Belum ada ekspor SP4N-LAPOR! yang masuk" in told(desk.get("/rekonsiliasi"))


def test_every_list_is_told_with_its_count(desk: Desk, listed: Engine):
    page = told(desk.get("/rekonsiliasi"))
    assert "4 laporan ada di daftar SP4N-LAPOR!; 2 di antaranya tercatat di sini." in page
    for words in (
        "Ada di sini, tidak ada di sana 1",
        "Ada di sana, tidak ada di sini 2",
        "Status berbeda 1",
        "Klasifikasi berbeda 1",
        "Satu nomor pada beberapa laporan 1",
        "kolom &lt;tanggal&gt;: kosong",
        "belum terverifikasi Selesai selesai",
    ):
        assert words in page
    assert "Rahasia warga" not in page


def test_the_page_speaks_english_too(desk: Desk, listed: Engine):
    desk.client.get("/rekonsiliasi?lang=en")
    page = told(desk.get("/rekonsiliasi"))
    assert "Here but not there 1" in page
    assert "SP4N-LAPOR! lists 4 reports; 2 of them are here." in page
    assert "Ekspor SP4N-LAPOR!" not in page


def test_the_navigation_leads_to_it(desk: Desk):
    assert 'href="/rekonsiliasi"' in desk.get("/sumber")


def test_the_file_holds_every_finding_and_no_formula(desk: Desk, listed: Engine):
    answer = desk.client.get(f"/rekonsiliasi.csv?sumber={SOURCE}")
    assert answer.status_code == 200
    assert f"rekonsiliasi-{SOURCE}.csv" in answer.headers["Content-Disposition"]
    header, *rows = csv.reader(io.StringIO(answer.text.removeprefix("\ufeff")))
    assert ",".join(header) == "temuan,nomor_sp4n,kode,sumber,di_sini,di_sp4n,diterima,keterangan"
    assert sorted(row[0] for row in rows) == [
        "hanya di SP4N-LAPOR!",
        "hanya di SP4N-LAPOR!",
        "hanya di sini",
        "klasifikasi berbeda",
        "nomor ganda",
        "nomor ganda",
        "status berbeda",
    ]
    assert "'=kolom <tanggal>: kosong" in [row[-1] for row in rows]


def test_the_file_of_the_english_page_is_english(desk: Desk, listed: Engine):
    desk.client.get("/rekonsiliasi?lang=en")
    header, *rows = csv.reader(io.StringIO(desk.get(f"/rekonsiliasi.csv?sumber={SOURCE}").removeprefix("\ufeff")))
    assert ",".join(header) == "finding,sp4n_number,code,source,here,at_sp4n,received,note"
    assert {row[0] for row in rows} == {
        "only at SP4N-LAPOR!",
        "only here",
        "classes differ",
        "number on several reports",
        "states differ",
    }


@pytest.mark.parametrize("path", ["/rekonsiliasi?sumber=entah", "/rekonsiliasi.csv?sumber=entah", "/rekonsiliasi.csv"])
def test_a_source_that_brings_no_list_is_not_found(desk: Desk, path: str):
    desk.get(path, 404)


@pytest.mark.parametrize("path", ["/rekonsiliasi", f"/rekonsiliasi.csv?sumber={SOURCE}"])
def test_nobody_comes_in_without_an_account(app: App, path: str):
    assert app.flask.test_client().get(path).headers["Location"].startswith("/masuk?")


def test_long_lists_are_cut_on_the_page_and_whole_in_the_file(desk: Desk, engine: Engine):
    with writing(engine) as conn:
        list_export(conn, SOURCE, [ListedReport(str(n), "Selesai", None, NOW) for n in range(250)], "a" * 64, NOW)
    assert "dan 50 lagi; semuanya ada di berkas CSV." in told(desk.get("/rekonsiliasi"))
    assert desk.get(f"/rekonsiliasi.csv?sumber={SOURCE}").count("\r\n") == 251
