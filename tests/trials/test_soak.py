"""What the soak calls growth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from data.store.db.wal import MOST_BYTES
from tests.trials.soak import Sample, compared

FIRST = Sample(memory=4e8, descriptors=50, threads=90, wal=3e7, store=5e6, log=10_000, cases=3_000, open=1_500)
FLAT = [replace(FIRST, cases=3_000 + 2 * n, store=5e6 + 5_000 * n, log=10_000 + 150 * n) for n in range(80)]


def exceeding(change: Callable[[Sample, int], Sample]) -> list[str]:
    """The quantities that are not within their limits."""
    return [row.name for row in compared([change(each, n) for n, each in enumerate(FLAT)]) if not row.is_within]


def test_a_store_and_a_log_that_grow_with_their_cases_are_flat():
    assert exceeding(lambda each, n: each) == []


def test_what_grows_only_while_it_warms_up_is_flat():
    assert exceeding(lambda each, n: replace(each, memory=each.memory * (0.5 + min(n, 20) / 40))) == []


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("resident memory, MB", lambda each, n: replace(each, memory=each.memory * (1 + n / 200))),
        ("file descriptors", lambda each, n: replace(each, descriptors=each.descriptors + n / 4)),
        ("threads", lambda each, n: replace(each, threads=each.threads + n)),
        ("open cases", lambda each, n: replace(each, open=each.open + 10 * n)),
        ("store, bytes a new case", lambda each, n: replace(each, store=each.store + 20 * n**2)),
        ("log, bytes a new case", lambda each, n: replace(each, log=each.log + 1_000 * max(0, n - 70))),
        ("-wal at its longest, MB", lambda each, n: replace(each, wal=MOST_BYTES + 1 if n == 75 else each.wal)),
    ],
)
def test_each_quantity_that_grows_is_named(name: str, change: Callable[[Sample, int], Sample]):
    assert exceeding(change) == [name]
