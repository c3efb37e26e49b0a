"""Our client against our server, each with a store of its own: what the one tells the other keeps."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from werkzeug.serving import make_server

from dashboard.api.open311.intake import Open311Intake
from dashboard.app import App, create_app
from dashboard.config.home import Home
from dashboard.config.load import Config
from data import clock
from data.domain.cases.model import CaseState, EventKind, Precision
from data.store.accounts import api_keys
from data.store.db.engine import Engine, open_engine, writing
from ingest.pipeline.pipeline import Pipeline
from ingest.source import Delivery, Raw
from ingest.sources.open311.settings import Open311Settings
from ingest.sources.open311.source import Open311
from tests.dashboard.api.open311.open311_client import V2, post
from tests.dashboard.conftest import a_render_context, the_cells
from tests.factories import MINUTE, a_case, a_history, calendars, new_store, stored
from tests.ingest.doors import Hand, all_cases, all_events, around, pipeline

HOUR = timedelta(hours=1)


@pytest.fixture
def url(sqlite_url: str) -> str:
    """None of this depends on the kind of database."""
    return sqlite_url


@dataclass
class Mirror:
    """A store that our client fills from our server."""

    hand: Hand
    engine: Engine

    def rows(self) -> list[Any]:
        return all_cases(self.engine)


@contextmanager
def mirroring(app: App, home: Path, template: Path) -> Iterator[Mirror]:
    """The server on a real socket, and the client that reads it."""
    server = make_server("127.0.0.1", 0, app.flask, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    engine = open_engine(new_store(template, home / "mirror.db"))
    settings = Open311Settings(
        kind="open311",
        title={"id": "Kota", "en": "City"},
        enabled=True,
        every_s=60,
        url=f"http://127.0.0.1:{server.server_port}{V2}",
        inner=True,
    )
    source = Open311("kota", settings, around(engine, home))
    try:
        yield Mirror(Hand(source, pipeline(engine)), engine)
    finally:
        server.shutdown()
        thread.join()
        engine.dispose()


@pytest.fixture
def mirror(app: App, tmp_path: Path, sqlite_template: Path) -> Iterator[Mirror]:
    with mirroring(app, tmp_path, sqlite_template) as made:
        yield made


@pytest.mark.parametrize("demo", [False, True])
def test_what_is_demo_there_is_demo_here(
    config: Config, home: Home, engine: Engine, tmp_path: Path, sqlite_template: Path, demo: bool
):
    app = create_app(a_render_context(replace(config, demo=demo)), home, engine)
    with writing(engine) as conn:
        key = api_keys.add(conn, "uji", clock.now())
    assert post(app, key).status_code == 200
    with mirroring(app, tmp_path, sqlite_template) as mirror:
        assert mirror.hand.take(clock.now()) == {"new": 1}
        assert [row["demo"] for row in mirror.rows()] == [demo]


def test_a_village_without_a_position_stays_that_village(app: App, key: str, mirror: Mirror):
    assert post(app, key, lat="", long="", address_id="35.79.01.1001").status_code == 200
    assert mirror.hand.take(clock.now()) == {"new": 1}
    (row,) = mirror.rows()
    assert (row["village"], row["precision"], row["address"]) == ("35.79.01.1001", Precision.VILLAGE, None)


def test_a_report_that_no_agency_has_looked_at_waits_here_as_it_does_there(app: App, mirror: Mirror):
    now = clock.now().replace(microsecond=0)
    with writing(app.engine) as conn:
        for hours, more in ((2, {}), (30, {"dispatched": MINUTE})):
            stored(conn, a_case("sampah"), a_history(now - hours * HOUR, agency="dlh", **more), now)
    assert mirror.hand.take(now) == {"new": 2}
    assert all_events(mirror.engine, EventKind.NOTE) != []  # what the server says of them is kept
    assert {row["acknowledged_at"] for row in mirror.rows()} == {None}
    assert not {row["state"] for row in mirror.rows()} & {CaseState.ACKNOWLEDGED, CaseState.IN_PROGRESS}


def test_what_the_server_expects_is_a_promise_here(app: App, mirror: Mirror):
    now = clock.now().replace(microsecond=0)
    with writing(app.engine) as conn:
        stored(conn, a_case("sampah"), a_history(now - HOUR, agency="dlh", dispatched=MINUTE), now)
    mirror.hand.take(now)
    [there], [here] = all_cases(app.engine), mirror.rows()
    assert here["promised_at"] == there["resolve_due_at"]


def test_the_title_is_the_same_on_both_sides(app: App, key: str, mirror: Mirror):
    said = "Lubang di Jl. Ir. Soekarno No. 5. Sudah lama."
    assert post(app, key, description=said).status_code == 200
    assert mirror.hand.take(clock.now()) == {"new": 1}
    assert [row["title"] for row in all_cases(app.engine)] == ["Lubang di Jl. Ir. Soekarno No. 5."]
    assert [row["title"] for row in mirror.rows()] == ["Lubang di Jl. Ir. Soekarno No. 5."]


def test_a_second_pull_brings_nothing(app: App, key: str, mirror: Mirror):
    for n in range(3):
        assert post(app, key, description=f"Sampah {n}", lat=f"-7.8{n}12").status_code == 200
    now = clock.now()
    assert mirror.hand.take(now) == {"new": 3}
    before = mirror.rows()
    assert set(mirror.hand.take(now + MINUTE)) <= {"same"}
    assert mirror.rows() == before


@pytest.mark.parametrize("how", ["one by one", "in bulk"])
def test_a_case_that_came_late_is_told_to_whoever_asks_for_what_is_new(
    app: App, mirror: Mirror, tmp_path: Path, how: str
):
    """Its own moments lie days back: by them nobody would have heard of it before the night."""
    now = clock.now().replace(microsecond=0)
    with writing(app.engine) as conn:
        for hours in (1, 5):
            stored(conn, a_case("sampah"), a_history(now - hours * HOUR), now)
    mirror.hand.take(now)
    mirror.hand.take(now + 2 * MINUTE)
    city, late = Pipeline(app.engine, app.config.city, calendars(), the_cells()), now + 3 * HOUR
    old = {
        "received_at": (now - 9 * 24 * HOUR).isoformat(),
        "service_code": "sampah",
        "lat": "-7.8712",
        "long": "112.5268",
    }
    city.write_delivery(
        Open311Intake(app.config.city), Delivery((Raw("telat", old),), None, history=how == "in bulk"), late
    )
    taken = mirror.hand.take(late + MINUTE)
    assert taken["new"] == 1
    assert mirror.hand.take(late + 2 * MINUTE)["new"] == 0
