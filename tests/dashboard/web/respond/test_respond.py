"""Among Respon: an agency's responders see and do what is theirs, and nothing of another agency."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from typing import Any

import pytest
from PIL import Image
from werkzeug.test import TestResponse

from dashboard.app import App
from dashboard.auth.visitor import COOKIE
from data import clock
from data.domain.access.roles import Role
from data.domain.cases.model import CaseState
from data.store.accounts import audit
from data.store.cases import cases
from data.store.cases.cases import StoredCase
from data.store.db.engine import Engine, reading, writing
from tests.dashboard.conftest import csrf_of, logged_in
from tests.dashboard.web.conftest import Desk, told
from tests.factories import a_case, a_history, stored

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
