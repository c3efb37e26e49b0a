"""GET /health for monitoring, GET /metrics for Prometheus."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as StoreTimeout
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Flask, Response, jsonify
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from dashboard.observability.health_monitor import HealthMonitor
from dashboard.observability.part_health import PartHealth
from dashboard.realtime.hub import Hub
from dashboard.realtime.render_context import RenderContext
from data import clock
from data.store.db.change_feed import latest
from data.store.db.engine import Connection, Engine, StoreDown, reading
from data.store.queries.feed_health import ask
from data.store.reports import mails
from data.texts import texts

STORE_TIMEOUT_S = 1.5
"""The whole answer takes less than two seconds."""
ROWS = 100


class StoreProbe:
    """Queries the store with a timeout, one query at a time: a store that hangs must not block a thread a request."""

    def __init__(
        self, engine: Engine, ask_store: Callable[[Connection], Any], timeout_s: float = STORE_TIMEOUT_S
    ) -> None:
        self._engine, self._ask = engine, ask_store
        self.timeout_s = timeout_s
        self._pool = ThreadPoolExecutor(1, "health")
        self._lock = threading.Lock()
        self._pending: Future[Any] | None = None

    def answer(self) -> Any:
        """The answer. Raises StoreDown or TimeoutError."""
        with self._lock:
            if self._pending is None or self._pending.done():
                self._pending = self._pool.submit(self._work)
            pending = self._pending
        return pending.result(self.timeout_s)

    def _work(self) -> Any:
        with reading(self._engine) as conn:
            return self._ask(conn)


@dataclass(frozen=True, slots=True)
class Health:
    """Where the answers come from."""

    engine: Engine
    context: RenderContext
    monitor: HealthMonitor
    hub: Hub
    jobs: PartHealth


def serve_health(app: Flask, health: Health, is_privileged: Callable[[], bool]) -> None:
    """Register both. Others than the privileged are told the status and nothing else."""
    probe = StoreProbe(health.engine, lambda conn: _stored(conn, health.context), STORE_TIMEOUT_S)
    registry = CollectorRegistry(auto_describe=False)
    registry.register(StateCollector(health))

    @app.get("/health")
    def answer_health() -> tuple[Response, int]:
        facts = _facts(health, probe)
        answer = jsonify(facts if is_privileged() else {"status": facts["status"]})
        answer.headers["Cache-Control"] = "no-store"
        return answer, 200 if facts["status"] == "ok" else 503

    @app.get("/metrics")
    def answer_metrics() -> Response:
        return Response(generate_latest() + generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class StateCollector(Collector):
    """What is true at the moment of the scrape; counters stand in `dashboard.observability.metrics`."""

    def __init__(self, health: Health) -> None:
        self._health = health

    def collect(self) -> Iterator[Metric]:
        """The store is not asked: a scrape must not wait for it."""
        monitor = self._health.monitor
        problems = monitor.problems()
        yield GaugeMetricFamily("batt_problems", "Problems that /health names now", len(problems))
        yield GaugeMetricFamily("batt_down", "1 while a problem stops the work", any(each.is_down for each in problems))
        if (seconds := monitor.written_s_ago) is not None:
            yield GaugeMetricFamily("batt_written_seconds", "Since the last commit of this process", seconds)
        with suppress(OSError):
            yield GaugeMetricFamily("batt_free_megabytes", "Free space where the state is kept", monitor.free_mb())
        proofs = (
            ("batt_backup_seconds", "Since the newest backup that was proven", monitor.backup_age_s),
            ("batt_restore_proven_seconds", "Since a backup's file was last restored for proof", monitor.proof_age_s),
        )
        yield from (GaugeMetricFamily(name, what, age) for name, what, age in proofs if age is not None)
        ages = GaugeMetricFamily("batt_job_seconds", "Since the last success of each job", labels=["job"])
        for name, age in self._health.jobs.ages().items():
            ages.add_metric([name], age)
        yield ages
        as_of = self._health.hub.as_of.timestamp()
        yield GaugeMetricFamily("batt_feed_read_timestamp_seconds", "When the change feed was last read", as_of)


def _facts(health: Health, probe: StoreProbe) -> dict[str, Any]:
    kind, monitor = health.engine.dialect.name, health.monitor
    facts: dict[str, Any] = {
        "status": "ok",
        "seq": None,
        "as_of": _text(health.hub.as_of),
        "build": health.context.drawing.build,
        "database": {"kind": kind, "status": "ok", "written_s_ago": _rounded(monitor.written_s_ago)},
        "change_feed": {"status": "ok" if health.hub.is_following else "down"},
        "backup_age_s": _rounded(monitor.backup_age_s),
        "restore_proven_age_s": _rounded(monitor.proof_age_s),
        "jobs": {name: _rounded(age) for name, age in health.jobs.ages().items()},
        "sources": [],
        "failing_mails": [],
    }
    with suppress(OSError):  # it is one of the problems then
        facts["free_mb"] = monitor.free_mb()
    try:
        facts["seq"], facts["sources"], facts["failing_mails"] = probe.answer()
    except (StoreDown, StoreTimeout) as error:
        message = "does not answer" if isinstance(error, StoreTimeout) else str(error.orig)
        facts["database"] |= {"status": "down", "error": message}
    problems = monitor.problems()
    facts["problems"] = [texts("en").sentence(each.reason) for each in problems]
    if facts["database"]["status"] == "down" or any(each.is_down for each in problems):
        facts["status"] = "down"
    return facts


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None or math.isinf(seconds) else round(seconds, 1)


def _sources(conn: Connection, context: RenderContext) -> list[dict[str, Any]]:
    return [
        {
            "name": source.name,
            "state": source.state,
            "last_success": _text(source.last_success),
            "last_record": _text(source.last_record),
            "lag_s": source.lag_s,
            "rejected": source.rejected,
            "error": _sentence(source.error),
            "remark": _sentence(source.remark),
        }
        for source in ask(conn, context.query.sources, clock.now(), ROWS).sources
    ]


def _stored(conn: Connection, context: RenderContext) -> tuple[int | None, list[dict[str, Any]], list[dict[str, Any]]]:
    """The last change's number, the sources, the failing mails."""
    return latest(conn), _sources(conn, context), _failing_mails(conn)


def _failing_mails(conn: Connection) -> list[dict[str, Any]]:
    """Mails with reports that were refused, or wait after a failed try."""
    return [
        {
            "queued_at": _text(mail.queued_at),
            "attempts": mail.attempts,
            "next_at": None if mail.refused_at else _text(mail.next_at),
            "error": texts("en").stored_sentence(mail.reason or ""),
        }
        for mail in mails.failing(conn)
    ]


def _sentence(reason: str | None) -> str | None:
    return reason and texts("id").stored_sentence(reason)


def _text(at: datetime | None) -> str | None:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ") if at else None
