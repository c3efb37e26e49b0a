"""The pages on a telephone: no sideways scroll bar, however long a name is."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser

from data.domain.access.roles import Role
from tests.e2e.helpers.server import Installation, until

TELEPHONE = {"width": 390, "height": 844}
LONG = "Pengaduan_dan_aspirasi_masyarakat_melalui_aplikasi_Dinas_Pemberdayaan_Perempuan dan Perlindungan Anak"
HEADER = "nomor;tanggal;waktu;kategori;judul;uraian;desa;status;tanggal_selesai;catatan"
PAGES = (
    "/sumber",
    "/sumber/opd_csv",
    "/sumber/unggah",
    "/sumber/opd_csv/unggah",
    "/ditolak",
    "/sumber/opd_csv/ditolak",
)


@pytest.fixture
def house(install: Callable[..., Installation]) -> Installation:
    """A source with a long name, a refused file with a long name, and a rejected record."""
    made = install({"sources": {"opd_csv": {"title": {"id": LONG, "en": LONG}, "settle_s": 0}}})
    folder = made.home / "drop"
    folder.mkdir()
    (folder / f"{LONG}.csv").write_text("nomor;judul\n1;x\n", encoding="utf-8")
    (folder / "b.csv").write_text(f"{HEADER}\n1;kemarin_{'x' * 90};08.30;sampah;;;Sisir;Baru;;\n", encoding="utf-8")
    made.start()
    until(lambda: list(folder.glob("b*.hasil.csv")), 60, "the result")
    return made


def test_no_page_is_wider_than_a_telephone(house: Installation, browser: Browser):
    context = browser.new_context(viewport=TELEPHONE)
    page = context.new_page()
    page.goto(f"{house.url}/masuk")
    widths = [page.evaluate("document.documentElement.scrollWidth")]
    house.log_in(context)
    for path in ("/akun", "/pengguna"):
        page.goto(f"{house.url}{path}")
        widths.append(page.evaluate("document.documentElement.scrollWidth"))
    assert widths == [TELEPHONE["width"]] * 3
    wide = {}
    for lang in ("id", "en"):
        for path in PAGES:
            page.goto(f"{house.url}{path}?lang={lang}")
            assert LONG[:40] in page.content(), path
            wide[path, lang] = page.evaluate("document.documentElement.scrollWidth")
    assert set(wide.values()) == {TELEPHONE["width"]}, wide
    context.close()


def test_a_refused_command_is_told_above_the_case_in_the_one_column_of_a_telephone(
    install: Callable[..., Installation], browser: Browser
):
    house = install()
    house.start()
    code = house.accepted("Sampah menumpuk", service_code="sampah")
    context = browser.new_context(viewport=TELEPHONE, java_script_enabled=False)
    house.log_in(context, Role.SUPERVISOR)
    page = context.new_page()
    page.goto(f"{house.url}/meja/{code}")
    page.click("button[value=dispatch]")
    context.clear_cookies()
    house.log_in(context, Role.RESPONDER)
    page.goto(f"{house.url}/respon/{code}")
    page.click("#resolve summary")
    page.fill("#resolve textarea", "  ")
    page.click("#resolve button")
    trouble = page.locator(".trouble").bounding_box()
    assert trouble is not None
    assert trouble["width"] > 0.8 * TELEPHONE["width"]
    assert trouble["y"] + trouble["height"] < TELEPHONE["height"]
    assert page.evaluate("document.documentElement.scrollWidth") == TELEPHONE["width"]
    context.close()
