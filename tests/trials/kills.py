"""kill -9 of the whole server under load, and a new start."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from tests.e2e.helpers.burst import Burst
from tests.e2e.helpers.server import Installation
from tests.trials.verdicts import Trial, check_kept


def attempts(folder: Path) -> Iterator[Callable[[], tuple[int, float | None]]]:
    """One installation that is killed again and again; each time all that was ever answered is looked for."""
    chance = random.Random(9)
    with closing(Installation(folder / "home")) as house:
        promised: set[str] = set()

        def attempt() -> tuple[int, float | None]:
            with Burst(house, threads=3) as burst:
                time.sleep(chance.uniform(0.2, 1.5))
                house.kill()
            again = promised & burst.accepted.keys()
            promised.update(burst.accepted)
            house.start()
            stored = {code for (code,) in house.rows('SELECT code FROM "case"')}
            return check_kept(stored, promised, next(iter(again), None)), None

        house.start()
        while True:
            yield attempt


TRIAL = Trial("kills", 100, attempts)
