"""Clients that send by halves, idle or do not read: over real sockets, while others are answered as ever."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.e2e.helpers.server import Installation, until
from tests.e2e.helpers.slow import Slow, a_stranger, a_wall, has_ended, worker

FORM = "Content-Type: application/x-www-form-urlencoded"
POST = f"POST /open311/v2/requests.json HTTP/1.1\r\nHost: x\r\n{FORM}\r\n".encode()
HALF_POST = POST + b"Content-Length: 500000\r\n\r\nabc"
HALF_CHUNKS = POST + b"Transfer-Encoding: chunked\r\n\r\nffff\r\nabc"
HALF_UPLOAD = b"POST /sumber/opd_csv/unggah HTTP/1.1\r\nHost: x\r\nContent-Length: 40000000\r\n\r\nabc"
HALF_HANDSHAKE = b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
BEGUN = {
    "posts": HALF_POST,
    "chunks": HALF_CHUNKS,
    "uploads": HALF_UPLOAD,
    "headers": b"GET / HTTP/1.1\r\nHost: x\r\nX-A: ",
    "a long line": b"GET /" + b"a" * 5000,
    "handshakes": HALF_HANDSHAKE,
    "nothing": b"",
    "answered": b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n",
    "answered and closed": b"GET / HTTP/1.0\r\n\r\n",
}
PATIENT: dict[str, Any] = {"server": {"head_within": "1h", "body_within": "1h", "body_rate": 1}}
LARGE = re.compile(r'src="([^"]+dash_core_components[^"]+)"')

FEW = 24
"""Threads and files of those who are answered meanwhile; threads for requests, 16, are kept once they were needed."""


@pytest.fixture(scope="module")
def patient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A server that waits an hour for whoever is slow."""
    house = Installation(tmp_path_factory.mktemp("patient"), PATIENT)
    house.start()
    yield house
    house.close()


def everything_works(house: Installation) -> None:
    """/health, a page, a report, a wall."""
    assert house.health()["status"] == "ok"
    assert httpx.get(house.url, timeout=60).status_code == 200
    assert httpx.get(house.wall("waktu"), timeout=60).status_code == 200
    assert house.accepted("Pohon tumbang")
    wall, heard = a_wall(house)
    assert heard.startswith('42["hello"')
    wall.close()


@pytest.mark.parametrize("begun", BEGUN.values(), ids=BEGUN)
def test_two_hundred_that_are_begun_and_not_ended_hold_no_thread_and_nobody_up(patient: Installation, begun: bytes):
    everything_works(patient)
    process = worker(patient)
    threads, files = process.num_threads(), process.num_fds()
    with Slow(patient) as slow:
        slow.send(begun, times=200)
        everything_works(patient)
        assert process.num_threads() <= threads + FEW
    everything_works(patient)
    until(lambda: process.num_fds() <= files + FEW, 60, "its connections closed")
    assert process.num_threads() <= threads + FEW


def test_a_report_that_comes_byte_by_byte_is_taken_while_others_are_answered(patient: Installation):
    body = f"api_key={patient.key}&service_code=sampah&lat=-7.86&long=112.51".encode()
    head = POST + f"Content-Length: {len(body)}\r\n\r\n".encode()
    with Slow(patient) as slow:
        slow.send(b"")
        for each in head + body:
            slow.open[0].sendall(bytes([each]))
            if each == ord("&"):
                assert patient.health()["status"] == "ok"
        assert slow.open[0].recv(65_536).startswith(b"HTTP/1.1 200 OK")


def test_requests_one_behind_the_other_are_answered_in_their_order(patient: Installation):
    with Slow(patient) as slow:
        slow.send(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\nGET /none HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.0\r\n\r\n")
        (told,) = slow.answers()
    assert [told.find(f"HTTP/1.{version}".encode()) >= 0 for version in "01"] == [True, True]
    statuses = [part[:3] for part in told.replace(b"HTTP/1.0 ", b"HTTP/1.1 ").split(b"HTTP/1.1 ")[1:]]
    assert statuses == [b"200", b"404", b"200"]


def test_who_is_too_slow_is_answered_408_and_who_says_nothing_is_hung_up_on(install: Callable[..., Installation]):
    house = install({"server": {"head_within": "1s", "body_within": "2s"}})
    house.start("--no-jobs")
    with Slow(house) as slow:
        for begun in (HALF_POST, HALF_CHUNKS, HALF_UPLOAD, BEGUN["headers"], BEGUN["a long line"], HALF_HANDSHAKE, b""):
            slow.send(begun)
        told = slow.answers()
    assert [each[:20] for each in told] == [b"HTTP/1.1 408 Request"] * 6 + [b""]
    assert told[0].endswith(b"\r\n\r\nthe request did not come in within its time; see server in config.yaml\n")


def test_a_head_without_an_end_and_a_body_too_large_are_told_before_they_have_come(patient: Installation):
    with Slow(patient) as slow:
        slow.send(b"GET / HTTP/1.1\r\n" + b"X-Long: 1\r\n" * 7000)
        slow.send(HALF_POST.replace(b"500000", b"50000000"))
        slow.send(HALF_UPLOAD.replace(b"40000000", b"90000000"))
        told = slow.answers()
    assert [each[9:12] for each in told] == [b"431", b"413", b"403"]


def test_of_too_many_connections_the_oldest_of_the_loudest_address_go_and_all_others_stay(
    install: Callable[..., Installation],
):
    house = install(PATIENT | {"server": {**PATIENT["server"], "connections": 30, "screens": 4, "request_threads": 4}})
    house.start("--no-jobs")
    with Slow(house) as quiet, Slow(house) as loud:
        quiet.send(b"GET /health HTTP/1.1\r\nHo", times=3, address="127.0.0.7")
        for begun in (HALF_POST, b"", BEGUN["answered"], BEGUN["answered and closed"], BEGUN["headers"]):
            loud.send(begun, times=60)
        everything_works(house)
        assert b"503 Service Unavailable" in b"".join(_told_so_far(loud))
        for sock in quiet.open:
            sock.sendall(b"st: x\r\nConnection: close\r\n\r\n")
        assert [each[:15] for each in quiet.answers()] == [b"HTTP/1.1 200 OK"] * 3
    everything_works(house)


def _told_so_far(slow: Slow) -> Iterator[bytes]:
    for sock in slow.open:
        sock.setblocking(False)
        try:
            yield sock.recv(65_536)
        except (BlockingIOError, ConnectionResetError):
            yield b""


def test_who_does_not_read_what_he_asked_for_holds_no_more_than_his_share_of_the_threads(patient: Installation):
    large = LARGE.findall(httpx.get(patient.wall("waktu"), timeout=60).text)[0]
    assert len(httpx.get(f"{patient.url}{large}", headers={"Accept-Encoding": "identity"}).content) > 200_000
    asked = f"GET {large} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    with Slow(patient) as slow:
        slow.send(asked * 60, times=40)
        for _ in range(20):
            everything_works(patient)


def test_strangers_at_the_screens_door_make_room_for_a_wall_and_a_wall_stays(install: Callable[..., Installation]):
    house = install({"server": {"screens": 2}})
    house.start("--no-jobs")
    first, heard = a_wall(house)
    strangers = [a_stranger(house) for _ in range(40)]
    second, heard_too = a_wall(house)
    assert [heard[:10], heard_too[:10]] == ['42["hello"'] * 2
    until(lambda: sum(map(has_ended, strangers)) >= 30, 60, "strangers hung up on")
    assert not has_ended(first)
    assert not has_ended(second)
    third, refusal = a_wall(house)
    assert refusal.startswith('42["refused",{"reason":"full"')
    for each in (first, second, third):
        each.close()
