"""The field assistant's telephone: farmers' questions of his villages, answered as their agency answers."""

from __future__ import annotations

import re
from typing import Any

import pytest

from dashboard.app import App
from data import clock
from data.domain.access.roles import Role
from data.domain.cases.model import CaseEvent, EventKind
from data.store.cases import cases
from data.store.db.engine import reading, writing
from data.store.db.schema.cases import case
from tests.assistants import a_question
from tests.dashboard.conftest import logged_in
from tests.dashboard.web.conftest import told
from tests.dashboard.web.tani.phones import Phone, a_picture, the, value
from tests.factories import BEJI, SISIR, a_case, a_history, stored

TEXT = "Daun apel saya bercak cokelat sejak minggu lalu"
ANSWER = "Semprot fungisida tembaga, dan buang daun yang sakit."


@pytest.fixture
def asked(farmer: Phone) -> str:
    """The status page of a question."""
    return farmer.post("/tani/tanya", text=TEXT, photo=a_picture()).partition("?")[0]


def events(app: App) -> list[CaseEvent]:
    """Of the newest case."""
    with reading(app.engine) as conn:
        return list(cases.events_of(conn, the(app, case).id))


def answered(app: App, phone: Phone, kind: str, code: int = 303, **form: Any) -> str:
    """From the page of the newest question."""
    path = f"/penyuluh/tanya/{the(app, case).code}"
    page = phone.get(path)
    given = {"seen": value(page, "seen"), "key": value(page, "key"), "command": kind, **form}
    return phone.post(path, code, **given)


def test_a_question_is_with_its_agency_at_once_and_with_the_villages_assistant(
    app: App, farmer: Phone, assistant: Phone, asked: str
):
    found = the(app, case)
    assert (found.state, found.agency, found.village) == ("dispatched", "pertanian", SISIR)
    assert TEXT in told(assistant.get("/penyuluh"))
    page = assistant.get(f"/penyuluh/tanya/{found.code}")
    assert farmer.number in page
    assert farmer.name in page
    (picture,) = set(re.findall(r"/kasus/[^\"]*kecil.jpg", page))
    assert assistant.client.get(picture).mimetype == "image/jpeg"


def test_an_answer_with_a_photo_ends_the_question_and_the_farmer_reads_and_sees_it(
    app: App, farmer: Phone, assistant: Phone, asked: str
):
    answered(app, assistant, "acknowledge")
    said = answered(app, assistant, "resolve", text=ANSWER, photo=a_picture())
    assert "pertanyaan selesai" in told(assistant.get(said))
    assert the(app, case).state == "resolved"
    last = events(app)[-1]
    assert (last.kind, last.agency, last.text) == (EventKind.RESOLVED, "pertanian", ANSWER)
    assert last.actor.startswith("field-")
    page = farmer.get(asked)
    assert ANSWER in page
    (picture,) = re.findall(r'img src="([^"]*/jawaban/[^"]*)"', page)
    assert app.flask.test_client().get(picture).mimetype == "image/jpeg"
    assert app.flask.test_client().get(picture.replace("/jawaban/", "/jawaban/0")).status_code == 404
    page = assistant.get(f"/penyuluh/tanya/{the(app, case).code}")
    assert farmer.number not in page
    assert "<textarea" not in page


def test_an_answer_may_leave_it_open_and_a_note_is_not_for_the_farmer(
    app: App, farmer: Phone, assistant: Phone, asked: str
):
    answered(app, assistant, "answer", text=ANSWER)
    answered(app, assistant, "note", text="Perlu lihat kebunnya.")
    assert the(app, case).open
    page = farmer.get(asked)
    assert ANSWER in page
    assert "lihat kebunnya" not in page
    assert "Perlu lihat kebunnya." in assistant.get(f"/penyuluh/tanya/{the(app, case).code}")


def test_a_question_is_handed_back_with_the_reason_and_stands_last(app: App, assistant: Phone, asked: str):
    assert "Tuliskan" in told(answered(app, assistant, "note", 422, text=" ", reason="handed_back"))
    said = answered(app, assistant, "note", text="Ini soal ternak.", reason="handed_back")
    page = told(assistant.get(said))
    assert "Dikembalikan ke antrean dinas" in page
    assert "dikembalikan" in page
    found = the(app, case)
    assert (found.open, found.agency) == (True, "pertanian")
    responder = logged_in(app, Role.RESPONDER, "pertanian")
    assert "Penyuluh mengembalikan" in told(responder.get(f"/respon/{found.code}").text)


def test_the_same_form_counts_once_and_an_old_page_comes_back_with_its_text(app: App, assistant: Phone, asked: str):
    path = f"/penyuluh/tanya/{the(app, case).code}"
    page = assistant.get(path)
    form = {"seen": value(page, "seen"), "key": value(page, "key"), "command": "answer", "text": ANSWER}
    assistant.post(path, **form)
    before = len(events(app))
    assistant.post(path, **form)
    assert len(events(app)) == before
    again = assistant.post(path, 409, **{**form, "key": value(assistant.get(path), "key"), "text": "Lain"})
    assert ">Lain</textarea>" in again
    assert len(events(app)) == before


def test_only_what_an_assistant_may_do_is_done(app: App, assistant: Phone, asked: str):
    before = len(events(app))
    for kind in ("transfer", "refuse", "close", "pause", "fold", "reclassify", "", "x"):
        answered(app, assistant, kind, 422, text="x", agency="dlh", category="sampah", reason="citizen")
    assert len(events(app)) == before


def test_other_villages_reports_and_confidential_questions_are_not_there(app: App, assistant: Phone, other: Phone):
    now = clock.now()
    with writing(app.engine) as conn:
        a_question(conn, now, village=BEJI, title="Dari Beji")
        a_question(conn, now, private=True, title="Rahasia")
        stored(conn, a_case("sampah", title="Sampah"), a_history(now, "dlh"), now)
        codes = {row.title: row.code for row in conn.execute(case.select())}
    for title, code in codes.items():
        assistant.get(f"/penyuluh/tanya/{code}", 404)
        assistant.post(f"/penyuluh/tanya/{code}", 404, command="note", text="x", seen="0")
        assert title not in assistant.get("/penyuluh")
    assert "Dari Beji" in other.get(f"/penyuluh/tanya/{codes['Dari Beji']}")
    assistant.get("/penyuluh/tanya/AT-9999-0001", 404)


def test_photos_are_for_the_villages_assistants_only(app: App, assistant: Phone, other: Phone, asked: str):
    page = assistant.get(f"/penyuluh/tanya/{the(app, case).code}")
    (picture,) = set(re.findall(r"/kasus/[^\"]*kecil.jpg", page))
    assert other.client.get(picture).status_code == 404


def test_what_is_not_passed_on_yet_is_answered_and_not_ended(app: App, assistant: Phone):
    with writing(app.engine) as conn:
        a_question(conn, clock.now(), dispatched=False)
    page = assistant.get(f"/penyuluh/tanya/{the(app, case).code}")
    assert "belum diteruskan" in told(page)
    assert 'value="resolve"' not in page
    answered(app, assistant, "answer", text=ANSWER)


def test_what_another_agency_holds_is_read_only(app: App, assistant: Phone):
    with writing(app.engine) as conn:
        a_question(conn, clock.now(), "dlh")
    path = f"/penyuluh/tanya/{the(app, case).code}"
    page = assistant.get(path)
    assert "sekarang ada di DLH" in told(page)
    assert "<textarea" not in page
    said = told(assistant.post(path, 422, command="answer", text=ANSWER, seen=str(the(app, case).version)))
    assert "OPD lain" in said


def test_without_questions_the_page_says_so_kindly(app: App, other: Phone):
    page = told(other.get("/penyuluh"))
    assert "Belum ada pertanyaan dari desa Anda" in page
    assert "Beji" in page


def test_nobody_else_opens_the_pages(app: App, farmer: Phone):
    for path in ("/penyuluh", "/penyuluh/tanya/AT-1", "/penyuluh/petani", "/penyuluh/jual"):
        farmer.get(path, 403)
        for role in (Role.OPERATOR, Role.RESPONDER, Role.SUPERVISOR, Role.MARKET_OFFICER):
            assert logged_in(app, role).get(path).status_code == 403
        assert app.flask.test_client().get(path).headers["Location"].startswith("/masuk")


def test_the_reports_entered_for_others_lead_here_and_back(app: App, assistant: Phone, asked: str):
    assert 'href="/penyuluh"' in assistant.get("/atas-nama")
    assert "Penyuluh (1)" in told(assistant.get("/atas-nama"))
    assert 'href="/atas-nama"' in assistant.get("/penyuluh")
