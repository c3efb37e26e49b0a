"""Observations: of each thing the newest counts until it expires; forecasts; what businesses send in."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from data.domain.guide.nouns import ConditionKind, ConditionState
from data.store.db.change_feed import latest
from data.store.db.engine import Engine, reading, writing
from data.store.db.schema.guide import condition, place_submission
from data.store.guide import conditions, forecasts, submissions, sweep
from data.store.guide.submissions import AlreadyDecided, SubmissionKind, SubmissionState
from data.store.guide.told import Became
from tests.factories import DAY, HOUR, MINUTE, NOW, SISIR
from tests.guide import a_place, forecast_of, forecast_told, observe, observed, seen, writing_at

OPEN, FULL, CLOSED, UNKNOWN = (
    ConditionState.OPEN,
    ConditionState.FULL,
    ConditionState.CLOSED,
    ConditionState.UNKNOWN,
)


def test_the_newest_observation_of_a_thing_counts_and_the_past_stays(engine: Engine):
    with writing(engine) as conn:
        first, same = observe(conn, observed()), observe(conn, observed())
        second = observe(conn, observed(at=NOW + MINUTE, state=FULL, free=0))
        assert [each[0].became for each in (first, same, second)] == [Became.NEW, Became.SAME, Became.UPDATED]
        (one,) = seen(conn)
        assert (one.state, one.free, one.observed_at) == (FULL, 0, NOW + MINUTE)
        observe(conn, observed(at=NOW - HOUR, state=CLOSED))  # it comes late
        assert [each.state for each in seen(conn)] == [FULL]
        assert conn.execute(select(func.count()).select_from(condition)).scalar_one() == 3


def test_an_observation_expires_by_the_time_of_its_source_and_rings(engine: Engine):
    with writing(engine) as conn:
        observe(conn, observed())
        before, over = latest(conn), NOW + timedelta(minutes=15)
        assert sweep.ring(conn, over - timedelta(seconds=1)) == 0
        assert (sweep.ring(conn, over), sweep.ring(conn, over), latest(conn)) == (1, 0, before + 1)
        (one,) = seen(conn, over)
        assert (one.current(over - MINUTE), one.current(over), one.observed_at) == (OPEN, UNKNOWN, NOW)
        assert seen(conn, over + 2 * DAY) == []


def test_what_was_expired_when_it_came_rings_no_second_time(engine: Engine):
    with writing(engine) as conn:
        observe(conn, observed(at=NOW - 2 * HOUR))
        assert [each.current(NOW) for each in seen(conn)] == [UNKNOWN]
        assert sweep.ring(conn, NOW) == 0


def test_two_sources_of_one_place_tell_of_one_thing(engine: Engine):
    with writing(engine) as conn:
        there = a_place(conn, external_id="alun")
        observe(conn, observed(external_id="a", place="alun", name=None))
        observe(conn, observed(external_id="b", place=there.code, name=None, at=NOW + MINUTE, state=CLOSED))
        observe(conn, observed(external_id="c", kind=ConditionKind.CROWD, place="Alun-alun Kota Batu", name=None))
        found = {(each.kind, each.state, each.place_id) for each in seen(conn)}
        assert found == {(ConditionKind.PARKING, CLOSED, there.id), (ConditionKind.CROWD, OPEN, there.id)}
        assert len(conditions.of_place(conn, there.id, NOW)) == 2
        assert {each.lat for each in seen(conn)} == {there.lat}
        assert [each.kind for each in conditions.current(conn, NOW, kinds=[ConditionKind.CROWD])] == ["crowd"]


def test_a_newer_forecast_replaces_the_steps_and_an_older_one_nothing(engine: Engine):
    with writing(engine) as conn:
        write = writing_at(conn)
        assert forecasts.take(write, [forecast_told()])[0].became is Became.NEW
        assert forecasts.take(write, [forecast_told()])[0].became is Became.SAME
        newer = forecast_told(at=NOW + 2 * HOUR, hours=(0, 3))
        assert forecasts.take(write, [newer])[0].became is Became.UPDATED
        assert forecasts.take(write, [forecast_told(at=NOW - DAY)])[0].became is Became.SAME
        hours = [(step.at - NOW) // HOUR for step in forecast_of(conn)]
        assert hours == [0, 2, 5]
        assert [step.analysed_at for step in forecast_of(conn)][-1] == NOW + 2 * HOUR
        assert set(forecasts.forecasts(conn, NOW)) == {SISIR}
        assert forecast_of(conn, NOW + DAY) == []
        assert forecasts.remove_old(conn, NOW + 2 * DAY) == 3


def test_a_submission_is_known_by_a_code_that_nobody_guesses(engine: Engine):
    with writing(engine) as conn:
        write = writing_at(conn)
        contact = {"name": "Bu Uji", "phone": "0812"}
        code = submissions.submit(write, SubmissionKind.REGISTRATION, {"name": "Warung"}, contact, None)
        assert (len(code), submissions.by_code(conn, code.lower()) is not None) == (13, True)
        assert submissions.by_code(conn, "TIDAKADA") is None
        (one,) = submissions.waiting(conn)
        there = a_place(conn)
        submissions.decide(write, one.id, SubmissionState.ACCEPTED, "petugas", place_id=there.id)
        with pytest.raises(AlreadyDecided):
            submissions.decide(write, one.id, SubmissionState.REFUSED, "petugas", why="x")
        done = submissions.by_id(conn, one.id)
        assert done is not None
        assert (done.state, done.place_id, done.decided_by) == (SubmissionState.ACCEPTED, there.id, "petugas")
        assert submissions.waiting(conn) == []
        assert submissions.erase_contacts(conn, NOW + DAY) == 1
    with reading(engine) as conn:
        assert conn.execute(select(place_submission.c.contact)).scalar_one() is None


def test_of_two_places_with_one_name_nobody_guesses(engine: Engine):
    with writing(engine) as conn:
        for _ in range(2):
            a_place(conn, name="Selecta")
        observe(conn, observed(place="Selecta", name=None))
        (one,) = seen(conn)
        assert (one.place_id, one.name) == (None, "Selecta")
