"""GET /health for monitoring, GET /metrics for Prometheus."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as StoreTimeout
from datetime import datetime
from typing import Any

from flask import Flask, Response, jsonify
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from dashboard.realtime.render_context import RenderContext
from data import clock
from data.store.db.change_feed import latest
from data.store.db.engine import Connection, Engine, StoreDown, reading
from data.store.queries.feed_health import ask
from data.texts import texts

STORE_TIMEOUT_S = 1.5
"""The whole answer takes less than two seconds."""
ROWS = 100


class StoreProbe:
    """Queries the store with a timeout, one query at a time: a store that hangs must not block a thread a request."""

    def __init__(self, engine: Engine, ask_store: Callable[[Connection], Any]) -> None:
        self._engine, self._ask = engine, ask_store
        self._pool = ThreadPoolExecutor(1, "health")
        self._lock = threading.Lock()
        self._pending: Future[Any] | None = None

    def answer(self) -> Any:
        """The answer. Raises StoreDown or TimeoutError."""
        with self._lock:
            if self._pending is None or self._pending.done():
                self._pending = self._pool.submit(self._work)
            pending = self._pending
        return pending.result(STORE_TIMEOUT_S)

    def _work(self) -> Any:
        with reading(self._engine) as conn:
            return self._ask(conn)


def serve_health(
    app: Flask,
    engine: Engine,
    context: RenderContext,
    hub_as_of: Callable[[], datetime],
    is_following: Callable[[], bool],
) -> None:
    """Register both. `is_following`: whether the change feed can be followed."""
    question = StoreProbe(engine, lambda conn: (latest(conn), _sources(conn, context)))

    @app.get("/health")
    def health() -> tuple[Response, int]:
        kind = engine.dialect.name
        facts: dict[str, Any] = {
            "status": "ok",
            "seq": None,
            "as_of": _text(hub_as_of()),
            "build": context.drawing.build,
            "database": {"kind": kind, "status": "ok"},
            "change_feed": {"status": "ok" if is_following() else "down"},
            "sources": [],
        }
        try:
            facts["seq"], facts["sources"] = question.answer()
        except (StoreDown, StoreTimeout) as error:
            reason = "does not answer" if isinstance(error, StoreTimeout) else str(error.orig)
            facts |= {"status": "down", "database": {"kind": kind, "status": "down", "error": reason}}
        answer = jsonify(facts)
        answer.headers["Cache-Control"] = "no-store"
        return answer, 200 if facts["status"] == "ok" else 503

    @app.get("/metrics")
    def metrics() -> Response:
        return Response(generate_latest(), content_type=CONTENT_TYPE_LATEST)


def _sources(conn: Connection, context: RenderContext) -> list[dict[str, Any]]:
    return [
        {
            "name": source.name,
            "state": source.state,
            "last_success": _text(source.last_success),
            "last_record": _text(source.last_record),
            "lag_s": source.lag_s,
            "rejected": source.rejected,
            "error": source.error and texts("id").stored_sentence(source.error),
        }
        for source in ask(conn, context.query.sources, clock.now(), ROWS).sources
    ]


def _text(at: datetime | None) -> str | None:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ") if at else None
