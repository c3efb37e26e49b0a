"""Many citizens at once, who remember which of their reports were accepted."""

from __future__ import annotations

import itertools
import threading
import time
from types import TracebackType

import httpx

from tests.e2e.helpers.server import PLAIN, Installation, spot


class Burst:
    """Posts from several threads until told to stop or the server is gone, as a context."""

    def __init__(self, house: Installation, threads: int = 4, patient: bool = False, rest_s: float = 0.0) -> None:
        """`patient`: go on when the server refuses or is gone. rest_s: of each thread after a post."""
        self.accepted: dict[str, str] = {}
        """Text by public code."""
        self.statuses: list[int] = []
        """What every answered post was answered."""
        self._house, self._patient, self._rest_s = house, patient, rest_s
        assert house.key
        self._numbers = itertools.count(1)
        self._enough = threading.Event()
        self._threads = [threading.Thread(target=self._post, daemon=True) for _ in range(threads)]

    def _post(self) -> None:
        with httpx.Client(timeout=60, verify=PLAIN) as client:
            while not self._enough.is_set():
                number = next(self._numbers)
                text = f"Laporan beruntun nomor {number:05d}"
                try:
                    answer = self._house.post(text, client, service_code="lainnya", **spot(number))
                except httpx.HTTPError:
                    if not self._patient:
                        return
                    time.sleep(0.2)
                    continue
                self.statuses.append(answer.status_code)
                if answer.status_code in {200, 201}:
                    self.accepted[str(answer.json()[0]["service_request_id"])] = text
                self._enough.wait(self._rest_s)

    def __enter__(self) -> Burst:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._enough.set()
        for thread in self._threads:
            thread.join(60)
