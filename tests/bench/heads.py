"""Heads of agencies in one process, who look at one view of /kinerja after another as the page itself asks for it.

Run as `python -m tests.bench.heads URL TOKEN NUMBER`. Says `ready`, then every head asks for all charts of a view over
six connections, as a browser does, rests and takes the next view, until a line arrives on standard input; prints one
JSON object: {"views": [seconds until the last chart of each view]}.
"""

from __future__ import annotations

import json
import os
import random
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

from dashboard.auth.visitor import COOKIE
from layouts.pages.kinerja import CHARTS, TOLD, Id, asked_id, filled_by

CONNECTIONS = 6
REST_S = 10.0
ASKED = [((Id.URL, "search"), TOLD), *(((asked_id(name), "data"), filled_by(name)) for name in CHARTS)]
"""The input and the outputs of each callback."""
VIEWS = [
    f"?period={period}{more}"
    for period in ("30d", "90d", "12m")
    for more in ("", "&agency=dlh", "&agency=dpupr", "&category=sampah", "&compare=year", "&agency=dishub")
]


def main() -> None:
    """See the module."""
    os.nice(10)  # their machines have processors of their own
    url, token, number = sys.argv[1], sys.argv[2], int(sys.argv[3])
    views: list[float] = []
    over = threading.Event()
    threads = [threading.Thread(target=look, args=(url, token, n, views, over)) for n in range(number)]
    for thread in threads:
        thread.start()
    print("ready", flush=True)
    sys.stdin.readline()
    over.set()
    for thread in threads:
        thread.join()
    print(json.dumps({"views": views}), flush=True)


def look(url: str, token: str, place: int, views: list[float], over: threading.Event) -> None:
    """One head."""
    chance = random.Random(place)
    with (
        httpx.Client(base_url=url, cookies={COOKIE: token}, timeout=120) as client,
        ThreadPoolExecutor(CONNECTIONS) as connections,
    ):
        over.wait(chance.uniform(0, REST_S))
        while not over.is_set():
            search, start = chance.choice(VIEWS), time.perf_counter()
            list(connections.map(lambda asked, search=search: ask(client, *asked, search), ASKED))
            views.append(time.perf_counter() - start)
            over.wait(REST_S)


def ask(client: httpx.Client, given: Any, outputs: Any, search: str) -> None:
    """One callback, as Dash's renderer asks it."""
    body = {
        "output": ".." + "...".join(f"{it}.{name}" for it, name in outputs) + "..",
        "outputs": [{"id": it, "property": name} for it, name in outputs],
        "inputs": [{"id": given[0], "property": given[1], "value": search}],
        "changedPropIds": [".".join(given)],
    }
    answer = client.post("/kinerja/_dash-update-component", json=body, headers={"Sec-Fetch-Site": "same-origin"})
    answer.raise_for_status()


if __name__ == "__main__":
    main()
