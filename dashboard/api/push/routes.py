"""POST /push/NAME: an agency's system sends its records, or a warning, signed with a shared secret.

The signature covers timestamp and body: nobody can change a delivery, or repeat it more than five minutes later. A
repetition before that has no effect: records are known by id, deliveries by signature. Whoever speaks Standard Webhooks
may sign as that does, when the secret is one of its kind.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from flask import Flask, Request, Response, jsonify, request

from dashboard.api.bodies import whole_body
from dashboard.api.push.replays import Replays
from dashboard.api.rate_limits import RateLimit, address_of
from dashboard.api.signatures import is_one_of, webhook_key, webhook_signature
from dashboard.config.load import Config
from dashboard.observability import metrics
from data import clock
from data.domain.reasons import encode_reason, reason
from data.store.db.engine import StoreDown, writing
from data.store.intake import hours
from data.store.intake.sources import failed, succeeded
from data.texts import texts
from ingest.pipeline.pipeline import Pipeline
from ingest.source import Outcome, OutcomeKind, Raw, Source, SourceDown, count_new
from ingest.sources.cap.settings import CapSettings
from ingest.sources.cap.source import CapSource
from ingest.sources.feed.body import InvalidJson, parse_json
from ingest.sources.feed.environment import secret, secret_problem
from ingest.sources.feed.paths import PathError, follow
from ingest.sources.feed.settings import FeedSettings, PushSettings
from ingest.sources.feed.source import FeedSource

log = structlog.get_logger(__name__)
TIMESTAMP, SIGNATURE = "X-BATT-Timestamp", "X-BATT-Signature"
WEBHOOK_SIGNATURE = "webhook-signature"
"""Of Standard Webhooks."""
SKEW_S = 300
"""How far the sender's clock may be from ours."""
MOST = 500
"""Records in one delivery."""
SHORTEST_SECRET = 32
GUESSES_PER_MINUTE = 60
"""Deliveries of one address with a wrong signature."""
RETRY_AFTER_S = 5
_STAMP = re.compile(r"\d{1,12}", re.ASCII)
_SIGNED = (
    f"expected: {TIMESTAMP}: epoch seconds now, and {SIGNATURE}: sha256=HEX, the HMAC-SHA256 of "
    "TIMESTAMP + '.' + BODY (the very bytes) with the shared secret"
)


class DeliveryRefused(Exception):
    """A delivery that is not accepted: HTTP status, and what would be right."""

    def __init__(self, status: int, message: str, retry_after_s: int | None = None) -> None:
        super().__init__(message)
        self.status, self.retry_after_s = status, retry_after_s


@dataclass(frozen=True, slots=True)
class PushDoor:
    """A source that takes deliveries."""

    source: FeedSource | CapSource
    push: PushSettings
    is_polled: bool
    """Its poller saves its health, too."""
    unpack: Callable[[bytes], Iterable[Raw]]
    """The records in a body. Raises DeliveryRefused."""


class PushReceiver:
    """Accepts deliveries, and saves the health of their sources; thread-safe."""

    def __init__(
        self, config: Config, pipeline: Pipeline, sources: Callable[[str], Source], rate_limit: RateLimit
    ) -> None:
        """sources: a source by its name, built."""
        self._pipeline, self._rate_limit = pipeline, rate_limit
        self._doors: dict[str, PushDoor] = {}
        for name, settings in config.sources.items():
            if settings.enabled and isinstance(settings, FeedSettings | CapSettings) and settings.push is not None:
                self._doors[name] = _door(sources(name), settings.push)
        self._replays = Replays()
        self._refused: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._became: dict[str, Counter[OutcomeKind]] = defaultdict(Counter)
        self._newest: dict[str, datetime] = {}

    def receive(self, name: str, asked: Request, now: datetime) -> list[Outcome]:
        """The outcome of each record, all committed. Raises DeliveryRefused, StoreDown, SourceDown."""
        door = self._doors.get(name)
        if door is None:
            raise DeliveryRefused(404, "no source of this name takes deliveries here")
        body = _body(asked)
        self._check(door, asked, body, now)
        signed = asked.headers.get(WEBHOOK_SIGNATURE) or asked.headers[SIGNATURE].strip().lower()
        known = self._replays.before(name, signed)
        if known is not None:
            return known
        _check_unpacked(asked)
        outcomes = []
        for outcome in self._pipeline.write_each(door.source, door.unpack(body), now):
            self._count(name, outcome)
            outcomes.append(outcome)
        self._replays.keep(name, signed, outcomes)
        return outcomes

    def save_health(self, now: datetime) -> None:
        """Save that sources can push, and how many records came. Raises StoreDown; then no count is lost.

        Of a source that is polled too only the hourly counts: the poller saves its health.
        """
        if not self._doors:
            return
        with self._lock:
            became, newest = {name: Counter(each) for name, each in self._became.items()}, dict(self._newest)
            refused = Counter(self._refused)
        with writing(self._pipeline.engine) as conn:
            for name, door in self._doors.items():
                counts, fault = became.get(name, Counter[OutcomeKind]()), self._fault(door)
                new, pushed_only = counts[OutcomeKind.NEW] + counts[OutcomeKind.MERGED], not door.is_polled
                fine = pushed_only and fault is None
                if pushed_only and fault is not None:
                    failed(conn, name, now, fault)
                elif pushed_only:
                    succeeded(conn, name, now, records=new, newest=newest.get(name))
                told = {"delivered": new, "updated": counts[OutcomeKind.UPDATED], "failures": refused[name]}
                hours.count(conn, name, now, **told, fetches=int(fine))
        with self._lock:
            for name, counts in became.items():
                self._became[name] -= counts
            self._refused -= refused
            self._newest = {name: at for name, at in self._newest.items() if newest.get(name) != at}

    def _fault(self, door: PushDoor) -> str | None:
        """Why the source cannot push; None when it can."""
        try:
            self._secrets(door)
        except SourceDown as down:
            return encode_reason(down.reason)
        return None

    def _count(self, name: str, outcome: Outcome) -> None:
        with self._lock:
            self._became[name][outcome.kind] += 1
            if count_new([outcome]) and outcome.received_at is not None:
                self._newest[name] = max(outcome.received_at, self._newest.get(name, outcome.received_at))

    def _check(self, door: PushDoor, asked: Request, body: bytes, now: datetime) -> None:
        """Raises DeliveryRefused: wrong signature or timestamp, or too many deliveries."""
        name = door.source.name
        try:
            keys = self._secrets(door)
        except SourceDown as down:
            log.error("push_without_secret", source=name, reason=str(down))
            raise DeliveryRefused(
                503, "this address is not set up yet: the shared secret is missing on our side"
            ) from None
        wrong = _wrong_signature(asked, body, keys, now)
        if wrong is not None:
            metrics.PUSH_REFUSED.labels(name).inc()
            with self._lock:
                self._refused[name] += 1
            self._limit("guess", address_of(asked), GUESSES_PER_MINUTE, now)
            raise DeliveryRefused(401, f"{wrong}; {_SIGNED}")
        self._limit("push", name, door.push.per_minute, now)

    def _secrets(self, door: PushDoor) -> list[str]:
        """The secret, and the old one while both are valid. Raises SourceDown."""
        push = door.push
        key = secret(push.secret_env)
        if len(key) < SHORTEST_SECRET:
            raise SourceDown(reason("push.short_secret", variable=push.secret_env, least=SHORTEST_SECRET))
        before = push.old_secret_env
        old = secret(before) if before is not None and secret_problem(before) is None else ""
        return [key, old] if len(old) >= SHORTEST_SECRET else [key]

    def _limit(self, kind: str, who: str, most: int, now: datetime) -> None:
        wait = self._rate_limit.wait_s(kind, who, most, now)
        if wait:
            raise DeliveryRefused(429, f"more than {most} deliveries a minute; come again in {wait} s", wait)


def serve_push(app: Flask, push_receiver: PushReceiver) -> None:
    """Register the route."""

    @app.post("/push/<name>")
    def push(name: str) -> Response:
        try:
            outcomes = push_receiver.receive(name, request, clock.now())
        except DeliveryRefused as refused:
            return _answer({"error": str(refused)}, refused.status, refused.retry_after_s)
        except (StoreDown, SourceDown) as down:
            log.warning("push_interrupted", source=name, reason=str(down))
            message = (
                "the store is busy or cannot be reached; send the same again, what was stored already changes nothing"
            )
            return _answer({"error": message}, 503, RETRY_AFTER_S)
        return _answer({"records": [_result_of(outcome) for outcome in outcomes]}, 200)


def signature(key: str, stamp: str, body: bytes) -> str:
    """The right value of the signature header."""
    return "sha256=" + hmac.new(key.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def _answer(content: Mapping[str, Any], status: int, retry_after_s: int | None = None) -> Response:
    response = jsonify(content)
    response.status_code = status
    response.headers["Cache-Control"] = "no-store"
    if retry_after_s is not None:
        response.headers["Retry-After"] = str(retry_after_s)
    return response


def _result_of(outcome: Outcome) -> dict[str, str]:
    reason = {"reason": texts("id").stored_sentence(outcome.reason)} if outcome.reason else {}
    return {"id": outcome.external_id, "outcome": str(outcome.kind)} | reason


def _door(source: Source, push: PushSettings) -> PushDoor:
    if isinstance(source, CapSource):
        return PushDoor(source, push, source.is_polled, lambda body: [source.raw(body)])
    assert isinstance(source, FeedSource)
    polled = source.settings.url is not None
    return PushDoor(source, push, polled, lambda body: map(source.raw, _items(source, body)))


def _wrong_signature(asked: Request, body: bytes, keys: Sequence[str], now: datetime) -> str | None:
    """What is wrong with it; None when it is right."""
    if WEBHOOK_SIGNATURE in asked.headers:
        return _wrong_webhook(asked, body, keys, now)
    stamp, signed = asked.headers.get(TIMESTAMP, "").strip(), asked.headers.get(SIGNATURE, "").strip()
    if not stamp or not signed:
        return f"{TIMESTAMP if not stamp else SIGNATURE} is missing"
    if not _STAMP.fullmatch(stamp):
        return f"{TIMESTAMP} is no number of seconds"
    right = [signature(key, stamp, body).encode() for key in keys]
    if not any(hmac.compare_digest(each, signed.lower().encode()) for each in right):
        return "the signature is another than that of this body and moment"
    return _away(TIMESTAMP, stamp, now)


def _wrong_webhook(asked: Request, body: bytes, keys: Sequence[str], now: datetime) -> str | None:
    """The same for Standard Webhooks, whose secrets are `whsec_` and bytes."""
    message_id, stamp = (asked.headers.get(f"webhook-{name}", "").strip() for name in ("id", "timestamp"))
    if not message_id or len(message_id) > 200 or not _STAMP.fullmatch(stamp):
        return "webhook-id or webhook-timestamp is missing or wrong"
    known = [key for key in map(webhook_key, keys) if key is not None]
    right = [webhook_signature(key, message_id, stamp, body) for key in known]
    if not any(is_one_of(given, right) for given in asked.headers[WEBHOOK_SIGNATURE].split()[:10]):
        return "webhook-signature is another than that of this body and moment"
    return _away("webhook-timestamp", stamp, now)


def _away(header: str, stamp: str, now: datetime) -> str | None:
    away = int(stamp) - int(now.timestamp())
    if abs(away) > SKEW_S:
        return f"{header} is {abs(away)} s {'ahead of' if away > 0 else 'behind'} our clock, at most {SKEW_S} s"
    return None


def _body(asked: Request) -> bytes:
    """Raises DeliveryRefused."""
    body = whole_body(asked)
    if body is None:
        raise DeliveryRefused(413, f"the body is too large; at most {asked.max_content_length:,} bytes")
    return body


def _check_unpacked(asked: Request) -> None:
    """Raises DeliveryRefused."""
    packing = asked.headers.get("Content-Encoding", "").strip()
    if packing.casefold() not in ("", "identity"):
        raise DeliveryRefused(400, f"the body is packed (Content-Encoding: {packing[:40]}); send it as it is")


def _items(source: FeedSource, body: bytes) -> list[Any]:
    """One object, a list, or an answer in the feed's own shape. Raises DeliveryRefused."""
    try:
        value = parse_json(body)
    except InvalidJson as wrong:
        raise DeliveryRefused(400, f"the body {texts('en').sentence(wrong.reason)}") from None
    items = _listed(source, value)
    if len(items) > MOST:
        raise DeliveryRefused(413, f"{len(items)} records at once; at most {MOST}: send them in parts")
    return items


def _listed(source: FeedSource, value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    if not isinstance(value, dict):
        raise DeliveryRefused(400, "the body is neither an object nor a list of them")
    path = source.settings.items
    try:
        found = follow(path)(value)
    except PathError:
        found = None
    return found if isinstance(found, list) else [value]
