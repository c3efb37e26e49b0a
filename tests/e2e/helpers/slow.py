"""Clients that begin something and do not end it, from an address of their own."""

from __future__ import annotations

import json
import socket
from types import TracebackType
from urllib.parse import parse_qs, urlsplit

import psutil
from simple_websocket import Client, ConnectionClosed

from tests.e2e.helpers.server import Installation

SLOW_ADDRESS = "127.0.0.9"
SOCKET = "/socket.io/?EIO=4&transport=websocket"


class Slow:
    """Connections to a server that are held open, as a context."""

    def __init__(self, house: Installation) -> None:
        self._house = house
        self.open: list[socket.socket] = []

    def send(self, data: bytes, times: int = 1, address: str = SLOW_ADDRESS) -> None:
        """So many connections, each with these bytes and then nothing more."""
        for _ in range(times):
            sock = socket.socket()
            self.open.append(sock)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            sock.settimeout(60)
            sock.bind((address, 0))
            sock.connect(("127.0.0.1", self._house.port))
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


def worker(house: Installation) -> psutil.Process:
    """The process that answers."""
    return house.processes()[1]


def a_stranger(house: Installation) -> Client:
    """A WebSocket connection that never says who it is."""
    return Client.connect(f"ws://127.0.0.1:{house.port}{SOCKET}")


def a_wall(house: Installation, screen: str = "waktu") -> tuple[Client, str]:
    """A WebSocket connection with a wall's token, and what it heard first of its own; a refusal is heard as well."""
    token = parse_qs(urlsplit(house.wall(screen)).query)["token"][0]
    client = a_stranger(house)
    client.send("40" + json.dumps({"token": token, "screen": screen, "lang": "id", "portrait": False}))
    heard = ""
    while not heard.startswith("42"):
        heard = str(client.receive(timeout=60))
    return client, heard


def has_ended(client: Client) -> bool:
    """Whether the server hung up on it."""
    try:
        while client.receive(timeout=0) is not None:
            pass
    except ConnectionClosed:
        return True
    return False
