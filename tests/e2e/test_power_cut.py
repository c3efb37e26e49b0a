"""The power is cut under a server at work: each report that was answered is on the disk, and no number comes twice."""

from __future__ import annotations

import random
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx

from tests.e2e.helpers.disk import mounted, need_loop_devices, new_disk, standing_still
from tests.e2e.helpers.server import Installation, spot, until

CUTS = 3
CLIENTS = 3
REPORTS = 20
"""At least so many before each cut."""


@contextmanager
def load(house: Installation) -> Iterator[list[str]]:
    """Reports posted all the time by several clients; the numbers that were answered so far."""
    answered: list[str] = []
    ended = threading.Event()

    def post(place: int) -> None:
        with httpx.Client(timeout=60) as client:
            number = place * 1_000_000
            while not ended.is_set():
                number += 1
                reply = house.post(f"Laporan {number}", client, service_code="lainnya", **spot(number))
                if reply.status_code in {200, 201}:
                    answered.append(reply.json()[0]["service_request_id"])

    clients = [threading.Thread(target=post, args=(place,)) for place in range(CLIENTS)]
    for client in clients:
        client.start()
    try:
        yield answered
    finally:
        ended.set()
        for client in clients:
            client.join()


def test_a_power_cut_loses_no_answered_report_and_no_number_comes_twice(tmp_path: Path):
    need_loop_devices()
    chance = random.Random(7)
    with new_disk(tmp_path) as (image, disk), closing(Installation(disk / "batt")) as house:
        house.start()
        key = house.key
        cuts: list[tuple[Path, set[str]]] = []
        with load(house) as answered:
            for n in range(CUTS):
                until(lambda least=REPORTS * (n + 1): len(answered) >= least, 60, "reports that are answered")
                time.sleep(chance.uniform(0, 1))
                with standing_still(house.processes()):
                    cuts.append((tmp_path / f"cut{n}.img", set(answered)))
                    shutil.copyfile(image, cuts[-1][0])
    for copy, promised in cuts:
        with mounted(copy, tmp_path / "after") as disk, closing(Installation(disk / "batt")) as after:
            assert promised - {code for (code,) in after.rows('SELECT code FROM "case"')} == set()
            after.start()
            assert after.accepted("Setelah listrik padam", api_key=key) not in promised
