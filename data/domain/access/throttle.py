"""How long a login waits after failures. Nothing locks an account: that would let anybody shut out its owner."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

FREE = 5
"""Failures in a row without waiting."""
LONGEST_S = 60
FORGOTTEN_AFTER = timedelta(days=1)
"""Failures are forgotten when none came for so long."""
ADDRESS_MOST, ADDRESS_WINDOW = 30, timedelta(hours=1)
"""Failures of one address, whatever the accounts."""


def wait_of_account(failures: int, last_at: datetime, now: datetime) -> int:
    """Seconds until the next try: none after the first five failures, then 1, 2, 4 … 60.

    `last_at` is known to the second only: the wait begins when that second is over.
    """
    if failures < FREE or now - last_at >= FORGOTTEN_AFTER:
        return 0
    pause: int = min(LONGEST_S, 2 ** min(failures - FREE, 10))
    left = pause + 1 - (now - last_at).total_seconds()
    return max(0, min(pause, math.ceil(left)))


def wait_of_address(failures: int, first_at: datetime, now: datetime) -> int:
    """Seconds until the next try: none for the first thirty failures of an hour."""
    left = ADDRESS_WINDOW - (now - first_at)
    return 0 if failures < ADDRESS_MOST or left <= timedelta(0) else int(left.total_seconds()) or 1
