"""Clients that begin something and do not end it, from an address of their own; and screens as they connect."""

from __future__ import annotations

import json
import re
import socket
import ssl
import time
from contextlib import suppress
from types import TracebackType
from urllib.parse import parse_qs, urlsplit

from simple_websocket import Client, ConnectionClosed

from tests.e2e.helpers.server import Installation

SLOW_ADDRESS = "127.0.0.9"
SEQ = re.compile(r'"seq":\s*(\d+)')
SOCKET = "/socket.io/?EIO=4&transport=websocket"


class Slow:
    """Connections to a port that are held open, as a context."""

    def __init__(self, port: int, tls: ssl.SSLContext | None = None) -> None:
        self._port, self._tls = port, tls
        self.open: list[socket.socket] = []

    def send(self, data: bytes, times: int = 1, address: str = SLOW_ADDRESS) -> None:
        """So many connections, each with these bytes and then nothing more."""
        for _ in range(times):
            sock = socket.socket()
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            sock.settimeout(60)
            sock.bind((address, 0))
            sock.connect(("127.0.0.1", self._port))
            if self._tls is not None and data:
                sock = self._tls.wrap_socket(sock, server_hostname="127.0.0.1")
            self.open.append(sock)
            sock.sendall(data)

    def go_on(self, data: bytes) -> None:
        """More of each: on a busy machine a hundred may need longer to connect than the proxy waits for the first."""
        for sock in self.open:
            sock.sendall(data)

    def answers(self) -> list[bytes]:
        """What each is told until the server hangs up."""
        return [_until_the_end(sock) for sock in self.open]

    def __enter__(self) -> Slow:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for sock in self.open:
            sock.close()


def _until_the_end(sock: socket.socket) -> bytes:
    told = b""
    try:
        while data := sock.recv(65_536):
            told += data
    except ConnectionResetError:
        pass
    return told


def a_stranger(house: Installation, port: int | None = None, tls: ssl.SSLContext | None = None) -> Client:
    """A WebSocket connection that never says who it is; through the proxy at this port when one is given."""
    scheme = "wss" if tls else "ws"
    return Client.connect(f"{scheme}://127.0.0.1:{port or house.port}{SOCKET}", ssl_context=tls)


def auth_of(house: Installation, screen: str) -> dict[str, object]:
    """What a screen says of itself when it connects."""
    token = parse_qs(urlsplit(house.wall(screen)).query)["token"][0]
    return {"token": token, "screen": screen, "lang": "id", "portrait": False}


def a_wall(
    house: Installation, screen: str = "waktu", port: int | None = None, tls: ssl.SSLContext | None = None
) -> tuple[Client, str]:
    """A WebSocket connection with a wall's token, and what it heard first of its own; a refusal is heard as well."""
    client = a_stranger(house, port, tls)
    client.send("40" + json.dumps(auth_of(house, screen)))
    return client, heard(client, "42")


def heard(client: Client, begin: str, seq: int = 0) -> str:
    """The next message that begins so and tells of this change or a later one; pings are answered meanwhile."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        said = str(client.receive(timeout=end - time.monotonic()))
        if said == "2":
            client.send("3")
        if said.startswith(begin) and max(map(int, SEQ.findall(said)), default=0) >= seq:
            return said
    raise AssertionError(f"not heard within a minute: {begin} {seq}")


def leave(client: Client) -> None:
    """End a connection; the client's own `close` lets go of a descriptor from which its thread still reads."""
    with suppress(OSError):
        client.sock.shutdown(socket.SHUT_RDWR)
    client.thread.join(10)


def has_ended(client: Client) -> bool:
    """Whether the server hung up on it."""
    try:
        while client.receive(timeout=0) is not None:
            pass
    except ConnectionClosed:
        return True
    return False
