"""The simulated guide: a living city, marked as demo but for its places, and the same for the same seed."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from data.domain.guide.nouns import ConditionState
from data.reference.places.landmarks import LANDMARKS
from data.store.db.engine import Engine, reading
from data.store.db.schema.guide import agenda, condition, forecast_step, place
from data.store.guide import conditions, forecasts, occurrences, public
from tests.factories import DAY, HOUR, MINUTE, SISIR
from tests.ingest.doors import NOW, Hand, around, configured, pipeline


@pytest.fixture
def hand(engine: Engine, tmp_path: Path) -> Hand:
    return Hand(configured("demo_among_kota", around(engine, tmp_path)), pipeline(engine))


@pytest.mark.both_engines
def test_the_city_lives(hand: Hand, engine: Engine):
    assert set(hand.take(NOW)) == {"new"}
    assert hand.take(NOW + MINUTE) == {}
    assert set(hand.take(NOW + 6 * MINUTE)) == {"updated"}
    with reading(engine) as conn:
        shown = public.public_places(conn)
        assert {each.name for each in LANDMARKS} <= {each.name for each in shown}
        assert {each.demo for each in shown if each.business is not None} == {True}
        assert all(each.phone is None for each in shown)
        found = conditions.current(conn, NOW + 6 * MINUTE)
        assert {each.kind for each in found} >= {"parking", "crowd", "road"}
        assert {each.current(NOW + 6 * MINUTE) for each in found} != {ConditionState.UNKNOWN}
        assert len(occurrences.between(conn, NOW, NOW + 8 * DAY)) >= 6
        assert len(forecasts.forecast(conn, SISIR, NOW)) >= 20
        for table in (agenda, condition, forecast_step):
            assert conn.execute(select(func.count()).where(table.c.demo.is_(False))).scalar_one() == 0
        real = select(func.count()).where(place.c.demo.is_(False))
        assert conn.execute(real).scalar_one() == len(LANDMARKS)


def test_days_go_by_and_nothing_is_rejected(hand: Hand, engine: Engine):
    for step in range(16):  # at every third hour of the day
        hand.take(NOW + step * 9 * HOUR)
    assert [outcome for outcome in hand.outcomes if outcome.reason] == []
    now = NOW + timedelta(days=32)
    assert "new" in hand.take(now)
    with reading(engine) as conn:
        assert len(occurrences.between(conn, now, now + 10 * DAY)) >= 6
