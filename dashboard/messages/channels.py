"""How messages leave: as signed JSON to the city's gateway (Standard Webhooks), as e-mail."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import os
import re
from collections.abc import Mapping
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Protocol

from dashboard.config.citizens import WebhookSettings
from dashboard.config.fields import ADDRESS
from dashboard.config.load import Config
from dashboard.mail.message import compose
from dashboard.mail.smtp import MailDown, MailRefused, MailServer, SenderRefused
from dashboard.messages.wording import Text
from data.domain.reasons import Reason, reason
from data.store.citizens.outbox import EMAIL, WEBHOOK
from data.texts import ReasonError
from ingest.http.client import HttpClient, Limits
from ingest.source import SourceDown

LIMITS = Limits(body_most=100_000, total_s=20, redirects_most=0)
MAIL_S = 20.0
SECRET = "whsec_"
SECRET_BYTES = range(24, 65)
GONE = 410


class TryLater(ReasonError, RuntimeError):
    """It did not arrive now."""

    def __init__(self, why: Reason | str, after_s: float | None = None) -> None:
        """`after_s`: how long the other side wants to be left alone."""
        super().__init__(why)
        self.after_s = after_s


class Undeliverable(ReasonError, RuntimeError):
    """It never will arrive."""


class Sendable(Protocol):
    """What a channel needs of a message."""

    @property
    def id(self) -> int: ...
    @property
    def key(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def attempts(self) -> int: ...
    @property
    def address(self) -> str | None: ...
    @property
    def lang(self) -> str | None: ...
    @property
    def code(self) -> str: ...


class Channel(Protocol):
    """A way out."""

    def send(self, message: Sendable, text: Text, now: datetime) -> None:
        """Returns when the other side has it. Raises TryLater, Undeliverable."""


def channels(config: Config, home: Path) -> dict[str, Channel]:
    """Those that are configured."""
    found: dict[str, Channel] = {}
    if config.messages.email and config.mail is not None:
        found[EMAIL] = Email(MailServer(config.mail, home, os.environ, MAIL_S), config.mail.sender)
    if config.messages.webhook is not None:
        found[WEBHOOK] = Webhook(config.messages.webhook)
    return found


class Webhook:
    """The gateway gets each message in a POST, with the same webhook-id in every try."""

    def __init__(self, settings: WebhookSettings, environment: Mapping[str, str] = os.environ) -> None:
        """`environment` has the secret."""
        self._settings, self._environment = settings, environment

    def send(self, message: Sendable, text: Text, now: datetime) -> None:
        """See Channel."""
        data = {"to": message.address, "lang": message.lang, "text": text.body, "code": message.code}
        content = {
            "type": f"{text.about}.{message.kind}",
            "timestamp": now.isoformat(),
            "data": data | {"status_url": text.link},
        }
        body = json.dumps(content, ensure_ascii=False).encode()
        stamp = str(int(now.timestamp()))
        headers = {
            "Content-Type": "application/json",
            "webhook-id": message.key,
            "webhook-timestamp": stamp,
            "webhook-signature": signature(self.key(), message.key, stamp, body),
        }
        self._post(body, headers, now)

    def _post(self, body: bytes, headers: Mapping[str, str], now: datetime) -> None:
        try:
            web = HttpClient(base_url=self._settings.url, inner=self._settings.inner)
            try:
                answer = web.post(self._settings.url, content=body, headers=headers, limits=LIMITS)
            finally:
                web.close()
        except SourceDown as down:
            raise TryLater(down.reason) from None
        if answer.status == GONE:
            raise Undeliverable(reason("message.gone"))
        if not 200 <= answer.status < 300:
            raise TryLater(reason("message.status", status=str(answer.status)), answer.retry_after_s(now))

    def key(self) -> bytes:
        """The shared secret. Raises TryLater when the environment has none that is proper."""
        variable = self._settings.secret_env
        given = self._environment.get(variable, "")
        try:
            key = base64.b64decode(given.removeprefix(SECRET), validate=True)
        except (binascii.Error, ValueError):
            key = b""
        if not given.startswith(SECRET) or len(key) not in SECRET_BYTES:
            raise TryLater(reason("message.no_secret", variable=variable))
        return key


def signature(key: bytes, message_id: str, stamp: str, body: bytes) -> str:
    """The header `webhook-signature`."""
    signed = hmac.new(key, b".".join((message_id.encode(), stamp.encode(), body)), hashlib.sha256).digest()
    return "v1," + base64.b64encode(signed).decode()


class Email:
    """The mail server of `mail`."""

    def __init__(self, server: MailServer, sender: str) -> None:
        """`sender`: the address from which messages come."""
        self._server, self._sender = server, sender

    def send(self, message: Sendable, text: Text, now: datetime) -> None:
        """See Channel. A mail whose receipt was cut off is sent again with the same Message-ID; it may arrive twice."""
        if not re.fullmatch(ADDRESS, message.address or ""):
            raise Undeliverable(reason("message.bad_address"))
        try:
            self._server.send(self._mail(message, text, now))
        except (MailDown, SenderRefused) as wrong:  # it concerns all messages, not this one
            raise TryLater(wrong.reason) from None
        except MailRefused as refused:
            raise Undeliverable(refused.reason) from None

    def _mail(self, message: Sendable, text: Text, now: datetime) -> EmailMessage:
        words = "\n\n".join(part for part in (text.body, text.link) if part) + "\n"
        mail = compose(self._sender, message.address or "", text.subject, words, key=message.key, now=now)
        mail["Content-Language"] = message.lang or "id"
        return mail
