"""The server is killed with -9: what it accepted is there afterwards, once, and the walls come back by themselves."""

from __future__ import annotations

from collections.abc import Callable

from tests.e2e.helpers.burst import Burst
from tests.e2e.helpers.drop import DROP, NAME, drop_file, results
from tests.e2e.helpers.server import Installation, until
from tests.e2e.helpers.wall import Wall

ONCE = f"SELECT count(*), count(DISTINCT external_id) FROM \"case\" WHERE source = '{NAME}'"


def test_every_accepted_report_survives_kill_9_in_a_burst_of_posts(house: Installation, wall: Callable[..., Wall]):
    waktu = wall(house.wall("waktu"))
    with Burst(house) as burst:
        until(lambda: len(burst.accepted) >= 30, 120, "thirty accepted reports")
        house.kill()
    waktu.not_live()
    house.start()
    stored = dict(house.rows('SELECT code, text FROM "case"'))
    assert {code: stored.get(code) for code in burst.accepted} == burst.accepted
    assert house.rows('SELECT text FROM "case" GROUP BY text HAVING count(*) > 1') == []
    waktu.live()
    waktu.shows(house.accepted("Pohon roboh sesudah server kembali"))
    assert waktu.untouched


def test_an_import_killed_with_9_goes_on_and_takes_every_row_once(
    install: Callable[..., Installation], wall: Callable[..., Wall]
):
    house = install(DROP)
    house.start()
    waktu = wall(house.wall("waktu"))
    rows = 4_000
    file = drop_file(house, "impor.csv", rows)
    until(lambda: 0 < house.rows(ONCE)[0][0] < rows, 120, "the import in its middle")
    house.kill()
    taken = house.rows(ONCE)[0][0]
    assert taken < rows, "the import was over before the kill"
    house.start()
    told = until(lambda: results(file), 120, "the result file")
    assert house.rows(ONCE) == [(rows, rows)]
    assert told.total() == rows, told
    assert told["ditolak"] == 0
    waktu.live()
    assert waktu.untouched
