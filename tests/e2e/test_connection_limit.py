"""On localhost, without a proxy: as many screens as config.yaml allows, and pages load whatever screens do."""

from __future__ import annotations

import signal
from collections.abc import Callable

from tests.bench.screens import Crowd
from tests.e2e.helpers.server import Installation, spot, until
from tests.e2e.helpers.slow import Client, a_stranger, a_wall, auth_of, has_ended, leave

SLEEPERS = 9
FEW = 4


def test_with_all_screens_connected_one_too_many_is_told_so_and_pages_load(install: Callable[..., Installation]):
    house = install({"server": {"screens": 3, "request_threads": 2}})
    house.start("--no-jobs")
    walls = [a_wall(house) for _ in range(4)]
    assert [heard[:10] for _, heard in walls[:3]] == ['42["hello"'] * 3
    assert walls[3][1].startswith('42["refused",{"reason":"full","limit":3')
    for number in range(5):
        assert house.health()["status"] == "ok"
        assert house.accepted("Pohon tumbang", **spot(number))
    for wall, _ in walls:
        leave(wall)


def test_strangers_at_the_screens_door_make_room_for_a_wall_and_a_wall_stays(install: Callable[..., Installation]):
    house = install({"server": {"screens": 2}})
    house.start("--no-jobs")
    first, heard = a_wall(house)
    unauthenticated = [a_stranger(house) for _ in range(40)]
    second, heard_too = a_wall(house)
    assert [heard[:10], heard_too[:10]] == ['42["hello"'] * 2
    until(lambda: sum(map(has_ended, unauthenticated)) >= 30, 60, "the end of unauthenticated connections")
    assert not has_ended(first)
    assert not has_ended(second)
    for each in (first, second, *unauthenticated):
        leave(each)


def seated(house: Installation) -> Client | None:
    """A wall that was let in; None: it was told that there is no seat."""
    wall, heard = a_wall(house)
    if heard.startswith('42["hello"'):
        return wall
    leave(wall)
    return None


def test_screens_that_fall_asleep_hold_no_thread_and_no_seat_for_long(install: Callable[..., Installation]):
    house = install({"server": {"screens": 10}})
    house.start("--no-jobs")
    wall, _ = a_wall(house)
    before = house.processes()[1].num_threads()
    crowd = Crowd("127.0.0.1", house.port, SLEEPERS, [auth_of(house, "peta")])
    crowd.__enter__()
    crowd.process.send_signal(signal.SIGSTOP)
    for number in range(20):
        house.accepted("Pohon tumbang", **spot(number))
    assert house.processes()[1].num_threads() >= before + 2 * SLEEPERS
    leave(wall)
    kept_for_requests = before + SLEEPERS + FEW
    until(lambda: house.processes()[1].num_threads() <= kept_for_requests, 90, "sleeping screens let go of")
    again = [until(lambda: seated(house), 30, f"seat {n} of 10") for n in range(1, 11)]
    for each in again:
        leave(each)
    crowd.process.kill()
    crowd.process.wait()
