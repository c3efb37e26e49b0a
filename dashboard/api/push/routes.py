"""POST /push/NAME: an agency's system sends its records, signed with a shared secret.

The signature covers timestamp and body: nobody can change a delivery, or repeat it more than five minutes later. A
repetition before that has no effect: records are known by id, deliveries by signature.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import structlog
from flask import Flask, Request, Response, jsonify, request

from dashboard.api.bodies import whole_body
from dashboard.api.push.replays import Replays
from dashboard.api.rate_limits import RateLimit, address_of
from dashboard.config.load import Config
from data import clock
from data.domain.reasons import encode_reason, reason
from data.store.db.engine import StoreDown, writing
from data.store.intake import hours
from data.store.intake.sources import failed, succeeded
from data.texts import texts
from ingest.pipeline.pipeline import Pipeline
from ingest.source import Outcome, OutcomeKind, Source, SourceDown, count_new
from ingest.sources.feed.body import InvalidJson, parse_json
from ingest.sources.feed.environment import secret, secret_problem
from ingest.sources.feed.paths import PathError, follow
from ingest.sources.feed.settings import FeedSettings
from ingest.sources.feed.source import FeedSource

log = structlog.get_logger(__name__)
TIMESTAMP, SIGNATURE = "X-BATT-Timestamp", "X-BATT-Signature"
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


class PushReceiver:
    """Accepts deliveries, and saves the health of their sources; thread-safe."""

    def __init__(
        self, config: Config, pipeline: Pipeline, sources: Callable[[str], Source], rate_limit: RateLimit
    ) -> None:
        """sources: a source by its name, built."""
        self._pipeline, self._rate_limit = pipeline, rate_limit
        self._sources: dict[str, FeedSource] = {}
        for name, settings in config.sources.items():
            if settings.enabled and isinstance(settings, FeedSettings) and settings.push is not None:
                source = sources(name)
                assert isinstance(source, FeedSource)
                self._sources[name] = source
        self._replays = Replays()
        self._lock = threading.Lock()
        self._became: dict[str, Counter[OutcomeKind]] = defaultdict(Counter)
        self._newest: dict[str, datetime] = {}

    def receive(self, name: str, asked: Request, now: datetime) -> list[Outcome]:
        """The outcome of each record, all committed. Raises DeliveryRefused, StoreDown, SourceDown."""
        source = self._sources.get(name)
        if source is None:
            raise DeliveryRefused(404, "no source of this name takes deliveries here")
        body = _body(asked)
        self._check(source, asked, body, now)
        signed = asked.headers[SIGNATURE].strip().lower()
        known = self._replays.before(name, signed)
        if known is not None:
            return known
        _check_unpacked(asked)
        items = _items(source, body)
        outcomes = []
        for outcome in self._pipeline.write_each(source, map(source.raw, items), now):
            self._count(name, outcome)
            outcomes.append(outcome)
        self._replays.keep(name, signed, outcomes)
        return outcomes

    def save_health(self, now: datetime) -> None:
        """Save that sources can push, and how many records came. Raises StoreDown; then no count is lost.

        Of a source that is polled too only the hourly counts: the poller saves its health.
        """
        if not self._sources:
            return
        with self._lock:
            became, newest = {name: Counter(each) for name, each in self._became.items()}, dict(self._newest)
        with writing(self._pipeline.engine) as conn:
            for name, source in self._sources.items():
                counts, fault = became.get(name, Counter[OutcomeKind]()), self._fault(source)
                new, pushed_only = counts[OutcomeKind.NEW] + counts[OutcomeKind.MERGED], source.settings.url is None
                fine = pushed_only and fault is None
                if pushed_only and fault is not None:
                    failed(conn, name, now, fault)
                elif pushed_only:
                    succeeded(conn, name, now, records=new, newest=newest.get(name))
                hours.count(conn, name, now, delivered=new, updated=counts[OutcomeKind.UPDATED], fetches=int(fine))
        with self._lock:
            for name, counts in became.items():
                self._became[name] -= counts
            self._newest = {name: at for name, at in self._newest.items() if newest.get(name) != at}

    def _fault(self, source: FeedSource) -> str | None:
        """Why the source cannot push; None when it can."""
        try:
            self._secrets(source)
        except SourceDown as down:
            return encode_reason(down.reason)
        return None

    def _count(self, name: str, outcome: Outcome) -> None:
        with self._lock:
            self._became[name][outcome.kind] += 1
            if count_new([outcome]) and outcome.received_at is not None:
                self._newest[name] = max(outcome.received_at, self._newest.get(name, outcome.received_at))

    def _check(self, source: FeedSource, asked: Request, body: bytes, now: datetime) -> None:
        """Raises DeliveryRefused: wrong signature or timestamp, or too many deliveries."""
        try:
            keys = self._secrets(source)
        except SourceDown as down:
            log.error("push_without_secret", source=source.name, reason=str(down))
            raise DeliveryRefused(
                503, "this address is not set up yet: the shared secret is missing on our side"
            ) from None
        wrong = _wrong_signature(asked, body, keys, now)
        if wrong is not None:
            self._limit("guess", address_of(asked), GUESSES_PER_MINUTE, now)
            raise DeliveryRefused(401, f"{wrong}; {_SIGNED}")
        assert source.settings.push is not None
        self._limit("push", source.name, source.settings.push.per_minute, now)

    def _secrets(self, source: FeedSource) -> list[str]:
        """The secret, and the old one while both are valid. Raises SourceDown."""
        push = source.settings.push
        assert push is not None
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


def _wrong_signature(asked: Request, body: bytes, keys: Sequence[str], now: datetime) -> str | None:
    """What is wrong with it; None when it is right."""
    stamp, signed = asked.headers.get(TIMESTAMP, "").strip(), asked.headers.get(SIGNATURE, "").strip()
    if not stamp or not signed:
        return f"{TIMESTAMP if not stamp else SIGNATURE} is missing"
    if not _STAMP.fullmatch(stamp):
        return f"{TIMESTAMP} is no number of seconds"
    right = [signature(key, stamp, body).encode() for key in keys]
    if not any(hmac.compare_digest(each, signed.lower().encode()) for each in right):
        return "the signature is another than that of this body and moment"
    away = int(stamp) - int(now.timestamp())
    if abs(away) > SKEW_S:
        return f"{TIMESTAMP} is {abs(away)} s {'ahead of' if away > 0 else 'behind'} our clock, at most {SKEW_S} s"
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
