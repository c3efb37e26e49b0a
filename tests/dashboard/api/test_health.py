"""Health: quick and honest, also when the store is gone or hangs."""

from __future__ import annotations

import math
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from dashboard.api.health import StoreProbe
from dashboard.app import App, create_app
from dashboard.auth.screen_access import screen_token
from dashboard.auth.visitor import COOKIE
from dashboard.config.home import Home
from dashboard.config.load import Config
from data.domain.access.roles import Role
from data.domain.reasons import encode_reason, reason
from data.store.db.engine import Connection, Engine, StoreDown, engine_state, open_engine, writing
from data.store.db.write_health import Trouble
from data.store.intake.sources import failed, succeeded
from tests.dashboard.conftest import a_render_context, logged_in
from tests.factories import NOW

pytestmark = pytest.mark.both_engines


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
    assert facts["database"].items() >= {"kind": app.engine.dialect.name, "status": "ok"}.items()
    assert facts["database"]["written_s_ago"] < 60
    assert facts["problems"] == []
    assert facts["free_mb"] > 0
    assert facts["change_feed"] == {"status": "ok"}
    assert [source["name"] for source in facts["sources"]] == ["open311"]
    assert facts["sources"][0]["last_success"] == "2026-11-24T07:07:00Z"
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(("is_following", "status"), [(True, "ok"), (False, "down")])
def test_health_tells_whether_the_change_feed_is_followed(app: App, is_following: bool, status: str):
    app.hub._follower.healthy = is_following
    answer = app.flask.test_client().get("/health")
    assert answer.status_code == 200
    assert (answer.json or {})["change_feed"] == {"status": status}


def test_strangers_are_told_the_status_and_nothing_else(app: App):
    stranger = {"REMOTE_ADDR": "10.1.2.3"}
    client = app.flask.test_client()
    assert client.get("/health", environ_overrides=stranger).json == {"status": "ok"}
    assert client.get("/metrics", environ_overrides=stranger).status_code == 403
    assert logged_in(app, Role.SUPERVISOR).get("/metrics", environ_overrides=stranger).status_code == 403
    client = logged_in(app)
    assert "sources" in (client.get("/health", environ_overrides=stranger).json or {})
    assert client.get("/metrics", environ_overrides=stranger).status_code == 200


def test_what_is_to_be_said_of_a_source_that_works_is_a_remark_and_no_error(app: App):
    said = encode_reason(reason("open311.outside", n=3))
    with writing(app.engine) as conn:
        succeeded(conn, "open311", NOW, remark=said)
    (told,) = (app.flask.test_client().get("/health").json or {})["sources"]
    assert (told["error"], told["remark"]) == (
        None,
        "3 laporan terletak di luar rentang waktu yang ditanyakan dan tidak diambil",
    )
    with writing(app.engine) as conn:
        failed(conn, "open311", NOW, "rusak")
    (told,) = (app.flask.test_client().get("/health").json or {})["sources"]
    assert (told["error"], told["remark"]) == ("rusak", None)


def test_a_store_that_cannot_be_written_is_503_although_it_can_be_read(app: App):
    engine_state(app.engine).health.failed(Trouble.FULL)
    answer = app.flask.test_client().get("/health")
    assert answer.status_code == 503
    facts = answer.json or {}
    assert (facts["status"], facts["database"]["status"]) == ("down", "ok")
    assert facts["problems"] == ["The disk is full: reports are refused until there is room"]
    assert "batt_down 1.0" in app.flask.test_client().get("/metrics").text
    with writing(app.engine):
        pass
    assert app.flask.test_client().get("/health").status_code == 200


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


def test_a_store_that_hangs_is_answered_for_in_time_and_takes_one_thread_only(engine: Engine):
    hanging, let_go, asked = threading.Event(), threading.Event(), list[Connection]()

    def hang(conn: Connection) -> str:
        asked.append(conn)
        hanging.set()
        let_go.wait(60)
        return "late"

    question = StoreProbe(engine, hang, timeout_s=0.1)
    for _ in range(3):
        with pytest.raises(TimeoutError):
            question.answer()
        assert hanging.wait(60)
    assert len(asked) == 1
    question.timeout_s = 60
    let_go.set()
    assert question.answer() == "late"
    assert len(asked) <= 2, "nothing has queued up behind it"


def test_a_question_that_fails_says_so(engine: Engine):
    def fall(conn: Connection) -> None:
        raise StoreDown("SELECT 1", None, Exception("gone"))

    with pytest.raises(StoreDown):
        StoreProbe(engine, fall).answer()


def test_the_age_of_the_backup_and_of_the_last_proven_restore_are_told(app: App):
    app.monitor.backup_age_s, app.monitor.proof_age_s = 3600.0, math.inf
    facts = app.flask.test_client().get("/health").json or {}
    assert (facts["backup_age_s"], facts["restore_proven_age_s"]) == (3600.0, None)
    app.monitor.proof_age_s = 86_400.0
    facts = app.flask.test_client().get("/health").json or {}
    assert facts["restore_proven_age_s"] == 86_400.0


def test_metrics_count_what_matters(app: App):
    app.monitor.backup_age_s = app.monitor.proof_age_s = 60.0
    with writing(app.engine):
        pass
    text = app.flask.test_client().get("/metrics").text
    for name in (
        "batt_open311_posts_total",
        "batt_flush_seconds",
        "batt_screens",
        "batt_free_megabytes",
        "batt_problems",
        "batt_backup_seconds",
        "batt_restore_proven_seconds",
    ):
        assert name in text


@pytest.mark.parametrize("proxies", [0, 1])
@pytest.mark.parametrize("claimed", ["127.0.0.1", "127.0.0.1, 203.0.113.7"])
def test_nobody_becomes_this_machine_by_saying_so(
    config: Config, home: Home, engine: Engine, proxies: int, claimed: str
):
    server = config.server.model_copy(update={"proxies": proxies})
    app = create_app(a_render_context(replace(config, server=server)), home, engine)
    engine_state(app.engine).health.failed(Trouble.FULL)
    through = "127.0.0.1" if proxies else "203.0.113.7"  # nginx adds whom it sees at the end
    said = f"{claimed}, 203.0.113.7"
    token = screen_token(home.secret(), "peta", config.screens["peta"].version)
    stranger = {"REMOTE_ADDR": through, "HTTP_X_FORWARDED_FOR": said, "HTTP_COOKIE": f"{COOKIE}={token}"}
    client = app.flask.test_client()
    answer = client.get(f"/health?token={token}", environ_overrides=stranger)
    assert (answer.status_code, answer.json) == (503, {"status": "down"})
    assert client.get(f"/metrics?token={token}", environ_overrides=stranger).status_code == 403
