"""The month's report by `run.py report`: the first reads the store, the next the files of the columns."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

from data import clock
from tests.bench import stock
from tests.bench.bench_history import postgres
from tests.bench.measure import Env, Result, peak_memory
from tests.bench.stock import LARGE, filled
from tests.code_checks import ROOT

MADE_S, MEMORY_MB = 10.0, 600.0


def measure(env: Env) -> list[Result]:
    """SQLite with a million, and PostgreSQL with as many: PDF, workbook and open data of the month that is over."""
    number = env.size(LARGE, 20_000)
    found = of_store(f"sqlite:///{stock.stock(env, number)}", env.folder / "report-home", f"{number:,} cases on SQLite")
    with postgres(env.folder / "report-pg") as url:
        filled(url, number)
        return found + of_store(url, env.folder / "report-home-pg", f"{number:,} cases on PostgreSQL")


def of_store(url: str, home: Path, of: str) -> list[Result]:
    """The first report in that home, and the next."""
    (first_s, first_mb), (again_s, again_mb) = (made(url, home, lang) for lang in ("id", "en"))
    return [
        Result(f"month's report, columns made from the store, {of}", first_s, "s", None),
        Result(f"month's report, columns from their files, {of}", again_s, "s", MADE_S),
        Result(f"month's report, its process at the first run, {of}", first_mb, "MB", MEMORY_MB),
        Result(f"month's report, its process with the columns' files, {of}", again_mb, "MB", MEMORY_MB),
    ]


def made(url: str, home: Path, lang: str) -> tuple[float, float]:
    """One report, from the command to its files: seconds, and MB of its process at the most."""
    month = (clock.now().replace(day=1) - timedelta(days=1)).strftime("%Y-%m")
    words = [sys.executable, str(ROOT / "run.py"), "report", month, "--lang", lang, "--out", str(home / "out")]
    start = time.perf_counter()
    where = {"BATT_HOME": str(home), "BATT_DATABASE_URL": url}
    child = subprocess.Popen(words, cwd=ROOT, env={**os.environ, **where}, stdout=subprocess.DEVNULL)
    most = 0
    while child.poll() is None:
        most = max(most, peak_memory(child.pid))
        time.sleep(0.02)
    if child.returncode:
        raise subprocess.CalledProcessError(child.returncode, words)
    return time.perf_counter() - start, most / 1e6
