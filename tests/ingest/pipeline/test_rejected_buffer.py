"""What is refused is kept in portions: in order, once, whatever else the delivery brings of the same id."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from data.store.cases import cases
from data.store.db.engine import Engine, reading, writing
from data.store.intake import hours, rejected, sources
from ingest.pipeline import rejected_buffer
from ingest.pipeline.checkpoint import Lease, LeaseLost, lease_name
from ingest.source import Delivery, Outcome, Raw
from tests.conftest import Limit
from tests.factories import DAY, HOUR, NOW
from tests.ingest.commits import watched
from tests.ingest.sources.feed.feed import Feed, a_pipeline, a_raw, changes, old, stored_ids, until

pytestmark = pytest.mark.both_engines

PORTION = 100
MANY = 250


@pytest.fixture(autouse=True)
def _small_portions(limit: Limit) -> None:
    limit(rejected_buffer, "MAX_RECORDS", PORTION)


def bad(external_id: str, **more: Any) -> Raw:
    """One that cannot be read, with a value of its own."""
    return a_raw(external_id, received_at=f"kemarin {external_id}", **more)


def fresh(external_id: str) -> Raw:
    return a_raw(external_id, received_at=NOW - HOUR)


@contextmanager
def committed(engine: Engine) -> Iterator[list[int]]:
    """How many rejected records each transaction asked to be written, of those that asked."""
    written, rows = list[int](), [0]

    def statement(conn: Any, cursor: Any, text: str, parameters: Any, context: Any, many: bool) -> None:
        if text.startswith(("INSERT INTO rejected", "UPDATE rejected")):
            rows[0] += len(parameters) if many else 1

    def commit(conn: Any) -> None:
        if rows[0]:
            written.append(rows[0])
        rows[0] = 0

    event.listen(engine, "after_cursor_execute", statement)
    event.listen(engine, "commit", commit)
    yield written
    event.remove(engine, "after_cursor_execute", statement)
    event.remove(engine, "commit", commit)


def kept(engine: Engine, source: str = "umpan") -> list[str]:
    with reading(engine) as conn:
        found = rejected.waiting(conn, source, limit=2 * MANY)
        assert sources.state_of(conn, source).rejected == len(found)
    return [row.record.external_id for row in found]


def refused_in_hours(engine: Engine, source: str = "umpan") -> int:
    with reading(engine) as conn:
        return sum(hour.rejected for hour in hours.of(conn, source, NOW - DAY))


def take(
    engine: Engine, raws: Sequence[Raw], *, history: bool = True, name: str = "umpan", lease: Lease | None = None
) -> list[Outcome]:
    delivery = Delivery(tuple(raws), "ende", history=history)
    return a_pipeline(engine).write_delivery(Feed(name=name), delivery, NOW, lease=lease)


@pytest.mark.parametrize("history", [True, False], ids=["history", "live"])
def test_many_of_one_delivery_are_kept_in_portions_in_their_order_and_counted(engine: Engine, history: bool):
    raws = [bad(str(n)) for n in range(MANY)]
    with committed(engine) as written:
        said = take(engine, raws, history=history)
        take(engine, raws, history=history)
    assert written == [100, 100, 50] * 2
    assert [outcome.kind for outcome in said] == ["rejected"] * MANY
    assert kept(engine) == [str(n) for n in range(MANY)]
    assert refused_in_hours(engine) == MANY
    assert [change for change in changes(engine) if change[0] == "rejected_record"] == [
        ("rejected_record", 100),
        ("rejected_record", 100),
        ("rejected_record", 50),
    ]


@pytest.mark.parametrize("history", [True, False], ids=["history", "live"])
def test_heavy_ones_are_kept_in_smaller_portions(sqlite_engine: Engine, history: bool, limit: Limit):
    limit(rejected_buffer, "MAX_CHARACTERS", 20_000)
    raws = [bad(str(n), text="x" * 10_000) for n in range(7)]
    with committed(sqlite_engine) as written:
        take(sqlite_engine, raws, history=history)
    assert written == [2, 2, 2, 1]


@pytest.mark.parametrize("history", [True, False], ids=["history", "live"])
def test_between_readable_ones_they_still_wait_for_one_another(sqlite_engine: Engine, history: bool):
    raws = [one for n in range(20) for one in (bad(f"b{n}"), fresh(f"g{n}"))]
    with committed(sqlite_engine) as written:
        take(sqlite_engine, raws, history=history)
    assert written == [20]
    assert kept(sqlite_engine) == [f"b{n}" for n in range(20)]
    assert stored_ids(sqlite_engine) == [f"g{n}" for n in range(20)]


def test_who_wants_to_write_meanwhile_waits_for_one_portion_and_no_more(engine: Engine):
    turns = watched(engine)
    other = threading.Thread(target=lambda: take(engine, [fresh("gut")], history=False, name="lain"))

    def comes(conn: Any, cursor: Any, text: str, parameters: Any, context: Any, many: bool) -> None:
        if text.startswith("INSERT INTO rejected") and not other.ident:
            before = turns.came
            other.start()
            until(lambda: turns.came > before)

    event.listen(engine, "after_cursor_execute", comes)
    take(engine, [bad(str(n)) for n in range(MANY)])
    other.join(10)
    kinds = [kind for kind, _ in changes(engine) if kind in ("rejected_record", "received")]
    assert kinds == ["rejected_record", "received", "rejected_record", "rejected_record"]


class Killed(BaseException):
    """The process ends here."""


@contextmanager
def killed_before_commit(engine: Engine, number: int) -> Iterator[None]:
    """The process ends just before a commit, of which so many went well."""
    left = [number]

    def commit(conn: Any) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise Killed

    event.listen(engine, "commit", commit)
    with pytest.raises(Killed):
        yield
    event.remove(engine, "commit", commit)


@pytest.mark.parametrize(
    ("history", "number"), [*((True, n) for n in range(5)), *((False, n) for n in range(4))], ids=str
)
def test_killed_between_portions_nothing_is_lost_and_nothing_is_kept_twice(engine: Engine, history: bool, number: int):
    raws = [*(bad(str(n)) for n in range(120)), fresh("gut"), *(bad(str(n)) for n in range(120, MANY))]
    with killed_before_commit(engine, number):
        take(engine, raws, history=history)
    with reading(engine) as conn:
        assert sources.cursor_of(conn, "umpan") is None
    take(engine, raws, history=history)
    assert kept(engine) == [str(n) for n in range(MANY)]
    assert refused_in_hours(engine) == MANY
    assert stored_ids(engine) == ["gut"]


def test_whoever_has_lost_the_lease_leaves_the_last_portion_to_the_other(engine: Engine):
    with writing(engine) as conn:
        sources.claim(conn, lease_name("umpan"), "other:1", NOW, 60)
    with pytest.raises(LeaseLost):
        take(engine, [bad("1")], lease=Lease("me:2", 60))
    assert kept(engine) == []


@pytest.mark.parametrize("history", [True, False], ids=["history", "live"])
def test_mended_ones_clear_what_was_kept_all_at_once(engine: Engine, history: bool):
    take(engine, [bad(str(n)) for n in range(60)])
    said = take(engine, [old(str(n)) for n in range(60)], history=history)
    assert [outcome.kind for outcome in said] == ["new"] * 60
    assert kept(engine) == []
    cleared = [count for kind, count in changes(engine) if kind == "rejected_record"]
    assert cleared == ([60, 60] if history else [60] + [1] * 60)


@pytest.mark.parametrize("history", [True, False], ids=["history", "live"])
def test_one_that_is_again_as_it_was_stored_clears_what_was_kept(engine: Engine, history: bool):
    for raw, left in ((old("1"), []), (bad("1"), ["1"]), (old("1"), [])):
        take(engine, [raw], history=history)
        assert kept(engine) == left
    assert stored_ids(engine) == ["1"]


KINDS: dict[str, Callable[[str], Raw]] = {"bad": bad, "old": old, "fresh": fresh}
examples = count()
steps = st.lists(st.tuples(st.sampled_from(["a", "b"]), st.sampled_from([*KINDS])), min_size=1, max_size=7)


@pytest.mark.parametrize(
    "told",
    [
        ["bad", "old"],
        ["bad", "fresh"],
        ["old", "bad"],
        ["fresh", "bad"],
        ["bad", "old", "bad"],
        ["old", "bad", "old"],
        ["old", "old", "bad"],
        ["fresh", "bad", "fresh"],
    ],
    ids=" ".join,
)
def test_of_an_id_that_stands_several_times_the_last_word_counts(engine: Engine, told: list[str]):
    take(engine, [KINDS[kind]("1") for kind in told])
    assert kept(engine) == (["1"] if told[-1] == "bad" else [])
    assert stored_ids(engine) == ["1"]


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=steps, told=steps)
def test_in_bulk_live_and_one_by_one_the_same_is_kept_and_stored(
    sqlite_engine: Engine, before: list[tuple[str, str]], told: list[tuple[str, str]]
):
    ends = []
    for way in ("bulk", "live", "alone"):
        name = f"{way} {next(examples)}"
        for step in (before, told):
            raws = [KINDS[kind](external_id) for external_id, kind in step]
            for some in [[raw] for raw in raws] if way == "alone" else [raws]:
                take(sqlite_engine, some, history=way == "bulk", name=name)
        with reading(sqlite_engine) as conn:
            ids = {external_id for external_id in "ab" if cases.find(conn, name, external_id)}
        ends.append((set(kept(sqlite_engine, name)), ids))
    assert ends[0] == ends[1] == ends[2]
