"""Logging in: told in words, throttled, a new token at every step, and out again."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pyotp
import pytest
from argon2 import PasswordHasher
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from dashboard.app import App, create_app
from dashboard.auth import passwords
from dashboard.auth.visitor import COOKIE
from dashboard.config.home import Home
from dashboard.config.load import Config
from data import clock
from data.domain.access.roles import Role
from data.store.accounts import audit, login_failures, users
from data.store.accounts.login_failures import Kind
from data.store.db.engine import Engine, reading, writing
from data.store.db.schema.accounts import login_failure, user_session
from data.store.intake import rejected, rejected_search
from data.store.intake.rejected import RejectedRecord
from tests.conftest import Limit
from tests.dashboard.conftest import a_render_context, a_session, csrf_of, logged_in
from tests.dashboard.web.conftest import told
from tests.ingest.sources.feed.feed import until

PASSWORD = "kopi jendela ungu sepeda"
HASH, OTHER_HASH = passwords.hashed(PASSWORD), passwords.hashed("sepeda kopi jendela ungu")
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture
def siti(engine: Engine) -> int:
    """An administrator with a password of her own."""
    return a_user(engine, "siti")


def a_user(
    engine: Engine, name: str, role: Role = Role.ADMINISTRATOR, *, kept: str = HASH, until: datetime | None = None
) -> int:
    with writing(engine) as conn:
        return users.add(conn, name, role, (), password=kept, now=clock.now(), one_time_until=until)


def log_in(client: FlaskClient, password: str = PASSWORD, name: str = "Siti", **more: str) -> TestResponse:
    return client.post("/masuk", data={"name": name, "password": password, **more})


def fail_more(app: App, kind: Kind, key: str) -> None:
    """So often that the wait is a minute, however slow the machine."""
    with writing(app.engine) as conn:
        for _ in range(10):
            login_failures.failed(conn, kind, key, clock.now())


def has_counted(engine: Engine) -> bool:
    """Whether a try is counted, as each is before its password is looked at."""
    with reading(engine) as conn:
        return conn.execute(select(login_failure)).first() is not None


def token_of(client: FlaskClient) -> str:
    cookie = client.get_cookie(COOKIE)
    return cookie.value if cookie else ""


def actions(engine: Engine) -> list[str]:
    with reading(engine) as conn:
        return [line.action for line in reversed(audit.latest(conn, 100))]


@pytest.fixture
def no_slot() -> Iterator[Callable[[], None]]:
    """Nobody's password is hashed until this is called."""
    taken = [passwords.slots.acquire() for _ in range(passwords.AT_ONCE)]

    def free() -> None:
        while taken:
            taken.pop()
            passwords.slots.release()

    yield free
    free()


@pytest.mark.parametrize("change", ["password", "disabled", "second_factor"])
def test_a_login_that_was_begun_before_the_account_changed_is_none(
    app: App, siti: int, no_slot: Callable[[], None], change: str
):
    answers: list[TestResponse] = []
    begun = threading.Thread(target=lambda: answers.append(log_in(app.flask.test_client())))
    begun.start()
    until(lambda: has_counted(app.engine))
    with writing(app.engine) as conn:
        if change == "password":
            users.set_password(conn, siti, OTHER_HASH, clock.now())
        elif change == "disabled":
            users.disable(conn, siti, clock.now())
        else:
            users.set_second_factor(conn, siti, SECRET)
    no_slot()
    begun.join()
    assert answers[0].status_code == 403
    with reading(app.engine) as conn:
        assert conn.execute(select(user_session.c.user_id).where(user_session.c.user_id == siti)).all() == []


def test_who_changes_the_password_while_too_many_log_in_is_told_to_try_again(
    app: App, siti: int, no_slot: Callable[[], None], limit: Limit
):
    limit(passwords, "WAIT_S", 0.01)
    client = app.flask.test_client()
    client.set_cookie(COOKIE, token := a_session(app))
    form = {"csrf": csrf_of(app, token), "current": "x", "new": "y", "again": "y"}
    for path in ("/akun/sandi", "/akun/kode"):
        answer = client.post(path, data=form)
        assert answer.status_code == 422
        assert "Server sedang sibuk" in told(answer.text)


def test_who_logs_in_comes_to_where_he_wanted_to_go(app: App, siti: int):
    client = app.flask.test_client()
    asked = client.get("/sumber/opd_csv?a=b%26c")
    assert asked.headers["Location"] == "/masuk?ke=%2Fsumber%2Fopd_csv%3Fa%3Db%2526c"
    page = client.get(asked.headers["Location"]).text
    assert 'name="ke" value="/sumber/opd_csv?a=b%26c"' in page
    begun = log_in(client, ke="/sumber/opd_csv?a=b%26c")
    assert begun.status_code == 303
    assert client.get(begun.headers["Location"]).headers["Location"] == "/sumber/opd_csv?a=b%26c"
    assert client.get("/sumber").status_code == 200
    assert actions(app.engine) == ["login"]


@pytest.mark.parametrize("back", ["https://x.id/", "//x.id", "/\\x.id", "x", "/a\r\nb", "javascript:alert(1)"])
def test_nobody_is_led_elsewhere_by_the_login(app: App, siti: int, back: str):
    client = app.flask.test_client()
    assert log_in(client, ke=back).headers["Location"] == "/masuk"
    assert client.get("/masuk", query_string={"ke": back}).headers["Location"] == "/kinerja"


def test_3_3_1_to_4_the_cookie_is_for_this_host_and_no_script(app: App, siti: int):
    plain = log_in(app.flask.test_client()).headers.getlist("Set-Cookie")[0]
    assert plain.startswith(f"{COOKIE}=")
    assert "HttpOnly" in plain
    assert "SameSite=Lax" in plain
    secure = app.flask.test_client().post(
        "/masuk", data={"name": "siti", "password": PASSWORD}, base_url="https://batt.example"
    )
    (cookie,) = (each for each in secure.headers.getlist("Set-Cookie") if "session" in each)
    assert cookie.startswith(f"__Host-{COOKIE}=")
    assert "Secure" in cookie
    assert "Domain" not in cookie


def test_a_wrong_password_and_an_unknown_name_are_told_alike(app: App, siti: int):
    client = app.flask.test_client()
    wrong, unknown = log_in(client, "salah"), log_in(client, "salah", "nobody")
    assert (wrong.status_code, unknown.status_code) == (403, 403)
    assert told(wrong.text).replace("Siti", "") == told(unknown.text).replace("nobody", "")
    assert not token_of(client)
    with reading(app.engine) as conn:
        assert [line.object for line in audit.latest(conn, 10)] == ["", "siti"], "a name that is none is not kept"


def test_6_3_1_after_five_failures_one_waits_and_is_told_so_whatever_the_password(app: App, siti: int):
    client = app.flask.test_client()
    assert [log_in(client, "salah").status_code for _ in range(5)] == [403] * 5
    fail_more(app, "account", "siti")
    waiting = log_in(client)
    assert waiting.status_code == 429
    assert 1 <= int(waiting.headers["Retry-After"]) <= 60
    assert re.search(r"Coba lagi dalam (\d+ dtk|1 mnt)\.", told(waiting.text))


def test_whoever_guesses_elsewhere_does_not_make_the_owner_wait(app: App, siti: int):
    owner = app.flask.test_client()
    assert log_in(owner).status_code == 303
    with writing(app.engine) as conn:
        for _ in range(50):
            login_failures.failed(conn, "account", "siti", clock.now())
            login_failures.failed(conn, "address", "127.0.0.1", clock.now())
    owner.delete_cookie(COOKIE)
    assert log_in(app.flask.test_client()).status_code == 429
    assert log_in(owner).status_code == 303
    fail_more(app, "known", "siti")
    assert log_in(owner).status_code == 429, "guessing in that browser is throttled, too"


def test_an_address_that_failed_thirty_times_waits_for_every_account(app: App, siti: int):
    with writing(app.engine) as conn:
        for _ in range(30):
            login_failures.failed(conn, "address", "127.0.0.1", clock.now())
    assert log_in(app.flask.test_client()).status_code == 429


def test_a_success_does_not_wash_an_address_clean(app: App, siti: int):
    with writing(app.engine) as conn:
        for _ in range(29):
            login_failures.failed(conn, "address", "127.0.0.1", clock.now())
    assert log_in(app.flask.test_client()).status_code == 303
    assert log_in(app.flask.test_client(), "salah").status_code == 403
    assert log_in(app.flask.test_client(), "salah").status_code == 429


def test_7_2_4_a_new_login_has_a_new_token_and_ends_the_session_before(app: App, siti: int):
    client = app.flask.test_client()
    planted = a_session(app)
    client.set_cookie(COOKIE, planted)
    log_in(client)
    assert token_of(client) != planted
    stale = app.flask.test_client()
    stale.set_cookie(COOKIE, planted)
    assert stale.get("/akun").headers["Location"].startswith("/masuk")


def test_a_disabled_user_is_told_what_everybody_is_told(app: App, siti: int):
    with writing(app.engine) as conn:
        users.disable(conn, siti, clock.now())
    assert "salah" in told(log_in(app.flask.test_client()).text)


def test_7_4_2_an_open_session_ends_at_once_when_its_user_is_disabled(app: App, siti: int):
    client = app.flask.test_client()
    log_in(client)
    assert client.get("/sumber").status_code == 200
    with writing(app.engine) as conn:
        users.disable(conn, siti, clock.now())
    assert client.get("/sumber").headers["Location"].startswith("/masuk")
    assert client.get("/sumber", headers={"X-Fragment": "1"}).status_code == 403


def test_a_hash_of_other_parameters_is_made_anew(app: App, engine: Engine):
    old = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(PASSWORD)
    user_id = a_user(engine, "siti", kept=old)
    assert log_in(app.flask.test_client()).status_code == 303
    with reading(engine) as conn:
        user = users.by_id(conn, user_id)
    assert user is not None
    assert user.password.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert passwords.is_password(PASSWORD, user.password)


def test_6_4_1_a_one_time_password_that_is_too_old_opens_nothing(app: App, engine: Engine):
    a_user(engine, "siti", until=clock.now() - timedelta(seconds=1))
    assert "lewat waktunya" in told(log_in(app.flask.test_client()).text)


def test_6_4_1_a_one_time_password_opens_the_account_page_alone(app: App, engine: Engine):
    a_user(engine, "siti", until=clock.now() + timedelta(days=1))
    client = app.flask.test_client()
    log_in(client)
    for path in ("/sumber", "/sumber/unggah"):
        assert client.get(path).headers["Location"] == "/akun"
    assert "sekali pakai" in client.get("/akun").text


def test_7_4_1_a_logout_ends_the_session_in_the_store(app: App):
    client = logged_in(app)
    token = token_of(client)
    page = client.get("/sumber").text
    csrf = page.partition('name="csrf" value="')[2].partition('"')[0]
    gone = client.post("/keluar", data={"csrf": csrf})
    assert gone.headers["Location"] == "/masuk"
    client.set_cookie(COOKIE, token)
    assert client.get("/sumber").headers["Location"].startswith("/masuk")
    assert actions(app.engine) == ["logout"]


def test_a_page_that_refreshes_itself_does_not_keep_a_session_alive(app: App, engine: Engine):
    client = app.flask.test_client()
    client.set_cookie(COOKIE, a_session(app, now=clock.now() - timedelta(minutes=30)))
    assert client.get("/sumber", headers={"X-Fragment": "1"}).status_code == 200
    assert age_s(engine) > 1700
    assert client.get("/sumber").status_code == 200
    assert age_s(engine) < 60


def age_s(engine: Engine) -> float:
    """Since the one session there is was used."""
    with reading(engine) as conn:
        return (clock.now() - conn.execute(user_session.select()).one().seen_at).total_seconds()


@pytest.fixture
def with_factor(config: Config, home: Home, engine: Engine) -> App:
    """Administrators need the second factor."""
    accounts = config.accounts.model_copy(update={"second_factor": [Role.ADMINISTRATOR]})
    return create_app(a_render_context(replace(config, accounts=accounts)), home, engine)


def code_of(secret: str) -> str:
    return pyotp.TOTP(secret).at(clock.now())


def test_6_5_1_a_second_factor_is_asked_for_and_each_code_counts_once(app: App, siti: int):
    with writing(app.engine) as conn:
        users.set_second_factor(conn, siti, SECRET)
    client = app.flask.test_client()
    half = log_in(client, ke="/sumber/unggah")
    assert half.headers["Location"] == "/masuk/kode?ke=%2Fsumber%2Funggah"
    first = token_of(client)
    assert client.get("/sumber").headers["Location"].startswith("/masuk")
    assert client.post("/masuk/kode", data={"code": "000000"}).status_code == 403
    code = code_of(SECRET)
    done = client.post("/masuk/kode", data={"code": f"{code[:3]} {code[3:]}", "ke": "/sumber/unggah"})
    assert client.get(done.headers["Location"]).headers["Location"] == "/sumber/unggah"
    assert token_of(client) != first
    assert client.get("/sumber").status_code == 200
    again = app.flask.test_client()
    log_in(again)
    assert again.post("/masuk/kode", data={"code": code}).status_code == 403


def test_6_3_1_codes_are_throttled_like_passwords(app: App, siti: int):
    with writing(app.engine) as conn:
        users.set_second_factor(conn, siti, SECRET)
    client = app.flask.test_client()
    log_in(client)
    assert [client.post("/masuk/kode", data={"code": "x"}).status_code for _ in range(5)] == [403] * 5
    fail_more(app, "code", str(siti))
    assert client.post("/masuk/kode", data={"code": code_of(SECRET)}).status_code == 429


def test_6_3_3_a_role_that_needs_a_second_factor_adds_it_first(with_factor: App, siti: int):
    client = with_factor.flask.test_client()
    log_in(client)
    assert client.get("/sumber").headers["Location"] == "/akun"
    assert "Tambahkan sekarang" in client.get("/akun").text


FOREIGN = (
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Origin": "https://x.id"},
    {"Origin": "null"},
    {"Origin": "http://localhost.x.id"},
    {"Origin": "https://localhost"},
)


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
def test_3_5_1_and_3_what_another_site_sends_changes_nothing(app: App, siti: int, headers: dict[str, str]):
    client = app.flask.test_client()
    answer = client.post("/masuk", data={"name": "siti", "password": PASSWORD}, headers=headers)
    assert answer.status_code == 400
    assert not token_of(client)
    callback = {"output": "x.y", "inputs": [], "changedPropIds": []}
    assert client.post("/wall/_dash-update-component", json=callback, headers=headers).status_code == 400


@pytest.mark.parametrize("headers", [{}, {"Sec-Fetch-Site": "same-origin"}, {"Origin": "http://localhost"}], ids=str)
def test_what_our_own_pages_send_is_taken(app: App, siti: int, headers: dict[str, str]):
    answer = app.flask.test_client().post("/masuk", data={"name": "siti", "password": PASSWORD}, headers=headers)
    assert answer.status_code == 303


def test_the_accounts_of_a_demonstration_are_for_this_machine(config: Config, home: Home, engine: Engine, siti: int):
    app = create_app(a_render_context(replace(config, demo=True)), home, engine)
    elsewhere = {"REMOTE_ADDR": "203.0.113.9"}
    data = {"name": "siti", "password": PASSWORD}
    assert app.flask.test_client().post("/masuk", data=data, environ_overrides=elsewhere).status_code == 403
    client = app.flask.test_client()
    assert client.post("/masuk", data=data).status_code == 303
    assert client.get("/sumber").status_code == 200
    assert client.get("/sumber", environ_overrides=elsewhere).status_code == 403
    assert client.get("/health", environ_overrides=elsewhere).status_code == 200


def test_16_3_1_every_step_of_a_login_stands_in_the_audit_with_its_address(app: App, siti: int):
    with writing(app.engine) as conn:
        users.set_second_factor(conn, siti, SECRET)
    client = app.flask.test_client()
    log_in(client, "salah")
    log_in(client)
    client.post("/masuk/kode", data={"code": "000000"})
    client.post("/masuk/kode", data={"code": code_of(SECRET)})
    client.post("/keluar", data={"csrf": csrf_of(app, token_of(client))})
    with reading(app.engine) as conn:
        lines = [(line.action, line.actor, line.object, line.address) for line in reversed(audit.latest(conn, 9))]
    assert lines == [
        ("login_failed", "", "siti", "127.0.0.1"),
        ("login_failed", "", "siti", "127.0.0.1"),
        ("login", "siti", "password", "127.0.0.1"),
        ("logout", "siti", "", "127.0.0.1"),
    ]


def test_an_unknown_name_costs_the_hash_of_a_known_one():
    assert passwords.DUMMY.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert not passwords.is_outdated(passwords.DUMMY)
    assert not passwords.is_password("", None)


def test_16_3_2_what_is_looked_at_and_taken_along_stands_in_the_audit(app: App):
    client = logged_in(app)
    client.get("/sumber/opd_csv/ditolak/7")
    client.get("/unggahan/0123456789abcdef0123456789abcdef")
    with reading(app.engine) as conn:
        assert audit.latest(conn, 10) == [], "there was nothing to see"
    with writing(app.engine) as conn:
        rejected.add(conn, RejectedRecord("opd_csv", "1", "rusak", "{}"), clock.now())
        kept_id = rejected_search.page(conn, "opd_csv", None, None, 1)[0].id
    assert client.get(f"/sumber/opd_csv/ditolak/{kept_id}").status_code == 200
    with reading(app.engine) as conn:
        (line,) = audit.latest(conn, 10)
    assert (line.action, line.object, line.address) == ("viewed", f"/sumber/opd_csv/ditolak/{kept_id}", "127.0.0.1")


def test_a_page_that_refreshes_itself_is_in_the_audit_once_and_not_left_out(app: App, engine: Engine):
    with writing(engine) as conn:
        rejected.add(conn, RejectedRecord("opd_csv", "1", "rusak", "{}"), clock.now())
        kept_id = rejected_search.page(conn, "opd_csv", None, None, 1)[0].id
    client = logged_in(app)
    for _ in range(3):
        client.get(f"/sumber/opd_csv/ditolak/{kept_id}", headers={"X-Fragment": "1"})
    assert actions(engine) in (["viewed"], ["viewed"] * 2), "twice when an hour begins meanwhile"
