"""A message leaves signed, to the address that is configured; what the other side says decides about another try."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from pathlib import Path

import pytest

from dashboard.config.sections.citizens import WebhookSettings
from dashboard.mail.smtp import MailServer
from dashboard.messages.channels import Email, TryLater, Undeliverable, Webhook
from dashboard.messages.wording import Text
from tests.dashboard.mail.smtp_server import Mailbox, mail_server
from tests.dashboard.messages.receivers import a_gateway, a_message
from tests.factories import NOW

KEY = bytes(range(32))
SECRET = {"BATT_UJI": "whsec_" + base64.b64encode(KEY).decode()}
TEXT = Text("Laporan AW-2611-0007", "Terima kasih, Bapak/Ibu.", "https://warga.example/lapor/0123-4567-89AB-C")


def webhook(url: str, *, inner: bool = True, secret: dict[str, str] | None = None) -> Webhook:
    return Webhook(WebhookSettings(url=url, secret_env="BATT_UJI", inner=inner), SECRET if secret is None else secret)


def mailed(box: Mailbox, address: str = "warga@example.id") -> None:
    channel = Email(MailServer(box.settings(), Path("/"), {}, 2), "lapor@batu.example")
    channel.send(a_message(channel="email", address=address), TEXT, NOW)


def test_the_gateway_gets_the_words_signed_by_standard_webhooks():
    with a_gateway() as gateway:
        webhook(gateway.url).send(a_message(), TEXT, NOW)
    [(headers, body)] = gateway.got
    signed = ".".join((headers["webhook-id"], headers["webhook-timestamp"], body.decode())).encode()
    right = base64.b64encode(hmac.new(KEY, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{right}"
    assert headers["webhook-timestamp"] == str(int(NOW.timestamp()))
    told = json.loads(body)
    assert told["type"] == "report.received"
    assert told["data"]["to"] == "081234567890"
    assert told["data"]["text"] == TEXT.body
    assert told["data"]["status_url"] == TEXT.link
    assert len(body) < 20_000


@pytest.mark.parametrize(
    ("status", "headers", "fault", "after_s"),
    [
        (500, {}, TryLater, None),
        (429, {"Retry-After": "120"}, TryLater, 120),
        (400, {}, TryLater, None),
        (302, {"Location": "http://127.0.0.1:1/elsewhere"}, TryLater, None),
        (410, {}, Undeliverable, None),
    ],
)
def test_what_the_gateway_answers_decides_about_another_try(
    status: int, headers: dict[str, str], fault: type[Exception], after_s: float | None
):
    with a_gateway() as gateway:
        gateway.answers = [(status, headers)]
        with pytest.raises(fault) as raised:
            webhook(gateway.url).send(a_message(), TEXT, NOW)
    assert getattr(raised.value, "after_s", None) == after_s
    assert len(gateway.got) == 1


def test_a_private_address_is_not_asked_unless_it_is_configured():
    with a_gateway() as gateway:
        with pytest.raises(TryLater, match=r"127\.0\.0\.1"):
            webhook(gateway.url, inner=False).send(a_message(), TEXT, NOW)
        assert gateway.got == []


@pytest.mark.parametrize("given", ["", "whsec_", "whsec_c2hvcnQ=", "c2hvcnQ=", "whsec_!!!"])
def test_without_a_proper_secret_nothing_is_sent(given: str):
    with a_gateway() as gateway, pytest.raises(TryLater, match="BATT_UJI"):
        webhook(gateway.url, secret={"BATT_UJI": given}).send(a_message(), TEXT, NOW)
    assert gateway.got == []


def test_a_mail_has_words_link_and_the_same_id_in_every_try():
    with mail_server() as box:
        for _ in range(2):
            mailed(box)
    first, second = box.taken
    assert first["Message-ID"] == second["Message-ID"] == "<6f1e1d0e-0000-4000-8000-000000000001@batu.example>"
    assert (first["To"], first["Subject"]) == ("warga@example.id", TEXT.subject)
    assert first["Auto-Submitted"] == "auto-generated"
    assert TEXT.link in first.get_content()


@pytest.mark.parametrize(
    ("word", "says", "fault"),
    [
        ("RCPT", "550 no such user", Undeliverable),
        ("RCPT", "451 busy", TryLater),
        ("MAIL", "550 not from you", TryLater),
    ],
)
def test_a_mail_server_that_refuses_this_mail_for_good_ends_it_and_another_does_not(
    word: str, says: str, fault: type[Exception]
):
    with mail_server(answers={word: says}) as box, pytest.raises(fault, match=says[:3]):
        mailed(box)


def test_a_mail_server_that_is_gone_is_tried_again():
    with mail_server() as box:
        pass
    with pytest.raises(TryLater):
        mailed(box)


@pytest.mark.parametrize("address", ["(a", "a\nBcc: b@example.id", "a@example.id,b@example.id", "é@example.id"])
def test_what_is_no_address_is_not_asked_about(address: str):
    with mail_server() as box:
        with pytest.raises(Undeliverable):
            mailed(box, address)
        assert box.sessions == 0
