"""What was known at a number: two times on everything, and a past that later writes do not change."""

from __future__ import annotations

from typing import Any

import pytest
from shapely import box
from sqlalchemy import func, select, text

from data.domain.cases.model import EventKind, Precision
from data.reference.boundaries.areas import Area, Boundaries
from data.store.cases import cases
from data.store.cases.as_known import (
    CaseAsKnown,
    HistoryNotKept,
    case_as_known,
    cases_as_known,
    events_as_known,
    number_at,
    start,
)
from data.store.cases.bulk_insert import insert_history
from data.store.cases.snapshots import update_columns
from data.store.db.change_feed import NewChange, delete_old, latest, record_change, record_changes, since
from data.store.db.engine import Connection, Engine, reading, writing
from data.store.db.schema.cases import case, case_event, case_version
from data.store.geo import boundaries, placing
from tests.data.store.cases.test_bulk_insert import some
from tests.factories import DAY, HOUR, NOW, SISIR, TEMAS, a_case, event, received, stored, terms_for


def known(conn: Connection, case_id: int, seq: int) -> CaseAsKnown:
    found = case_as_known(conn, case_id, seq)
    assert found is not None
    return found


def versions(conn: Connection) -> int:
    return conn.execute(select(func.count()).select_from(case_version)).scalar_one()


def ids(conn: Connection, seq: int) -> set[int]:
    return set(conn.execute(cases_as_known(conn, seq)).scalars())


def test_a_late_event_shows_both_its_times(engine: Engine):
    new = a_case()
    with writing(engine) as conn:
        case_id = stored(conn, new, [received(NOW - 3 * DAY)], NOW - 3 * DAY)
        before = latest(conn)
        answer = event(EventKind.ANSWERED, NOW - 2 * DAY, agency="dpupr")
        cases.append_events(conn, case_id, [answer], terms_for(new), NOW)
        told = known(conn, case_id, latest(conn)).events[1]
        assert (told.event, told.recorded_at, told.seq) == (answer, NOW, before + 1)
        assert told.recorded_at - told.event.at == 2 * DAY
        assert [each.event.kind for each in known(conn, case_id, before).events] == ["received"]
        last = since(conn, before, 10)[-1]
        assert (last.seq, last.at, last.recorded_at) == (told.seq, answer.at, NOW)


def test_a_case_is_not_known_before_its_receipt_is_recorded(engine: Engine):
    with writing(engine) as conn:
        first = stored(conn, a_case(), [received(NOW)])
        then = latest(conn)
        second = stored(conn, a_case(), [received(NOW - 9 * DAY)])
        assert (ids(conn, 0), ids(conn, then), ids(conn, latest(conn))) == (set(), {first}, {first, second})
        assert case_as_known(conn, second, then) is None
        assert case_as_known(conn, 4711, then) is None


def test_what_was_corrected_is_known_as_it_was_before(engine: Engine):
    with writing(engine) as conn:
        case_id = stored(conn, a_case(address="Jl. Lama", lat=None, lon=None), [received()])
        then = latest(conn)
        update_columns(conn, case_id, {"address": "Jl. Baru", "lat": -7.87, "lon": 112.5}, NOW + HOUR)
        between = latest(conn)
        update_columns(conn, case_id, {"address": None}, NOW + 2 * HOUR)
        told = [known(conn, case_id, seq).values for seq in (then, between, latest(conn))]
    assert [(each["address"], each["lat"]) for each in told] == [("Jl. Lama", None), ("Jl. Baru", -7.87), (None, -7.87)]


def test_what_a_source_had_promised_is_known_as_it_was_before(engine: Engine):
    with writing(engine) as conn:
        case_id = stored(conn, a_case(), [received()])
        seqs = [latest(conn)]
        for days in (1, 2):
            update_columns(conn, case_id, {"promised_at": NOW + days * DAY}, NOW)
            seqs.append(latest(conn))
        told = [known(conn, case_id, seq).values["promised_at"] for seq in seqs]
    assert told == [None, NOW + DAY, NOW + 2 * DAY]


def test_a_value_that_changes_without_an_event_is_a_change_of_its_own(engine: Engine):
    with writing(engine) as conn:
        case_id = stored(conn, a_case(sp4n_status="Belum"), [received()])
        before = latest(conn)
        update_columns(conn, case_id, {"sp4n_status": "Dalam Proses"}, NOW + HOUR)
        (revised,) = since(conn, before, 10)
    assert (revised.kind, revised.case_id, revised.source, revised.recorded_at) == (
        "revised",
        case_id,
        "api",
        NOW + HOUR,
    )


@pytest.mark.parametrize("facts", [{"title": "Lain", "text": "Lain", "media_url": "x"}, {"village": SISIR}])
def test_what_no_figure_uses_and_what_stays_the_same_costs_nothing(engine: Engine, facts: dict[str, Any]):
    with writing(engine) as conn:
        case_id = stored(conn, a_case(), [received()])
        before = latest(conn)
        update_columns(conn, case_id, facts, NOW)
        cases.append_events(conn, case_id, [event(EventKind.NOTE, NOW)], terms_for(a_case()), NOW)
        cases.recompute_status(conn, case_id, terms_for(a_case()), NOW)
        assert (versions(conn), latest(conn)) == (0, before + 1)


def test_a_reclassified_case_is_known_by_its_old_category_before(engine: Engine):
    new = a_case("jalan_rusak")
    with writing(engine) as conn:
        case_id = stored(conn, new, [received()])
        then = latest(conn)
        moved = event(EventKind.RECLASSIFIED, NOW, category="narkoba", policy="biasa", policy_version=2)
        cases.append_events(conn, case_id, [moved], terms_for(new), NOW)
        before, after = known(conn, case_id, then), known(conn, case_id, latest(conn))
        names = ("category", "private", "policy_version")
    assert [before.values[name] for name in names] == ["jalan_rusak", False, 1]
    assert [after.values[name] for name in names] == ["narkoba", True, 2]
    assert before.private_now is True, "it is hidden in every past"


def test_a_new_map_leaves_the_villages_of_the_past(engine: Engine):
    areas = [Area(TEMAS, "Temas", "Batu", True, box(112.4, -8.0, 112.6, -7.7))]
    with writing(engine) as conn:
        case_id = stored(conn, a_case(), [received()])
        outside = stored(conn, a_case(lon=112.7, village=None, precision=Precision.OUTSIDE), [received()])
        then = latest(conn)
        mapped = boundaries.replace(conn, areas, "batas.geojson", NOW)
        at = placing.state(conn)
        assert at is not None
        assert placing.place_next(conn, at, Boundaries(areas, official=True), 10, NOW).moved == 1
        told = [known(conn, case_id, number).values["village"] for number in (then, mapped, latest(conn))]
        assert (told, versions(conn)) == ([SISIR, SISIR, TEMAS], 1)
        assert known(conn, outside, then).values == known(conn, outside, latest(conn)).values


def test_who_speaks_for_a_merged_case_is_known_as_it_was(engine: Engine):
    new = a_case("pohon_tumbang")
    with writing(engine) as conn:
        first, second, third = (stored(conn, a_case("pohon_tumbang"), [received()]) for _ in range(3))
        cases.merge(conn, third, second, terms_for(new), NOW)
        then = latest(conn)
        cases.merge(conn, second, first, terms_for(new), NOW + HOUR)
        heads = [
            [known(conn, case_id, seq).values["head_id"] for case_id in (second, third)]
            for seq in (then - 1, then, latest(conn))
        ]
    assert heads == [[None, None], [None, second], [first, first]]


def test_an_import_says_which_cases_it_brought_and_all_their_events_carry_its_number(engine: Engine):
    with writing(engine) as conn:
        one = stored(conn, a_case(), [received()])
        then = latest(conn)
        brought = list(insert_history(conn, some("a", "b", "c"), NOW))
        (imported,) = since(conn, then, 10)
        last = stored(conn, a_case(), [received()])
        numbers = conn.execute(select(case_event.c.case_id, case_event.c.seq, case_event.c.recorded_at)).all()
        assert (imported.first_case_id, imported.last_case_id) == (brought[0], brought[-1])
        assert {tuple(row) for row in numbers if row.case_id in brought} == {
            (case_id, imported.seq, NOW) for case_id in brought
        }
        assert (ids(conn, then), ids(conn, imported.seq)) == ({one}, {one, *brought})
        span = case.c.id.between(imported.first_case_id, imported.last_case_id)
        assert set(conn.execute(select(case.c.id).where(span)).scalars()) == {*brought}
        assert last > imported.last_case_id
        assert len(conn.execute(events_as_known(conn, imported.seq)).all()) == 7


def test_a_moment_leads_to_the_last_number_recorded_by_then(engine: Engine):
    with writing(engine) as conn:
        assert (start(conn), number_at(conn, NOW)) == (0, 0)
        stored(conn, a_case(), [received(NOW - DAY)], NOW)
        first = latest(conn)
        record_change(conn, "source", NOW + 2 * HOUR)
        assert number_at(conn, NOW - HOUR) == 0, "it took effect then, and nobody knew it here"
        assert number_at(conn, NOW + HOUR) == first
        assert number_at(conn, NOW + 2 * HOUR) == first + 1


def test_a_number_that_was_not_given_out_yet_has_no_past(engine: Engine):
    with writing(engine) as conn:
        case_id = stored(conn, a_case(), [received()])
        with pytest.raises(HistoryNotKept):
            case_as_known(conn, case_id, latest(conn) + 1)


def test_a_past_that_was_not_kept_is_not_told(engine: Engine):
    with writing(engine) as conn:
        case_id = stored(conn, a_case(), [received()])
        conn.execute(text("UPDATE case_event SET seq = 0, recorded_at = NULL"))
        conn.execute(text("UPDATE change SET recorded_at = NULL"))
        kept = record_change(conn, "history_kept", NOW)
        assert start(conn) == kept
        (old,) = known(conn, case_id, kept).events
        assert (old.recorded_at, old.seq) == (None, 0)
        for ask in (cases_as_known, events_as_known):
            with pytest.raises(HistoryNotKept, match=f"from change {kept} to change {kept}, not at {kept - 1}"):
                ask(conn, kept - 1)
        with pytest.raises(HistoryNotKept):
            number_at(conn, NOW - HOUR)
    with reading(engine) as conn:
        assert ids(conn, kept) == {case_id}


def test_a_moment_whose_changes_were_deleted_is_refused_and_numbers_still_answer(engine: Engine):
    with writing(engine) as conn:
        record_changes(conn, [NewChange("note", NOW)] * 2, NOW)
        record_changes(conn, [NewChange("note", NOW)], NOW + 2 * HOUR)
        delete_old(conn, NOW + HOUR, 10)
        with pytest.raises(HistoryNotKept, match="no longer knows"):
            number_at(conn, NOW + HOUR)
        assert number_at(conn, NOW + 2 * HOUR) == 3
        assert cases_as_known(conn, 1) is not None
