"""The own account: password, second factor, sessions; each change needs the password once more."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pyotp
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from dashboard.app import App, create_app
from dashboard.auth import passwords, second_factor
from dashboard.auth.visitor import COOKIE
from dashboard.config.home import Home
from dashboard.config.load import Config
from data import clock
from data.domain.access.roles import Role
from data.store.accounts import audit, login_failures, sessions, users
from data.store.accounts.users import User
from data.store.db.engine import Engine, reading, writing
from tests.dashboard.conftest import a_render_context, a_session, csrf_of, logged_in
from tests.dashboard.web.conftest import told

PASSWORD, FRESH = "kopi jendela ungu sepeda", "hujan reda di lereng"
HASH = passwords.hashed(PASSWORD)


class Person:
    """Somebody with a password of her own, at her browser."""

    def __init__(self, app: App, role: Role = Role.OPERATOR, kept: str = HASH) -> None:
        self.app, self.role = app, role
        with writing(app.engine) as conn:
            self.id = users.add(conn, "siti", role, (), password=kept, now=clock.now(), one_time_until=None)
        self.client = self.another()

    def another(self) -> FlaskClient:
        """One more browser of hers."""
        with writing(self.app.engine) as conn:
            token = sessions.begin(conn, self.id, clock.now(), browser="Firefox")
        client = self.app.flask.test_client()
        client.set_cookie(COOKIE, token)
        return client

    @property
    def token(self) -> str:
        cookie = self.client.get_cookie(COOKIE)
        return cookie.value if cookie else ""

    @property
    def user(self) -> User:
        with reading(self.app.engine) as conn:
            found = users.by_id(conn, self.id)
        assert found is not None
        return found

    def post(self, path: str, **form: str) -> TestResponse:
        return self.client.post(path, data={"csrf": csrf_of(self.app, self.token), **form})

    def add_factor(self, current: str = PASSWORD, code: str | None = None) -> tuple[TestResponse, str]:
        """With the key that the page shows."""
        page = self.client.get("/akun").text
        secret, seal = (re.search(rf'name="{name}" value="([^"]+)"', page)[1] for name in ("secret", "seal"))  # type: ignore[index]
        code = code or pyotp.TOTP(secret).at(clock.now())
        return self.post("/akun/kode", secret=secret, seal=seal, code=code, current=current), secret

    def actions(self) -> list[str]:
        with reading(self.app.engine) as conn:
            return [line.action for line in reversed(audit.latest(conn, 50))]


@pytest.fixture
def siti(app: App) -> Person:
    return Person(app)


def test_7_4_3_another_password_ends_all_sessions_and_gives_this_one_a_new_token(siti: Person):
    other, before = siti.another(), siti.token
    answer = siti.post("/akun/sandi", current=PASSWORD, new=FRESH, again=FRESH)
    assert answer.headers["Location"] == "/akun?said=password"
    assert "sudah diganti" in told(siti.client.get("/akun?said=password").text)
    assert siti.token != before
    assert other.get("/akun").headers["Location"].startswith("/masuk")
    assert passwords.is_password(FRESH, siti.user.password)
    assert not siti.user.must_change()
    assert siti.actions() == ["password_changed"]


@pytest.mark.parametrize(
    ("current", "new", "again", "said"),
    [
        ("salah", FRESH, FRESH, "Kata sandi sekarang salah"),
        (PASSWORD, "pendek", "pendek", "paling sedikit 15 karakter"),
        (PASSWORD, "passwordpassword", "passwordpassword", "terlalu mudah ditebak"),
        (PASSWORD, "siti dan sepedanya ungu", "siti dan sepedanya ungu", "memuat nama pengguna"),
        (PASSWORD, PASSWORD, PASSWORD, "sama dengan yang sekarang"),
        (PASSWORD, FRESH, FRESH + "x", "tidak sama"),
        (PASSWORD, FRESH * 20, FRESH * 20, "terlalu panjang"),
    ],
)
def test_6_2_1_a_password_that_does_not_do_is_told_why(siti: Person, current: str, new: str, again: str, said: str):
    answer = siti.post("/akun/sandi", current=current, new=new, again=again)
    assert answer.status_code == 422
    assert said in told(answer.text)
    assert siti.user.password == HASH


def test_6_3_1_whoever_sits_at_an_open_session_may_not_guess_the_password(siti: Person):
    for _ in range(5):
        siti.post("/akun/sandi", current="salah", new=FRESH, again=FRESH)
    with writing(siti.app.engine) as conn:
        assert login_failures.wait_s(conn, "code", str(siti.id), clock.now()) <= 1
        for _ in range(10):
            login_failures.failed(conn, "code", str(siti.id), clock.now())
    assert siti.post("/akun/sandi", current=PASSWORD, new=FRESH, again=FRESH).status_code == 422
    assert siti.user.password == HASH


def test_6_2_7_fields_of_passwords_may_be_pasted_into_and_are_not_echoed(siti: Person):
    answer = siti.post("/akun/sandi", current="salah", new="rahasia saya sekali", again="rahasia saya sekali")
    assert "rahasia saya sekali" not in answer.text
    for page in (answer.text, siti.app.flask.test_client().get("/masuk").text):
        assert "onpaste" not in page
        assert 'type="password"' in page


def test_a_second_factor_is_added_by_its_first_code_and_taken_away_again(siti: Person):
    answer, secret = siti.add_factor()
    assert answer.headers["Location"] == "/akun?said=factor_added"
    assert siti.user.totp_secret == secret
    assert secret not in siti.client.get("/akun").text
    assert siti.post("/akun/kode", remove="1", current="salah").status_code == 422
    assert siti.post("/akun/kode", remove="1", current=PASSWORD).status_code == 303
    assert siti.user.totp_secret is None
    assert siti.actions() == ["second_factor_added", "second_factor_removed"]


def test_the_key_is_there_as_a_picture_a_text_and_a_link(siti: Person):
    page = siti.client.get("/akun").text
    secret = re.search(r'name="secret" value="(\w+)"', page)[1]  # type: ignore[index]
    assert " ".join(secret[n : n + 4] for n in range(0, 32, 4)) in page
    picture = re.search(r"<svg.*?</svg>", page, re.DOTALL)
    assert picture is not None
    assert "<title>Kode QR" in picture[0]
    link = second_factor.address(secret, "siti", "Kota Batu")
    assert f'href="{link.replace("&", "&amp;")}"' in page
    assert picture[0] == second_factor.qr_code(link, "Kode QR untuk aplikasi kode di telepon")
    siti.add_factor()
    assert "<svg" not in siti.client.get("/akun").text


def test_7_5_1_another_password_needs_the_present_one_whatever_session_asks(siti: Person):
    for current in ({}, {"current": ""}, {"current": FRESH}):
        assert siti.post("/akun/sandi", new=FRESH, again=FRESH, **current).status_code == 422
    assert (siti.user.password, siti.actions()) == (HASH, [])


def test_7_5_1_a_second_factor_needs_the_password_a_right_code_and_a_key_of_the_page(siti: Person):
    assert siti.add_factor(current="salah")[0].status_code == 422
    assert siti.add_factor(code="000000")[0].status_code == 422
    own = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    answer = siti.post("/akun/kode", secret=own, seal="x", code=pyotp.TOTP(own).at(clock.now()), current=PASSWORD)
    assert answer.status_code == 422
    assert siti.user.totp_secret is None


def test_6_3_3_a_factor_that_the_role_needs_stays_and_opens_the_pages(config: Config, home: Home, engine: Engine):
    accounts = config.accounts.model_copy(update={"second_factor": [Role.ADMINISTRATOR]})
    siti = Person(create_app(a_render_context(replace(config, accounts=accounts)), home, engine), Role.ADMINISTRATOR)
    assert siti.client.get("/sumber").headers["Location"] == "/akun"
    assert siti.add_factor()[0].status_code == 303
    assert siti.client.get("/sumber").status_code == 200
    answer = siti.post("/akun/kode", remove="1", current=PASSWORD)
    assert "memerlukan kode" in told(answer.text)
    assert siti.post("/akun/sandi", current=PASSWORD, new="melatiku", again="melatiku").status_code == 303


def test_a_short_password_keeps_its_second_factor(app: App):
    siti = Person(app, kept=passwords.hashed("melatiku"))
    siti.add_factor("melatiku")
    answer = siti.post("/akun/kode", remove="1", current="melatiku")
    assert "paling sedikit 15 karakter" in told(answer.text)


def test_open_sessions_are_listed_and_ended_one_or_all(siti: Person):
    first, second = siti.another(), siti.another()
    page = siti.client.get("/akun").text
    ends = re.findall(r'name="one" value="(\w+)"', page)
    assert len(ends) == 2
    assert page.count("yang ini") == 1
    cookie = first.get_cookie(COOKIE)
    assert cookie is not None
    siti.post("/akun/sesi", one=sessions.digest_of(cookie.value))
    assert first.get("/akun").status_code == 303
    assert second.get("/akun").status_code == 200
    siti.post("/akun/sesi")
    assert second.get("/akun").status_code == 303
    assert siti.client.get("/akun").status_code == 200


def test_8_2_2_nobody_ends_the_sessions_of_somebody_else(siti: Person):
    token = a_session(siti.app)
    siti.post("/akun/sesi", one=sessions.digest_of(token))
    other = siti.app.flask.test_client()
    other.set_cookie(COOKIE, token)
    assert other.get("/akun").status_code == 200


def test_the_navigation_shows_what_the_role_opens(app: App):
    assert 'href="/sumber"' in logged_in(app).get("/akun").text
    page = logged_in(app, Role.HEAD).get("/akun").text
    assert 'href="/sumber"' not in page
    assert "Kepala OPD" in page
    assert "DLH" in page


def test_7_3_1_a_session_in_the_store_is_over_when_it_was_not_used(siti: Person):
    with writing(siti.app.engine) as conn:
        sessions.seen(conn, sessions.digest_of(siti.token), clock.now() - timedelta(hours=2))
    assert siti.client.get("/akun").headers["Location"].startswith("/masuk")
