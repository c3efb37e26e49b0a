"""The load of the soak: a day of reports in a hundred steps, and screens that come and go."""

from __future__ import annotations

import csv
import selectors
import socket
import time
from collections import deque
from datetime import datetime
from typing import Any

from data import clock
from tests.bench.screens import Screen, connect
from tests.e2e.helpers.drop import DROP, NAME
from tests.e2e.helpers.server import Installation, merged, spot
from tests.e2e.helpers.slow import auth_of

STEPS = 100
"""A day's; each brings three reports: two by file, one by Open311."""
POLLS = 5_000
"""At least so many a day: the folder is looked at in half of the interval, because a look takes time, too."""
ACKNOWLEDGED_AFTER, RESOLVED_AFTER = 3, 10
"""Steps after a report's first row in a file."""
KEPT_FILES = 5
STANDING, VISITORS, NEW_VISITORS = 8, 8, 2
"""Screens that stay, the most that come and go, and how many of these come in a step."""
SLOW_BYTES_S = 8_192
WALLS = ("peta", "antrean", "waktu")


def changes(seconds: float) -> dict[str, Any]:
    """The configuration: the folder is polled as often in `seconds` as another in a day, and tells of answers."""
    mapping = {
        "optional": ["status", "selesai"],
        "events": {
            "diterima": {"kind": "acknowledged", "at": "received", "by": "agency", "reason": "undated"},
            "selesai": {"kind": "resolved", "at": "selesai", "by": "agency"},
        },
        "status": {
            "column": "status",
            "values": {"Baru": [], "Diproses": ["diterima"], "Selesai": ["diterima", "selesai"]},
        },
    }
    source = merged(DROP["sources"][NAME], {"every_s": seconds / POLLS / 2, "mapping": mapping})
    return {"sources": {NAME: source}}


class Day:
    """Does the steps of a day one by one, and remembers which reports were answered."""

    def __init__(self, house: Installation) -> None:
        self._house = house
        self._folder = house.home / "masuk"
        self._folder.mkdir(exist_ok=True)
        self._received: list[datetime] = []
        self.promised: set[str] = set()

    def step(self) -> None:
        """A file, a report over Open311 and some questions."""
        number = len(self._received)
        self._received.append(clock.now())
        self._write_file(number)
        # On one place: these reports become one incident, so that the walls stay as full.
        self.promised.add(self._house.accepted(f"Longsor, laporan {number}", service_code="longsor"))
        for path in ("open311/v2/requests.json", "health", "metrics"):
            self._house.client.get(f"{self._house.url}/{path}")

    def _write_file(self, number: int) -> None:
        """Two new reports, one of which can be read only in the next file; those before are answered and resolved."""
        rows = [self._row("B", number, "Baru") | {"diterima": "kapan-kapan"}]
        for age, status in ((0, "Baru"), (ACKNOWLEDGED_AFTER, "Diproses"), (RESOLVED_AFTER, "Selesai")):
            rows += [self._row("A", number - age, status)] if number >= age else []
            rows += [self._row("B", number - age - 1, status)] if number > age else []
        hidden = self._folder / ".next"
        with hidden.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        hidden.rename(self._folder / f"langkah-{number}.csv")
        for old in self._folder.glob(f"langkah-{number - KEPT_FILES}.csv*"):
            old.unlink()

    def _row(self, series: str, step: int, status: str) -> dict[str, Any]:
        place = spot(2 * step + (series == "B"))
        return {
            "nomor": f"{series}{step:06d}",
            "diterima": self._received[step].isoformat(),
            "kategori": ("sampah", "pju", "jalan_rusak")[step % 3],
            "judul": f"Laporan {series} langkah {step}",
            "lat": place["lat"],
            "lon": place["long"],
            "status": status,
            "selesai": clock.now().isoformat() if status == "Selesai" else "",
        }


class Screens:
    """Screens that stay, visitors, and one that reads slowly and comes again when it was hung up on."""

    def __init__(self, house: Installation) -> None:
        self._auths = [
            {**auth_of(house, wall), "lang": lang, "portrait": portrait}
            for wall in WALLS
            for lang in ("id", "en")
            for portrait in (False, True)
        ]
        self._address = "127.0.0.1", house.port
        self._ready = selectors.DefaultSelector()
        self._visitors: deque[Screen] = deque()
        self._slow_read_at = 0.0
        self.came = self.ended = 0
        """Connections so far, and those that the server ended."""
        for _ in range(STANDING):
            self._come()
        self._slow = self._come_slow()

    def listen(self, seconds: float) -> None:
        """Read what comes within `seconds`."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            for key, _ in self._ready.select(min(left, 0.25)):
                self._read(key.data)
            if time.monotonic() - self._slow_read_at >= 1:
                self._slow_read_at = time.monotonic()
                self._read_slowly()

    def rotate(self) -> None:
        """Some visitors come; the oldest go, without a word."""
        for _ in range(NEW_VISITORS):
            self._visitors.append(self._come())
        while len(self._visitors) > VISITORS:
            self._leave(self._visitors.popleft())

    def close(self) -> None:
        """All of them."""
        for key in list(self._ready.get_map().values()):
            self._leave(key.data)
        self._slow.sock.close()

    def _come(self) -> Screen:
        screen = connect(*self._address, self._auths[self.came % len(self._auths)])
        self._ready.register(screen.sock, selectors.EVENT_READ, screen)
        self.came += 1
        return screen

    def _come_slow(self) -> Screen:
        screen = connect(*self._address, self._auths[0])
        screen.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SLOW_BYTES_S)
        screen.sock.setblocking(False)
        self.came += 1
        return screen

    def _leave(self, screen: Screen) -> None:
        if screen.sock in self._ready.get_map():
            self._ready.unregister(screen.sock)
        screen.sock.close()

    def _read(self, screen: Screen) -> None:
        try:
            screen.take()
        except ConnectionError:
            self.ended += 1
            self._leave(screen)

    def _read_slowly(self) -> None:
        try:
            self._slow.take(SLOW_BYTES_S)
        except BlockingIOError:
            pass
        except ConnectionError:
            self._slow.sock.close()
            self._slow = self._come_slow()
