"""Conditions of the city, pushed by a parking machine: signed, in order of their source's time, wrong ones told why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from dashboard.app import App, create_app
from dashboard.config.home import Home
from dashboard.config.load import Config
from data import clock
from data.domain.guide.nouns import ConditionState
from data.store.db.engine import Engine, reading
from data.store.guide import conditions
from tests.dashboard.api.push.test_routes import SECRET, outcomes, send
from tests.dashboard.conftest import a_render_context
from tests.ingest import doors

SOURCE, VARIABLE = "kondisi_push", "BATT_KONDISI_SECRET"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def pushed(config: Config, home: Home, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[App]:
    monkeypatch.setenv(VARIABLE, SECRET)
    configured = doors.config().sources[SOURCE].model_copy(update={"enabled": True})
    made = create_app(a_render_context(replace(config, sources={SOURCE: configured})), home, engine)
    made.flask.testing = True
    yield made
    made.hub.stop()


@pytest.fixture
def client(pushed: App) -> FlaskClient:
    return pushed.flask.test_client()


def observed(minutes: int = 0, **more: Any) -> dict[str, Any]:
    at = clock.now() - minutes * MINUTE
    plain = {"id": "p1", "observed_at": at.isoformat(), "kind": "parking", "name": "Parkir Alun-alun"}
    return {**plain, "free": 12, "capacity": 60, "observed_by": "Mesin 1", **more}


def test_observations_are_taken_as_their_source_made_them(client: FlaskClient, engine: Engine):
    told = [observed(), observed(5, free=40), observed(3, id="p2", name="Parkir Selecta", state="closed", free=0)]
    assert {kind for _, kind in outcomes(send(client, told, SOURCE))} <= {"new", "updated"}
    with reading(engine) as conn:
        found = {each.name: each for each in conditions.current(conn, clock.now())}
    assert (found["Parkir Alun-alun"].free, found["Parkir Alun-alun"].observed_by) == (12, "Mesin 1")
    assert found["Parkir Selecta"].state is ConditionState.CLOSED
    assert dict(outcomes(send(client, told, SOURCE, stamp=str(int(clock.now().timestamp()) + 1)))) == {
        "p1": "same",
        "p2": "same",
    }


def test_what_cannot_be_is_told_to_its_sender(client: FlaskClient):
    told = [observed(free=61), observed(id="p2", kind="cuaca"), observed(-30, id="p3"), {"id": "p4"}]
    answer = send(client, told, SOURCE)
    assert {each for _, each in outcomes(answer)} == {"rejected"}
    assert answer.json is not None
    reasons = [each["reason"] for each in answer.json["records"]]
    assert "Tempat kosong (61) lebih banyak daripada kapasitas (60)" in reasons[0]
    assert "cuaca" in reasons[1]
    assert "di masa depan" in reasons[2]


def test_nobody_without_the_secret_tells_anything(client: FlaskClient, engine: Engine):
    assert send(client, [observed()], SOURCE, secret="x" * 40).status_code == 401
    with reading(engine) as conn:
        assert conditions.current(conn, clock.now()) == []
