"""Visitors of the public pages in a process of their own: so many requests a second over connections that are kept.

Run as `python -m tests.bench.visitors PORT CA A_SECOND`; `CA` is the file of a trusted authority. Says `ready` and
visits until a line arrives on standard input, then prints one JSON object:
{"taken": [milliseconds], "missed": number, "lasted": seconds}.
"""

from __future__ import annotations

import json
import ssl
import sys
import threading
import time
from http.client import HTTPSConnection

VISITED = ("/kota", "/kota", "/kota?lang=en", "/kota/tempat", "/kota/agenda", "/kota/peta")
THREADS = 10
LATE_MS = 1000


def main() -> None:
    """See the module."""
    port, authority, a_second = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    tls = ssl.create_default_context(cafile=authority)
    taken: list[float] = []
    missed: list[str] = []
    over, began = threading.Event(), time.monotonic()

    def visit(number: int) -> None:
        link = HTTPSConnection("127.0.0.1", port, timeout=5, context=tls)
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


def asked(link: HTTPSConnection, path: str) -> bool:
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


if __name__ == "__main__":
    main()
