"""How long a login waits after failures, by a table and by laws."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.domain.access.throttle import ADDRESS_MOST, ADDRESS_WINDOW, LONGEST_S, wait_of_account, wait_of_address
from tests.factories import NOW


@pytest.mark.parametrize(
    ("failures", "wait"),
    [(0, 0), (4, 0), (5, 1), (6, 2), (7, 4), (8, 8), (9, 16), (10, 32), (11, 60), (12, 60), (10_000, 60)],
)
def test_five_failures_are_free_and_then_the_wait_doubles_to_a_minute(failures: int, wait: int):
    assert wait_of_account(failures, NOW, NOW) == wait


@given(st.integers(0, 10**6), st.integers(-10, 10**6))
def test_nobody_waits_longer_than_a_minute_after_the_last_failure(failures: int, later_s: int):
    wait = wait_of_account(failures, NOW, NOW + timedelta(seconds=later_s))
    assert 0 <= wait <= LONGEST_S
    assert wait == 0 or later_s <= LONGEST_S


@given(st.integers(5, 50), st.floats(0, 0.999))
def test_a_moment_that_was_cut_to_its_second_shortens_no_wait(failures: int, fraction: float):
    happened = NOW + timedelta(seconds=fraction)
    pause = wait_of_account(failures, NOW, NOW)
    assert wait_of_account(failures, NOW, happened + timedelta(seconds=pause) - timedelta(milliseconds=1)) > 0
    assert wait_of_account(failures, NOW, happened + timedelta(seconds=pause + 1)) == 0


def test_an_address_has_thirty_failures_an_hour():
    assert wait_of_address(ADDRESS_MOST - 1, NOW, NOW) == 0
    assert wait_of_address(ADDRESS_MOST, NOW, NOW) == 3600
    assert wait_of_address(ADDRESS_MOST, NOW, NOW + ADDRESS_WINDOW - timedelta(seconds=1)) == 1
    assert wait_of_address(ADDRESS_MOST, NOW, NOW + ADDRESS_WINDOW) == 0
