from __future__ import annotations

import pytest

from dashboard.app import App
from dashboard.jobs.reports import Reports
from data.domain.access.roles import Role
from data.domain.reasons import encode_reason, reason
from data.store.db.engine import Engine, reading, writing
from data.store.reports import mails, orders, revisions
from data.store.reports.revisions import Revision
from tests.dashboard.conftest import logged_in
from tests.dashboard.reports.months import MADE_AT, OCTOBER, OWNER, some_cases
from tests.dashboard.web.conftest import Desk, told
from tests.factories import calendars


def work(app: App) -> None:
    Reports(app.config, app.home, app.engine, calendars()).work(OWNER, lambda: MADE_AT)


def test_a_report_is_ordered_made_and_taken(desk: Desk, engine: Engine):
    some_cases(engine)
    page = desk.done("/laporan", first="2026-10", last="", lang="id")
    assert "Menunggu giliran" in told(page)
    work(desk.app)
    page = desk.get("/laporan")
    assert "Selesai" in told(page)
    taken = desk.client.get("/laporan/1/id/laporan-2026-10.pdf")
    assert taken.headers["Content-Disposition"] == 'attachment; filename="laporan-2026-10-r1-id.pdf"'
    assert taken.data.startswith(b"%PDF-1.7")
    assert desk.client.get("/laporan/1/id/data/by_agency.csv").text.startswith("period_first,period_last,agency,")
    for path in (
        "/laporan/2/id/laporan-2026-10.pdf",
        "/laporan/1/id/data/../secret",
        "/laporan/1/en/laporan-2026-10.pdf",
    ):
        assert desk.client.get(path).status_code == 404


@pytest.mark.parametrize(
    ("month", "why"), [("2026-10-15", "bukan bulan"), ("2999-01", "belum tiba"), ("", "bukan bulan")]
)
def test_a_month_that_cannot_be_made_is_refused_in_words(desk: Desk, engine: Engine, month: str, why: str):
    answer = desk.post("/laporan", first=month, lang="id")
    assert answer.status_code == 422
    assert why in told(answer.text)
    with reading(engine) as conn:
        assert orders.newest(conn, 9) == []


def test_what_cannot_be_made_says_why_in_the_reader_s_language(desk: Desk):
    desk.done("/laporan", first="2026-10", lang="en")
    work(desk.app)
    assert "belum ada laporan warga" in told(desk.get("/laporan"))
    desk.get("/laporan?lang=en", 303)
    assert "there is no report of a citizen" in told(desk.get("/laporan"))


def test_a_mail_that_was_refused_is_told_in_words_and_sent_again_on_a_click(desk: Desk, engine: Engine):
    revision = Revision(0, OCTOBER.key(), 1, 7, MADE_AT, "ab" * 32, "{}", MADE_AT, "jobs")
    with writing(engine) as conn:
        mails.add(conn, revisions.add(conn, revision), "id", MADE_AT)
        (mail,) = mails.newest(conn, 9)
        mails.fail(
            conn, mail, encode_reason(reason("mail.refused", status="552", said="too large")), refused_at=MADE_AT
        )
    page = told(desk.get("/laporan"))
    assert "Ditolak server surel" in page
    assert "menolak surel ini dengan 552 (too large)" in page
    health = desk.client.get("/health").json
    assert [each["attempts"] for each in health["failing_mails"]] == [0]
    assert "with 552 (too large)" in health["failing_mails"][0]["error"]
    assert desk.post("/laporan/surel/99").status_code == 404
    desk.done("/laporan/surel/1")
    with reading(engine) as conn:
        assert mails.oldest_waiting(conn) is not None


@pytest.mark.parametrize(
    ("role", "code"), [(Role.SUPERVISOR, 200), (Role.OPERATOR, 403), (Role.HEAD, 403), (Role.RESPONDER, 403)]
)
def test_reports_are_for_supervisors_and_administrators(app: App, role: Role, code: int):
    client = logged_in(app, role)
    assert client.get("/laporan").status_code == code
    assert client.get("/laporan/1/id/laporan-2026-10.pdf").status_code == (404 if code == 200 else code)
