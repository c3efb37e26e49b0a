"""What is sent to a screen comes whole and in order, whether at once or through its queue, and nobody is waited for."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from queue import Queue
from types import SimpleNamespace
from typing import Any

import pytest
from engineio.packet import MESSAGE, OPEN, PING, Packet
from wsproto.frame_protocol import FrameProtocol

from dashboard.realtime.websocket_transport import FRAMED_ONCE, SendQueue, WebSocket, framed

LONG = "x" * FRAMED_ONCE


class Owner:
    """engineio's socket, as far as a connection knows it."""

    def __init__(self) -> None:
        self.queue: Queue[Any] = Queue()

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
    connection = WebSocket(owner.handle, None)
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
    connection.expect()  # something is queued ...
    taken = message(f"a{LONG}").encode()  # ... and taken
    queue.put(message(f"b{LONG}"))
    assert queue.qsize() == 1
    connection.send(taken)
    write_queued(connection, queue)
    assert [text[1] for text in read(ends[1], 2 * len(LONG))] == ["a", "b"]


def test_a_screen_that_reads_slowly_gets_all_of_it_later_and_holds_up_nobody(
    ends: tuple[socket.socket, socket.socket],
):
    connection, queue = a_connection(ends[0])
    texts = [f"{number}{LONG * 100}" for number in range(12)]
    for text in texts:
        queue.put(message(text))  # would block for ever if it waited: nobody reads yet
    assert 0 < queue.qsize() < len(texts)
    writer = threading.Thread(target=write_queued, args=(connection, queue), daemon=True)
    writer.start()
    assert read(ends[1], sum(map(len, texts))) == [f"4{text}" for text in texts]
    writer.join(60)
    queue.put(message("again"))
    assert queue.empty()


def test_a_screen_that_has_gone_is_found_out_by_the_writing_thread(ends: tuple[socket.socket, socket.socket]):
    connection, queue = a_connection(ends[0])
    ends[1].close()
    queue.put(message(LONG))
    assert queue.qsize() == 1
    with pytest.raises(OSError, match="pipe"):
        write_queued(connection, queue)


@pytest.mark.parametrize("size", [0, 125, 126, 65_535, 65_536, 300_000])
def test_a_frame_made_once_is_read_as_the_same_text(size: int):
    text = "ä" + "x" * max(0, size - 2) if size else ""
    reader = FrameProtocol(client=True, extensions=[])
    reader.receive_bytes(framed(text))
    assert "".join(str(frame.payload) for frame in reader.received_frames()) == text
