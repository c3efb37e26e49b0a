"""How long a small sync takes, as of a report that is answered, while a backup copies a million cases to the same disk:
beside the same copy left to the kernel's own writing, in turn.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from multiprocessing import get_context
from pathlib import Path

from data.store.backup.backup_file import write_file
from data.store.db.engine import open_engine
from tests.bench.measure import Env, Result, p95
from tests.bench.stock import LARGE, stock

LONGEST_MS = 100
ROUNDS = 4
NICENESS = 15
"""As of `run.py backup --low-priority`."""
REPORT = bytes(8192)
GAP_S = 0.02


def measure(env: Env) -> list[Result]:
    """Of all rounds the longest sync, and that which 95 % do not pass."""
    path, target = stock(env, env.size(LARGE, 5_000)), env.folder / "backup.db"
    ours, plain = list[float](), list[float]()
    for _ in range(env.size(ROUNDS, 1)):
        plain += syncs_beside(left_to_the_kernel, path, target)
        ours += syncs_beside(as_backed_up, path, target)
    name = "a sync while a backup is written"
    return [
        Result(f"{name}, longest", max(ours), "ms", LONGEST_MS, max(plain), note=f"of {len(ours)}"),
        Result(f"{name}, p95", p95(ours), "ms", None, p95(plain)),
    ]


def syncs_beside(copy: Callable[[Path, Path], None], path: Path, target: Path) -> list[float]:
    """Milliseconds of each sync until the copy is there."""
    copying = get_context("spawn").Process(target=copy, args=(path, target))
    copying.start()
    took = []
    handle = os.open(target.with_name("reports"), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    while copying.is_alive():
        start = time.perf_counter()
        os.write(handle, REPORT)
        os.fdatasync(handle)
        took.append((time.perf_counter() - start) * 1000)
        time.sleep(GAP_S)
    os.close(handle)
    assert copying.exitcode == 0
    target.unlink()
    return took


def as_backed_up(path: Path, target: Path) -> None:
    os.nice(NICENESS)
    write_file(open_engine(f"sqlite:///{path}"), target, lambda conn: None)


def left_to_the_kernel(path: Path, target: Path) -> None:
    os.nice(NICENESS)
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(target)) as into:
        source.backup(into, pages=-1)
