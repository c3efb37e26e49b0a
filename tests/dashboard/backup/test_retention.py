"""Which backups stay."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from dashboard.backup.retention import Kept, staying

JAKARTA = ZoneInfo("Asia/Jakarta")


def moments(*days: str) -> list[datetime]:
    """`11-24` is noon of that local day, `11-24T23:30` another time; of 2026 unless it says so."""
    full = [day if len(day.split("T")[0]) > 5 else f"2026-{day}" for day in days]
    return [datetime.fromisoformat(day if "T" in day else f"{day}T12:00").replace(tzinfo=JAKARTA) for day in full]


@pytest.mark.parametrize(
    ("taken", "kept", "stay"),
    [
        ([], Kept(7, 5, 12), []),
        (["11-24"], Kept(0, 0, 0), ["11-24"]),
        (["11-22", "11-23", "11-24"], Kept(0, 0, 0), ["11-24"]),
        (["11-21", "11-22", "11-23", "11-24"], Kept(2, 0, 0), ["11-23", "11-24"]),
        # Of a day the last one.
        (["11-23T01:00", "11-23T23:30", "11-24T00:30"], Kept(2, 0, 0), ["11-23T23:30", "11-24T00:30"]),
        # Days without one are no days: a machine that was off a week loses nothing.
        (["11-01", "11-02", "11-24"], Kept(2, 0, 0), ["11-02", "11-24"]),
        # A week begins on Monday, and may belong to the year before: 29 December 2025 to 4 January 2026.
        (["11-22", "11-23", "11-24"], Kept(0, 2, 0), ["11-22", "11-24"]),
        (["2025-12-28", "2025-12-29", "01-04", "01-05"], Kept(0, 3, 0), ["2025-12-28", "01-04", "01-05"]),
        (["10-01", "10-31", "11-01", "11-24"], Kept(0, 0, 2), ["10-31", "11-24"]),
        (["2025-11-30", "11-24"], Kept(0, 0, 12), ["2025-11-30", "11-24"]),
        (["09-30", "10-31", "11-15", "11-22", "11-23", "11-24"], Kept(2, 2, 2), ["10-31", "11-22", "11-23", "11-24"]),
    ],
)
def test_the_last_of_each_day_week_and_month_stays(taken: list[str], kept: Kept, stay: list[str]):
    assert staying(moments(*taken), kept, JAKARTA) == set(moments(*stay))


def test_a_day_is_a_local_one():
    late, early = datetime(2026, 11, 23, 16, 59, tzinfo=UTC), datetime(2026, 11, 23, 17, 1, tzinfo=UTC)
    assert staying([late, early], Kept(2, 0, 0), JAKARTA) == {late, early}
    assert staying([late, early], Kept(2, 0, 0), ZoneInfo("UTC")) == {early}


def test_after_years_of_daily_backups_a_bounded_number_stays_and_reaches_back_a_year():
    first = datetime(2024, 1, 1, 19, tzinfo=UTC)
    folder: set[datetime] = set()
    for day in range(800):
        folder.add(first + timedelta(days=day))
        folder = staying(folder, Kept(7, 5, 12), JAKARTA)
        assert len(folder) <= 24
        assert first + timedelta(days=day) in folder
    assert max(folder) - min(folder) > timedelta(days=300)
