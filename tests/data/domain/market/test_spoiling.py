from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from data.domain.market.spoiling import freshness

READY = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("days", "left", "urgent"), [(-3, 8, False), (0, 5, False), (3, 2, True), (5, 0, False), (6, -1, False)]
)
def test_what_spoils_within_two_days_is_urgent_until_it_is_spoiled(days: int, left: int, urgent: bool):
    found = freshness(READY, timedelta(days=5), READY + timedelta(days=days))
    assert (found.left, found.is_urgent) == (timedelta(days=left), urgent)
