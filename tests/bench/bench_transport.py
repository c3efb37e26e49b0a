"""Our WebSocket transport beside the stock one of python-engineio: the same bare program on the same gunicorn.

Fifty and two hundred screens at one message a second.
"""

from __future__ import annotations

import time

import psutil

from tests.bench.measure import Env, Result, median, p95
from tests.bench.minimal_apps import MinimalApp
from tests.bench.screens import Crowd, delays

SCREENS = (50, 200)
BYTES = 12_000
"""Of a message: about what the boards of a wall come to at a change."""
STOCK, OURS = "stock", "ours"


def measure(env: Env) -> list[Result]:
    """Our figures, with those of the stock transport as the machine's own."""
    results = []
    for number in SCREENS:
        (late, cpu, threads), (stock_late, stock_cpu, stock_threads) = (
            awake(env, kind, number, env.size(60, 10)) for kind in (OURS, STOCK)
        )
        name, p50 = f"transport, {number} screens", f"p50 {median(late):.0f}, stock {median(stock_late):.0f} ms"
        results += [
            Result(f"{name}: message, p95", p95(late), "ms", None, p95(stock_late), note=p50),
            Result(f"{name}: server CPU a minute", cpu, "s", stock_cpu / 1.5, stock_cpu),
            Result(f"{name}: threads", threads, "", None, stock_threads),
        ]
    return results


def minimal(env: Env, kind: str, number: int) -> MinimalApp:
    """The bare program with this transport."""
    return MinimalApp(
        "emit", env.folder / f"transport-{kind}", threads=number + 16, BARE_BYTES=str(BYTES), BARE_TRANSPORT=kind
    )


def thread_count(minimal: MinimalApp) -> int:
    """Of the worker."""
    (worker,) = psutil.Process(minimal.process.pid).children()
    return worker.num_threads()


def awake(env: Env, kind: str, number: int, seconds: int) -> tuple[list[float], float, int]:
    """Milliseconds from emit to arrival, CPU seconds a minute, threads."""
    with minimal(env, kind, number) as server:
        crowd = Crowd("127.0.0.1", server.port, number, [{}])
        with crowd:
            posts, cpu, start = [], server.cpu_s(), time.monotonic()
            for count in range(1, seconds + 1):
                posts.append((time.time(), count))
                server.say("x", count)
                time.sleep(max(0.0, start + count - time.monotonic()))
            used = (server.cpu_s() - cpu) * 60 / (time.monotonic() - start)
            threads = thread_count(server)
            time.sleep(0.5)
    return delays(crowd.told["arrivals"], posts), used, threads
