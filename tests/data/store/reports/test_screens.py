from __future__ import annotations

from data.domain.sources.screens import ScreenHour
from data.store.db.engine import Engine, reading, writing
from data.store.reports import screens
from tests.factories import HOUR, NOW

NINE = NOW.replace(minute=0, second=0, microsecond=0)


def test_minutes_of_several_processes_are_added_and_old_hours_deleted(engine: Engine):
    with writing(engine) as conn:
        screens.add(conn, [ScreenHour("peta", NINE, 0b1), ScreenHour("antrean", NINE, 1 << 59)])
        screens.add(conn, [ScreenHour("peta", NINE, 0b101), ScreenHour("peta", NINE + HOUR, 0b1)])
    with reading(engine) as conn:
        assert screens.between(conn, NINE, NINE + HOUR) == [
            ScreenHour("antrean", NINE, 1 << 59),
            ScreenHour("peta", NINE, 0b101),
        ]
        assert [each.hour for each in screens.first_of_each(conn, NINE + 2 * HOUR)] == [NINE, NINE]
        assert screens.first_of_each(conn, NINE) == []
    with writing(engine) as conn:
        assert [screens.delete_old(conn, NINE + HOUR, 1) for _ in range(3)] == [1, 1, 0]
    with reading(engine) as conn:
        assert screens.first_of_each(conn, NINE + 2 * HOUR) == [ScreenHour("peta", NINE + HOUR, 1)]
