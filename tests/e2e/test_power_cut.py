"""The power is cut under a server at work: each report that was answered is on the disk, and no number comes twice."""

from __future__ import annotations

import random
import shutil
import time
from contextlib import closing
from pathlib import Path

from tests.e2e.helpers.burst import Burst
from tests.e2e.helpers.disk import mounted, need_loop_devices, new_disk, standing_still
from tests.e2e.helpers.server import Installation, until

CUTS = 2
REPORTS = 20
"""At least so many before each cut."""


def test_a_power_cut_loses_no_answered_report_and_no_number_comes_twice(tmp_path: Path):
    need_loop_devices()
    chance = random.Random(7)
    with new_disk(tmp_path) as (image, disk), closing(Installation(disk / "batt")) as house:
        house.start()
        key = house.key
        cuts: list[tuple[Path, set[str]]] = []
        with Burst(house, threads=3) as burst:
            for n in range(CUTS):
                until(lambda least=REPORTS * (n + 1): len(burst.accepted) >= least, 60, "reports that are answered")
                time.sleep(chance.uniform(0, 1))
                with standing_still(house.processes()):
                    cuts.append((tmp_path / f"cut{n}.img", set(burst.accepted)))
                    shutil.copyfile(image, cuts[-1][0])
    for copy, promised in cuts:
        with mounted(copy, tmp_path / "after") as disk, closing(Installation(disk / "batt")) as after:
            assert promised - {code for (code,) in after.rows('SELECT code FROM "case"')} == set()
            after.start()
            assert after.accepted("Setelah listrik padam", api_key=key) not in promised
