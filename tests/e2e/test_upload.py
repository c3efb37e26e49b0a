"""A clerk's workbook, with the faults that such a workbook has, from the browser onto the walls."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from openpyxl import Workbook, load_workbook
from playwright.sync_api import Browser, Page, expect

from data import clock
from tests.e2e.helpers.server import Installation, until
from tests.e2e.helpers.wall import Wall

CASES = "SELECT category, agency FROM \"case\" WHERE source = 'opd_csv' AND external_id = ?"
ROWS = 1500


@dataclass
class Desk:
    """A page in a browser at a desk, and what it complained of."""

    page: Page
    said: list[str]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Installation]:
    """Serves; its jobs run in a process of their own."""
    made = Installation(tmp_path_factory.mktemp("house"), template=sqlite_template)
    made.start("--no-jobs")
    made.spawn("jobs")
    yield made
    made.close()


@pytest.fixture
def desk(browser: Browser, house: Installation) -> Iterator[Desk]:
    """An administrator's; a small screen, in Bahasa Indonesia."""
    context = browser.new_context(viewport={"width": 1366, "height": 768}, accept_downloads=True)
    context.set_default_timeout(60_000)
    made = Desk(context.new_page(), [])
    made.page.on("console", lambda message: made.said.append(message.text) if message.type == "error" else None)
    made.page.on("pageerror", lambda error: made.said.append(str(error)))
    house.log_in(context)
    made.page.goto(f"{house.url}/sumber")
    yield made
    context.close()


def a_workbook(path: Path) -> Path:
    """A title above the header, odd names, words of the clerk's own, a day that is none, a row without number."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Rekap Aduan 2026"])
    sheet.append([])
    sheet.append(["No. Aduan", "Tgl Masuk", "Macam", "Perihal", "Kel/Desa", "Pelaksana", "Progres"])
    begin = clock.now().astimezone(ZoneInfo("Asia/Jakarta")).replace(tzinfo=None) - timedelta(days=60)
    for n in range(ROWS):
        at = begin + timedelta(minutes=30 * n)
        macam = ("sampah", "jalan rusak", "bau got")[n % 3]
        sheet.append([f"E-{n}", at.strftime("%d/%m/%Y %H:%M"), macam, f"Aduan {n}", "Sisir", "DLH", "Selesai diurus"])
    rows = sheet.max_row
    sheet.append(["X-1", (begin - timedelta(days=1)).strftime("%d/%m/%Y"), "bau got", "Got Sisir 4711", "Sisir", "DLH"])
    for place, (row, column, text) in enumerate(((6, 2, "31/02/2026 08:00"), (8, 1, ""))):
        assert row < rows, place
        sheet.cell(row, column).value = text
    book.save(path)
    return path


def test_a_workbook_goes_from_the_desk_to_the_walls(
    desk: Desk, house: Installation, wall: Callable[..., Wall], tmp_path: Path
):
    page = desk.page
    page.get_by_role("link", name="Unggah", exact=True).click()
    page.get_by_role("link", name="Unggah berkas").first.click()
    page.set_input_files("#file", a_workbook(tmp_path / "Rekap Aduan.xlsx"))
    page.get_by_role("button", name="Unggah dan periksa").click()
    expect(page.locator("#pemetaan")).to_be_visible()  # without a reload by hand
    assert page.locator("#header_row").input_value() == "3"

    _correct(page)
    faults = page.locator(".because-of")
    expect(faults).to_have_count(2)
    expect(page.locator(".fault-cell").first).to_have_text("31/02/2026 08:00")
    expect(faults.nth(1)).to_contain_text("kolom No. Aduan: kosong")
    expect(page.locator(".preview")).not_to_contain_text("di berkas: bau got")

    house.stop(house.others[-1])  # what has not begun when the page is there is seen from its beginning
    page.get_by_role("button", name=f"Impor {ROWS + 1:,} baris".replace(",", ".")).click()
    expect(page.locator("progress")).to_be_visible()
    house.spawn("jobs")
    seen = _progress(page)
    assert seen == sorted(seen) != []
    expect(page.locator(".results [data-state=risk] dd")).to_have_text("2")
    _check_result(page, tmp_path)
    assert house.rows(CASES, "X-1") == [("sampah", "dlh")]
    wall(house.wall("waktu")).shows("Got Sisir 4711")
    assert desk.said == []


def _correct(page: Page) -> None:
    """Say what no program can know, and apply it."""
    for name, field in (("Macam", "category"), ("Pelaksana", "agency"), ("Progres", "status"), ("Perihal", "title")):
        page.get_by_label(name, exact=True).select_option(field)
    page.get_by_role("button", name="Terapkan").click()
    page.locator("[name='v:category:bau got']").select_option("sampah")
    page.locator("[name='v:status:Selesai diurus']").select_option("working")
    page.get_by_role("button", name="Terapkan").click()
    expect(page.locator(".said")).to_contain_text("Disimpan")


def _progress(page: Page) -> list[float]:
    """What the bar showed until the result was there."""
    seen: list[float] = []
    bar, result = page.locator("progress"), page.get_by_role("link", name="Unduh hasil")

    def ended() -> bool:
        seen.extend(bar.evaluate_all("found => found.map(each => each.value / each.max)"))
        return result.is_visible()

    until(ended, 120, "the end of the import")
    return seen


def _check_result(page: Page, tmp_path: Path) -> None:
    with page.expect_download() as coming:
        page.get_by_role("link", name="Unduh hasil").click()
    assert coming.value.suggested_filename == "Rekap Aduan.hasil.xlsx"
    coming.value.save_as(tmp_path / "hasil.xlsx")
    sheet = load_workbook(tmp_path / "hasil.xlsx").active
    assert sheet is not None
    rows = list(sheet.iter_rows(min_row=4, values_only=True))
    refused = [row for row in rows if "ditolak" in row]
    assert len(rows) == ROWS + 1
    assert ["31/02/2026 08:00" in row or row[0] in (None, "") for row in refused] == [True, True]
    assert sum("baru" in row for row in rows) + sum("digabung" in row for row in rows) == ROWS - 1


def test_many_words_are_searched_and_given_one_meaning_on_a_phone(desk: Desk, house: Installation, tmp_path: Path):
    page = desk.page
    page.set_viewport_size({"width": 390, "height": 844})
    kinds = [f"{what} {n}" for what in ("lampu gelap", "got mampet") for n in range(20)]
    rows = "".join(f"W-{n};01/11/2026;{kind};x\n" for n, kind in enumerate(kinds))
    (tmp_path / "kata.csv").write_text("nomor;tanggal;kategori;uraian\n" + rows)
    page.goto(f"{house.url}/sumber/opd_csv/unggah")
    page.set_input_files("#file", tmp_path / "kata.csv")
    page.get_by_role("button", name="Unggah dan periksa").click()
    words = page.locator("#kata-category")
    words.get_by_label("Cari kata").press_sequentially("LAMPU")
    expect(words.get_by_role("status")).to_have_text("20 dari 40 kata tampil")
    page.keyboard.press("Enter")  # nothing is sent: all words are on the page
    expect(words.locator("[data-unknown] > p:visible")).to_have_count(20)
    words.get_by_label("Arti untuk semua yang tampil").select_option("pju")
    words.get_by_role("button", name="Pakai untuk semua ini").press("Enter")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.get_by_role("button", name="Terapkan").click()
    expect(words.locator("legend")).to_contain_text("20 tidak dikenal")
    expect(page.locator(".preview")).to_contain_text("PJU")
    assert desk.said == []


def test_a_file_that_is_too_big_is_told_of_by_page_and_by_server(desk: Desk, house: Installation, tmp_path: Path):
    big = tmp_path / "besar.csv"
    big.write_bytes(b"nomor;tanggal\n" + b"1;01/01/2026\n" * 4_600_000)
    page, kept = desk.page, set((house.home / "uploads").glob("*/*"))
    page.goto(f"{house.url}/sumber/opd_csv/unggah")
    page.set_input_files("#file", big)
    expect(page.locator("[data-big]")).to_be_visible()
    page.get_by_role("button", name="Unggah dan periksa").click()
    expect(page.get_by_role("button", name="Unggah dan periksa")).to_be_enabled()
    page.evaluate("document.querySelector('form[data-most]').submit()")  # as a browser without scripts does
    expect(page.locator(".said")).to_contain_text("lebih dari 50 MB")
    assert set((house.home / "uploads").glob("*/*")) == kept
