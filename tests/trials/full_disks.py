"""The disk fills up under load and has room again: nothing answered is lost, and the fault is reported (root only)."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from tests.e2e.helpers.burst import Burst
from tests.e2e.helpers.disk import new_disk
from tests.e2e.helpers.server import Installation, until
from tests.trials.verdicts import Lost, Trial, check_kept

SAID_S = 5.0
"""So long after the first report that could not be stored /health says why."""


def attempts(folder: Path) -> Iterator[Callable[[], tuple[int, float | None]]]:
    """One installation on a small disk of its own."""
    with new_disk(folder) as (_, disk), closing(Installation(disk / "batt")) as house:
        house.start()
        promised: set[str] = set()

        def attempt() -> tuple[int, float | None]:
            with Burst(house, threads=3, patient=True) as burst:
                time.sleep(1)
                filler = disk / "filler"
                fill(filler)
                seen = len(burst.statuses)
                until(lambda: 503 in burst.statuses[seen:], 60, "a report that is refused")
                refused = time.monotonic()
                until(lambda: house.health()["status"] != "ok", 60, "that /health says so")
                said_s = time.monotonic() - refused
                filler.unlink()
                before = len(burst.accepted)
                until(lambda: len(burst.accepted) > before, 60, "that reports are accepted again")
            again = promised & burst.accepted.keys()
            promised.update(burst.accepted)
            if said_s > SAID_S:
                raise Lost(f"/health said ok for {said_s:.1f} s")
            until(lambda: house.health()["status"] == "ok", 60, "that all is well again")
            stored = {code for (code,) in house.rows('SELECT code FROM "case"')}
            return check_kept(stored, promised, next(iter(again), None)), said_s

        while True:
            yield attempt


def fill(file: Path) -> None:
    """Write until nothing more goes in."""
    with file.open("wb", buffering=0) as out:
        try:
            while True:
                out.write(bytes(65536))
        except OSError:
            os.fsync(out.fileno())


TRIAL = Trial("full-disks", 10, attempts)
