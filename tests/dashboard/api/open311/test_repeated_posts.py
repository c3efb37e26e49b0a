"""A POST tried again with its Idempotency-Key: answered again, stored once, counted once."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from datetime import timedelta

import pytest

from dashboard.api.open311.intake import NAME, Open311Intake
from dashboard.app import App, create_app
from dashboard.config.home import Home
from dashboard.realtime.render_context import RenderContext
from data import clock
from data.store.cases.cases import events_of, find
from data.store.db.engine import open_engine, reading, writing
from data.store.intake import hours
from data.store.intake.rejected import waiting
from data.store.intake.sources import state_of
from ingest.source import Raw
from tests.dashboard.api.open311.open311_client import post, rows
from tests.ingest.commits import watched
from tests.ingest.one_record import write_one
from tests.ingest.sources.feed.feed import until

pytestmark = pytest.mark.both_engines

AGAIN = {"Idempotency-Key": "a-1"}
FORM = {"service_code": "jalan_rusak", "lat": "-7.8696", "long": "112.5276", "description": "Jalan berlubang."}


def counted(app: App) -> tuple[int, int, int]:
    """What the door's hours say was delivered and updated, and its health of new records."""
    now = clock.now()
    app.intake_health.save(now)
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
    taken = write_one(app.pipeline, Open311Intake(app.config.city), raw, received)
    before = rows(app)
    answered = post(app, key, AGAIN, description="Lubangnya kini lebih besar.")
    assert (answered.json or [])[0]["service_request_id"] == taken.code
    assert rows(app) == before
    with reading(app.engine) as conn:
        found = find(conn, NAME, "uji:a-1")
        assert found is not None
        assert [event.kind for event in events_of(conn, found.id)] == ["received"]
    assert counted(app) == (0, 0, 0)


@pytest.fixture
def another(context: RenderContext, home: Home, url: str) -> Iterator[App]:
    """A second server on the same store, as another process has it."""
    engine = open_engine(url, busy_timeout_s=2.0)
    made = create_app(context, home, engine)
    made.flask.testing = True
    yield made
    made.hub.stop()
    engine.dispose()


def post_at_once(apps: Sequence[App], key: str, url: str) -> list[str]:
    """Each server is told of one report, in other words each time; their answers. Nobody writes before all want to."""
    numbers, locks = list[str](), [watched(engine) for engine in {app.engine for app in apps}]

    def tell(app: App, n: int) -> None:
        answer = post(app, key, AGAIN, description=f"Lubang ke-{n}.")
        numbers.append((answer.json or [])[0]["service_request_id"])

    threads = [threading.Thread(target=tell, args=(app, n)) for n, app in enumerate(apps)]
    holder = open_engine(url)
    with writing(holder):
        for thread in threads:
            thread.start()
        until(lambda: sum(each.came for each in locks) == len(threads))
    holder.dispose()
    for thread in threads:
        thread.join(10)
    return numbers


@pytest.mark.parametrize("servers", ["one server", "two servers"])
def test_first_posts_of_one_key_at_the_same_moment_are_one_report_as_it_was_told_first(
    servers: str, app: App, another: App, key: str, url: str
):
    apps = [app, app, app, app] if servers == "one server" else [app, another, app, another]
    numbers = post_at_once(apps, key, url)
    assert len(numbers) == 4
    [row] = rows(app)
    assert set(numbers) == {row["code"]}
    with reading(app.engine) as conn:
        assert [event.kind for event in events_of(conn, row["id"])] == ["received"]
        assert waiting(conn) == []
    assert row["text"] in {f"Lubang ke-{n}." for n in range(4)}
    another.intake_health.save(clock.now())
    assert counted(app) == (1, 0, 1)


def test_posts_of_one_key_that_race_each_other_are_one_report(app: App, another: App, key: str):
    together = threading.Barrier(6)

    def tell(server: App, n: int) -> None:
        together.wait(10)
        post(server, key, AGAIN, description=f"Lubang ke-{n}.")

    threads = [threading.Thread(target=tell, args=((app, another)[n % 2], n)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    [row] = rows(app)
    with reading(app.engine) as conn:
        assert [event.kind for event in events_of(conn, row["id"])] == ["received"]
