"""The power is cut under load: the disk as it is at that moment is looked at after a reboot (root only)."""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from data import clock
from data.store.cases.codes import next_code
from data.store.db.engine import open_engine, writing
from tests.e2e.helpers.burst import Burst
from tests.e2e.helpers.disk import mounted, new_disk, standing_still
from tests.e2e.helpers.server import Installation
from tests.trials.verdicts import Trial, check_kept

DISK_MB = 400


def attempts(folder: Path) -> Iterator[Callable[[], tuple[int, float | None]]]:
    """One installation on a disk of its own, under load all the time."""
    chance = random.Random(5)
    with new_disk(folder, DISK_MB) as (image, disk), closing(Installation(disk / "batt")) as house:
        house.start()
        with Burst(house, threads=3) as burst:

            def attempt() -> tuple[int, float | None]:
                copy = folder / "cut.img"
                time.sleep(chance.uniform(0.3, 3))
                with standing_still(house.processes()):
                    promised = set(burst.accepted)
                    shutil.copyfile(image, copy)
                with mounted(copy, folder / "after") as after:
                    return look(after / "batt" / "batt.db", promised), None

            while True:
                yield attempt


def look(database: Path, promised: set[str]) -> int:
    """What is in the store after the reboot, and which number it would give next."""
    engine = open_engine(f"sqlite:///{database}")
    try:
        with writing(engine) as conn:
            assert conn.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
            stored = set(conn.exec_driver_sql('SELECT code FROM "case"').scalars())
            prefix = conn.exec_driver_sql("SELECT prefix FROM code_counter").scalar_one().split("-")[0]
            return check_kept(stored, promised, next_code(conn, prefix, clock.now().date()))
    finally:
        engine.dispose()


TRIAL = Trial("power-cuts", 20, attempts)
