"""The doctor says what messages to citizens lack before somebody waits for one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from dashboard.cli.doctor.findings import CheckContext
from dashboard.cli.doctor.messages import messages
from dashboard.config.home import Home
from dashboard.config.load import Config
from dashboard.config.models import MailSettings
from dashboard.config.sections.citizens import InboundSettings, MessageSettings, WebhookSettings
from ingest.settings import Title
from tests.factories import NOW

WEBHOOK = WebhookSettings(url="https://gateway.example", secret_env="BATT_UJI_WEBHOOK")
MAIL = MailSettings(host="mail.example", sender="a@b.id")


def found(config: Config, settings: MessageSettings, public_url: str | None) -> list[tuple[str, str]]:
    server = config.server.model_copy(update={"public_url": public_url})
    context = CheckContext(Home(Path(), "sqlite://", None), Path("config.yaml"), NOW)
    looked = messages(context, replace(config, mail=MAIL, messages=settings, server=server))
    return [(each.state, each.said) for each in looked]


def test_without_a_channel_nothing_is_said(config: Config):
    assert found(config, MessageSettings(), None) == []


def test_what_is_missing_is_named_and_what_is_there_is_fine(config: Config, monkeypatch: pytest.MonkeyPatch):
    both = MessageSettings(webhook=WEBHOOK, email=True)
    said = found(config, both, None)
    assert [state for state, _ in said] == ["bad"] * 2
    assert all(word in str(said) for word in ("BATT_UJI_WEBHOOK", "public_url"))
    monkeypatch.setenv("BATT_UJI_WEBHOOK", "whsec_" + "QUJD" * 8)
    assert found(config, both, "https://batt.example") == [("ok", "ready: email, webhook")]


def test_a_gateway_that_hands_over_messages_needs_its_key(config: Config, monkeypatch: pytest.MonkeyPatch):
    title = Title(id="WhatsApp", en="WhatsApp")
    gateway = InboundSettings(kind="twilio", title=title, secret_env="BATT_UJI_GERBANG")
    settings, url = MessageSettings(inbound={"wa": gateway}), "https://batt.example"
    assert [(state, "BATT_UJI_GERBANG" in said) for state, said in found(config, settings, url)] == [("bad", True)]
    monkeypatch.setenv("BATT_UJI_GERBANG", "t" * 32)
    assert found(config, settings, url) == [("ok", "ready: wa")]
