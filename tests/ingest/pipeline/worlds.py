"""Random lives of a store through the real pipeline: what sources tell, late, corrected and withdrawn, what the room
does, maps, time that passes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from shapely import box
from sqlalchemy import select, text, update

from data.domain.cases.model import CaseEvent, EventKind
from data.reference.boundaries.areas import Area, Boundaries
from data.store.cases import cases
from data.store.cases.sweep import due, sweep
from data.store.db.change_feed import latest
from data.store.db.engine import Engine, engine_state, reading, writing
from data.store.db.schema.cases import case
from data.store.geo import boundaries, placing
from data.store.geo.placing import Placing
from tests.emptied import EMPTIED
from tests.factories import DAY, HOUR, MINUTE, NOW, SISIR, TEMAS, event, terms_of
from tests.ingest.sources.feed.feed import FEED, GROUND, SISIR_AT, a_delivery, a_pipeline, happened, old, took

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
    looks: list[Callable[[], object]] = field(default_factory=list)
    """What else is called after every commit."""

    def look(self) -> None:
        """Called after every commit."""
        with reading(self.engine) as conn:
            rows, events = (list(conn.execute(ask).mappings()) for ask in (ROWS, EVENTS))
            self.seen[latest(conn)] = rows, events
        for each in self.looks:
            each()

    def live(self, plan: list[Step]) -> None:
        """One step an hour."""
        emptied(self.engine)
        self.look()
        engine_state(self.engine).listeners.add(self.look)
        try:
            for step in plan:
                self.now += HOUR
                step(self)
        finally:
            engine_state(self.engine).listeners.discard(self.look)

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
plans = st.lists(
    st.one_of(
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
    ),
    min_size=3,
    max_size=12,
)


def emptied(engine: Engine) -> None:
    with writing(engine) as conn:
        conn.execute(update(case).values(head_id=None))
        for table in EMPTIED:
            conn.execute(table.delete())
