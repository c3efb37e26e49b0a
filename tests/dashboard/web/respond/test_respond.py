"""Among Respon: an agency's responders see and do what is theirs, and nothing of another agency."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from PIL import Image
from werkzeug.test import TestResponse

from dashboard.app import App
from dashboard.auth.visitor import COOKIE
from dashboard.web.portal.steps import steps
from data import clock
from data.domain.access.roles import Person, Role
from data.domain.cases.model import CaseEvent, CaseState, EventKind
from data.store.accounts import audit
from data.store.cases import cases
from data.store.cases.case_list import listed
from data.store.cases.cases import StoredCase
from data.store.db.engine import Engine, reading, writing
from layouts.kit.words import words
from tests.dashboard.conftest import csrf_of, logged_in
from tests.dashboard.web.conftest import Desk, told
from tests.factories import a_case, a_history, event, received, stored

MINUTE = timedelta(minutes=1)


@pytest.fixture
def responder(app: App) -> Desk:
    """Of DPUPR."""
    return Desk(app, logged_in(app, Role.RESPONDER, "dpupr"))


def held(engine: Engine, agency: str = "dpupr", category: str = "jalan_rusak", **changes: Any) -> str:
    """A case that an agency holds since a few minutes ago; its code."""
    at = clock.now().replace(microsecond=0) - 9 * MINUTE
    new = a_case(category, **changes)
    with writing(engine) as conn:
        stored(conn, new, a_history(at, agency, dispatched=MINUTE), at)
    return new.code


def the(engine: Engine, code: str) -> StoredCase:
    with reading(engine) as conn:
        found = cases.by_code(conn, code)
    assert found is not None
    return found


def send(desk: Desk, code: str, photo: bytes | None = None, **form: str) -> TestResponse:
    """A form of the page, whose token stands in its address."""
    cookie = desk.client.get_cookie(COOKIE)
    token = csrf_of(desk.app, cookie.value if cookie else "")
    data: dict[str, Any] = {"seen": "0", **form}
    if photo is not None:
        data["photo"] = (io.BytesIO(photo), "../../bukti.jpg")
    return desk.client.post(f"/respon/{code}?csrf={token}", data=data, content_type="multipart/form-data")


def a_photo() -> bytes:
    body = io.BytesIO()
    Image.effect_noise((60, 40), 80).convert("RGB").save(body, "JPEG")
    return body.getvalue()


def test_the_queue_has_the_agencys_own_cases_and_what_waits_last(responder: Desk, engine: Engine):
    held(engine, title="Lubang satu")
    waits = held(engine, title="Lubang menunggu")
    held(engine, "dlh", "sampah", title="Bau pasar")
    send(responder, waits, command="pause", reason="citizen", text="Di mana?")
    words = told(responder.get("/respon"))
    assert "2 laporan" in words
    assert "Bau pasar" not in words
    assert words.index("Lubang satu") < words.index("Lubang menunggu")


def test_a_case_is_accepted_answered_and_resolved_with_a_photo_as_proof(responder: Desk, engine: Engine):
    code = held(engine)
    assert send(responder, code, command="acknowledge").status_code == 303
    assert send(responder, code, command="note", text="Dalam perjalanan.", seen="1").status_code == 303
    done = send(responder, code, a_photo(), command="resolve", text="Sudah ditambal.", seen="2")
    assert done.headers["Location"].startswith("/respon?")
    found = the(engine, code)
    assert (found.status.state, found.version) == (CaseState.RESOLVED, 4)
    assert found.status.answered_at is not None
    page = responder.get(f"/respon/{code}")
    [thumb] = re.findall(r'class="proof"[^>]* src="([^"]+)"', page)
    assert responder.client.get(thumb).mimetype == "image/jpeg"
    assert "Sudah ditambal." in told(page)
    with reading(engine) as conn:
        lines = [(line.action, line.object.split("?")[0]) for line in audit.latest(conn, 20)]
    assert (audit.Action.CHANGED, f"/respon/{code}") in lines
    assert (audit.Action.VIEWED, f"/respon/{code}") in lines


def test_a_resolution_that_copies_another_one_is_shown_to_the_desk(responder: Desk, app: App, engine: Engine):
    first, second, proof = held(engine), held(engine), a_photo()
    desk = Desk(app, logged_in(app, Role.SUPERVISOR))
    send(responder, first, proof, command="resolve", text="Sudah ditangani.")
    assert "foto bukti pernah dipakai" not in told(desk.get(f"/meja/{first}"))
    send(responder, second, command="acknowledge")
    send(responder, second, proof, command="resolve", text="Sudah ditangani.", seen="1")
    words = told(desk.get(f"/meja/{second}"))
    for doubt in ("selesai dalam semenit", "teks sama dengan laporan lain", "foto bukti pernah dipakai"):
        assert doubt in words, doubt


def test_another_agencys_case_is_not_there_whatever_is_asked_of_it(responder: Desk, app: App, engine: Engine):
    code = held(engine, "dlh", "sampah")
    theirs = Desk(app, logged_in(app, Role.RESPONDER, "dlh"))
    send(theirs, code, a_photo(), command="note", text="Milik kami.")
    [thumb] = re.findall(r'class="proof"[^>]* src="([^"]+)"', theirs.get(f"/respon/{code}"))
    responder.get(f"/respon/{code}", code=404)
    responder.get(thumb, code=404)
    for command in ("acknowledge", "note", "resolve", "transfer"):
        assert send(responder, code, command=command, text="x", seen="1").status_code == 404
    responder.get("/meja", code=403)
    assert the(engine, code).version == 1


def test_a_case_that_is_not_ours_goes_back_to_the_desk_with_whose_it_is(responder: Desk, app: App, engine: Engine):
    code = held(engine)
    assert send(responder, code, command="transfer", text="").status_code == 422
    assert send(responder, code, command="transfer", text="Taman kota.", authority="dlh").status_code == 303
    responder.get(f"/respon/{code}", code=404)
    desk = Desk(app, logged_in(app, Role.OPERATOR))
    words = told(desk.get(f"/meja/{code}"))
    assert "Dialihkan ke Triase Bukan wewenang: DLH" in words
    assert "Taman kota." in words


def test_what_was_typed_for_a_case_that_was_transferred_meanwhile_comes_back_with_the_reason(
    responder: Desk, app: App, engine: Engine
):
    code, other = held(engine), held(engine, "dlh", "sampah")
    Desk(app, logged_in(app, Role.OPERATOR)).done(f"/meja/{code}", command="transfer", agency="dlh", seen="0")
    pages = []
    for gone in (code, other, "AW-0000-0000"):
        answer = send(responder, gone, command="note", text="Sudah <b>diukur</b>, 2 meter.", seen="0")
        assert answer.status_code == 404
        pages.append(answer.text.replace(gone, "CODE"))
        assert "Sudah <b>diukur" not in responder.get(f"/respon/{gone}", code=404)
    assert "tidak ada pada OPD Anda" in told(pages[0])
    assert "Sudah &lt;b&gt;diukur&lt;/b&gt;, 2 meter." in pages[0]
    assert 'href="/respon"' in pages[0]
    assert pages[0] == pages[1] == pages[2]


def test_a_file_that_is_no_photo_is_refused_and_the_case_stays_as_it_was(responder: Desk, engine: Engine):
    code = held(engine)
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
    answer = send(responder, code, svg, command="resolve", text="Sudah <b>selesai</b>.")
    assert answer.status_code == 422
    assert "bukan foto" in told(answer.text)
    assert "Sudah &lt;b&gt;selesai&lt;/b&gt;." in answer.text
    assert the(engine, code).version == 0
    assert list((responder.app.home.path / "photos").rglob("*")) == []


def test_a_private_case_is_whole_for_its_own_agency_only(app: App, engine: Engine):
    code = held(engine, "bnn", "narkoba", title="Rumah kosong", text="Transaksi malam.")
    own = Desk(app, logged_in(app, Role.RESPONDER, "bnn"))
    assert "Transaksi malam." in told(own.get(f"/respon/{code}"))
    Desk(app, logged_in(app, Role.RESPONDER, "dlh")).get(f"/respon/{code}", code=404)
    Desk(app, logged_in(app, Role.HEAD, "bnn")).get(f"/respon/{code}", code=403)


def routed(engine: Engine, agency: str, category: str, *more: CaseEvent, text: str) -> str:
    """A case that the desk has not dispatched, and the rules lead to an agency; its code."""
    at = clock.now().replace(microsecond=0) - 9 * MINUTE
    new = a_case(category, text=text)
    with writing(engine) as conn:
        stored(conn, new, [replace(received(at), agency=agency), *more], at + 5 * MINUTE)
    return new.code


def test_a_private_case_is_not_there_for_an_agency_to_which_it_is_only_routed(app: App, engine: Engine):
    code = routed(engine, "bnn", "narkoba", text="Petugas BNN sendiri yang menjual.")
    desk = Desk(app, logged_in(app, Role.RESPONDER, "bnn"))
    assert the(engine, code).status.agency == "bnn"
    desk.get(f"/respon/{code}", code=404)
    assert send(desk, code, command="answer", text="Sudah kami cek.").status_code == 404
    with reading(engine) as conn:
        [line] = listed(
            conn, [the(engine, code).id], Person(1, "x", Role.RESPONDER, frozenset({"bnn"})).handles_private
        )
    assert (line.masked, line.title) == (True, "")


def test_what_the_desk_has_not_dispatched_can_be_read_by_the_agency_and_no_more(responder: Desk, engine: Engine):
    asked = event(EventKind.PAUSED, clock.now() - 8 * MINUTE, reason="citizen")
    for more in ((), (asked,)):
        code = routed(engine, "dpupr", "jalan_rusak", *more, text="Lubang di depan pasar.")
        page = responder.get(f"/respon/{code}")
        assert "Lubang di depan pasar." in told(page)
        assert "data-command" not in page
        assert "belum meneruskan" in told(page)
        for command in ("answer", "resolve"):
            answer = send(responder, code, command=command, text="Sudah.")
            assert "belum meneruskan" in told(answer.text)
        assert the(engine, code).version == 0
        assert code not in responder.get("/respon")


def test_who_is_on_the_way_says_so_in_one_tap_which_accepts_too_and_the_citizen_reads_it(app: App, engine: Engine):
    code, desk = held(engine), Desk(app, logged_in(app, Role.RESPONDER, "dpupr"))
    assert 'data-command="en_route"' in desk.get(f"/respon/{code}")
    assert send(desk, code, command="en_route").status_code == 303
    found = the(engine, code)
    assert (found.status.state, found.version) == (CaseState.IN_PROGRESS, 2)
    page = desk.get(f"/respon/{code}")
    labels = {kind: told(page.split(f'id="{kind}"')[1].split("<textarea")[0]) for kind in ("resolve", "note", "pause")}
    assert [kind for kind, label in labels.items() if "Teks untuk pelapor" in label] == ["resolve"]
    assert "Menuju lokasi" in told(page)
    assert 'class="first"' not in page.split('data-command="en_route"')[1].split("</form>")[0]
    operator = Desk(app, logged_in(app, Role.OPERATOR))
    assert "Menuju lokasi" in told(operator.get(f"/meja/{code}"))
    with reading(engine) as conn:
        history = cases.events_of(conn, found.id)
    city = app.config.city
    assert "Petugas DPUPR menuju lokasi" in [step.title for step in steps(history, city, words("id"), silent=False)]
    assert "Petugas menuju lokasi" in [step.title for step in steps(history, city, words("id"), silent=True)]


def test_waiting_has_a_last_day_within_what_its_reason_allows(responder: Desk, engine: Engine):
    code, today = held(engine), clock.now().astimezone(ZoneInfo("Asia/Jakarta")).date()
    wait = {"command": "pause", "reason": "citizen", "text": "Di mana?"}
    for day, said in (
        ("besok", "bukan tanggal"),
        ((today - timedelta(days=1)).isoformat(), "sudah lewat"),
        ((today + timedelta(days=30)).isoformat(), "paling lama 7 hari"),
    ):
        answer = send(responder, code, until=day, **wait)
        assert (answer.status_code, said in told(answer.text)) == (422, True), day
    day = today + timedelta(days=3)
    assert send(responder, code, until=day.isoformat(), **wait).status_code == 303
    assert f"Ditunda sampai {day.day} " in told(responder.get(f"/respon/{code}"))


def test_a_command_that_waited_on_the_telephone_counts_once_however_often_it_comes(responder: Desk, engine: Engine):
    code, key = held(engine), "6f1e1d0e-0000-4000-8000-000000000001"
    cookie = responder.client.get_cookie(COOKIE)
    seal = responder.client.get("/respon/segel").json or {}
    assert seal["csrf"] == csrf_of(responder.app, cookie.value if cookie else "")

    def queued(**form: str) -> TestResponse:
        return responder.client.post(f"/respon/{code}?csrf={seal['csrf']}", data=form, headers={"X-Queue": "1"})

    note = {"command": "note", "text": "Alat kurang.", "seen": "0", "key": key}
    first, second = queued(**note), queued(**note)
    assert first.json == second.json == {"version": 1, "address": f"/respon/{code}?selesai={code}&perintah=note"}
    assert the(engine, code).version == 1
    late = queued(command="note", text="Lagi.", seen="0", key=key.replace("1d0e", "1d0f"))
    assert (late.status_code, "sudah berubah" in (late.json or {})["said"]) == (409, True)
    assert queued(command="note", text=" ", seen="1", key="x").status_code == 422
    gone = {"command": "transfer", "text": "Taman.", "seen": "1", "key": key.replace("1d0e", "1d10")}
    assert [queued(**gone).status_code for _ in range(2)] == [200, 200]
    assert the(engine, code).version == 2


def test_what_a_telephone_keeps_of_the_queue_has_no_words_and_of_private_cases_the_code_alone(app: App, engine: Engine):
    plain, private = held(engine, "bnn", title="Lubang besar"), held(engine, "bnn", "narkoba", title="Rumah kosong")
    own = Desk(app, logged_in(app, Role.RESPONDER, "bnn"))
    kept = own.client.get("/respon/simpan").json or {}
    by_code = {each["code"]: each for each in kept["cases"]}
    assert set(by_code[plain]) == {"code", "version", "state", "can", "category", "village", "due"}
    assert set(by_code[private]) == {"code", "version", "state", "can"}
    assert "en_route" in by_code[plain]["can"]
    assert "Lubang besar" not in str(kept)
    other = Desk(app, logged_in(app, Role.RESPONDER, "bnn")).client.get("/respon/segel").json or {}
    assert kept["mark"] != other["mark"]


def test_the_page_that_a_telephone_keeps_is_the_same_for_everybody(app: App, responder: Desk):
    stranger = app.flask.test_client()
    page = stranger.get("/respon/kerangka")
    assert page.text == responder.get("/respon/kerangka")
    assert "manifest-src 'self'" in page.headers["Content-Security-Policy"]
    assert "csrf" not in page.text
    worker = stranger.get("/respon/pekerja.js")
    assert worker.headers["Service-Worker-Allowed"] == "/respon"
    names = [
        json.loads(text.split("KEPT = ")[1].split(";\n")[0])
        for text in (worker.text, responder.get("/respon/pekerja.js"))
    ]
    assert names[0] == names[1]
    for address in (names[0]["shell"], *names[0]["files"]):
        assert stranger.get(address).status_code == 200, address
    stranger.set_cookie("batt_lang", "en")
    assert names[0]["name"] not in stranger.get("/respon/pekerja.js").text
    manifest = stranger.get("/respon/manifest.webmanifest").json or {}
    assert (manifest["start_url"], manifest["scope"], manifest["display"]) == ("/respon", "/respon", "standalone")
    assert stranger.get(manifest["icons"][0]["src"]).mimetype == "image/svg+xml"
