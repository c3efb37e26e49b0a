"""What sources tell of the guide: understood, taken, or rejected with its reason and nothing lost."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from data.domain.guide.nouns import AgendaState, ConditionState, Doubt, PlaceKind, PlaceState
from data.reference.boundaries.cells import cells
from data.store.db.change_feed import latest, since
from data.store.db.engine import Engine, reading, writing
from data.store.geo import boundaries
from data.store.guide import conditions, occurrences, places, public
from data.store.intake.rejected import waiting
from data.store.intake.sources import claim
from ingest.runtime.guide_sweeper import sweep_guide
from ingest.source import Raw
from tests.factories import DAY, HOUR, NOW, SISIR, TEMAS
from tests.guide import WINDOW
from tests.ingest.guide.guide_source import NEW, REJECTED, SAME, UPDATED, Teller, a_condition, a_place, an_event

SWAPPED = {SISIR: TEMAS, TEMAS: SISIR}


@pytest.fixture
def teller(engine: Engine) -> Teller:
    return Teller(engine)


def test_a_place_is_understood(teller: Teller, engine: Engine):
    told = a_place(ticket="Rp 15.000", text="Pusat kota.", text_en="The centre.", category="alun-alun")
    assert teller.tell(told) == [NEW]
    assert teller.tell(told) == [SAME]
    assert teller.tell({**told, "ticket": 20_000}) == [UPDATED]
    with reading(engine) as conn:
        (one,) = public.public_places(conn)
    assert (one.category, one.kind, one.village, one.ticket_rupiah) == (
        "rekreasi",
        PlaceKind.TOURISM,
        SISIR,
        20_000,
    )
    assert one.text == {"id": "Pusat kota.", "en": "The centre."}


def test_exchanged_coordinates_are_swapped_by_the_citys_box(teller: Teller, engine: Engine):
    assert teller.tell(a_place(lat=112.5267, lon=-7.8716)) == [NEW]
    with reading(engine) as conn:
        (one,) = places.places(conn)
    assert (one.lat, one.lon, one.village) == (-7.8716, 112.5267, SISIR)


def test_html_in_a_name_is_no_html(teller: Teller, engine: Engine):
    name = "<script>alert('x')</script> Kebun <b>Apel</b> & Sons <img src=x onerror=alert(1)>"
    assert teller.tell(a_place(name=name), an_event(name=name)) == [NEW, NEW]
    with reading(engine) as conn:
        (one,) = places.places(conn)
        (entry,) = occurrences.between(conn, NOW, NOW + 9 * DAY)
    for text in (one.name, entry.title):
        assert "<" not in text
        assert "Kebun Apel & Sons" in text


def test_a_place_without_a_point_or_far_away_is_for_the_officer_and_not_for_the_public(teller: Teller, engine: Engine):
    assert teller.tell(a_place(lat=None, lon=None), a_place(external_id="p2", lat=-7.2, lon=112.0)) == [NEW, NEW]
    with reading(engine) as conn:
        assert public.public_places(conn) == []
        doubts = {each.doubt for each in places.places(conn, states=(PlaceState.DOUBTFUL,))}
    assert doubts == {Doubt.NO_POINT, Doubt.NO_VILLAGE}


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"name": "<b></b>"}, "guide.place_name"),
        ({"place_kind": "business", "nib": "123"}, "guide.permit"),
        ({"place_kind": "business", "halal": "KH-1234"}, "guide.permit"),
        ({"lat": 95, "lon": 200}, "record.faults"),
        ({"lat": "NaN"}, "record.field"),
        ({"url": "javascript:alert(1)"}, "record.field"),
        ({"ticket": "mahal"}, "record.field"),
        ({"name": None}, "record.field"),
        ({"name": "x" * 5_000}, "record.field"),
        ({"unknown": 1}, "record.field"),
    ],
)
def test_a_place_that_is_wrong_is_kept_with_its_reason(
    teller: Teller, engine: Engine, changes: dict[str, object], why: str
):
    assert teller.tell(a_place(**changes)) == [REJECTED]
    assert teller.why.code == why
    with reading(engine) as conn:
        (kept,) = waiting(conn, "uji")
    assert kept.record.external_id == "p1"
    assert teller.tell(a_place()) == [NEW]
    with reading(engine) as conn:
        assert waiting(conn, "uji") == []


@pytest.mark.both_engines
def test_closed_is_not_full_and_a_number_says_what_no_word_says(teller: Teller, engine: Engine):
    told = [
        a_condition(external_id="1", name="A", state="tutup", free=0),
        a_condition(external_id="2", name="B", free=0),
        a_condition(external_id="3", name="C"),
        a_condition(external_id="4", name="D", free=None, capacity=None),
    ]
    assert set(teller.tell_all(told)) == {NEW}
    with reading(engine) as conn:
        found = {each.name: each.state for each in conditions.current(conn, NOW)}
    assert found == {
        "A": ConditionState.CLOSED,
        "B": ConditionState.FULL,
        "C": ConditionState.OPEN,
        "D": ConditionState.UNKNOWN,
    }


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"free": 61}, "guide.free_above_capacity"),
        ({"free": -1}, "record.field"),
        ({"at": (NOW + timedelta(minutes=6)).isoformat()}, "record.in_future"),
        ({"at": None}, "record.field"),
        ({"condition": "cuaca"}, "guide.unknown_condition"),
        ({"state": "mungkin"}, "guide.unknown_state"),
        ({"name": None}, "guide.condition_place"),
    ],
)
def test_an_observation_that_cannot_be_is_rejected(teller: Teller, changes: dict[str, object], why: str):
    assert teller.tell(a_condition(**changes)) == [REJECTED]
    assert teller.why.code == why


def test_a_clock_that_is_a_little_ahead_is_no_fault_and_an_old_observation_tells_nothing(
    teller: Teller, engine: Engine
):
    soon = (NOW + timedelta(minutes=4)).isoformat()
    old = (NOW - 3 * HOUR).isoformat()
    assert teller.tell(a_condition(at=soon), a_condition(external_id="2", name="Lama", at=old)) == [NEW, NEW]
    with reading(engine) as conn:
        found = {each.name: each.current(NOW) for each in conditions.current(conn, NOW)}
    assert found == {"Parkir Alun-alun": ConditionState.OPEN, "Lama": ConditionState.UNKNOWN}


def test_an_event_of_a_table_is_an_entry(teller: Teller, engine: Engine):
    told = an_event(rule="FREQ=WEEKLY;COUNT=3", place="Alun-alun Kota Batu", expected="1.200")
    assert teller.tell(a_place(), told) == [NEW, NEW]
    with reading(engine) as conn:
        found = occurrences.between(conn, NOW, NOW + 60 * DAY)
    assert [(each.title, each.expected, each.place_id is not None) for each in found] == [
        ("Pasar Minggu", 1_200, True)
    ] * 3
    assert teller.tell({**told, "cancelled": True, "updated_at": NOW.isoformat()}) == [UPDATED]
    with reading(engine) as conn:
        assert {each.state for each in occurrences.between(conn, NOW, NOW + 60 * DAY)} == {AgendaState.CANCELLED}


def test_whole_days_of_a_table_include_the_last(teller: Teller, engine: Engine):
    told = an_event(starts_at="2026-11-28T00:00:00+07:00", ends_at="2026-11-29T00:00:00+07:00", all_day=True)
    assert teller.tell(told) == [NEW]
    with reading(engine) as conn:
        (one,) = occurrences.between(conn, NOW, NOW + 9 * DAY)
    assert one.all_day
    assert (one.ends_at - one.starts_at) == 2 * DAY


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"rule": "FREQ=SECONDLY"}, "guide.event_too_often"),
        ({"rule": "FREQ=HOURLY"}, "guide.event_too_often"),
        ({"rule": "FREQ=DAILY;BYHOUR=1,2,3,4"}, "guide.event_too_often"),
        ({"rule": "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"}, "guide.event_never"),
        ({"rule": "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=3"}, "guide.event_never"),
        ({"rule": "FREQ=DAILY;INTERVAL=0"}, "guide.event_never"),
        ({"rule": "FREQ=NONSENSE"}, "guide.event_unreadable"),
        ({"rule": "nonsense"}, "guide.event_unreadable"),
        ({"ends_at": "2026-11-28T10:00:00+07:00"}, "guide.event_ends_before"),
        ({"ends_at": "2027-11-28T10:00:00+07:00"}, "guide.event_too_long"),
        ({"starts_at": "1890-01-01T00:00:00+07:00", "ends_at": None}, "guide.event_year"),
        ({"name": "   "}, "guide.event_title"),
        ({"calendar": "BEGIN:VCALENDAR\r\nEND:VCALENDAR"}, "guide.event_unreadable"),
        ({"calendar": "garbage"}, "guide.event_unreadable"),
        ({"starts_at": None}, "record.field"),
    ],
)
def test_an_event_that_cannot_be_is_rejected_at_once(teller: Teller, changes: dict[str, object], why: str):
    assert teller.tell(an_event(**changes)) == [REJECTED]
    assert teller.why.code == why


@pytest.mark.both_engines
def test_good_and_bad_ones_come_together_and_what_is_not_listed_is_withdrawn(teller: Teller, engine: Engine):
    both = [an_event(), an_event(external_id="x", rule="FREQ=MINUTELY"), an_event(external_id="y")]
    assert teller.tell_all(both) == [NEW, REJECTED, NEW]
    teller.tell_all([an_event()], now=NOW + HOUR, listed=["pasar-minggu", "x"])
    with reading(engine) as conn:
        found = occurrences.between(conn, NOW, NOW + 9 * DAY)
        assert [(each.uid, each.heard_at) for each in found] == [("pasar-minggu", NOW + HOUR)]
        assert [each.record.external_id for each in waiting(conn, "uji")] == ["x"]


@pytest.mark.both_engines
def test_what_expired_rings_by_itself(teller: Teller, engine: Engine):
    teller.tell(a_condition(), an_event())
    with reading(engine) as conn:
        before = latest(conn)
    stop = threading.Event()
    assert sweep_guide(engine, WINDOW, "a", stop, NOW + timedelta(minutes=14)) == 0
    assert sweep_guide(engine, WINDOW, "a", stop, NOW + timedelta(minutes=16)) == 1
    assert sweep_guide(engine, WINDOW, "a", stop, NOW + timedelta(minutes=17)) == 0
    with reading(engine) as conn:
        (change,) = since(conn, before, 9)
        assert (change.kind, change.source) == ("guide", "guide")
        (one,) = conditions.current(conn, NOW + timedelta(minutes=17))
    assert one.current(NOW + timedelta(minutes=17)) is ConditionState.UNKNOWN


def test_another_process_that_sweeps_is_let_alone(teller: Teller, engine: Engine):
    teller.tell(a_condition())
    later = NOW + HOUR
    with writing(engine) as conn:
        assert claim(conn, "sweep guide", "b@elsewhere:1:1", later, 60)
    assert sweep_guide(engine, WINDOW, "a", threading.Event(), later) == 0


def test_a_place_that_was_prepared_before_a_map_was_imported_is_placed_by_it(teller: Teller, engine: Engine):
    raw = Raw("p1", a_place(address=None))
    prepared = teller.pipeline.prepare(teller, raw, NOW)
    swapped = [replace(area, code=SWAPPED.get(area.code, area.code)) for area in cells()]
    with writing(engine) as conn:
        boundaries.replace(conn, swapped, "batas.geojson", NOW)
    teller.pipeline.write("uji", raw, prepared, NOW)
    with reading(engine) as conn:
        (one,) = places.places(conn)
    assert one.village == TEMAS
