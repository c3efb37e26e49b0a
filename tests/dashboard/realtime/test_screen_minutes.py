from __future__ import annotations

from datetime import timedelta

import pytest

from dashboard.realtime.screen_minutes import ScreenMinutes
from data.domain.sources.screens import ScreenHour
from data.store.db.engine import Engine, StoreDown, reading
from data.store.reports import screens
from tests.factories import MINUTE, NOW
from tests.store_faults import failing

HOUR = NOW.replace(minute=0, second=0, microsecond=0)


def kept(engine: Engine) -> list[ScreenHour]:
    with reading(engine) as conn:
        return screens.between(conn, HOUR, HOUR + timedelta(hours=1))


def test_a_minute_is_kept_once_for_each_screen_and_one_that_the_store_did_not_take_later(engine: Engine):
    seen = {"peta", "antrean"}
    minutes = ScreenMinutes(engine, lambda: seen)
    minutes.note(HOUR)
    with failing(engine):
        minutes.note(HOUR + timedelta(seconds=40))  # nothing new, nothing written
        with pytest.raises(StoreDown):
            minutes.note(HOUR + MINUTE)
    assert {each.minutes for each in kept(engine)} == {0b1}
    seen.remove("antrean")
    minutes.note(HOUR + 2 * MINUTE)
    assert kept(engine) == [ScreenHour("antrean", HOUR, 0b11), ScreenHour("peta", HOUR, 0b111)]
