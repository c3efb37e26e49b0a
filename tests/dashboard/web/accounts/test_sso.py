"""Single sign-on against a provider on this machine: who it vouches for comes in, and nothing else does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient
from joserfc.jwk import ECKey
from werkzeug.test import TestResponse

from dashboard.app import App, create_app
from dashboard.auth.visitor import COOKIE
from dashboard.config.home import Home
from dashboard.config.load import Config
from dashboard.config.models import SsoSettings
from data import clock
from data.domain.access.roles import Role
from data.store.accounts import audit, users
from data.store.db.engine import Engine, reading, writing
from tests.dashboard.conftest import a_render_context
from tests.dashboard.web.accounts.provider import CLIENT, SECRET, Provider
from tests.dashboard.web.conftest import told


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    monkeypatch.setenv("BATT_UJI_SSO", SECRET)
    made = Provider()
    yield made
    made.close()


def an_app(provider: Provider, config: Config, home: Home, engine: Engine, **changes: Any) -> App:
    settings = {
        "title": {"id": "akun kota", "en": "city account"},
        "issuer": provider.issuer,
        "client_id": CLIENT,
        "secret_env": "BATT_UJI_SSO",
        **changes,
    }
    needs = {"sso": SsoSettings.model_validate(settings), "second_factor": [Role.ADMINISTRATOR]}
    accounts = config.accounts.model_copy(update=needs)
    return create_app(a_render_context(replace(config, accounts=accounts)), home, engine)


@pytest.fixture
def app(provider: Provider, config: Config, home: Home, engine: Engine) -> App:
    """With the provider, and siti, whose one-time password was never used."""
    with writing(engine) as conn:
        now = clock.now()
        users.add(conn, "siti", Role.ADMINISTRATOR, (), password="-", now=now, one_time_until=now)
    return an_app(provider, config, home, engine)


def sign_on(provider: Provider, client: FlaskClient, back: str = "") -> TestResponse:
    """To the provider and back."""
    begun = client.get("/masuk/sso", query_string={"ke": back} if back else {})
    assert begun.headers["Location"].startswith(f"{provider.issuer}/authorize?")
    return client.get(provider.consent(begun.headers["Location"]))


def is_refused(client: FlaskClient, answer: TestResponse, said: str) -> bool:
    """Whether the login page says so."""
    return said in told(client.get(answer.headers["Location"]).text)


def test_whom_the_provider_vouches_for_comes_to_where_she_wanted_to_go(app: App, provider: Provider):
    client = app.flask.test_client()
    assert 'href="/masuk/sso?ke=%2Fsumber%2Funggah"' in client.get("/masuk?ke=/sumber/unggah").text
    done = sign_on(provider, client, "/sumber/unggah")
    assert client.get(done.headers["Location"]).headers["Location"] == "/sumber/unggah"
    assert client.get("/sumber").status_code == 200, "neither the one-time password nor a second factor is asked for"
    with reading(app.engine) as conn:
        (line,) = audit.latest(conn, 10)
    assert (line.action, line.actor, line.object) == ("login", "siti", "sso")


def test_a_name_without_an_account_and_a_disabled_one_are_told_so(app: App, provider: Provider):
    provider.name = "budi"
    client = app.flask.test_client()
    assert is_refused(client, sign_on(provider, client), "Tidak ada akun")
    provider.name = "siti"
    with writing(app.engine) as conn:
        user = users.by_name(conn, "siti")
        assert user is not None
        users.disable(conn, user.person.id, clock.now())
    client = app.flask.test_client()
    assert is_refused(client, sign_on(provider, client), "Tidak ada akun")
    assert client.get("/sumber").headers["Location"].startswith("/masuk")


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "http://127.0.0.1:1"},
        {"aud": "another"},
        {"aud": ["another", CLIENT], "azp": "another"},
        {"exp": 1_000_000_000},
        {"nonce": "x"},
        {"nonce": None},
        {"preferred_username": ""},
        {"preferred_username": ["siti"]},
    ],
    ids=str,
)
def test_a_token_that_says_something_wrong_proves_nothing(app: App, provider: Provider, claims: dict[str, Any]):
    provider.claims = claims
    client = app.flask.test_client()
    assert is_refused(client, sign_on(provider, client), "tidak berhasil")
    assert client.get("/sumber").headers["Location"].startswith("/masuk")


def test_a_token_signed_by_somebody_else_proves_nothing(app: App, provider: Provider):
    provider.key = ECKey.generate_key("P-256", {"kid": "1"})
    client = app.flask.test_client()
    assert is_refused(client, sign_on(provider, client), "tidak berhasil")


def test_an_answer_counts_in_the_browser_that_asked_and_once(app: App, provider: Provider):
    client, other = app.flask.test_client(), app.flask.test_client()
    back = provider.consent(client.get("/masuk/sso").headers["Location"])
    assert is_refused(other, other.get(back), "tidak berhasil"), "a browser that began nothing"
    other.get("/masuk/sso")
    assert is_refused(other, other.get(back), "tidak berhasil"), "the state is another one"
    assert client.get(back).headers["Location"] == "/masuk"
    assert client.get("/sumber").status_code == 200
    client.delete_cookie(COOKIE)
    assert is_refused(client, client.get(back), "tidak berhasil"), "the pending login is gone"


def test_a_wrong_client_secret_proves_nothing_and_is_in_no_log(
    app: App,
    provider: Provider,
    config: Config,
    home: Home,
    engine: Engine,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    monkeypatch.setenv("BATT_UJI_SSO", "bukan-itu")
    client = an_app(provider, config, home, engine).flask.test_client()
    assert is_refused(client, sign_on(provider, client), "tidak berhasil")
    logged = capsys.readouterr()
    assert "single_sign_on_failed" in logged.out + logged.err
    assert "bukan-itu" not in logged.out + logged.err


def test_a_provider_that_is_down_leaves_the_password(app: App, provider: Provider):
    provider.down = True
    client = app.flask.test_client()
    answer = client.get(client.get("/masuk/sso").headers["Location"])
    assert "Masuklah dengan kata sandi" in told(answer.text)
    assert 'name="password"' in answer.text


def test_an_address_of_mail_counts_only_when_it_was_verified(
    app: App, provider: Provider, config: Config, home: Home, engine: Engine
):
    by_mail = an_app(provider, config, home, engine, claim="email")
    with writing(engine) as conn:
        users.add(conn, "siti@x.id", Role.OPERATOR, (), password="-", now=clock.now(), one_time_until=None)
    provider.claims = {"email": "siti@x.id", "email_verified": False}
    client = by_mail.flask.test_client()
    assert is_refused(client, sign_on(provider, client), "tidak berhasil")
    provider.claims = {"email": "Siti@x.id", "email_verified": True}
    assert sign_on(provider, client).headers["Location"] == "/masuk"
    assert "siti@x.id" in client.get("/akun").text


@pytest.mark.parametrize("issuer", ["http://sso.x.id", "ftp://x", "http://127.0.0.1.x.id"])
def test_a_provider_is_reached_by_https_unless_it_is_this_machine(issuer: str):
    with pytest.raises(ValueError, match="issuer"):
        SsoSettings.model_validate(
            {"title": {"id": "a", "en": "a"}, "issuer": issuer, "client_id": "x", "secret_env": "X"}
        )
