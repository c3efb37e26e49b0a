from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from data.domain.market.spoiling import freshness

READY = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.mark.parametrize(("days", "left"), [(-3, 8), (0, 5), (3, 2), (5, 0), (6, -1)])
def test_it_keeps_from_the_harvest_on(days: int, left: int):
    assert freshness(READY, timedelta(days=5), READY + timedelta(days=days)).left == timedelta(days=left)
