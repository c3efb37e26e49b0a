"""How long a writer of another process waits while a new map places a million cases.

Run as `python -m tests.bench.bench_map_import ADDRESS` it imports a map by which every case moves.
"""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

from data import clock
from data.reference.boundaries.areas import Area
from data.reference.boundaries.cells import cells
from data.store.db.change_feed import record_change
from data.store.db.engine import open_engine, writing
from data.store.geo import boundaries
from ingest.runtime.map_placing import place_cases
from ingest.runtime.process_files import owner_of
from tests.bench.measure import Env, Result, p95
from tests.bench.stock import LARGE, STOCK, stock
from tests.e2e.helpers.server import ROOT

PACE_S = 0.02


def measure(env: Env) -> list[Result]:
    """Milliseconds that a one-row transaction takes meanwhile; the limit is what it takes on the quiet store."""
    number = env.size(LARGE, STOCK)
    path = stock(env, number)
    quiet = waits(path, None)
    start = time.perf_counter()
    busy = waits(path, [sys.executable, "-m", "tests.bench.bench_map_import", f"sqlite:///{path}"])
    seconds = time.perf_counter() - start
    note = f"{len(busy)} writes in {seconds:.0f} s"
    return [
        Result(f"longest wait while a map places {number:,}", max(busy), "ms", 1000, max(quiet), note=note),
        Result("the same, p95", p95(busy), "ms", 250, p95(quiet)),
    ]


def waits(path: Path, command: list[str] | None) -> list[float]:
    """Milliseconds of each write while the command works; without one, of a hundred writes."""
    engine = open_engine(f"sqlite:///{path}", busy_timeout_s=120)
    process = subprocess.Popen(command, cwd=ROOT) if command else None
    taken: list[float] = []
    while process.poll() is None if process else len(taken) < 100:
        start = time.perf_counter()
        with writing(engine) as conn:
            record_change(conn, "note", clock.now())
        taken.append((time.perf_counter() - start) * 1000)
        time.sleep(PACE_S)
    engine.dispose()
    if process and process.returncode:
        raise RuntimeError(f"the import ended with {process.returncode}")
    return taken


def moved_cells() -> list[Area]:
    """The schematic cells, each with the next one's code."""
    areas = list(cells())
    codes = [area.code for area in areas]
    return [replace(area, code=code) for area, code in zip(areas, [*codes[1:], codes[0]], strict=True)]


def import_map(url: str) -> None:
    """As `run.py map import` does."""
    engine = open_engine(url, busy_timeout_s=120)
    with writing(engine) as conn:
        boundaries.replace(conn, moved_cells(), "bench", clock.now())
    place_cases(engine, owner_of(Path(url.removeprefix("sqlite:///")).parent), threading.Event())
    engine.dispose()


if __name__ == "__main__":
    import_map(sys.argv[1])
