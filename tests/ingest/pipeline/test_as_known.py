"""Whatever is written, what was known at a number stays what it was: compared with the store as it lay then."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely import box
from sqlalchemy import select, text, update

from data.domain.cases.model import CaseEvent, EventKind
from data.domain.sla.case_status import case_status
from data.reference.boundaries.areas import Area, Boundaries
from data.store.cases import cases
from data.store.cases.as_known import case_as_known, cases_as_known, events_as_known
from data.store.cases.sweep import due, sweep
from data.store.db.account_schema import metadata
from data.store.db.change_feed import latest
from data.store.db.engine import Connection, Engine, engine_state, reading, writing
from data.store.db.schema import case, case_event
from data.store.geo import boundaries, placing
from data.store.geo.placing import Placing
from tests.factories import DAY, HOUR, MINUTE, NOW, SISIR, TEMAS, event, terms_of
from tests.ingest.sources.feed.feed import FEED, GROUND, SISIR_AT, a_delivery, a_pipeline, happened, old, took

pytestmark = pytest.mark.both_engines

COLUMNS = (
    "code, kind, category, priority, private, policy, policy_version, service_class, sp4n_number, sp4n_status, "
    "address, lat, lon, precision, village, district, head_id, promised_at"
)
"""What figures use, written out: the oracle knows nothing of the tables of versions."""
NAMES = COLUMNS.split(", ")
ROWS = text(f'SELECT id, folded, agency, received_at, updated_at, {COLUMNS} FROM "case" ORDER BY id')
EVENT_COLUMNS = "case_id, n, at, kind, actor, agency, category, policy, policy_version, reason, text, head"
EVENT_NAMES = EVENT_COLUMNS.split(", ")
EVENTS = text(f"SELECT {EVENT_COLUMNS} FROM case_event ORDER BY case_id, n")
NEAR = (SISIR_AT[0] + 0.0003, SISIR_AT[1])
HALVES = [
    Area(SISIR, "Sisir", "Batu", True, box(112.4, -8.0, 112.5, -7.7)),
    Area(TEMAS, "Temas", "Batu", True, box(112.5, -8.0, 112.6, -7.7)),
]

Snapshot = tuple[list[Mapping[str, Any]], list[Mapping[str, Any]]]


@dataclass
class World:
    """A store, and what lay in its tables after every commit."""

    engine: Engine
    now: datetime = NOW
    seen: dict[int, Snapshot] = field(default_factory=dict)

    def look(self) -> None:
        """Called after every commit."""
        with reading(self.engine) as conn:
            rows, events = (list(conn.execute(ask).mappings()) for ask in (ROWS, EVENTS))
            self.seen[latest(conn)] = rows, events

    def ids(self) -> list[int]:
        with reading(self.engine) as conn:
            return list(conn.execute(select(case.c.id).order_by(case.c.id)).scalars())

    def left_to_place(self) -> Placing | None:
        with reading(self.engine) as conn:
            at = placing.state(conn)
        return None if at is None or at.is_done else at


Step = Callable[[World], object]


def told(external_id: str, changes: Mapping[str, Any]) -> Step:
    """A source tells of a case, for the first time or anew."""
    return lambda world: took(world.engine, external_id, world.now, **changes)


def imported(external_ids: list[str], changes: Mapping[str, Any]) -> Step:
    """A history in bulk; a case that is there already is told anew."""

    def step(world: World) -> None:
        raws = [old(external_id, **changes) for external_id in external_ids]
        a_pipeline(world.engine).write_history(FEED, a_delivery(*raws), world.now)

    return step


def decided(place: int, kinds: list[EventKind], ago: timedelta, category: str) -> Step:
    """Somebody in the room does something, or writes down late what was done before."""

    def step(world: World) -> None:
        if not (ids := world.ids()):
            return
        with writing(world.engine) as conn:
            found = cases.by_id(conn, ids[place % len(ids)])
            assert found is not None
            new = [_done(kind, world.now - ago, category) for kind in kinds]
            cases.append_events(conn, found.id, new, cases.terms_for(found, terms_of()), world.now)

    return step


def _done(kind: EventKind, at: datetime, category: str) -> CaseEvent:
    about: dict[EventKind, dict[str, Any]] = {
        EventKind.RECLASSIFIED: {"category": category, "policy": "biasa", "policy_version": 2},
        EventKind.PAUSED: {"reason": "citizen"},
        EventKind.DISPATCHED: {"agency": "dlh"},
        EventKind.TRANSFERRED: {"agency": "bnn"},
    }
    return event(kind, at, **about.get(kind, {}))


def merged(one: int, other: int) -> Step:
    """Somebody folds a case, and what was folded into it, into another one."""

    def step(world: World) -> None:
        with writing(world.engine) as conn:
            free = select(case.c.id).where(case.c.head_id.is_(None)).order_by(case.c.id)
            heads = list(conn.execute(free).scalars())
            if len(heads) > 1:
                first = one % len(heads)
                found = cases.by_id(conn, heads[first])
                assert found is not None
                head = heads[first - 1 - other % (len(heads) - 1)]
                cases.merge(conn, found.id, head, cases.terms_for(found, terms_of()), world.now)

    return step


def mapped(areas: list[Area]) -> Step:
    """Another map, and every case placed by it."""

    def step(world: World) -> None:
        with writing(world.engine) as conn:
            boundaries.replace(conn, areas, "batas.geojson", world.now)
        while (at := world.left_to_place()) is not None:
            with writing(world.engine) as conn:
                placing.place_next(conn, at, Boundaries(areas, official=True), 3, world.now)

    return step


def waited(world: World) -> None:
    """A day passes, and the sweep says what it brought."""
    world.now += DAY
    with writing(world.engine) as conn:
        sweep(conn, due(conn, terms_of(), world.now, 100), terms_of(), world.now)


def recomputed(world: World) -> None:
    """The process starts again."""
    for case_id in world.ids():
        with writing(world.engine) as conn:
            found = cases.by_id(conn, case_id)
            assert found is not None
            cases.recompute_status(conn, case_id, cases.terms_for(found, terms_of()), world.now)


LATER = [happened("dispatched", NOW + MINUTE, agency="dpupr"), happened("answered", NOW + HOUR, text="Segera.")]
external_ids = st.sampled_from(["1", "2", "3"])
changes = st.fixed_dictionaries(
    {},
    optional={
        "category": st.sampled_from(["sampah", "narkoba", "pohon_tumbang"]),
        "lat": st.sampled_from([NEAR[0], -7.95, 10.0]),
        "address": st.sampled_from(["Jl. Dewi Sartika", "Jl. Diponegoro 4"]),
        "private": st.booleans(),
        "sp4n_number": st.just("771"),
        "sp4n_status": st.sampled_from(["Dalam Proses", "Selesai"]),
        "agency": st.sampled_from(["dlh", "bnn"]),
        "events": st.sampled_from([LATER[:1], LATER]),
        "promised_at": st.sampled_from([NOW + DAY, NOW + 2 * DAY]),
        "updated_at": st.sampled_from([NOW + HOUR, NOW + 2 * HOUR]),
    },
)
places = st.integers(0, 5)
decisions = st.lists(
    st.sampled_from([kind for kind in EventKind if kind not in (EventKind.RECEIVED, EventKind.MERGED)]),
    min_size=1,
    max_size=3,
)
steps = st.one_of(
    st.builds(told, external_ids, changes),
    st.builds(told, external_ids, changes),
    st.builds(imported, st.lists(st.sampled_from(["2", "3", "4", "5"]), min_size=1, max_size=3), changes),
    st.builds(
        decided,
        places,
        decisions,
        st.sampled_from([timedelta(0), MINUTE, 3 * DAY]),
        st.sampled_from(["sampah", "narkoba", "longsor"]),
    ),
    st.builds(merged, places, places),
    st.sampled_from([mapped(HALVES), mapped(list(GROUND.areas)), waited, recomputed]),
)


def emptied(engine: Engine) -> None:
    with writing(engine) as conn:
        conn.execute(update(case).values(head_id=None))
        for table in reversed(metadata.sorted_tables):
            conn.execute(table.delete())


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plan=st.lists(steps, min_size=3, max_size=12))
def test_what_was_known_at_a_number_is_what_the_store_held_then(engine: Engine, plan: list[Step]):
    emptied(engine)
    world = World(engine)
    world.look()
    engine_state(engine).listeners.add(world.look)
    try:
        for step in plan:
            world.now += HOUR
            step(world)
    finally:
        engine_state(engine).listeners.discard(world.look)
    with reading(engine) as conn:
        for seq, (rows, events) in world.seen.items():
            assert_known(conn, seq, rows, events)
        assert_numbers_between(conn, sorted(world.seen), world.seen)


def assert_known(conn: Connection, seq: int, rows: list[Mapping[str, Any]], events: list[Mapping[str, Any]]) -> None:
    """The set of cases, their values, how many speak through them, and every event; one case also by itself."""
    found = {row["id"]: row for row in conn.execute(cases_as_known(conn, seq)).mappings()}
    assert found.keys() == {row["id"] for row in rows}
    heads = [row["head_id"] for row in found.values()]
    for row in rows:
        assert [in_row(found[row["id"]][name]) for name in NAMES] == [row[name] for name in NAMES]
        assert heads.count(row["id"]) == row["folded"]
    listed = conn.execute(events_as_known(conn, seq).order_by(case_event.c.case_id, case_event.c.n)).mappings()
    assert [as_it_lay(each) for each in listed] == [tuple(each.values()) for each in events]
    if rows:
        assert_one(conn, seq, rows[seq % len(rows)], events)


def in_row(value: Any) -> Any:
    return int(value.timestamp()) if isinstance(value, datetime) else value


def as_it_lay(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(in_row(row[name]) for name in EVENT_NAMES)


def assert_one(conn: Connection, seq: int, row: Mapping[str, Any], events: list[Mapping[str, Any]]) -> None:
    one = case_as_known(conn, row["id"], seq)
    assert one is not None
    values = {name: in_row(value) for name, value in one.values.items()}
    assert {"code": one.code} | values == {name: row[name] for name in NAMES}
    theirs = [(each["at"], each["kind"], each["text"]) for each in events if each["case_id"] == row["id"]]
    assert [(int(e.at.timestamp()), e.kind, e.text) for e, _, _ in one.events] == theirs
    assert_status(one.values, [told.event for told in one.events], row)


def assert_status(values: Mapping[str, Any], events: list[CaseEvent], row: Mapping[str, Any]) -> None:
    """Who held the case follows from what was known."""
    terms = terms_of()(values["category"], (values["policy"], values["policy_version"]), values["service_class"])
    status = case_status(cases.in_order(events), terms, NOW)
    assert (status.agency, status.category, status.policy_version) == (
        row["agency"],
        row["category"],
        row["policy_version"],
    )
    assert [int(at.timestamp()) for at in (status.received_at, status.updated_at)] == [
        row["received_at"],
        row["updated_at"],
    ]


def assert_numbers_between(conn: Connection, commits: list[int], seen: Mapping[int, Snapshot]) -> None:
    """Inside a transaction what is known only grows."""
    for before, after in pairwise(commits):
        least, most = ({(each["case_id"], each["n"]) for each in seen[seq][1]} for seq in (before, after))
        for seq in range(before + 1, after):
            now = {(each["case_id"], each["n"]) for each in conn.execute(events_as_known(conn, seq)).mappings()}
            assert least <= now <= most
            least = now
