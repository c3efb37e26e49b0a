"""The tests' city with three gateways; each delivery is signed as its gateway does it."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient
from jinja2 import FileSystemBytecodeCache
from werkzeug.test import TestResponse

from dashboard.api.signatures import body_signature, form_signature, webhook_signature
from dashboard.app import App
from dashboard.config.load import Config
from dashboard.config.sections.citizens import InboundSettings, MessageSettings, WebhookSettings
from data import clock
from data.store.db.engine import writing
from tests.dashboard.conftest import a_house
from tests.emptied import EMPTIED

KEY = bytes(range(32))
SECRETS = {
    "BATT_UJI_SMS": "whsec_" + base64.b64encode(KEY).decode(),
    "BATT_UJI_META": "m" * 32,
    "BATT_UJI_TWILIO": "t" * 32,
    "BATT_UJI_TANYA": "kata-sandi-uji",
}


def gateway(kind: str, variable: str, **more: Any) -> InboundSettings:
    title = {"id": kind, "en": kind}
    hosts = ["media.example.id", "graph.facebook.com"]
    return InboundSettings.model_validate(
        {"kind": kind, "title": title, "secret_env": variable, "media_hosts": hosts} | more
    )


@pytest.fixture(scope="session")
def config(config: Config) -> Config:
    """With a way to answer."""
    inbound = {
        "sms": gateway("standard", "BATT_UJI_SMS", per_sender=6),
        "wa": gateway("meta", "BATT_UJI_META", verify_token_env="BATT_UJI_TANYA"),
        "tw": gateway("twilio", "BATT_UJI_TWILIO"),
        "tanpa": gateway("standard", "BATT_UJI_TIADA"),
    }
    webhook = WebhookSettings(url="https://gateway.example.id/x", secret_env="BATT_UJI_SMS")
    return replace(config, messages=MessageSettings(webhook=webhook, inbound=inbound))


@pytest.fixture(scope="module")
def house(
    tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path, config: Config, compiled: FileSystemBytecodeCache
) -> Iterator[App]:
    with a_house(tmp_path_factory.mktemp("gateways"), sqlite_template, config, compiled) as made:
        yield made


@pytest.fixture
def app(house: App, monkeypatch: pytest.MonkeyPatch) -> Iterator[App]:
    """Everything but the threads, emptied after each test."""
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    yield house
    with writing(house.engine) as conn:
        for table in EMPTIED:
            if table.name != "audit":
                conn.execute(table.delete())


@dataclass
class Gateways:
    """All of them."""

    client: FlaskClient
    sent: int = 0

    def sms(self, sender: str, text: str = "", message_id: str = "", **data: Any) -> TestResponse:
        """One message, signed by Standard Webhooks."""
        self.sent += 1
        told = {"from": sender, "text": text, **data}
        return self.signed({"type": "message.received", "data": told}, message_id or f"msg_{self.sent}")

    def signed(self, content: Any, message_id: str, *, away_s: int = 0, key: bytes = KEY) -> TestResponse:
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        stamp = str(int(clock.now().timestamp()) + away_s)
        headers = {
            "webhook-id": message_id,
            "webhook-timestamp": stamp,
            "webhook-signature": f"v1,x {webhook_signature(key, message_id, stamp, body)}",
        }
        return self.client.post("/pesan/sms", data=body, headers=headers)

    def meta(self, *messages: dict[str, Any], key: str = "m" * 32) -> TestResponse:
        contacts = [{"wa_id": "6281234567890", "profile": {"name": "Sri"}}]
        value = {"messages": list(messages), "contacts": contacts}
        body = json.dumps({"object": "x", "entry": [{"changes": [{"value": value}]}]}).encode()
        headers = {"X-Hub-Signature-256": body_signature(key.encode(), body)}
        return self.client.post("/pesan/wa", data=body, headers=headers)

    def twilio(self, key: str = "t" * 32, **form: str) -> TestResponse:
        signed = form_signature(key.encode(), "http://localhost/pesan/tw", form)
        kind = "application/x-www-form-urlencoded"
        return self.client.post(
            "/pesan/tw", data=urlencode(form), content_type=kind, headers={"X-Twilio-Signature": signed}
        )


@pytest.fixture
def gateways(app: App) -> Gateways:
    return Gateways(app.flask.test_client())
