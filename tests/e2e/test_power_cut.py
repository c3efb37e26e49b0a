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

REPORTS = 20
"""At least so many before the cut."""


def test_a_power_cut_loses_no_answered_report_and_no_number_comes_twice(tmp_path: Path, sqlite_template: Path):
    need_loop_devices()
    copy = tmp_path / "cut.img"
    with new_disk(tmp_path) as (image, disk), closing(Installation(disk / "batt", template=sqlite_template)) as house:
        house.start()
        key = house.key
        with Burst(house, threads=3) as burst:
            until(lambda: len(burst.accepted) >= REPORTS, 60, "reports that are answered")
            time.sleep(random.uniform(0, 1))
            with standing_still(house.processes()):
                promised = set(burst.accepted)
                shutil.copyfile(image, copy)
    with mounted(copy, tmp_path / "after") as disk, closing(Installation(disk / "batt")) as after:
        assert promised - {code for (code,) in after.rows('SELECT code FROM "case"')} == set()
        after.template = sqlite_template  # its store is its own: only its process is forked
        after.start()
        assert after.accepted("Setelah listrik padam", api_key=key) not in promised
