"""The administrator's page of accounts: add, reset, disable, end sessions, each on record."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from werkzeug.test import TestResponse

from dashboard.app import App
from dashboard.auth import passwords
from dashboard.auth.visitor import COOKIE
from data import clock
from data.domain.access.roles import Role
from data.store.accounts import audit, sessions, users
from data.store.accounts.users import User
from data.store.db.engine import reading, writing
from tests.dashboard.conftest import a_session, csrf_of
from tests.dashboard.web.conftest import told

PASSWORD = "kopi jendela ungu sepeda"
HASH = passwords.hashed(PASSWORD)
ONE_TIME = re.compile(r"<code>((?:[a-z2-9]{5}-){3}[a-z2-9]{5})</code>")


class Administrator:
    """Somebody at the page, whose password is known."""

    def __init__(self, app: App) -> None:
        self.app, self.client = app, app.flask.test_client()
        with writing(app.engine) as conn:
            self.id = users.add(
                conn, "ani", Role.ADMINISTRATOR, (), password=HASH, now=clock.now(), one_time_until=None
            )
            self.token = sessions.begin(conn, self.id, clock.now())
        self.client.set_cookie(COOKIE, self.token)

    def post(self, path: str = "", **form: object) -> TestResponse:
        data = {"csrf": csrf_of(self.app, self.token), **form}
        return self.client.post(f"/pengguna{path}", data=data)

    def page(self) -> str:
        return told(self.client.get("/pengguna").text)

    def user(self, name: str) -> User:
        with reading(self.app.engine) as conn:
            found = users.by_name(conn, name)
        assert found is not None
        return found

    def lines(self) -> list[tuple[str, str, str, str]]:
        with reading(self.app.engine) as conn:
            lines = reversed(audit.latest(conn, 20))
        return [(line.actor, line.action, line.object, line.address) for line in lines]


@pytest.fixture
def ani(app: App) -> Administrator:
    return Administrator(app)


def password_in(answer: TestResponse) -> str:
    (found,) = ONE_TIME.findall(answer.text)
    return str(found)


def test_6_4_1_a_new_user_s_password_is_shown_once_and_must_be_changed(ani: Administrator):
    answer = ani.post(name=" Budi ", role="responder", agency=["dlh", "dpupr"])
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    user = ani.user("budi")
    assert (user.person.role, user.person.agencies) == (Role.RESPONDER, frozenset({"dlh", "dpupr"}))
    assert passwords.is_password(password_in(answer), user.password)
    assert user.must_change()
    assert ONE_TIME.findall(ani.client.get("/pengguna").text) == []
    assert "sekali pakai, sampai" in ani.page()
    assert ani.lines() == [("ani", "user_added", "budi responder dlh,dpupr", "127.0.0.1")]


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"name": "", "role": "operator"}, "1 sampai 100 karakter"),
        ({"name": "x" * 101, "role": "operator"}, "1 sampai 100 karakter"),
        ({"name": "a\nb", "role": "operator"}, "1 sampai 100 karakter"),
        ({"name": "demo-head", "role": "operator"}, "akun demonstrasi"),
        ({"name": "ANI", "role": "operator"}, "Sudah ada akun"),
        ({"name": "budi", "role": "raja"}, "Pilih perannya"),
        ({"name": "budi"}, "Pilih perannya"),
        ({"name": "budi", "role": "head"}, "pilih OPD-nya"),
        ({"name": "budi", "role": "head", "agency": ["dlh", "dpupr"]}, "pilih satu saja"),
        ({"name": "budi", "role": "operator", "agency": "dlh"}, "kosongkan pilihan OPD"),
        ({"name": "budi", "role": "head", "agency": "dhl"}, "tidak ada di config.yaml"),
        ({"name": "budi", "role": "field"}, "pilih desanya"),
        ({"name": "budi", "role": "field", "village": "35.79.01.9999"}, "Desa itu tidak dikenal"),
        ({"name": "budi", "role": "operator", "village": "35.79.01.1004"}, "kosongkan pilihan desa"),
    ],
)
def test_a_user_that_cannot_be_is_told_why_and_nothing_is_made(ani: Administrator, form: dict[str, str], said: str):
    answer = ani.post(**form)
    assert answer.status_code == 422
    assert said in told(answer.text)
    assert f'value="{form["name"][:100]}"' in answer.text or not form["name"].isprintable() or len(form["name"]) > 100
    with reading(ani.app.engine) as conn:
        assert [user.person.name for user in users.all_users(conn)] == ["ani"]
    assert ani.lines() == []


def test_7_5_1_an_administrator_is_made_and_reset_with_one_s_own_password_only(ani: Administrator):
    for current in ({}, {"current": ""}, {"current": "salah"}):
        refused = ani.post(name="budi", role="administrator", **current)
        assert "ketik kata sandi Anda" in told(refused.text)
    assert ani.post(name="budi", role="administrator", current=PASSWORD).status_code == 200
    budi = ani.user("budi")
    assert ani.post(f"/{budi.person.id}/atur-ulang", current="salah").status_code == 422
    assert ani.user("budi").password == budi.password
    fresh = password_in(ani.post(f"/{budi.person.id}/atur-ulang", current=PASSWORD))
    assert passwords.is_password(fresh, ani.user("budi").password)
    assert [action for _, action, _, _ in ani.lines()] == ["user_added", "user_reset"]


def test_7_4_5_an_administrator_ends_sessions_disables_and_resets(ani: Administrator):
    token = a_session(ani.app, Role.OPERATOR)
    other = ani.app.flask.test_client()
    other.set_cookie(COOKIE, token)
    with writing(ani.app.engine) as conn:
        (user,) = (each for each in users.all_users(conn) if each.person.role is Role.OPERATOR)
        users.set_second_factor(conn, user.person.id, "SECRET")
    name, own = user.person.name, f"/{user.person.id}"
    assert other.get("/akun").status_code == 200
    assert ani.post(f"{own}/keluar").headers["Location"] == "/pengguna?said=logged_out"
    assert other.get("/akun").status_code == 303
    assert ani.post(f"{own}/nonaktif").headers["Location"] == "/pengguna?said=disabled"
    assert "dinonaktifkan" in ani.page()
    ani.post(f"{own}/atur-ulang")
    assert (ani.user(name).disabled_at, ani.user(name).totp_secret) == (None, "SECRET")
    ani.post(f"{own}/atur-ulang", second_factor="1")
    assert ani.user(name).totp_secret is None
    actions = ["session_ended", "user_disabled", "user_reset", "user_reset"]
    assert ani.lines() == [("ani", action, name, "127.0.0.1") for action in actions]


def test_one_s_own_account_and_one_that_is_not_there_are_left_alone(ani: Administrator):
    for path in ("atur-ulang", "nonaktif", "keluar"):
        assert "halaman akun" in told(ani.post(f"/{ani.id}/{path}", current=PASSWORD).text)
        assert ani.post(f"/999/{path}", current=PASSWORD).status_code == 404
    assert ani.user("ani").password == HASH
    assert ani.client.get("/pengguna").status_code == 200


def test_the_list_says_who_last_logged_in_when_and_what_has_to_be_done(ani: Administrator):
    now = clock.now()
    with writing(ani.app.engine) as conn:
        over = now - timedelta(days=1)
        users.add(conn, "<b>lama</b>", Role.HEAD, ["dlh"], password="-", now=over, one_time_until=over)
        audit.add(conn, now - timedelta(days=3), "ani", audit.Action.LOGIN)
        audit.add(conn, now - timedelta(days=2), "ani", audit.Action.LOGIN)
        audit.add(conn, now, "ani", audit.Action.VIEWED)
        assert {name: at.date() for name, at in audit.last_logins(conn).items()} == {
            "ani": (now - timedelta(days=2)).date()
        }
    page = ani.client.get("/pengguna").text
    assert "&lt;b&gt;lama&lt;/b&gt;" in page
    assert "belum pernah" in told(page)
    assert page.count('data-state="risk"') == 1, "colour where somebody must act"
    assert 'action="/pengguna/1/nonaktif"' not in page, "nobody shuts himself out"
