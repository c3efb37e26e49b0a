"""Takes what gateways deliver: signature first, then each message; the health of each gateway as a source."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from datetime import datetime
from functools import partial

from flask import Request

from dashboard.api.bodies import whole_body
from dashboard.api.open311.service import IntakeHealth
from dashboard.api.rate_limits import RateLimit, address_of
from dashboard.api.signatures import body_signature, form_signature, is_one_of, webhook_key, webhook_signature
from dashboard.config.load import Config
from dashboard.config.sections.citizens import InboundSettings
from dashboard.inbound.conversation import Conversations, Gateway
from dashboard.inbound.intake import MessageIntake
from dashboard.inbound.reading import READERS, InboundMessage, NotUnderstood, form_of
from data.domain.reasons import encode_reason, reason
from data.domain.sla.calendars import Calendars
from data.domain.sla.terms import terms
from data.store.cases.commands import CommandRules
from data.store.db.engine import Engine, writing
from data.store.intake.sources import failed
from data.texts import texts
from ingest.pipeline.pipeline import Pipeline
from ingest.sources.feed.body import InvalidJson

BODY_MOST = 256_000
MESSAGES_MOST = 100
"""In one delivery."""
SKEW_S = 300
"""How far the clock of a gateway that signs its time may be from ours."""
SHORTEST_SECRET = 16
GUESSES_PER_MINUTE, DELIVERIES_PER_MINUTE = 60, 600
CHALLENGE_MOST = 200
_CHALLENGE = re.compile(r"[A-Za-z0-9_.-]+", re.ASCII)
_STAMP = re.compile(r"\d{1,12}", re.ASCII)


class DeliveryRefused(Exception):
    """A delivery that is not taken: HTTP status, and what would be right."""

    def __init__(self, status: int, message: str, retry_after_s: int | None = None) -> None:
        super().__init__(message)
        self.status, self.retry_after_s = status, retry_after_s


class InboundReceiver:
    """One for all gateways. Thread-safe."""

    def __init__(
        self,
        config: Config,
        pipeline: Pipeline,
        calendars: Calendars,
        rate_limit: RateLimit,
        secret: bytes,
    ) -> None:
        """`secret`: of the installation."""
        self._rate_limit, self._public_url = rate_limit, config.server.public_url
        self._engine: Engine = pipeline.engine
        lang = "id" if config.messages.webhook is not None else None
        self._gateways = {
            name: Gateway(name, settings, MessageIntake(name, config.city, demo=config.demo), lang)
            for name, settings in config.messages.inbound.items()
        }
        self._health = {name: IntakeHealth(self._engine, source=name) for name in self._gateways}
        rules = CommandRules(config.city, partial(terms, config.city, calendars))
        self._conversations = Conversations(pipeline, rules, rate_limit, secret, self._count)

    def _count(self, name: str, now: datetime) -> None:
        self._health[name].count_report(now)

    def challenge(self, name: str, asked: Mapping[str, str]) -> str:
        """Meta's question whether this address is ours: its `hub.challenge`. Raises DeliveryRefused."""
        gateway = self._gateway(name)
        variable = gateway.settings.verify_token_env
        token = os.environ.get(variable, "").strip() if variable else ""
        challenge = asked.get("hub.challenge", "")[:CHALLENGE_MOST]
        right = asked.get("hub.mode") == "subscribe" and _CHALLENGE.fullmatch(challenge)
        if not token or not right or not is_one_of(asked.get("hub.verify_token", ""), [token]):
            raise DeliveryRefused(403, "hub.mode, hub.verify_token or hub.challenge is not what was agreed on")
        return challenge

    def receive(self, name: str, asked: Request, now: datetime) -> list[tuple[str, str]]:
        """(id, what became of it) of each message, all committed. Raises DeliveryRefused, StoreDown."""
        gateway = self._gateway(name)
        asked.max_content_length = BODY_MOST
        body = whole_body(asked)
        if body is None:
            raise DeliveryRefused(413, f"the body is too large; at most {BODY_MOST:,} bytes")
        self._check(gateway, asked, body, now)
        messages = _read(gateway.settings, asked, body)
        if len(messages) > MESSAGES_MOST:
            raise DeliveryRefused(413, f"{len(messages)} messages at once; at most {MESSAGES_MOST}")
        return [(message.id, self._conversations.take(gateway, message, now)) for message in messages]

    def is_twilio(self, name: str) -> bool:
        """Whether the gateway wants TwiML for an answer."""
        return name in self._gateways and self._gateways[name].settings.kind == "twilio"

    def save_health(self, now: datetime) -> None:
        """Save that gateways can deliver, and how many reports came. Raises StoreDown; then no count is lost."""
        for name, health in self._health.items():
            settings = self._gateways[name].settings
            if key_of(settings) is not None:
                health.save(now)
                continue
            with writing(self._engine) as conn:
                failed(conn, name, now, encode_reason(reason("inbound.no_secret", variable=settings.secret_env)))

    def _gateway(self, name: str) -> Gateway:
        found = self._gateways.get(name)
        if found is None:
            raise DeliveryRefused(404, "no gateway of this name delivers here")
        return found

    def _check(self, gateway: Gateway, asked: Request, body: bytes, now: datetime) -> None:
        """Raises DeliveryRefused: wrong signature or moment, or too many deliveries."""
        key = key_of(gateway.settings)
        if key is None:
            raise DeliveryRefused(503, "this address is not set up yet: the secret is missing on our side")
        wrong = self._fault(gateway.settings, asked, body, key, now)
        if wrong is not None:
            self._limit("guess", address_of(asked), GUESSES_PER_MINUTE, now)
            raise DeliveryRefused(401, wrong)
        self._limit("inbound_gateway", gateway.name, DELIVERIES_PER_MINUTE, now)

    def _fault(self, settings: InboundSettings, asked: Request, body: bytes, key: bytes, now: datetime) -> str | None:
        """What is wrong with the signature; None: nothing."""
        if settings.kind == "meta":
            given = asked.headers.get("X-Hub-Signature-256", "").strip().lower()
            return None if is_one_of(given, [body_signature(key, body)]) else "X-Hub-Signature-256 is missing or wrong"
        if settings.kind == "twilio":
            return self._twilio_fault(asked, body, key)
        message_id, stamp = (asked.headers.get(f"webhook-{name}", "").strip() for name in ("id", "timestamp"))
        if not message_id or len(message_id) > 200 or not _STAMP.fullmatch(stamp):
            return "webhook-id or webhook-timestamp is missing or wrong"
        right = webhook_signature(key, message_id, stamp, body)
        if not any(is_one_of(given, [right]) for given in asked.headers.get("webhook-signature", "").split()[:10]):
            return "webhook-signature is missing or wrong"
        if abs(int(stamp) - int(now.timestamp())) > SKEW_S:
            return f"webhook-timestamp is more than {SKEW_S} s from our clock"
        return None

    def _twilio_fault(self, asked: Request, body: bytes, key: bytes) -> str | None:
        path = asked.full_path.rstrip("?")
        bases = {asked.host_url.rstrip("/"), (self._public_url or asked.host_url).rstrip("/")}
        try:
            form = form_of(body)
        except NotUnderstood as wrong:
            return str(wrong)
        right = [form_signature(key, f"{base}{path}", form) for base in sorted(bases)]
        given = asked.headers.get("X-Twilio-Signature", "").strip()
        return None if is_one_of(given, right) else "X-Twilio-Signature is missing or wrong"

    def _limit(self, kind: str, who: str, most: int, now: datetime) -> None:
        wait = self._rate_limit.wait_s(kind, who, most, now)
        if wait:
            raise DeliveryRefused(429, f"more than {most} a minute; come again in {wait} s", wait)


def key_of(settings: InboundSettings) -> bytes | None:
    """The shared secret; None when the environment has none that is proper."""
    given = os.environ.get(settings.secret_env, "").strip()
    if settings.kind == "standard":
        return webhook_key(given)
    return given.encode() if len(given) >= SHORTEST_SECRET else None


def _read(settings: InboundSettings, asked: Request, body: bytes) -> list[InboundMessage]:
    """Raises DeliveryRefused."""
    try:
        return READERS[settings.kind](body, asked.headers.get("webhook-id", "").strip())
    except InvalidJson as wrong:
        raise DeliveryRefused(400, f"the body {texts('en').sentence(wrong.reason)}") from None
    except NotUnderstood as wrong:
        raise DeliveryRefused(400, str(wrong)) from None
