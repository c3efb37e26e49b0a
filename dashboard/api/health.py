"""GET /health for whoever watches the watchers, and GET /metrics for Prometheus."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLate
from datetime import datetime
from typing import Any

from flask import Flask, Response, jsonify
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from dashboard.realtime.render_context import Scene
from data import clock
from data.store.db.change_feed import latest
from data.store.db.engine import Connection, Engine, StoreDown, reading
from data.store.queries.feed_health import ask
from data.texts import texts

PATIENCE_S = 1.5
"""How long the store may take; the whole answer stays below two seconds."""
ROWS = 100


class StoreQuestion:
    """One question to the store at a time, with a deadline: a store that hangs must not take a thread each time."""

    def __init__(self, engine: Engine, ask_store: Callable[[Connection], Any], patience_s: float = PATIENCE_S) -> None:
        self._engine, self._ask = engine, ask_store
        self.patience_s = patience_s
        self._pool = ThreadPoolExecutor(1, "health")
        self._guard = threading.Lock()
        self._pending: Future[Any] | None = None

    def answer(self) -> Any:
        """The answer. Raises StoreDown or TimeoutError."""
        with self._guard:
            if self._pending is None or self._pending.done():
                self._pending = self._pool.submit(self._work)
            pending = self._pending
        return pending.result(self.patience_s)

    def _work(self) -> Any:
        with reading(self._engine) as conn:
            return self._ask(conn)


def serve_health(
    app: Flask, engine: Engine, scene: Scene, hub_as_of: Callable[[], datetime], is_following: Callable[[], bool]
) -> None:
    """Bind /health and /metrics. `is_following`: whether the change feed can be followed."""
    question = StoreQuestion(engine, lambda conn: (latest(conn), _sources(conn, scene)))

    @app.get("/health")
    def health() -> tuple[Response, int]:
        kind = engine.dialect.name
        facts: dict[str, Any] = {
            "status": "ok",
            "seq": None,
            "as_of": _text(hub_as_of()),
            "build": scene.context.build,
            "database": {"kind": kind, "status": "ok"},
            "change_feed": {"status": "ok" if is_following() else "down"},
            "sources": [],
        }
        try:
            facts["seq"], facts["sources"] = question.answer()
        except (StoreDown, TooLate) as error:
            reason = "does not answer" if isinstance(error, TooLate) else str(error.orig)
            facts |= {"status": "down", "database": {"kind": kind, "status": "down", "error": reason}}
        answer = jsonify(facts)
        answer.headers["Cache-Control"] = "no-store"
        return answer, 200 if facts["status"] == "ok" else 503

    @app.get("/metrics")
    def metrics() -> Response:
        return Response(generate_latest(), content_type=CONTENT_TYPE_LATEST)


def _sources(conn: Connection, scene: Scene) -> list[dict[str, Any]]:
    return [
        {
            "name": source.name,
            "state": source.state,
            "last_success": _text(source.last_success),
            "last_record": _text(source.last_record),
            "lag_s": source.lag_s,
            "rejected": source.rejected,
            "error": source.error and texts("id").tell_stored(source.error),
        }
        for source in ask(conn, scene.asked.sources, clock.now(), ROWS).sources
    ]


def _text(at: datetime | None) -> str | None:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ") if at else None
