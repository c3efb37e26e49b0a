"""Warnings through the push door: signed in either way, refused and counted otherwise."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from dashboard.api.push.routes import SIGNATURE, TIMESTAMP, signature
from dashboard.api.signatures import webhook_key, webhook_signature
from dashboard.app import App, create_app
from dashboard.config.home import Home
from dashboard.config.load import Config
from data import clock
from data.store.db.engine import Engine, reading
from data.store.intake import hours
from data.store.intake.rejected import waiting
from data.store.intake.sources import state_of
from data.store.queries.warnings.in_force import in_force
from ingest.sources.cap.settings import CapSettings
from tests.dashboard.conftest import a_render_context
from tests.ingest.sources.cap.cap_messages import alert, an_info, cancel

VARIABLE, SECRET = "BATT_UJI_CAP", "s" * 40
WEBHOOK = "whsec_" + base64.b64encode(b"k" * 32).decode()


def settings(**more: object) -> CapSettings:
    plain = {"kind": "cap", "title": {"id": "Uji", "en": "Test"}, "enabled": True, "every_s": 60, "own": True}
    return CapSettings.model_validate({**plain, "push": {"secret_env": VARIABLE}, **more})


@pytest.fixture
def pushed(config: Config, home: Home, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[App]:
    monkeypatch.setenv(VARIABLE, SECRET)
    sources = {"bpbd": settings(), "dua": settings(urls=["http://127.0.0.1:1/x"])}
    made = create_app(a_render_context(replace(config, sources=sources)), home, engine)
    made.flask.testing = True
    yield made
    made.hub.stop()


@pytest.fixture
def client(pushed: App) -> FlaskClient:
    return pushed.flask.test_client()


def a_body(identifier: str = "1") -> bytes:
    now = clock.now().replace(microsecond=0)
    return alert(identifier, an_info(effective=now, expires=now + timedelta(hours=1)), sent=now)


def send(client: FlaskClient, body: bytes, secret: str = SECRET, name: str = "bpbd") -> TestResponse:
    stamp = str(int(clock.now().timestamp()))
    return client.post(
        f"/push/{name}", data=body, headers={TIMESTAMP: stamp, SIGNATURE: signature(secret, stamp, body)}
    )


def send_webhook(client: FlaskClient, body: bytes, secret: str = WEBHOOK, at: datetime | None = None) -> TestResponse:
    stamp, key = str(int((at or clock.now()).timestamp())), webhook_key(secret)
    assert key is not None
    signed = webhook_signature(key, "msg_1", stamp, body)
    headers = {"webhook-id": "msg_1", "webhook-timestamp": stamp, "webhook-signature": f"v1,x {signed}"}
    return client.post("/push/bpbd", data=body, headers=headers)


def shown(app: App) -> list[str]:
    with reading(app.engine) as conn:
        return [each.identifier for each in in_force(conn, clock.now())]


def outcome(answer: TestResponse) -> tuple[str, str]:
    assert answer.status_code == 200, answer.json
    assert answer.json is not None
    (record,) = answer.json["records"]
    return record["id"], record["outcome"]


def test_a_signed_warning_is_in_force_when_it_is_answered_and_so_is_its_cancel(client: FlaskClient, pushed: App):
    body = a_body()
    assert outcome(send(client, body)) == ("1", "new")
    assert shown(pushed) == ["1"]
    assert outcome(send(client, body)) == ("1", "same")
    sent = body.decode().partition("<sent>")[2].partition("</sent>")[0]
    gone = cancel("2", "1", sent=clock.now()).decode()
    begin, end = gone.rindex(",") + 1, gone.index("</references>")
    assert outcome(send(client, f"{gone[:begin]}{sent}{gone[end:]}".encode())) == ("2", "new")
    assert shown(pushed) == []


def test_standard_webhooks_may_sign_it(client: FlaskClient, pushed: App, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(VARIABLE, WEBHOOK)
    body = a_body()
    assert outcome(send_webhook(client, body)) == ("1", "new")
    assert outcome(send_webhook(client, body)) == ("1", "same")
    other = "whsec_" + base64.b64encode(b"z" * 32).decode()
    assert send_webhook(client, a_body("2"), other).status_code == 401
    assert send_webhook(client, a_body("2"), at=clock.now() - timedelta(minutes=6)).status_code == 401
    assert client.post("/push/bpbd", data=body, headers={"webhook-signature": "v1,x"}).status_code == 401
    assert shown(pushed) == ["1"]


def test_a_secret_that_is_none_of_standard_webhooks_signs_nothing_of_it(client: FlaskClient, pushed: App):
    assert send_webhook(client, a_body()).status_code == 401
    assert shown(pushed) == []


def test_what_is_signed_wrongly_is_refused_and_counted(client: FlaskClient, pushed: App):
    for _ in range(3):
        assert send(client, a_body(), secret="x" * 40).status_code == 401
    assert shown(pushed) == []
    now = clock.now()
    pushed.intake_health.save(now)
    with reading(pushed.engine) as conn:
        assert sum(hour.failures for hour in hours.of(conn, "bpbd", now - timedelta(hours=1))) == 3
        assert state_of(conn, "bpbd").failing_since is None
    assert 'batt_push_refused_total{source="bpbd"}' in client.get("/metrics").text


def test_what_is_no_warning_is_answered_and_kept(client: FlaskClient, pushed: App):
    identifier, what = outcome(send(client, alert("9", status="Exercise")))
    assert (identifier, what) == ("9", "rejected")
    with reading(pushed.engine) as conn:
        assert len(list(waiting(conn, "bpbd", 10))) == 1


def test_a_source_that_is_also_asked_takes_pushes_too(client: FlaskClient, pushed: App):
    assert outcome(send(client, a_body(), name="dua")) == ("1", "new")
    assert shown(pushed) == ["1"]
