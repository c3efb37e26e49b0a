"""A new map places every case, a few at a time; whoever comes after an interruption goes on."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from shapely import box
from sqlalchemy import select, text

from data.reference.boundaries.areas import Area, Boundaries
from data.store.db.change_feed import record_change, since
from data.store.db.engine import Engine, engine_state, open_engine, reading, writing
from data.store.db.schema.cases import case, lease
from data.store.geo import boundaries, placing
from data.store.intake import sources
from ingest.pipeline.pipeline import Pipeline
from ingest.runtime import map_placing
from ingest.runtime.map_placing import LEASE, place_cases
from tests.conftest import Limit
from tests.factories import NOW, SISIR, TEMAS, a_case, received, stored
from tests.ingest.commits import commits, watched
from tests.ingest.one_record import write_one
from tests.ingest.runtime.other_process import a_dead_process
from tests.ingest.sources.feed.feed import FEED, a_delivery, a_pipeline, a_raw, old, the_case

pytestmark = pytest.mark.both_engines

WIDE = box(112.4, -8.0, 112.7, -7.7)
MANY, SOME = 23, 5
"""Five transactions."""


class NoRest(threading.Event):
    """Counts the rests instead of resting, and does something in each."""

    def __init__(self, act: Callable[[], object] = lambda: None) -> None:
        super().__init__()
        self.rests, self._act = 0, act

    def wait(self, timeout: float | None = None) -> bool:
        self.rests += 1
        self._act()
        return self.is_set()


class Killed(BaseException):
    """As `kill -9`: nothing is tidied up."""


@pytest.fixture(autouse=True)
def _small_transactions(limit: Limit) -> None:
    limit(map_placing, "BATCH", SOME)


def a_map(code: str) -> Boundaries:
    """All of the city is this village."""
    return Boundaries([Area(code, "Desa", "Batu", True, WIDE)], official=True)


def imported(engine: Engine, code: str = TEMAS) -> None:
    with writing(engine) as conn:
        boundaries.replace(conn, a_map(code).areas, "batas.geojson", NOW)


def given(engine: Engine, number: int = MANY) -> None:
    with writing(engine) as conn:
        for _ in range(number):
            stored(conn, a_case(village=SISIR), [received()])


def villages(engine: Engine) -> list[str | None]:
    with reading(engine) as conn:
        return list(conn.execute(select(case.c.village).order_by(case.c.id)).scalars())


def place(engine: Engine, owner: str = "a:1", stop: threading.Event | None = None) -> bool:
    return place_cases(engine, owner, stop or NoRest(), now=lambda: NOW)


def test_every_case_is_placed_in_transactions_of_a_few_with_a_rest_after_each(engine: Engine):
    given(engine)
    imported(engine)
    rests = NoRest()
    with commits(engine) as seen:
        assert place(engine, stop=rests)
    assert villages(engine) == [TEMAS] * MANY
    assert seen.count("write") == rests.rests == -(-MANY // SOME)


def test_in_no_transaction_are_more_cases_touched_than_said(engine: Engine):
    given(engine)
    imported(engine)
    moved: list[int] = []
    place_cases(engine, "a:1", NoRest(), now=lambda: NOW, tell=lambda at: moved.append(at.moved))
    assert moved == [5, 10, 15, 20, 23]


def test_a_writer_who_comes_meanwhile_waits_for_one_transaction_at_most(engine: Engine):
    """Another process and another thread post in every rest, and are never made to wait for a lock."""
    given(engine)
    imported(engine)
    other = open_engine(engine.url.render_as_string(hide_password=False), busy_timeout_s=0)
    posted: list[str] = []

    def post() -> None:
        for each in (engine, other):
            pipeline = a_pipeline(each)
            raw = a_raw(f"baru-{len(posted)}")
            posted.append(str(write_one(pipeline, FEED, raw, NOW).kind))

    assert place(engine, stop=NoRest(post))
    other.dispose()
    assert posted == ["new"] * (2 * 5)
    assert set(villages(engine)) == {TEMAS}


def test_with_tens_of_thousands_of_cases_a_writer_who_waits_for_nothing_is_never_refused(
    sqlite_engine: Engine, limit: Limit
):
    limit(map_placing, "BATCH", 500)
    given(sqlite_engine, 1)
    copied = ", ".join(column.name for column in case.c if column.name not in ("id", "code", "external_id"))
    numbers = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 19999)"
    rows = f"SELECT 'X-' || i, 'X-' || i, {copied} FROM \"case\", n"
    with writing(sqlite_engine) as conn:
        conn.execute(text(f'{numbers} INSERT INTO "case" (code, external_id, {copied}) {rows}'))
    imported(sqlite_engine)
    other = open_engine(str(sqlite_engine.url), busy_timeout_s=0)
    posted, moved = list[int](), [0]

    def post() -> None:
        with writing(other) as conn:
            posted.append(record_change(conn, "note", NOW))

    place_cases(sqlite_engine, "a:1", NoRest(post), now=lambda: NOW, tell=lambda at: moved.append(at.moved))
    other.dispose()
    assert len(posted) == 20_000 / 500, "one after every transaction"
    assert {after - before for before, after in itertools.pairwise(moved)} == {500}
    assert villages(sqlite_engine) == [TEMAS] * 20_000


def test_a_writer_in_the_queue_comes_after_the_transaction_in_hand(engine: Engine):
    given(engine)
    imported(engine)
    lock, order = watched(engine), list[str]()
    engine_state(engine).listeners.add(lambda: order.append(threading.current_thread().name))

    def post() -> None:
        with writing(engine) as conn:
            sources.claim(conn, "post", "b:1", NOW, 1)

    writer = threading.Thread(target=post, name="post")
    with writing(engine) as conn:
        conn.execute(text("SELECT 1"))
        placer = threading.Thread(target=place, args=(engine,), name="place")
        placer.start()
        while lock.came < 2:
            threading.Event().wait(0.01)
        writer.start()
        while lock.came < 3:
            threading.Event().wait(0.01)
    placer.join()
    writer.join()
    assert order[1:3] == ["place", "post"]


def test_the_walls_are_told_when_the_map_comes_and_when_all_cases_are_placed(engine: Engine):
    given(engine)
    imported(engine)
    place(engine)
    with reading(engine) as conn:
        kinds = [change.kind for change in since(conn, 0, 1000) if change.kind in {"boundaries", "placed"}]
    assert (kinds[0], set(kinds[1:-1]), kinds[-1]) == ("boundaries", {"placed"}, "boundaries")
    with commits(engine) as seen:
        assert place(engine)
    assert seen == ["read"], "then nothing is left to do"


def test_without_a_case_or_without_a_map_there_is_nothing_to_place(engine: Engine):
    assert place(engine)
    imported(engine)
    assert place(engine)
    with reading(engine) as conn:
        at = placing.state(conn)
    assert at is not None
    assert at.is_done


def test_what_a_killed_import_left_is_placed_by_the_next_process(engine: Engine, tmp_path: Path):
    given(engine)
    imported(engine)
    dead = a_dead_process(tmp_path)

    def is_killed() -> None:
        raise Killed

    with pytest.raises(Killed):
        place(engine, dead, NoRest(is_killed))
    assert villages(engine).count(TEMAS) == SOME
    assert place(engine, "b:2")
    assert villages(engine) == [TEMAS] * MANY


def test_while_another_process_places_the_cases_this_one_does_not(engine: Engine):
    given(engine)
    imported(engine)
    with writing(engine) as conn:
        sources.claim(conn, LEASE, "elsewhere:1:abc", NOW, 60)
    assert not place(engine)
    assert villages(engine) == [SISIR] * MANY


def test_who_is_stopped_leaves_the_rest_to_the_next_start(engine: Engine):
    given(engine)
    imported(engine)
    stop = NoRest()
    place_cases(engine, "a:1", stop, now=lambda: NOW, tell=lambda at: stop.set())
    assert villages(engine).count(TEMAS) == SOME
    assert place(engine)
    assert villages(engine) == [TEMAS] * MANY


def test_a_map_that_is_imported_meanwhile_places_all_cases(engine: Engine):
    given(engine)
    imported(engine)
    again = [lambda: imported(engine, "35.79.02.2001")]
    assert place(engine, stop=NoRest(lambda: again.pop()() if again else None))
    assert villages(engine) == ["35.79.02.2001"] * MANY


def test_when_all_is_placed_the_lease_is_free(engine: Engine):
    given(engine)
    imported(engine)
    place(engine)
    with reading(engine) as conn:
        assert conn.execute(select(lease.c.name)).all() == []


def test_a_report_is_placed_by_a_map_that_came_after_the_process_began(engine: Engine):
    pipeline = a_pipeline(engine)
    imported(engine)
    write_one(pipeline, FEED, a_raw(), NOW)
    assert the_case(engine).facts.village == TEMAS
    imported(engine, "35.79.02.2001")
    write_one(pipeline, FEED, a_raw("2"), NOW)
    assert the_case(engine, "2").facts.village == "35.79.02.2001"


def test_a_report_that_was_read_before_the_import_is_placed_by_the_new_map(engine: Engine):
    pipeline = a_pipeline(engine)
    raw = a_raw()
    prepared = pipeline.prepare(FEED, raw, NOW)
    imported(engine)
    pipeline.write(FEED.name, raw, prepared, NOW)
    assert the_case(engine).facts.village == TEMAS


def test_a_history_is_placed_by_a_map_that_came_after_the_process_began(engine: Engine):
    pipeline = a_pipeline(engine)
    imported(engine)
    pipeline.write_delivery(FEED, a_delivery(old("1"), a_raw("2"), old("3")), NOW)
    assert villages(engine) == [TEMAS] * 3


def test_a_case_that_moves_between_import_and_placing_stands_by_the_new_map(engine: Engine):
    pipeline: Pipeline = a_pipeline(engine)
    write_one(pipeline, FEED, a_raw(), NOW)
    imported(engine)
    write_one(pipeline, FEED, a_raw(title="Jalan berlubang besar"), NOW)
    place(engine)
    assert the_case(engine).facts.village == TEMAS
