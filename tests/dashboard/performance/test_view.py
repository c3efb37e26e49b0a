"""The columns that all charts of a page share, and what is computed before anybody asks."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from threading import Event

from dashboard.performance.view import SharedColumns
from data import clock
from data.store.db.engine import Engine, writing
from data.store.history.history import History
from tests.factories import HOUR, a_case, a_city, a_history, calendars, stored


def a_shared(engine: Engine, folder: Path) -> SharedColumns:
    return SharedColumns(History(engine, folder, a_city(), calendars()))


def with_a_case(engine: Engine) -> None:
    now = clock.now()
    with writing(engine) as conn:
        stored(conn, a_case(), a_history(now - HOUR, dispatched=timedelta(minutes=1)), now)


def test_answers_are_kept_until_something_changes(engine: Engine, tmp_path: Path):
    with_a_case(engine)
    shared = a_shared(engine, tmp_path)
    first = shared.now()
    asked: list[int] = []
    for _ in range(2):
        assert shared.now(kept_s=0) is first
        shared.shared("how many", lambda: asked.append(len(shared.now())))
    assert asked == [1]
    with_a_case(engine)
    assert shared.now() is first, "the charts of one page share a moment"
    assert len(shared.now(kept_s=0)) == 2
    shared.shared("how many", lambda: asked.append(len(shared.now())))
    assert asked == [1, 2]


def test_what_was_prepared_is_not_computed_again(engine: Engine, tmp_path: Path):
    with_a_case(engine)
    shared, done, again = a_shared(engine, tmp_path), Event(), Event()

    def compute() -> str:
        done.set()
        return "ahead"

    shared.prepare(shared.now(), [("a chart", compute)])
    assert done.wait(5)
    assert shared.shared("a chart", again.set) == "ahead"
    assert not again.is_set()


def test_what_was_asked_of_older_columns_is_not_computed(engine: Engine, tmp_path: Path):
    with_a_case(engine)
    shared, after, old = a_shared(engine, tmp_path), Event(), Event()
    before = shared.now()
    with_a_case(engine)
    assert shared.now(kept_s=0) is not before
    shared.prepare(before, [("a chart", old.set)])
    shared.prepare(shared.now(), [("another", after.set)])
    assert after.wait(5)
    assert not old.is_set()
