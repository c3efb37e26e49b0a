"""The yardstick itself: what holds, what 95 % are, when a message counts as having arrived."""

from __future__ import annotations

import socket
from math import inf

from tests.bench.__main__ import line
from tests.bench.measure import Result, at_pace, median, p95
from tests.bench.screens import Screen, delays


def test_a_result_holds_on_its_own_side_of_the_target():
    assert Result("late", 99, "ms", 100).holds
    assert not Result("late", 101, "ms", 100).holds
    assert Result("rate", 201, "1/s", 200, at_least=True).holds
    assert not Result("rate", 199, "1/s", 200, at_least=True).holds


def test_what_could_not_be_measured_does_not_hold():
    assert not Result("late", None, "ms", 100).holds
    assert not Result("late", inf, "ms", 100).holds
    assert "SHORT" in line(Result("late", None, "ms", 100, note="broke"))


def test_ninety_five_of_a_hundred_are_no_larger_than_p95():
    assert p95([float(n) for n in range(1, 101)]) == 95
    assert p95([7.0]) == 7
    assert median([1.0, 2.0, 3.0]) == 2


def test_what_counts_at_the_machines_own_pace_does_not_depend_on_the_values():
    mixed, slow = ([7.0, 500.0, 3.0, 4.0], [23, 24, 25, 50, 24]), ([9.0, 8.0], [50, 51, 52])
    assert at_pace([mixed]) == [7, 500]
    assert at_pace([slow]) == [9, 8], "a machine that is slow throughout is measured as it is"
    assert at_pace([mixed, slow]) == [7, 500], "it was faster in another round"


def test_a_post_has_arrived_with_the_first_message_that_has_its_number():
    arrivals = [[(10.1, 1), (11.3, 3)], [(10.2, 2)]]
    found = delays(arrivals, [(10.0, 1), (11.0, 3)])
    assert [round(each) if each < inf else inf for each in found] == [100, 300, 200, inf]


def test_a_screen_reads_frames_that_come_in_pieces_and_together():
    ours, theirs = socket.socketpair()
    screen = Screen(ours, {}, upgraded=True)
    big = b'42["boards",[{"seq":7,"html":"' + b"x" * 70_000 + b'"},{"seq":9}]]'
    frames = b"\x81\x7f" + len(big).to_bytes(8, "big") + big + b"\x81\x01" + b"2"
    for start in range(0, len(frames), 30_000):
        theirs.sendall(frames[start : start + 30_000])
        screen.take()
    assert [seq for _, seq in screen.arrivals] == [9]
    assert theirs.recv(64)[-1:] == b"3", "a ping is answered"
