"""How messages leave: as signed JSON to the city's gateway (Standard Webhooks), as e-mail."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Protocol

from dashboard.api.signatures import webhook_key, webhook_signature
from dashboard.config.fields import ADDRESS
from dashboard.config.load import Config
from dashboard.config.sections.citizens import WebhookSettings
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
GONE = 410


class TryLater(ReasonError, RuntimeError):
    """It did not arrive now."""

    def __init__(self, why: Reason | str, after_s: float | None = None) -> None:
        """`after_s`: how long the other side wants to be left alone."""
        super().__init__(why)
        self.after_s = after_s


class Undeliverable(ReasonError, RuntimeError):
    """It never will arrive."""


class Outgoing(Protocol):
    """What a channel needs to know of a message besides its words."""

    @property
    def id(self) -> int:
        """In its queue."""

    @property
    def key(self) -> str:
        """The same in every try."""

    @property
    def type(self) -> str:
        """Of the webhook: what it is about."""

    @property
    def kind(self) -> str:
        """For the log."""

    @property
    def code(self) -> str:
        """Of the case."""

    @property
    def address(self) -> str | None:
        """None: there is none any more."""

    @property
    def lang(self) -> str | None:
        """None: the city's."""

    @property
    def attempts(self) -> int:
        """Tries that failed."""


class Channel(Protocol):
    """A way out."""

    def send(self, message: Outgoing, text: Text, now: datetime) -> None:
        """Returns when the other side has it. Raises TryLater, Undeliverable."""


def channels(config: Config, home: Path, *, email: bool) -> dict[str, Channel]:
    """Those that are configured. email: whether mails are wanted."""
    found: dict[str, Channel] = {}
    if email and config.mail is not None:
        found[EMAIL] = Email(MailServer(config.mail, home, os.environ, MAIL_S), config.mail.sender)
    if config.messages.webhook is not None:
        found[WEBHOOK] = Webhook(config.messages.webhook)
    return found


class Webhook:
    """The gateway gets each message in a POST, with the same webhook-id in every try."""

    def __init__(self, settings: WebhookSettings, environment: Mapping[str, str] = os.environ) -> None:
        """`environment` has the secret."""
        self._settings, self._environment = settings, environment

    def send(self, message: Outgoing, text: Text, now: datetime) -> None:
        """See Channel."""
        data = {"to": message.address, "lang": message.lang, "text": text.body, "code": message.code}
        content = {
            "type": message.type,
            "timestamp": now.isoformat(),
            "data": data | {"status_url": text.link},
        }
        body = json.dumps(content, ensure_ascii=False).encode()
        stamp = str(int(now.timestamp()))
        headers = {
            "Content-Type": "application/json",
            "webhook-id": message.key,
            "webhook-timestamp": stamp,
            "webhook-signature": webhook_signature(self.key(), message.key, stamp, body),
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
        key = webhook_key(self._environment.get(variable, ""))
        if key is None:
            raise TryLater(reason("message.no_secret", variable=variable))
        return key


class Email:
    """The mail server of `mail`."""

    def __init__(self, server: MailServer, sender: str) -> None:
        """`sender`: the address from which messages come."""
        self._server, self._sender = server, sender

    def send(self, message: Outgoing, text: Text, now: datetime) -> None:
        """See Channel. A mail whose receipt was cut off is sent again with the same Message-ID; it may arrive twice."""
        if not re.fullmatch(ADDRESS, message.address or ""):
            raise Undeliverable(reason("message.bad_address"))
        try:
            self._server.send(self._mail(message, text, now))
        except (MailDown, SenderRefused) as wrong:  # it concerns all messages, not this one
            raise TryLater(wrong.reason) from None
        except MailRefused as refused:
            raise Undeliverable(refused.reason) from None

    def _mail(self, message: Outgoing, text: Text, now: datetime) -> EmailMessage:
        words = "\n\n".join(part for part in (text.body, text.link) if part) + "\n"
        mail = compose(self._sender, message.address or "", text.subject, words, key=message.key, now=now)
        mail["Content-Language"] = message.lang or "id"
        return mail
