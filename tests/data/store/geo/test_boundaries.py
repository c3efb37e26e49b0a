"""The map in the store, and cases placed anew by it; on both engines."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from shapely import box
from sqlalchemy import select

from data.domain.cases.model import Precision
from data.reference.boundaries.areas import Area, Boundaries, Placed
from data.reference.boundaries.cells import cells, schematic
from data.reference.places.villages import VILLAGES
from data.store.db.change_feed import since
from data.store.db.engine import Connection, Engine, reading, writing
from data.store.db.schema.cases import case
from data.store.db.schema.geo import boundary
from data.store.geo import boundaries, placing
from tests.factories import NOW, SISIR, TEMAS, a_case, received, stored

FOREST = Area("hutan-1", "Kehutanan", "Batu", False, box(112.60, -7.90, 112.61, -7.89))

WEST, EAST = box(112.4, -8.0, 112.53, -7.7), box(112.53, -8.0, 112.6, -7.7)
HALVES = Boundaries([Area(SISIR, "Sisir", "Batu", True, WEST), Area(TEMAS, "Temas", "Batu", True, EAST)], official=True)
"""A city of two villages that meet at 112.53."""


def places(conn: Connection) -> list[tuple[str | None, str]]:
    """Village and precision of every case, oldest first."""
    return [(row.village, row.precision) for row in conn.execute(select(case).order_by(case.c.id))]


def placed_anew(conn: Connection, by: Boundaries, batch: int = 5000) -> int:
    """Import this map and place every case by it; how many moved."""
    boundaries.replace(conn, by.areas, "batas.geojson", NOW)
    while (at := placing.state(conn)) is not None and not at.is_done:
        placing.place_next(conn, at, by, batch, NOW)
    assert at is not None
    return at.moved


def put(conn: Connection, lon: float | None, village: str | None, precision: Precision = Precision.EXACT) -> None:
    """A case at this longitude."""
    lat = None if lon is None else -7.87
    stored(conn, a_case(lat=lat, lon=lon, village=village, precision=precision), [received()])


def test_without_an_import_nothing_is_loaded_and_the_cells_are_the_map(engine: Engine) -> None:
    with reading(engine) as conn:
        assert boundaries.load(conn) is None
        assert boundaries.current(conn).official is False


def test_what_is_stored_places_as_what_was_imported(engine: Engine) -> None:
    areas = (*cells(), FOREST)
    with writing(engine) as conn:
        boundaries.replace(conn, areas, "batas.geojson sha256:0", NOW)
    with reading(engine) as conn:
        loaded = boundaries.current(conn)
    assert loaded.official is True
    assert [a.shape.wkb for a in loaded.areas] == [a.shape.wkb for a in areas]
    assert [(a.code, a.name, a.district, a.village) for a in loaded.areas] == [
        (a.code, a.name, a.district, a.village) for a in areas
    ]
    lats, lons = np.array([v.office_lat for v in VILLAGES]), np.array([v.office_lon for v in VILLAGES])
    assert loaded.place_many(lats, lons).codes.tolist() == [v.code for v in VILLAGES]
    assert loaded.place(-7.895, 112.605) == Placed(None, True)


def test_an_import_replaces_the_map_before_it_and_keeps_its_origin(engine: Engine) -> None:
    with writing(engine) as conn:
        boundaries.replace(conn, (*cells(), FOREST), "old.geojson sha256:1", NOW)
    with writing(engine) as conn:
        boundaries.replace(conn, HALVES.areas, "new.geojson sha256:2", NOW + timedelta(days=1))
    with reading(engine) as conn:
        rows = conn.execute(select(boundary).order_by(boundary.c.code)).all()
    assert [row.code for row in rows] == [TEMAS, SISIR]
    assert {(row.origin, row.imported_at) for row in rows} == {("new.geojson sha256:2", NOW + timedelta(days=1))}


def test_an_import_is_one_change_of_kind_boundaries(engine: Engine) -> None:
    with writing(engine) as conn:
        number = boundaries.replace(conn, cells(), "batas.geojson", NOW)
    with reading(engine) as conn:
        (change,) = since(conn, 0, 10)
    assert (change.seq, change.kind, change.at, change.case_id) == (number, "boundaries", NOW, None)


def test_an_import_that_fails_leaves_the_map_as_it_was(engine: Engine) -> None:
    with writing(engine) as conn:
        boundaries.replace(conn, cells(), "good", NOW)
    with pytest.raises(RuntimeError, match="after"), writing(engine) as conn:
        boundaries.replace(conn, HALVES.areas, "bad", NOW)
        raise RuntimeError("after")
    with reading(engine) as conn:
        loaded = boundaries.load(conn)
        assert loaded is not None
        assert len(loaded.areas) == 24
        assert len(since(conn, 0, 10)) == 1


def test_cases_with_a_position_of_their_own_are_placed_anew(engine: Engine) -> None:
    with writing(engine) as conn:
        put(conn, 112.50, SISIR)
        put(conn, 112.55, SISIR)
        put(conn, 112.55, None)
        put(conn, 112.55, SISIR, Precision.STREET)
        assert placed_anew(conn, HALVES) == 3
        assert places(conn) == [(SISIR, "exact"), (TEMAS, "exact"), (TEMAS, "exact"), (TEMAS, "street")]


def test_a_case_that_now_lies_outside_or_inside_is_said_to(engine: Engine) -> None:
    with writing(engine) as conn:
        put(conn, 112.70, SISIR)
        put(conn, 112.55, None, Precision.OUTSIDE)
        put(conn, 112.71, None, Precision.OUTSIDE)
        assert placed_anew(conn, HALVES) == 2
        assert places(conn) == [(None, "outside"), (TEMAS, "exact"), (None, "outside")]


def test_a_case_in_forest_is_in_no_village_but_not_outside(engine: Engine) -> None:
    with writing(engine) as conn:
        put(conn, 112.605, SISIR)
        moved = Boundaries([*HALVES.areas, Area("hutan-1", "", "", False, box(112.6, -8, 112.61, -7.7))], official=True)
        assert placed_anew(conn, moved) == 1
        assert places(conn) == [(None, "exact")]


def test_cases_known_only_by_their_village_keep_it(engine: Engine) -> None:
    with writing(engine) as conn:
        put(conn, None, SISIR, Precision.VILLAGE)
        put(conn, 112.55, SISIR, Precision.VILLAGE)
        put(conn, 112.70, None, Precision.DISTRICT)
        put(conn, None, None, Precision.NONE)
        before = places(conn)
        assert placed_anew(conn, HALVES) == 0
        assert places(conn) == before


def test_placing_anew_goes_through_every_batch_and_touches_only_place(engine: Engine) -> None:
    with writing(engine) as conn:
        for number in range(11):
            put(conn, 112.50 if number % 2 else 112.55, SISIR)
        untouched = [column for column in case.c if column.name not in ("village", "precision")]
        before = conn.execute(select(*untouched).order_by(case.c.id)).all()
        assert placed_anew(conn, HALVES, batch=3) == 6
        assert placed_anew(conn, HALVES, batch=3) == 0
        assert conn.execute(select(*untouched).order_by(case.c.id)).all() == before
        assert [village for village, _ in places(conn)] == [SISIR if n % 2 else TEMAS for n in range(11)]


def test_placing_anew_by_the_cells_changes_nothing_that_they_placed(engine: Engine) -> None:
    with writing(engine) as conn:
        for village in VILLAGES:
            stored(conn, a_case(lat=village.office_lat, lon=village.office_lon, village=village.code), [received()])
        assert placed_anew(conn, schematic(), batch=5) == 0
