"""Fifty and two hundred connected screens at one change a second: how late, and how much of the server's processor."""

from __future__ import annotations

import time
from urllib.parse import parse_qs, urlsplit

from data.store.db.change_feed import latest
from data.store.db.engine import Engine, open_engine, reading
from tests.bench.measure import Env, Result, median, p95
from tests.bench.minimal_apps import MinimalApp
from tests.bench.screens import Crowd, delays
from tests.bench.stock import STOCK, serving
from tests.e2e.helpers.server import Installation, spot

CPU_TARGETS = {50: 3.0, 200: 6.0}


def measure(env: Env) -> list[Result]:
    """The same for a bare emit of as many bytes, at the same pace."""
    seconds = env.size(60, 12)
    house = serving(env, env.size(STOCK, 5_000), {"server": {"screens": 250}})
    found = {number: ours(house, number, seconds) for number in CPU_TARGETS}
    house.close()
    results = []
    for number, (late, cpu, size) in found.items():
        bare_late, bare_cpu = bare(env, number, seconds, size)
        target, p50 = (120 if number == 200 else None), f"p50 {median(late):.0f} ms"
        name, size_note = f"{number} screens", f"{size} bytes a change"
        results += [
            Result(f"{name}: POST to message, p95", p95(late), "ms", target, p95(bare_late), note=p50),
            Result(f"{name}: server CPU a minute", cpu, "s", CPU_TARGETS[number], bare_cpu, note=size_note),
        ]
    return results


def auths(house: Installation) -> list[dict[str, object]]:
    """What screens say when they connect: the three walls in turn."""
    found: list[dict[str, object]] = []
    for screen in ("peta", "antrean", "waktu"):
        token = parse_qs(urlsplit(house.wall(screen)).query)["token"][0]
        found.append({"token": token, "screen": screen, "lang": "id", "portrait": False})
    return found


def ours(house: Installation, number: int, seconds: int) -> tuple[list[float], float, int]:
    """Milliseconds from each post (an upper bound of from its commit), CPU seconds a minute, bytes a change."""
    crowd = Crowd("127.0.0.1", house.port, number, auths(house))
    engine = open_engine(house.database_url or f"sqlite:///{house.database}")
    with crowd:
        time.sleep(3)
        posts, cpu, start = [], house.cpu_s(), time.monotonic()
        for count in range(seconds):
            moment = time.time()
            house.accepted(f"Pohon roboh {number}-{count}", **spot(count))
            posts.append((moment, newest(engine)))
            time.sleep(max(0.0, start + count + 1 - time.monotonic()))
        used = (house.cpu_s() - cpu) * 60 / (time.monotonic() - start)
        time.sleep(1)
    engine.dispose()
    assert crowd.told["refused"] == 0, f"{crowd.told['refused']} screens were refused"
    return delays(crowd.told["arrivals"], posts), used, crowd.told["bytes"] // (number * seconds)


def newest(engine: Engine) -> int:
    """The number of the last change."""
    with reading(engine) as conn:
        return latest(conn)


def bare(env: Env, number: int, seconds: int, size: int) -> tuple[list[float], float]:
    """The same of a program that only emits."""
    with MinimalApp("emit", env.folder / "emit", threads=number + 16, BARE_BYTES=str(size)) as minimal:
        crowd = Crowd("127.0.0.1", minimal.port, number, [{}])
        with crowd:
            posts, cpu, start = [], minimal.cpu_s(), time.monotonic()
            for count in range(1, seconds + 1):
                posts.append((time.time(), count))
                minimal.say("x", count)
                time.sleep(max(0.0, start + count - time.monotonic()))
            used = (minimal.cpu_s() - cpu) * 60 / (time.monotonic() - start)
            time.sleep(0.5)
    return delays(crowd.told["arrivals"], posts), used
