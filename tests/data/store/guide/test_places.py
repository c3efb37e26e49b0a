"""Places and businesses: taken from sources, corrected by officers, shown to the public as far as it may know them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from data.domain.guide.nouns import Doubt, PlaceKind, PlaceState
from data.reference.boundaries.cells import schematic
from data.store.db.change_feed import latest, since
from data.store.db.engine import Engine, reading, writing
from data.store.db.schema.guide import place
from data.store.guide import places, public
from data.store.guide.told import Became, Position
from data.store.guide.writing import PLACE_NOUN, By, VersionConflict, edits
from tests.factories import DAY, NOW, SISIR, TEMAS
from tests.guide import ALUN_ALUN, a_business, a_place, place_told, writing_at

OFFICER = By("petugas")


def test_a_place_is_taken_once_and_rings_once(engine: Engine):
    told = place_told(external_id="x")
    with writing(engine) as conn:
        assert [each.became for each in places.take(writing_at(conn), [told])] == [Became.NEW]
        assert [each.became for each in places.take(writing_at(conn), [told])] == [Became.SAME]
        (change,) = since(conn, 0, 9)
        row = conn.execute(select(place)).one()
    assert (change.kind, change.source, change.seq) == ("guide", "uji", row.seq)
    assert (row.code, row.at, row.recorded_at, row.village) == ("TP-2611-0001", NOW, NOW, SISIR)


def test_a_source_changes_what_it_tells_otherwise_and_its_edit_is_kept(engine: Engine):
    with writing(engine) as conn:
        a_place(conn, external_id="x", ticket_rupiah=10_000)
        changed = a_place(conn, external_id="x", ticket_rupiah=12_000, now=NOW + DAY)
        (edit,) = edits(conn, PLACE_NOUN, changed.id)
    assert (changed.ticket_rupiah, changed.version) == (12_000, 1)
    assert (edit.actor, edit.by_source) == ("uji", True)
    assert (edit.before, edit.after) == ({"ticket_rupiah": 10_000}, {"ticket_rupiah": 12_000})


def test_an_older_snapshot_changes_nothing(engine: Engine):
    with writing(engine) as conn:
        a_place(conn, external_id="x", name="Baru", told_at=NOW)
        assert a_place(conn, external_id="x", name="Lama", told_at=NOW - DAY).name == "Baru"


def test_what_an_officer_corrected_its_source_leaves(engine: Engine):
    with writing(engine) as conn:
        known = a_place(conn, external_id="x", name="Alun2", ticket_rupiah=5_000)
        changes = {"name": "Alun-alun", "lat": -7.8720}
        fixed = places.edit(writing_at(conn), known.id, 0, changes, by=OFFICER, ground=schematic())
        assert (fixed.name, fixed.lat, fixed.version, fixed.checked_at) == ("Alun-alun", -7.8720, 1, NOW)
        after = a_place(conn, external_id="x", name="ALUN2", ticket_rupiah=6_000, position=Position(-7.9, 112.5, TEMAS))
        assert (after.name, after.lat, after.ticket_rupiah) == ("Alun-alun", -7.8720, 6_000)
        assert [each.by_source for each in edits(conn, PLACE_NOUN, known.id)] == [True, False]


def test_of_two_edits_of_one_version_one_wins(engine: Engine):
    with writing(engine) as conn:
        known = a_place(conn)
        places.edit(writing_at(conn), known.id, 0, {"name": "A"}, by=OFFICER, ground=schematic())
        before = latest(conn)
        with pytest.raises(VersionConflict):
            places.edit(writing_at(conn), known.id, 0, {"name": "B"}, by=OFFICER, ground=schematic())
        assert [each.after for each in edits(conn, PLACE_NOUN, known.id)] == [{"name": "A"}]
        assert latest(conn) >= before


def test_an_edit_judges_anew_where_it_lies(engine: Engine):
    with writing(engine) as conn:
        known = a_place(conn)
        away = places.edit(writing_at(conn), known.id, 0, {"lat": -7.5, "lon": 112.0}, by=OFFICER, ground=schematic())
        assert (away.state, away.doubt) == (PlaceState.DOUBTFUL, Doubt.NO_VILLAGE)
        back = {"lat": ALUN_ALUN.lat, "lon": ALUN_ALUN.lon}
        home = places.edit(writing_at(conn), known.id, 1, back, by=OFFICER, ground=schematic())
        assert (home.state, home.doubt, home.village) == (PlaceState.PUBLISHED, None, SISIR)
        gone = places.edit(
            writing_at(conn), known.id, 2, {"state": PlaceState.WITHDRAWN}, by=OFFICER, ground=schematic()
        )
        assert gone.state is PlaceState.WITHDRAWN
        assert places.places(conn) == []


def test_the_public_sees_telephone_address_and_point_of_a_business_with_a_dated_consent_only(engine: Engine):
    with writing(engine) as conn:
        silent = public.public_place(a_business(conn, address="Jl. Rumah 5, Sisir"))
        agreed = public.public_place(a_business(conn, consent=NOW, address="Jl. Toko 1, Sisir"))
        doubtful = a_place(conn, state=PlaceState.DOUBTFUL, doubt=Doubt.NO_POINT)
        assert public.public_place(doubtful) is None
        assert public.public_by_code(conn, doubtful.code) is None
        called = public.public_place(a_place(conn, phone="0341123456"))
        assert len(public.public_places(conn)) == 3
        assert len(public.public_places(conn, kinds=[PlaceKind.BUSINESS])) == 2
    assert silent is not None
    assert agreed is not None
    assert called is not None
    assert (silent.phone, silent.address, silent.lat, silent.lon, silent.village) == (
        None,
        None,
        -7.872,
        112.527,
        SISIR,
    )
    assert (agreed.phone, agreed.address, agreed.lat) == ("081234567890", "Jl. Toko 1, Sisir", ALUN_ALUN.lat)
    assert (called.phone, called.lat) == (None, ALUN_ALUN.lat)


def test_a_map_that_is_imported_judges_every_place_anew(engine: Engine):
    with writing(engine) as conn:
        moved = a_place(conn, position=Position(ALUN_ALUN.lat, ALUN_ALUN.lon, TEMAS))
        corrected = a_place(conn)
        places.edit(
            writing_at(conn), corrected.id, 0, {"lat": -7.8717, "lon": 112.5267}, by=OFFICER, ground=schematic()
        )
        assert places.judge_again(writing_at(conn, source="peta"), schematic()) == 1
        again = places.by_id(conn, moved.id)
    assert again is not None
    assert again.village == SISIR


def test_reads_are_by_name_and_by_what_is_asked(engine: Engine):
    with writing(engine) as conn:
        for name in ("b", "A", "c"):
            a_place(conn, name=name)
        a_business(conn)
        assert [each.name for each in places.places(conn, kinds=[PlaceKind.TOURISM])] == ["A", "b", "c"]
        assert [each.name for each in places.places(conn, categories=["kuliner"])] == ["Warung Uji"]
        assert len(places.places(conn, village=TEMAS)) == 0
        assert len(places.places(conn, most=2)) == 2
        assert places.counts(conn) == {
            (PlaceState.PUBLISHED, PlaceKind.TOURISM): 3,
            (PlaceState.PUBLISHED, PlaceKind.BUSINESS): 1,
        }
    with reading(engine) as conn:
        assert conn.execute(select(func.count()).select_from(place)).scalar_one() == 4


def test_two_times_are_kept(engine: Engine):
    with writing(engine) as conn:
        a_place(conn, external_id="x", at=NOW - 3 * DAY, now=NOW + timedelta(minutes=5))
        row = conn.execute(select(place.c.at, place.c.recorded_at)).one()
    assert tuple(row) == (NOW - 3 * DAY, NOW + timedelta(minutes=5))
