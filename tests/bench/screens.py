"""Many screens in one process: Socket.IO over plain sockets in one loop, so that the load costs the machine little.

Run as `python -m tests.bench.screens HOST PORT NUMBER`, the screens' auth as JSON lines on standard input first.
Says `ready` when all are connected, then notes when each message came until a line arrives on standard input, and
prints one JSON object: {"arrivals": [[[seconds since 1970, seq], ...] per screen], "refused": n, "bytes": n}.
"""

from __future__ import annotations

import base64
import json
import os
import re
import selectors
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.e2e.helpers.server import ROOT

SEQ = re.compile(rb'"seq":\s*(\d+)')


@dataclass
class Screen:
    """One connection."""

    sock: socket.socket
    auth: dict[str, Any]
    buffer: bytearray = field(default_factory=bytearray)
    arrivals: list[tuple[float, int]] = field(default_factory=list)
    upgraded: bool = False
    greeted: bool = False
    refused: bool = False
    received: int = 0

    def take(self, most: int = 1 << 18) -> None:
        """Read what has come, `most` bytes of it, and handle every whole frame."""
        chunk = self.sock.recv(most)
        if not chunk:
            raise ConnectionError("the server closed a screen's connection")
        self.received += len(chunk)
        self.buffer += chunk
        if not self.upgraded:
            head, end, rest = bytes(self.buffer).partition(b"\r\n\r\n")
            if not end:
                return
            if b" 101 " not in head.split(b"\r\n", 1)[0]:
                raise ConnectionError(head.decode(errors="replace"))
            self.upgraded, self.buffer = True, bytearray(rest)
        while (frame := self._frame()) is not None:
            self._handle(frame)

    def _frame(self) -> bytes | None:
        """The next whole text frame; servers send theirs unmasked and, as nothing was agreed, uncompressed."""
        data = self.buffer
        if len(data) < 2:
            return None
        length, start = data[1] & 127, 2
        if length == 126:
            length, start = (struct.unpack_from(">H", data, 2)[0], 4) if len(data) >= 4 else (1 << 30, 0)
        elif length == 127:
            length, start = (struct.unpack_from(">Q", data, 2)[0], 10) if len(data) >= 10 else (1 << 30, 0)
        if len(data) < start + length:
            return None
        payload = bytes(data[start : start + length])
        del data[: start + length]
        return payload

    def _handle(self, text: bytes) -> None:
        if text.startswith(b"0{"):
            self._say("40" + json.dumps(self.auth))
        elif text == b"2":
            self._say("3")
        elif text.startswith(b"40"):
            self.greeted = True
        elif text.startswith(b"44") or b'"refused"' in text[:40]:
            self.refused = True
        elif text.startswith((b'42["boards"', b'42["bare"')):
            self.arrivals.append((time.time(), max(map(int, SEQ.findall(text)), default=0)))

    def _say(self, text: str) -> None:
        """A masked text frame; the mask may be zero."""
        payload = text.encode()
        size = bytes([0x80 | len(payload)]) if len(payload) < 126 else b"\xfe" + struct.pack(">H", len(payload))
        self.sock.sendall(b"\x81" + size + b"\0\0\0\0" + payload)


def connect(host: str, port: int, auth: dict[str, Any]) -> Screen:
    """A screen whose upgrade has been asked for."""
    sock = socket.create_connection((host, port), timeout=20)
    key = base64.b64encode(os.urandom(16)).decode()
    sock.sendall(
        f"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\n"
        f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    return Screen(sock, auth)


def main() -> None:
    """See the module."""
    host, port, number = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    auths = json.loads(sys.stdin.readline())
    chosen = selectors.DefaultSelector()
    screens = []
    for place in range(number):
        screen = connect(host, port, auths[place % len(auths)])
        chosen.register(screen.sock, selectors.EVENT_READ, screen)
        screens.append(screen)
        listen(chosen, 0.01)
    end = time.monotonic() + 60
    while not all(screen.greeted or screen.refused for screen in screens) and time.monotonic() < end:
        listen(chosen, 0.1)
    print("ready", flush=True)
    chosen.register(sys.stdin, selectors.EVENT_READ, None)
    while listen(chosen, 1.0):
        pass
    told = {
        "arrivals": [screen.arrivals for screen in screens],
        "refused": sum(screen.refused or not screen.greeted for screen in screens),
        "bytes": sum(screen.received for screen in screens),
    }
    print(json.dumps(told), flush=True)


def listen(chosen: selectors.BaseSelector, seconds: float) -> bool:
    """Handle what comes within `seconds`; False when standard input has spoken."""
    for key, _ in chosen.select(seconds):
        if key.data is None:
            return False
        key.data.take()
    return True


class Crowd:
    """Screens in a process of their own, as a context."""

    def __init__(self, host: str, port: int, number: int, auths: Sequence[dict[str, Any]]) -> None:
        self.told: dict[str, Any] = {}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.screens", host, str(port), str(number)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdin
        self.process.stdin.write(json.dumps(list(auths)) + "\n")
        self.process.stdin.flush()

    def __enter__(self) -> Crowd:
        assert self.process.stdout
        said = self.process.stdout.readline().strip()
        assert said == "ready", f"the screens did not connect: {said!r}"
        return self

    def __exit__(self, *_: object) -> None:
        out, _ = self.process.communicate("enough\n", timeout=60)
        self.told = json.loads(out)


def delays(arrivals: Sequence[Sequence[tuple[float, int]]], posts: Sequence[tuple[float, int]]) -> list[float]:
    """Milliseconds from each post (moment, seq) to each screen's first message that has it; infinite when none did."""
    found = []
    for screen in arrivals:
        came = iter([*screen, (float("inf"), 1 << 62)])
        at, seq = next(came)
        for moment, wanted in posts:
            while seq < wanted:
                at, seq = next(came)
            found.append((at - moment) * 1000)
    return found


if __name__ == "__main__":
    main()
