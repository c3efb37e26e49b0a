"""Small businesses register and correct their entry; the officer decides, and nothing is shown before."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from dashboard.app import App
from dashboard.auth.forms import Seals
from data import clock
from data.domain.access.roles import Role
from data.domain.guide.nouns import Business
from data.store.db.engine import reading, writing
from data.store.guide import places, submissions
from tests.dashboard.conftest import logged_in
from tests.dashboard.web.conftest import Desk, told
from tests.factories import SISIR
from tests.guide_rows import a_business

FORM: dict[str, Any] = {
    "name": "Keripik Apel Mbak Yun",
    "category": "kuliner",
    "village": SISIR,
    "text": "Keripik apel asli",
    "opening_hours": "Senin-Jumat 08.00-16.00; Minggu tutup",
    "phone": "0812 3456 7890",
    "phone_consent": "1",
    "url": "https://keripik.example/",
    "nib": "1234567890123",
    "kbli": "10330",
    "pirt": "2063579010001-29",
    "halal": "ID35110000123456",
    "contact_name": "Yun",
    "contact_phone": "081299998888",
    "agreed": "1",
}


@pytest.fixture
def owner(app: App) -> FlaskClient:
    return app.flask.test_client()


@pytest.fixture
def officer(app: App) -> Desk:
    return Desk(app, logged_in(app, Role.CITY_OFFICER))


def stamp(app: App, age_s: int = 10) -> str:
    """As the form brings it when it was opened so long ago."""
    moment = str(int(clock.now().timestamp()) - age_s)
    return f"{moment}.{Seals(app.home.secret()).sign('usaha', moment)}"


def send(app: App, owner: FlaskClient, path: str = "/kota/usaha", *, age_s: int = 10, **changes: Any) -> TestResponse:
    form = {**FORM, "stamp": stamp(app, age_s), **changes}
    return owner.post(path, data={name: value for name, value in form.items() if value is not None})


def sent(app: App, owner: FlaskClient, path: str = "/kota/usaha", **changes: Any) -> str:
    answer = send(app, owner, path, **changes)
    assert answer.status_code == 303, told(answer.text)
    return answer.headers["Location"]


def number_of(app: App) -> int:
    with reading(app.engine) as conn:
        return submissions.waiting(conn)[-1].id


def test_a_registration_is_shown_once_the_officer_has_checked_it(app: App, owner: FlaskClient, officer: Desk):
    status = sent(app, owner)
    assert re.fullmatch(r"/kota/usaha/[0-9A-Z-]{16}\?terkirim=1", status)
    assert "Menunggu diperiksa petugas" in told(owner.get(status).text)
    assert "Keripik" not in owner.get("/kota/tempat").text
    number = number_of(app)
    assert "Keripik Apel Mbak Yun" in officer.get("/kota/petugas")
    page = officer.get(f"/kota/petugas/usulan/{number}")
    assert "081299998888" in page
    assert officer.post(f"/kota/petugas/usulan/{number}", do="accept").status_code == 400
    done = officer.done(f"/kota/petugas/usulan/{number}", do="accept", checked="1")
    assert "sudah tampil untuk umum" in told(done)
    (code,) = re.findall(r"UM-\d{4}-\d{4}", told(done))[:1]
    public = told(owner.get(f"/kota/tempat/{code}").text)
    for text in ("Keripik Apel Mbak Yun", "Sisir", "0812 3456 7890", "Mo-Fr 08:00-16:00", "Diperiksa petugas"):
        assert text in public
    for text in ("081299998888", "Yun,"):
        assert text not in public
    assert "Diterima" in told(owner.get(status).text)


def test_a_refusal_needs_a_reason_and_the_sender_reads_it(app: App, owner: FlaskClient, officer: Desk):
    status = sent(app, owner)
    path = f"/kota/petugas/usulan/{number_of(app)}"
    assert officer.post(path, do="refuse").status_code == 400
    officer.done(path, do="refuse", why="NIB tidak terdaftar di OSS.")
    assert "NIB tidak terdaftar di OSS." in told(owner.get(status).text)
    assert officer.post(path, do="accept", checked="1").status_code == 409


def test_a_correction_changes_what_it_says_and_takes_out_what_was_emptied(app: App, owner: FlaskClient, officer: Desk):
    with writing(app.engine) as conn:
        shop = a_business(conn, permits=Business(phone_consent_at=clock.now()), url="https://lama.example/")
    assert "081234567890" in owner.get(f"/kota/usaha?tempat={shop.code}").text
    sent(app, owner, f"/kota/usaha?tempat={shop.code}", name="Warung Bu Sri Baru", phone="", phone_consent=None, url="")
    officer.done(f"/kota/petugas/usulan/{number_of(app)}", do="accept", checked="1")
    with reading(app.engine) as conn:
        found = places.by_code(conn, shop.code)
    assert found is not None
    assert (found.name, found.phone, found.url) == ("Warung Bu Sri Baru", None, None)
    assert found.business is not None
    assert found.business.phone_consent_at is None


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"name": ""}, "name"),
        ({"name": "Warung 3579011234567890"}, "name"),
        ({"text": "NPWP 09.254.294.3-407.000"}, "text"),
        ({"category": "alam"}, "category"),
        ({"village": "Jakarta"}, "village"),
        ({"opening_hours": "kapan saja"}, "opening_hours"),
        ({"phone": "12"}, "phone"),
        ({"phone_consent": None}, "phone_consent"),
        ({"url": "javascript:alert(1)"}, "url"),
        ({"nib": "123"}, "nib"),
        ({"kbli": "1"}, "kbli"),
        ({"pirt": "2063579010001"}, "pirt"),
        ({"halal": "KH123456"}, "halal"),
        ({"contact_phone": ""}, "contact_phone"),
        ({"contact_email": "bukan surel"}, "contact_email"),
        ({"agreed": None}, "agreed"),
    ],
)
def test_a_fault_is_told_and_what_was_typed_stays(app: App, owner: FlaskClient, changes: dict[str, Any], fault: str):
    answer = send(app, owner, **changes)
    assert answer.status_code == 400
    assert f'id="fault-{fault}"' in answer.text
    if "text" not in changes:
        assert "Keripik apel asli" in answer.text
    with reading(app.engine) as conn:
        assert submissions.waiting(conn) == []


@pytest.mark.parametrize(
    "changes", [{"age_s": 1}, {"age_s": 90_000}, {"stamp": "1.x"}, {"stamp": "9" * 90}, {"website": "spam"}]
)
def test_robots_are_held_off(app: App, owner: FlaskClient, changes: dict[str, Any]):
    assert send(app, owner, **changes).status_code == 400
    with reading(app.engine) as conn:
        assert submissions.waiting(conn) == []


def test_one_browser_sends_five_in_an_hour(app: App, owner: FlaskClient):
    codes = [send(app, owner, name=f"Usaha {n}").status_code for n in range(6)]
    assert codes == [303] * 5 + [429]


def test_what_is_sent_twice_is_kept_once(app: App, owner: FlaskClient):
    assert sent(app, owner) == sent(app, owner)
    with reading(app.engine) as conn:
        assert len(submissions.waiting(conn)) == 1


@pytest.mark.parametrize("code", ["0000-0000-0000-0", "x" * 200, "-", "1"])
def test_another_one_s_code_cannot_be_guessed(app: App, owner: FlaskClient, code: str):
    sent(app, owner)
    assert owner.get(f"/kota/usaha/{code}").status_code == 404


def test_guessing_ends_after_a_while(app: App, owner: FlaskClient):
    answers = {owner.get(f"/kota/usaha/{n:04}-0000-0000-0").status_code for n in range(70)}
    assert answers == {404, 429}


def test_a_code_is_found_as_it_is_typed(app: App, owner: FlaskClient):
    code = sent(app, owner).rpartition("/")[2].partition("?")[0]
    answer = owner.post("/kota/usaha/cari", data={"code": code.lower().replace("-", " ")})
    assert answer.headers["Location"] == f"/kota/usaha/{code}"


def test_a_form_from_elsewhere_is_refused(app: App, owner: FlaskClient):
    form = {**FORM, "stamp": stamp(app)}
    assert owner.post("/kota/usaha", data=form, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 400
