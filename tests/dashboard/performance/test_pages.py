"""The page's frame and the lists behind its marks: who sees which cases, and what files hold."""

from __future__ import annotations

import csv
import io

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from dashboard.app import App
from dashboard.performance.tables import number
from data import clock
from data.domain.access.roles import Role
from data.domain.cases.model import ActorKind, EventKind
from data.store.cases.cases import append_events
from data.store.db import change_feed
from data.store.db.engine import Engine, reading, writing
from data.store.db.schema.cases import case
from layouts.kit.words import words
from layouts.pages.kinerja import CHARTS
from tests.dashboard.conftest import logged_in
from tests.factories import DAY, HOUR, a_case, a_history, event, stored, terms_for

BEHIND = "pick=received:village:35.79.01.1004&period=30d"
EVIL = '=HYPERLINK("http://x")<img src=x onerror=alert(1)>'


@pytest.fixture
def cases(engine: Engine) -> None:
    """Of DLH, of DPUPR with a text that would do harm, and a private one."""
    now = clock.now()
    with writing(engine) as conn:
        for new, agency in ((a_case("sampah", title="Sampah liar"), "dlh"), (a_case(title=EVIL), "dpupr")):
            stored(conn, new, a_history(now - 2 * DAY, agency, dispatched=HOUR), now)
        stored(conn, a_case("narkoba", title="Rahasia besar"), a_history(now - 2 * DAY, "bnn", dispatched=HOUR), now)


def test_the_page_stands_in_the_frame_of_the_others_with_its_language_and_policy(app: App):
    answer = logged_in(app).get("/kinerja?agency=dlh")
    page = answer.text
    assert answer.status_code == 200
    assert '<html lang="id"' in page
    assert 'aria-current="page">Kinerja' in page
    assert "plotly-cartesian.min.js" in page
    assert "unsafe-eval" not in answer.headers["Content-Security-Policy"]
    assert "'unsafe-inline'" not in answer.headers["Content-Security-Policy"].split("script-src")[1].split(";")[0]
    assert "/dash_leaflet/" not in page
    assert "polyfill" not in page
    assert "/dash/html/" not in page
    assert page.count("<script src=") == 7
    assert page.count("<script async src=") == 1


def test_dashs_own_address_leads_to_the_page(app: App):
    answer = logged_in(app).get("/kinerja/?agency=dlh")
    assert (answer.status_code, answer.location) == (302, "/kinerja?agency=dlh")


def test_the_tables_of_all_charts_are_a_workbook_of_numbers(app: App, cases: None):
    answer = logged_in(app).get("/kinerja/angka.xlsx?period=30d&agency=dlh")
    book = load_workbook(io.BytesIO(answer.data))
    assert len(book.sheetnames) == len(CHARTS)
    head, whole = list(book["Tentang apa"].iter_rows(min_row=5, max_row=6))
    told = {str(name.value): cell for name, cell in zip(head, whole, strict=True)}
    assert (told["Sampah"].value, told["Sampah"].data_type) == (1, "n")
    assert "DLH" in str(book["Tepat waktu"]["A3"].value)
    of_another = logged_in(app, Role.HEAD, "dpupr").get("/kinerja/angka.xlsx?period=30d&agency=dlh").data
    assert "Sampah" not in {str(cell.value) for cell in load_workbook(io.BytesIO(of_another))["Tentang apa"][5]}
    assert logged_in(app).get("/kinerja/angka.xlsx?as_of=besok").status_code == 302


@pytest.mark.parametrize(
    ("text", "lang", "told"),
    [
        ("1.204", "id", (1204.0, 0, False)),
        ("1,204.5", "en", (1204.5, 1, False)),
        ("72\u00a0%", "id", (0.72, 0, True)),
        ("2,1\u00a0jam", "id", None),
        ("3 dari 4", "id", None),
        ("–", "id", None),
        ("=1+1", "en", None),
        ("24 Nov", "en", None),
    ],
)
def test_what_a_cell_says_as_a_number(text: str, lang: str, told: tuple[float, int, bool] | None):
    assert number(text, words(lang)) == told


def test_the_page_offers_a_head_the_own_agency_only(app: App):
    page = logged_in(app, Role.HEAD, "dlh").get("/kinerja").text
    assert '<option value="dlh">DLH</option>' in page
    assert "DPUPR" not in page


def test_files_of_the_page_may_be_kept_for_a_year(app: App):
    client = logged_in(app)
    for name in ("plotly-cartesian.min.js", "kinerja.js", "kinerja.css"):
        assert "immutable" in client.get(f"/kinerja/assets/{name}?m=1").headers["Cache-Control"]


def test_a_list_shows_the_cases_and_no_private_one(app: App, cases: None):
    page = logged_in(app).get(f"/kinerja/laporan?{BEHIND}").text
    assert "Sampah liar" in page
    assert "Rahasia" not in page
    assert "<img src=x" not in page
    assert "1–2 dari 2" in page


def test_a_private_case_is_a_line_without_its_text_and_place(app: App, cases: None):
    page = logged_in(app).get("/kinerja/laporan?pick=received:agency:bnn&period=30d").text
    assert "1–1 dari 1" in page
    assert "Laporan tertutup" in page
    assert "Rahasia" not in page
    assert "Sisir" not in page


def test_8_2_3_a_private_case_is_whole_for_who_verifies_on_the_page_and_masked_for_others_and_in_files(
    app: App, cases: None
):
    behind = "pick=received:agency:bnn&period=30d"
    secrets = ("Rahasia besar", "Narkoba", "Sisir")
    roles = {"supervisor": (Role.SUPERVISOR, "bnn"), "admin": (Role.ADMINISTRATOR, "bnn"), "head": (Role.HEAD, "bnn")}
    for name, who in roles.items():
        client = logged_in(app, *who)
        page = client.get(f"/kinerja/laporan?{behind}").text.split("<tbody>")[1]
        assert "1–1 dari 1" in page or "AW-2611" in page
        assert [secret in page for secret in secrets] == [name == "supervisor"] * 3, name
        file = client.get(f"/kinerja/laporan.csv?{behind}").data.decode("utf-8-sig").split("\r\n")
        assert (len(file), [secret in file[1] for secret in secrets]) == (3, [False] * 3), name
        book = load_workbook(io.BytesIO(client.get(f"/kinerja/laporan.xlsx?{behind}").data))
        row = next(book["Laporan"].iter_rows(values_only=True, min_row=2))
        assert [secret in row for secret in secrets] == [False] * 3, name


@pytest.mark.parametrize("place", ["35.79.01.1004", "35.79.01"])
@pytest.mark.parametrize("past", [True, False])
def test_8_2_3_a_filter_by_place_finds_no_private_case(app: App, engine: Engine, cases: None, place: str, past: bool):
    with reading(engine) as conn:
        as_of = f"&as_of={change_feed.latest(conn)}" if past else ""
    page = logged_in(app).get(f"/kinerja/laporan?pick=received::&period=30d&place={place}{as_of}").text
    assert "Sampah liar" in page
    assert "Laporan tertutup" not in page


def test_a_head_gets_lists_and_files_of_the_own_agency_only(app: App, cases: None):
    head = logged_in(app, Role.HEAD, "dlh")
    for path in ("", ".csv"):
        told = head.get(f"/kinerja/laporan{path}?{BEHIND}&agency=dpupr").text
        assert "Sampah liar" in told
        assert "onerror" not in told


def test_a_list_of_a_past_shows_the_cases_as_they_were_known(app: App, engine: Engine, cases: None):
    with reading(engine) as conn:
        seq = change_feed.latest(conn)
        case_id = conn.execute(select(case.c.id).where(case.c.category == "sampah")).scalar_one()
    now, terms = clock.now(), terms_for(a_case("sampah"))
    with writing(engine) as conn:
        append_events(conn, case_id, [event(EventKind.RESOLVED, now, actor_kind=ActorKind.AGENCY)], terms, now)
    client = logged_in(app)
    asked = f"/kinerja/laporan.csv?{BEHIND}&agency=dlh"
    assert ",selesai," in client.get(asked).text.splitlines()[1]
    assert ",selesai," not in client.get(f"{asked}&as_of={seq}").text.splitlines()[1]
    assert "seperti diketahui saat itu" in client.get(f"/kinerja/laporan?{BEHIND}&as_of={seq}").text


def test_a_csv_has_the_list_and_no_formula(app: App, cases: None):
    answer = logged_in(app).get(f"/kinerja/laporan.csv?{BEHIND}")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="laporan.csv"'
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert rows[0][:3] == ["Kode", "Judul", "Kategori"]
    assert len(rows) == 3
    assert not any(cell.startswith("=") for row in rows for cell in row)


def test_a_workbook_has_the_list_and_says_what_it_is(app: App, cases: None):
    answer = logged_in(app).get(f"/kinerja/laporan.xlsx?{BEHIND}")
    book = load_workbook(io.BytesIO(answer.data))
    rows = list(book["Laporan"].iter_rows(values_only=True))
    assert len(rows) == 3
    assert all(cell.data_type != "f" for row in book["Laporan"].iter_rows() for cell in row)
    assert book["Tentang"]["A1"].value == "Masuk: Sisir"


@pytest.mark.parametrize("query", ["", "pick=", "pick=nothing:x:y", "pick=%00"])
def test_a_list_of_nothing_is_not_found(app: App, query: str):
    assert logged_in(app).get(f"/kinerja/laporan?{query}").status_code == 404


def test_a_page_beyond_the_list_is_empty_and_not_wrong(app: App, cases: None):
    answer = logged_in(app).get(f"/kinerja/laporan?{BEHIND}&page=9999999999")
    assert answer.status_code == 200


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.RESPONDER])
def test_who_is_not_for_figures_gets_neither_page_nor_list(app: App, role: Role):
    client = logged_in(app, role)
    for path in ("/kinerja", f"/kinerja/laporan?{BEHIND}", f"/kinerja/laporan.xlsx?{BEHIND}", "/kinerja/_dash-layout"):
        assert client.get(path).status_code == 403, path
