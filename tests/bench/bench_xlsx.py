"""A workbook dropped into a folder: looked through, read, placed, under clocks, stored, and handed back as a workbook.

Run as `python -m tests.bench.bench_xlsx ours FOLDER` it takes what lies in FOLDER/drop with the configured mapping, as
`... bare FILE` it lets openpyxl read a file alone; either prints one JSON object: {"rows", "seconds", "rss"}.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from xlsxwriter import Workbook

from data import clock
from data.store.db.engine import open_engine
from data.store.db.migrate import migrate
from ingest.settings import SourceContext
from ingest.source import outcomes_by_id
from ingest.sources.kinds import build
from tests.bench.measure import Env, Result, peak_memory
from tests.bench.stock import the_pipeline, the_render_context
from tests.e2e.helpers.server import ROOT

NUMBER = 100_000
MEMORY_MB = 400
HEADER = (
    *("nomor", "tanggal", "waktu", "kategori", "judul", "uraian"),
    *("alamat", "desa", "lintang", "bujur", "opd", "status"),
)
CATEGORIES = ("Sampah", "Jalan rusak", "PJU", "PKL liar", "Iklan liar", "Kemacetan", "Lainnya")
VILLAGES = ("Sisir", "Temas", "Ngaglik", "Punten", "Beji", "Junrejo", "Bumiaji", "Giripurno")


def measure(env: Env) -> list[Result]:
    """A process of its own takes the workbook; another lets openpyxl read it alone."""
    number = env.size(NUMBER, 5_000)
    folder = env.folder / "xlsx"
    (folder / "drop").mkdir(parents=True)
    path = folder / "drop" / "laporan.xlsx"
    write(path, number)
    ours, bare = run("ours", folder), run("bare", path)
    handed_back = path.with_name(f"{path.name}.hasil.xlsx").exists()
    note = "" if ours["rows"] == number and handed_back else f"{ours['rows']} of {number} rows came"
    rate, limit = number / ours["seconds"], number / bare["seconds"]
    return [
        Result(f"XLSX import, {number:,} rows", rate, "1/s", 2_000, limit, at_least=True, note=note),
        Result(f"XLSX import, {number:,} rows, whole process", ours["rss"] / 1e6, "MB", MEMORY_MB, bare["rss"] / 1e6),
    ]


def write(path: Path, number: int) -> None:
    """A workbook as Excel writes one: shared texts, real date cells; every row a report of its own."""
    chance = random.Random(number)
    first = (clock.now() - timedelta(days=360)).replace(tzinfo=None, hour=0, minute=0, second=0, microsecond=0)
    with Workbook(path) as book:
        sheet, day = book.add_worksheet("Laporan"), book.add_format({"num_format": "dd/mm/yyyy"})
        sheet.write_row(0, 0, HEADER)
        for n in range(number):
            sheet.write_row(n + 1, 0, row(chance, n))
            sheet.write_datetime(n + 1, 1, first + timedelta(days=n * 350 // number), day)


def row(chance: random.Random, n: int) -> tuple[Any, ...]:
    """One report; its day is written apart."""
    return (
        f"LP-{n:06d}",
        None,
        f"{chance.randrange(24):02d}.{chance.randrange(60):02d}",
        chance.choice(CATEGORIES),
        f"Laporan nomor {n}",
        f"Sudah {n % 30} hari warga RT {n % 40} menunggu; mohon segera ditangani petugas ({n})",
        f"Jl. Panglima Sudirman No. {n % 900}",
        chance.choice(VILLAGES),
        chance.uniform(-7.93, -7.74),
        chance.uniform(112.48, 112.59),
        "",
        chance.choice(("Baru", "Diproses")),
    )


def run(what: str, path: Path) -> dict[str, float]:
    """What the process of its own prints."""
    command = [sys.executable, "-m", "tests.bench.bench_xlsx", what, str(path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    told: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return told


def take(folder: Path) -> int:
    """All of it, as the poller does; how many rows became cases."""
    engine = open_engine(f"sqlite:///{folder / 'xlsx.db'}")
    migrate(engine)
    pipeline, context = the_pipeline(engine), the_render_context(engine)
    settings = context.config.sources["opd_csv"].model_copy(update={"settle_s": 0.0})
    about = SourceContext(context.config.city, context.calendars, context.boundaries, engine, ROOT, folder)
    source, cursor, taken = build("opd_csv", settings, about), None, 0
    for delivery in source.fetch(None, clock.now()):
        outcomes = pipeline.write_delivery(source, delivery, clock.now())
        assert delivery.on_stored is not None
        delivery.on_stored(outcomes_by_id(outcomes))
        cursor = delivery.cursor
        taken += sum(outcome.kind in ("new", "merged") for outcome in outcomes)
    assert cursor is not None
    engine.dispose()
    return taken


def read_alone(path: Path) -> int:
    """The rows under the header, by openpyxl."""
    book = load_workbook(path, read_only=True, data_only=True)
    return sum(1 for _ in book.worksheets[0].iter_rows(min_row=2, values_only=True))


def main() -> None:
    """See the module."""
    what, path = sys.argv[1], Path(sys.argv[2])
    start = time.perf_counter()
    rows = take(path) if what == "ours" else read_alone(path)
    seconds = time.perf_counter() - start
    print(json.dumps({"rows": rows, "seconds": seconds, "rss": peak_memory()}))


if __name__ == "__main__":
    main()
