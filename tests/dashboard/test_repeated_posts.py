"""A POST tried again with its Idempotency-Key: answered again, stored once, counted once."""

from __future__ import annotations

from datetime import timedelta

from dashboard.api.door import NAME, Door
from dashboard.app import App
from data import clock
from data.store import hours
from data.store.cases import events_of, find
from data.store.engine import reading
from data.store.sources import state_of
from ingest.source import Raw
from tests.dashboard.open311_client import post, rows

AGAIN = {"Idempotency-Key": "a-1"}
FORM = {"service_code": "jalan_rusak", "lat": "-7.8696", "long": "112.5276", "description": "Jalan berlubang."}


def counted(app: App) -> tuple[int, int, int]:
    """What the door's hours say was delivered and updated, and its health of new records."""
    now = clock.now()
    app.arrivals.beat(now)
    with reading(app.engine) as conn:
        told = hours.of(conn, NAME, now - timedelta(days=1))
        return sum(hour.delivered for hour in told), sum(hour.updated for hour in told), state_of(conn, NAME).delivered


def test_a_post_repeated_with_its_key_is_counted_once(app: App, key: str):
    first, again = (post(app, key, AGAIN) for _ in range(2))
    assert first.json == again.json
    assert counted(app) == (1, 0, 1)
    post(app, key, AGAIN)
    assert counted(app) == (1, 0, 1)
    post(app, key, {"Idempotency-Key": "a-2"})
    assert counted(app) == (2, 0, 2)


def test_a_post_repeated_an_hour_later_leaves_the_case_as_it_is(app: App, key: str):
    now = clock.now()
    received = now - timedelta(hours=1)
    raw = Raw("uji:a-1", FORM | {"received_at": received.isoformat()})
    taken = app.pipeline.take(Door(app.config.city), raw, received)
    before = rows(app)
    answered = post(app, key, AGAIN, description="Lubangnya kini lebih besar.")
    assert (answered.json or [])[0]["service_request_id"] == taken.code
    assert rows(app) == before
    with reading(app.engine) as conn:
        found = find(conn, NAME, "uji:a-1")
        assert found is not None
        assert [event.kind for event in events_of(conn, found.id)] == ["received"]
    assert counted(app) == (0, 0, 0)
