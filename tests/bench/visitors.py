"""Visitors of the public pages in a process of their own: so many requests a second over connections that are kept.

Run as `python -m tests.bench.visitors PORT CA A_SECOND`; `CA` is the file of an authority, or `-` for plain HTTP. Says
`ready` and visits until a line arrives on standard input, then prints one JSON object:
{"taken": [milliseconds], "missed": number, "lasted": seconds}.
"""

from __future__ import annotations

import json
import ssl
import subprocess
import sys
import threading
import time
from http.client import HTTPConnection, HTTPSConnection
from typing import Any

from tests.e2e.helpers.server import ROOT

VISITED = ("/kota", "/kota", "/kota?lang=en", "/kota/tempat", "/kota/agenda", "/kota/peta")
THREADS = 10
LATE_MS = 1000


def main() -> None:
    """See the module."""
    port, authority, a_second = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    tls = None if authority == "-" else ssl.create_default_context(cafile=authority)
    taken: list[float] = []
    missed: list[str] = []
    over, began = threading.Event(), time.monotonic()

    def visit(number: int) -> None:
        kept = HTTPConnection("127.0.0.1", port, timeout=5)
        link = kept if tls is None else HTTPSConnection("127.0.0.1", port, timeout=5, context=tls)
        gap, due = THREADS / a_second, began + number / a_second
        while not over.wait(max(0.0, due - time.monotonic())):
            path, start = VISITED[number % len(VISITED)], time.perf_counter()
            is_fine = asked(link, path)
            took = (time.perf_counter() - start) * 1000
            taken.append(took)
            if not is_fine or took > LATE_MS:
                missed.append(path)
            due, number = due + gap, number + THREADS + 1

    threads = [threading.Thread(target=visit, args=(n,)) for n in range(THREADS)]
    for thread in threads:
        thread.start()
    print("ready", flush=True)
    sys.stdin.readline()
    over.set()
    for thread in threads:
        thread.join()
    print(json.dumps({"taken": taken, "missed": len(missed), "lasted": time.monotonic() - began}), flush=True)


def asked(link: HTTPConnection, path: str) -> bool:
    """Whether it was answered with the page. When the kept connection was closed meanwhile it is asked again, once."""
    for _ in range(2):
        try:
            link.request("GET", path)
            answer = link.getresponse()
            answer.read()
        except OSError:
            link.close()
        else:
            return answer.status == 200
    return False


class Visitors:
    """They, in a process of their own, as a context."""

    def __init__(self, port: int, authority: str, a_second: int) -> None:
        self.told: dict[str, Any] = {}
        words = [sys.executable, "-m", "tests.bench.visitors", str(port), authority, str(a_second)]
        self.process = subprocess.Popen(words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __enter__(self) -> Visitors:
        assert self.process.stdout
        said = self.process.stdout.readline().strip()
        assert said == "ready", f"the visitors did not come: {said!r}"
        return self

    def __exit__(self, *_: object) -> None:
        out, _ = self.process.communicate("enough\n", timeout=60)
        self.told = json.loads(out)


if __name__ == "__main__":
    main()
