"""What is sent to a screen comes whole and in order, whether at once or through its queue, and nobody is waited for."""

from __future__ import annotations

import errno
import socket
import threading
from collections.abc import Iterator
from queue import Queue
from types import SimpleNamespace
from typing import Any

import pytest
from engineio.packet import MESSAGE, OPEN, PING, Packet
from simple_websocket import ConnectionClosed
from wsproto.frame_protocol import FrameProtocol

from dashboard.realtime.websocket_transport import BUFFER, FRAMED_ONCE, SendQueue, WebSocket, framed

LONG = "x" * FRAMED_ONCE


class Owner:
    """engineio's socket, as far as a connection knows it."""

    sid = "a"

    def __init__(self) -> None:
        self.queue: Queue[Any] = Queue()
        self.missed: list[tuple[str, int]] = []

    def caught_up(self, sid: str, missed: int) -> None:
        """What the sockets are told."""
        self.missed.append((sid, missed))

    def handle(self, connection: WebSocket) -> None:
        """Nothing to do."""


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    """The server's and the screen's end of a connection."""
    here, there = socket.socketpair()
    yield here, there
    here.close()
    there.close()


def a_connection(sock: socket.socket, before: Queue[Any] | None = None) -> tuple[WebSocket, SendQueue]:
    """A connection past its handshake, of which nothing has been written yet but what is queued."""
    owner = Owner()
    owner.queue = before or owner.queue
    connection = WebSocket(owner.handle, None, caught_up=owner.caught_up)
    connection.ws = SimpleNamespace(sock=sock, connected=True)
    assert isinstance(owner.queue, SendQueue)
    return connection, owner.queue


def write_queued(connection: WebSocket, queue: SendQueue) -> None:
    """What engineio's thread does, until the queue is empty."""
    while not queue.empty():
        connection.send(queue.get_nowait().encode())


def read(sock: socket.socket, size: int) -> list[str]:
    """The texts of all messages in the next `size` bytes or more."""
    reader, texts, text, got = FrameProtocol(client=True, extensions=[]), [], "", 0
    while got < size:
        chunk = sock.recv(1 << 20)
        got += len(chunk)
        reader.receive_bytes(chunk)
        for frame in reader.received_frames():
            text += str(frame.payload)
            if frame.message_finished:
                texts, text = [*texts, text], ""
    return texts


def message(text: str) -> Packet:
    return Packet(MESSAGE, text)


def test_a_message_goes_out_at_once_when_nothing_is_before_it(ends: tuple[socket.socket, socket.socket]):
    _, queue = a_connection(ends[0])
    queue.put(message("short"))
    queue.put(message(LONG))
    assert queue.empty()
    assert read(ends[1], len(LONG) + 6) == ["4short", f"4{LONG}"]


def test_what_was_queued_before_goes_out_before(ends: tuple[socket.socket, socket.socket]):
    before: Queue[Any] = Queue()
    before.put(message(f"a{LONG}"))
    connection, queue = a_connection(ends[0], before)
    queue.put(message(f"b{LONG}"))
    assert queue.qsize() == 2
    write_queued(connection, queue)
    queue.put(message(f"c{LONG}"))
    assert [text[1] for text in read(ends[1], 3 * len(LONG))] == ["a", "b", "c"]


@pytest.mark.parametrize("kind", [OPEN, PING])
def test_the_protocols_own_packets_always_queue(ends: tuple[socket.socket, socket.socket], kind: int):
    _, queue = a_connection(ends[0])
    queue.put(Packet(kind))
    queue.put(None)
    assert queue.qsize() == 2


def test_nothing_overtakes_what_the_writing_thread_has_taken_and_not_yet_sent(
    ends: tuple[socket.socket, socket.socket],
):
    connection, queue = a_connection(ends[0])
    taken = message(f"a{LONG}").encode()
    connection.expect(len(taken))  # it is queued, and taken from the queue
    queue.put(message(f"b{LONG}"))
    assert queue.qsize() == 1
    connection.send(taken)
    write_queued(connection, queue)
    assert [text[1] for text in read(ends[1], 2 * len(LONG))] == ["a", "b"]


def test_a_screen_that_reads_slowly_gets_all_of_it_later_and_holds_up_nobody(
    ends: tuple[socket.socket, socket.socket],
):
    connection, queue = a_connection(ends[0])
    texts = [f"{number}{LONG * 20}" for number in range(20)]
    for text in texts:
        queue.put(message(text))  # would block for ever if it waited: nobody reads yet
    assert 0 < queue.qsize() < len(texts)
    writer = threading.Thread(target=write_queued, args=(connection, queue), daemon=True)
    writer.start()
    assert read(ends[1], sum(map(len, texts))) == [f"4{text}" for text in texts]
    writer.join(60)
    queue.put(message("again"))
    assert queue.empty()


def event(text: str) -> Packet:
    """A socket.io event."""
    return message(f"2{text}")


def test_the_buffer_of_a_screen_that_does_not_read_is_bounded_and_only_events_are_dropped(
    ends: tuple[socket.socket, socket.socket],
):
    _, queue = a_connection(ends[0])
    for _ in range(200):
        queue.put(event(LONG * 30))
    queue.put(Packet(PING))
    queue.put(message("0the protocol's own"))
    waiting = [queue.get_nowait().encode() for _ in range(queue.qsize())]
    assert BUFFER / 2 < sum(map(len, waiting)) <= BUFFER + 100
    assert waiting[-2:] == ["2", "40the protocol's own"]


def test_a_message_longer_than_the_buffer_is_sent_when_nothing_waits(ends: tuple[socket.socket, socket.socket]):
    connection, queue = a_connection(ends[0])
    reader = threading.Thread(target=lambda: texts.extend(read(ends[1], 3 * BUFFER)), daemon=True)
    texts: list[str] = []
    queue.put(event("x" * 3 * BUFFER))
    reader.start()
    write_queued(connection, queue)
    reader.join(60)
    assert [len(text) for text in texts] == [3 * BUFFER + 2]
    assert connection.app.__self__.missed == []


def read_until(sock: socket.socket, end: bytes, got: bytearray) -> None:
    """Everything up to and with `end`."""
    while not got.endswith(end):
        got += sock.recv(1 << 16)


def test_a_screen_that_missed_events_is_reported_when_it_has_read_all_that_waited(
    ends: tuple[socket.socket, socket.socket],
):
    connection, queue = a_connection(ends[0])
    for _ in range(30):
        queue.put(event(LONG * 30))
    got = bytearray()
    reader = threading.Thread(target=read_until, args=(ends[1], b"42now", got), daemon=True)
    reader.start()
    waited = queue.qsize()
    for _ in range(waited):
        queue.put(event("while it is behind"))  # has to be dropped as well: it would come after a gap
        connection.send(queue.get_nowait().encode())
    ((sid, missed),) = connection.app.__self__.missed
    queue.put(event("now"))
    write_queued(connection, queue)  # where the reader had not yet read enough for it to go at once
    reader.join(60)
    assert b"behind" not in got
    assert (sid, missed) == ("a", 30 + waited - got.count(b"42x"))
    assert got.endswith(b"42now")


def test_a_screen_that_has_gone_is_found_out_by_the_writing_thread(ends: tuple[socket.socket, socket.socket]):
    connection, queue = a_connection(ends[0])
    ends[1].close()
    queue.put(message(LONG))
    assert queue.qsize() == 1
    with pytest.raises(OSError, match="pipe"):
        write_queued(connection, queue)


@pytest.mark.parametrize("fault", [OSError(errno.EBADF, "Bad file descriptor"), ConnectionClosed()])
def test_a_connection_that_another_thread_has_just_ended_is_closed_without_a_fault(
    ends: tuple[socket.socket, socket.socket], fault: Exception
):
    connection, _ = a_connection(ends[0])
    ended: list[Exception] = []

    def close() -> None:
        ended.append(fault)
        raise fault

    connection.ws.close = close
    connection.close()
    assert ended == [fault]


@pytest.mark.parametrize("size", [0, 125, 126, 65_535, 65_536, 300_000])
def test_a_frame_made_once_is_read_as_the_same_text(size: int):
    text = "ä" + "x" * max(0, size - 2) if size else ""
    reader = FrameProtocol(client=True, extensions=[])
    reader.receive_bytes(framed(text))
    assert "".join(str(frame.payload) for frame in reader.received_frames()) == text
