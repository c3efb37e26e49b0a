"""Two `jobs` processes at once: whatever one of them takes the other leaves alone."""

from __future__ import annotations

from collections.abc import Callable

from tests.e2e.helpers.drop import DROP, NAME, drop_file, results
from tests.e2e.helpers.server import Installation, until
from tests.e2e.helpers.wall import Wall

CASES = f"SELECT count(*), count(DISTINCT external_id) FROM \"case\" WHERE source = '{NAME}'"
EVENTS = "SELECT count(*) FROM case_event WHERE kind = 'received'"
IMPORTED = f"SELECT sum(count) FROM change WHERE source = '{NAME}' AND kind = 'imported'"


def test_two_jobs_processes_take_nothing_twice(install: Callable[..., Installation], wall: Callable[..., Wall]):
    house = install(DROP)
    house.start("--no-jobs")
    waktu = wall(house.wall("waktu"))
    jobs = [house.spawn("jobs") for _ in range(2)]
    files = [drop_file(house, f"{n}.csv", rows) for n, rows in enumerate((1_500, 1_800))]
    until(
        lambda: all(results(file) for file in files), 120, f"both files taken; the processes said:\n{house.log[-2000:]}"
    )
    assert [results(file).total() for file in files] == [1_500, 1_800]
    assert house.rows(CASES) == [(1_800, 1_800)], "the second file holds the first one's rows and 300 more"
    assert house.rows(EVENTS) == [(1_800,)]
    assert house.rows(IMPORTED) == [(1_800,)]
    assert [process.poll() for process in jobs] == [None, None], "both are still at work"
    waktu.live()
    assert waktu.untouched


def test_a_jobs_process_that_is_killed_leaves_its_work_to_the_other(install: Callable[..., Installation]):
    house = install(DROP)
    first = house.spawn("jobs")
    file = drop_file(house, "besar.csv", 4_000)
    until(lambda: 0 < house.rows(CASES)[0][0] < 4_000, 120, "the first one at work")
    second = house.spawn("jobs")
    first.kill()
    until(lambda: results(file), 120, "the second one's result")
    assert house.rows(CASES) == [(4_000, 4_000)]
    assert second.poll() is None
