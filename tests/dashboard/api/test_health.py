"""Health: quick and honest, also when the store is gone or hangs."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from flask import Flask

from dashboard.api import health
from dashboard.api.health import StoreProbe, serve_health
from dashboard.app import App, create_app
from dashboard.config.home import Home
from dashboard.config.load import Config
from data.store.db.engine import Connection, Engine, StoreDown, open_engine, writing
from data.store.intake.sources import succeeded
from tests.dashboard.conftest import a_render_context
from tests.factories import NOW


def test_health_tells_seq_build_database_and_sources(app: App):
    with writing(app.engine) as conn:
        succeeded(conn, "open311", NOW, records=1, newest=NOW)
    answer = app.flask.test_client().get("/health")
    assert answer.status_code == 200
    facts = answer.json or {}
    assert facts["status"] == "ok"
    assert facts["seq"] == 1
    assert facts["as_of"].endswith("Z")
    assert facts["build"] == app.context.drawing.build
    assert facts["database"] == {"kind": app.engine.dialect.name, "status": "ok"}
    assert facts["change_feed"] == {"status": "ok"}
    assert [source["name"] for source in facts["sources"]] == ["open311"]
    assert facts["sources"][0]["last_success"] == "2026-11-24T07:07:00Z"
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(("is_following", "status"), [(True, "ok"), (False, "down")])
def test_health_tells_whether_the_change_feed_is_followed(app: App, is_following: bool, status: str):
    flask = Flask("health")
    serve_health(flask, app.engine, app.context, lambda: NOW, lambda: is_following)
    answer = flask.test_client().get("/health")
    assert answer.status_code == 200
    assert (answer.json or {})["change_feed"] == {"status": status}


def test_a_store_that_is_gone_is_503(config: Config, tmp_path: Path, sqlite_url: str):
    engine = open_engine(sqlite_url, busy_timeout_s=0.2)
    app = create_app(a_render_context(config), Home(tmp_path / "home", sqlite_url, None), engine)
    engine.dispose()
    for file in tmp_path.glob("batt.db*"):
        file.unlink()
    answer = app.flask.test_client().get("/health")
    assert answer.status_code == 503
    assert (answer.json or {})["status"] == "down"
    assert (answer.json or {})["database"]["status"] == "down"


def test_a_store_that_hangs_is_answered_for_in_time_and_takes_one_thread_only(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
):
    hanging, let_go, asked = threading.Event(), threading.Event(), list[Connection]()

    def hang(conn: Connection) -> str:
        asked.append(conn)
        hanging.set()
        let_go.wait(60)
        return "late"

    question = StoreProbe(engine, hang)
    monkeypatch.setattr(health, "STORE_TIMEOUT_S", 0.1)
    for _ in range(3):
        with pytest.raises(TimeoutError):
            question.answer()
        assert hanging.wait(60)
    assert len(asked) == 1
    monkeypatch.setattr(health, "STORE_TIMEOUT_S", 60)
    let_go.set()
    assert question.answer() == "late"
    assert len(asked) <= 2, "nothing has queued up behind it"


def test_a_question_that_fails_says_so(engine: Engine):
    def fall(conn: Connection) -> None:
        raise StoreDown("SELECT 1", None, Exception("gone"))

    with pytest.raises(StoreDown):
        StoreProbe(engine, fall).answer()


def test_metrics_count_what_matters(app: App):
    text = app.flask.test_client().get("/metrics").text
    for name in ("batt_open311_posts_total", "batt_flush_seconds", "batt_screens"):
        assert name in text
