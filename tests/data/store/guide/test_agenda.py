"""The agenda: sequences, moved and cancelled occurrences, the rolling window, what its source tells no more."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from data.domain.guide.nouns import AgendaState
from data.store.db.change_feed import latest
from data.store.db.engine import Engine, writing
from data.store.db.schema.guide import agenda as entries
from data.store.db.schema.guide import occurrence
from data.store.guide import agenda, occurrences, sweep
from data.store.guide.told import Became
from data.store.guide.writing import AGENDA_NOUN, By, VersionConflict, edits
from tests.factories import DAY, HOUR, NOW
from tests.guide import WINDOW, a_place, entry_told, told_agenda, upcoming, writing_at


def test_an_entry_is_taken_once_and_takes_place_once(engine: Engine):
    with writing(engine) as conn:
        assert [each.became for each in told_agenda(conn, entry_told())] == [Became.NEW]
        assert [each.became for each in told_agenda(conn, entry_told())] == [Became.SAME]
        (one,) = upcoming(conn)
    assert (one.title, one.starts_at, one.ends_at, one.state) == (
        "Pasar Minggu",
        NOW + DAY,
        NOW + DAY + 2 * HOUR,
        AgendaState.CONFIRMED,
    )


def test_of_two_snapshots_the_higher_sequence_counts(engine: Engine):
    with writing(engine) as conn:
        told_agenda(conn, entry_told(title="Baru", sequence=3))
        assert told_agenda(conn, entry_told(title="Lama", sequence=2))[0].became is Became.SAME
        assert [each.title for each in upcoming(conn)] == ["Baru"]
        assert told_agenda(conn, entry_told(title="Terbaru", sequence=4))[0].became is Became.UPDATED
        assert [each.title for each in upcoming(conn)] == ["Terbaru"]


def test_a_rule_without_end_is_known_in_the_window_and_rolls_on(engine: Engine):
    with writing(engine) as conn:
        told_agenda(conn, entry_told(rule="FREQ=WEEKLY"))
        assert len(upcoming(conn)) == 9
        assert not sweep.is_due(conn, NOW + timedelta(hours=12), WINDOW)
        later = NOW + 30 * DAY
        assert sweep.is_due(conn, later, WINDOW)
        assert agenda.roll(conn, later, WINDOW, 10) == 1
        assert agenda.roll(conn, later, WINDOW, 10) == 0
        assert len(upcoming(conn, later)) == 8


def test_what_lies_beyond_the_window_comes_into_it(engine: Engine):
    with writing(engine) as conn:
        told_agenda(conn, entry_told(starts=NOW + 100 * DAY, ends=NOW + 100 * DAY + HOUR))
        assert upcoming(conn, days=200) == []
        agenda.roll(conn, NOW + 50 * DAY, WINDOW, 10)
        assert len(upcoming(conn, days=200)) == 1
        assert agenda.roll(conn, NOW + 90 * DAY, WINDOW, 10) == 0


def test_a_whole_day_ends_before_the_next_begins(engine: Engine):
    with writing(engine) as conn:
        told_agenda(conn, entry_told(starts=date(2026, 11, 28), ends=date(2026, 11, 30)))
        (one,) = upcoming(conn)
        assert one.all_day
        assert f"{one.starts_at:%d %H}, {one.ends_at:%d %H}" == "27 17, 29 17"  # 28 and 29 November in Batu
        assert occurrences.between(conn, one.ends_at, one.ends_at + DAY) == []


def test_a_cancelled_entry_says_so_and_can_be_left_out(engine: Engine):
    with writing(engine) as conn:
        told_agenda(conn, entry_told())
        told_agenda(conn, entry_told(state=AgendaState.CANCELLED, sequence=1))
        assert [each.state for each in upcoming(conn)] == [AgendaState.CANCELLED]
        assert occurrences.between(conn, NOW, NOW + 9 * DAY, with_cancelled=False) == []


def test_what_vanished_from_a_whole_feed_is_withdrawn_and_comes_back_when_it_is_told_again(engine: Engine):
    with writing(engine) as conn:
        told_agenda(conn, entry_told("a"), entry_told("b"), entry_told("lama", starts=NOW - 2 * DAY, ends=NOW - DAY))
        assert agenda.withdraw_missing(writing_at(conn), ["a"]) == 1
        assert [each.uid for each in upcoming(conn)] == ["a"]
        past = occurrences.between(conn, NOW - 3 * DAY, NOW)
        assert [each.uid for each in past] == ["lama"]  # what is over stays
        assert told_agenda(conn, entry_told("b"))[0].became is Became.UPDATED
        assert {each.uid for each in upcoming(conn)} == {"a", "b"}


def test_an_officers_withdrawal_stays_though_the_source_goes_on_telling(engine: Engine):
    with writing(engine) as conn:
        told_agenda(conn, entry_told())
        (one,) = upcoming(conn)
        by = By("petugas", why="bukan acara umum")
        agenda.edit(writing_at(conn), one.agenda_id, 0, {"withdrawn_at": NOW}, by=by, window=WINDOW)
        assert upcoming(conn) == []
        told_agenda(conn, entry_told(sequence=5, title="Lagi"))
        assert upcoming(conn) == []
        with pytest.raises(VersionConflict):
            agenda.edit(writing_at(conn), one.agenda_id, 0, {"title": "x"}, by=by, window=WINDOW)
        assert [each.why for each in edits(conn, AGENDA_NOUN, one.agenda_id)][-1] == "bukan acara umum"


def test_an_entry_knows_its_place_by_name(engine: Engine):
    with writing(engine) as conn:
        there = a_place(conn)
        told_agenda(conn, entry_told(place="alun alun kota batu"))
        (one,) = upcoming(conn)
        assert (one.place_id, one.place_name, one.lat) == (there.id, "Alun-alun Kota Batu", there.lat)
        assert len(occurrences.between(conn, NOW, NOW + 9 * DAY, place_id=there.id)) == 1


def test_the_bell_rings_when_it_begins_and_when_it_ends(engine: Engine):
    with writing(engine) as conn:
        told_agenda(conn, entry_told())
        before = latest(conn)
        assert sweep.ring(conn, NOW + HOUR) == 0
        assert latest(conn) == before
        begins, ends = NOW + DAY, NOW + DAY + 2 * HOUR
        assert sweep.is_due(conn, begins, WINDOW)
        assert (sweep.ring(conn, begins), sweep.ring(conn, begins), latest(conn)) == (1, 0, before + 1)
        assert len(occurrences.between(conn, begins, begins + HOUR)) == 1
        assert (sweep.ring(conn, ends), sweep.ring(conn, ends), latest(conn)) == (1, 0, before + 2)
        assert occurrences.between(conn, ends, ends + HOUR) == []
        assert sweep.remove_old(conn, ends + 8 * DAY) == 1


def test_many_entries_are_told_at_once_and_heard_of(engine: Engine):
    with writing(engine) as conn:
        told_agenda(conn, *(entry_told(f"u{n}", rule="FREQ=DAILY") for n in range(20)))
        agenda.heard(writing_at(conn, NOW + HOUR))
        assert {each.heard_at for each in upcoming(conn)} == {NOW + HOUR}
        assert conn.execute(select(func.count()).select_from(occurrence)).scalar_one() == 20 * 59
        assert conn.execute(select(func.count()).where(entries.c.expanded_to.is_(None))).scalar_one() == 0
