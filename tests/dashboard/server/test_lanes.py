"""Whose turn it is, and who must go when there is no more room."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from dashboard.server.guests import Guest, household, who_must_go, whose
from dashboard.server.lanes import Lane, Lanes
from dashboard.server.receiving import Reception


def taken(lanes: Lanes[int]) -> list[int]:
    """All that get a thread now."""
    found = []
    while (turn := lanes.take()) is not None:
        found.append(turn.item)
    return found


def test_one_address_holds_its_share_and_another_still_gets_a_thread():
    lanes: Lanes[int] = Lanes({"pages": Lane(threads=4, share=3, queue=100)})
    assert all(lanes.put("pages", "loud", number) for number in range(50))
    assert taken(lanes) == [0, 1, 2]
    assert lanes.put("pages", "quiet", 100)
    assert taken(lanes) == [100]


def test_threads_that_are_free_go_to_whoever_holds_fewest():
    lanes: Lanes[int] = Lanes({"pages": Lane(threads=2, share=2, queue=100)})
    for number in range(10):
        lanes.put("pages", "loud", number)
    first, second = lanes.take(), lanes.take()
    assert first is not None
    assert second is not None
    lanes.put("pages", "quiet", 100)
    lanes.end(first)
    assert taken(lanes) == [100]


def test_one_kind_of_requests_takes_no_thread_of_another():
    lanes: Lanes[int] = Lanes({"pages": Lane(1, 1, 9), "health": Lane(1, 1, 9)})
    lanes.put("pages", "a", 1)
    lanes.put("pages", "b", 2)
    lanes.put("health", "a", 3)
    assert sorted(taken(lanes)) == [1, 3]


def test_of_one_address_only_so_many_wait_and_of_another_more():
    lanes: Lanes[int] = Lanes({"pages": Lane(threads=1, share=1, queue=2)})
    assert [lanes.put("pages", "loud", number) for number in range(3)] == [True, True, False]
    assert lanes.put("pages", "quiet", 3)


def test_everybody_gets_his_turn_once():
    lanes: Lanes[int] = Lanes({"pages": Lane(threads=2, share=1, queue=100)})
    for number in range(60):
        lanes.put("pages", f"address {number % 7}", number)
    seen = []
    while (turn := lanes.take()) is not None:
        seen.append(turn.item)
        lanes.end(turn)
    assert sorted(seen) == list(range(60))


@dataclass
class Sending(Reception):
    """In the midst of a request."""

    held: int = 0
    begun = True  # type: ignore[assignment]


def guests(*told: tuple[str, str, int]) -> list[tuple[int, Guest]]:
    """Address, what it does and the bytes of its body, of each."""
    made = []
    for number, (address, does, held) in enumerate(told):
        idle = Reception(lambda unreader: None, lambda method, path: 0, 0.0)
        reception = {"leaves": None, "idles": idle, "sends": Sending(held)}[does]
        made.append((number, Guest(address, reception, 0.0)))
    return made


@pytest.mark.parametrize(
    ("there", "goes"),
    [
        ([("a", "sends", 0), ("b", "sends", 0), ("b", "sends", 0)], 1),
        ([("a", "idles", 0), ("b", "sends", 0), ("b", "sends", 0), ("b", "idles", 0)], 3),
        ([("b", "sends", 0), ("b", "idles", 0), ("b", "leaves", 0)], 2),
        ([], None),
    ],
)
def test_of_the_address_with_most_connections_the_least_busy_goes(there: list[tuple[str, str, int]], goes: int | None):
    assert who_must_go(guests(*there), lambda guest: 1) == goes


@pytest.mark.parametrize(
    ("there", "goes"),
    [
        ([("a", "sends", 9), ("b", "sends", 5), ("b", "sends", 5)], 1),
        ([("b", "sends", 1), ("b", "sends", 1), ("a", "sends", 9), ("b", "idles", 0)], 2),
        ([("a", "idles", 0), ("a", "leaves", 0)], None),
    ],
)
def test_of_the_address_that_holds_most_bytes_the_first_goes(there: list[tuple[str, str, int]], goes: int | None):
    assert who_must_go(guests(*there), lambda guest: guest.held) == goes


def test_an_ipv6_household_is_one_address_and_a_proxy_tells_for_whom_it_asks():
    assert household("2001:db8::1") == household("2001:db8::2") != household("2001:db9::1")
    assert whose("127.0.0.1", "1.2.3.4, 5.6.7.8", 1) == "5.6.7.8"
    assert whose("127.0.0.1", "", 1) == "127.0.0.1"
