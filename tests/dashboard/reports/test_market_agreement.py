"""Sums of the market agree to the rupiah: wall, the report's tables, its chart and workbook, export."""

from __future__ import annotations

import csv
import io
from collections import Counter
from datetime import timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from dashboard.app import create_app
from dashboard.config.home import Home
from dashboard.reports.archive.gathering import gather, known_at
from dashboard.reports.documents.charts import drawn_rows
from dashboard.reports.month.tables import TOTAL
from data.domain.access.roles import Role
from data.domain.figures.selection import Period
from data.store.db.engine import Engine, reading, writing
from data.store.queries.market.month import sales
from data.store.queries.market.trades import ResidentTrades
from tests.dashboard.conftest import a_render_context, logged_in
from tests.dashboard.reports.months import MADE_AT, OCTOBER, at_noon, contents, deps_of, made_by, settings, some_cases
from tests.market_store import a_trade, reversed_trade

ZONE = ZoneInfo("Asia/Jakarta")
CODES = ("apel", "jeruk", "tomat", "kentang")


def a_month(engine: Engine) -> None:
    """Two hundred trades of odd prices and quantities, some taken back, some on the edges of October."""
    chance = Random(7)
    with writing(engine) as conn:
        for number in range(200):
            at = at_noon(1) + timedelta(minutes=chance.randrange(-17 * 60, 31 * 24 * 60))
            made = a_trade(
                conn, chance.randint(1, 99_999), chance.randint(1, 999), at=at, commodity=CODES[number % len(CODES)]
            )
            if number % 9 == 0:
                reversed_trade(conn, made, at + timedelta(hours=1))


def of_the_wall(engine: Engine) -> Counter[str]:
    """What the wall said at the end of each day."""
    trades = ResidentTrades(ZONE)
    with reading(engine) as conn:
        trades.renew(conn, at_noon(31))
    sums: Counter[str] = Counter()
    for (commodity, day), sold in trades.days().items():
        if (day.year, day.month) == (2026, 10):
            sums[commodity] += sold.rupiah
    return sums


def test_wall_report_chart_workbook_and_export_say_the_same_to_the_rupiah(engine: Engine, tmp_path: Path):
    some_cases(engine)
    a_month(engine)
    wall = of_the_wall(engine)
    assert len(wall) == len(CODES)
    deps = deps_of(engine, tmp_path)
    facts = gather(deps, OCTOBER, "", known_at(deps, OCTOBER, None))
    table = facts.table("market_sales")
    place = table.column("market_value")
    report = {row.key: row.cells[place] for row in table.rows}
    assert report.pop(TOTAL) == sum(wall.values())
    assert report == wall
    chapter = next(each for each in facts.chapters if each.name == "market")
    assert {row.key: row.cells[place] for row in drawn_rows(chapter.charts[0], table)} == wall
    villages = facts.table("market_villages")
    assert villages.cell(TOTAL, "market_value") == sum(wall.values())
    assert facts.table("market_spans").cell("this", "market_value") == sum(wall.values())
    assert of_the_workbook(contents(deps, made_by(deps))) == wall
    assert of_the_export(engine, tmp_path) == wall


def of_the_workbook(files: dict[str, bytes]) -> dict[str, int]:
    (content,) = (each for name, each in files.items() if name.endswith(".xlsx"))
    sheet = openpyxl.load_workbook(io.BytesIO(content))["market_sales"]
    titles, *rows = (row for row in sheet.iter_rows(values_only=True) if row[0] in {"Kode", *CODES})
    place = titles.index("Nilai (Rp)")
    return {str(row[0]): int(str(row[place])) for row in rows}


def of_the_export(engine: Engine, home: Path) -> Counter[str]:
    """The file of the market officer."""
    app = create_app(a_render_context(settings()), Home(home, "", None), engine)
    page = logged_in(app, Role.MARKET_OFFICER).get("/pasar/transaksi.csv?bulan=2026-10")
    sums: Counter[str] = Counter()
    for row in csv.DictReader(io.StringIO(page.text)):
        sums[row["commodity"]] += int(row["total_rupiah"])
    app.hub.stop()
    return sums


def test_a_report_of_an_earlier_change_does_not_know_what_was_taken_back_later(engine: Engine):
    period = Period.months("2026-10")
    with writing(engine) as conn:
        made = a_trade(conn, 9000, 10, at=at_noon(5))
    with reading(engine) as conn:
        before = sales(conn, period)
        seq = conn.exec_driver_sql("SELECT max(seq) FROM change").scalar()
    with writing(engine) as conn:
        reversed_trade(conn, made, MADE_AT)
    with reading(engine) as conn:
        assert sales(conn, period).columns.total.tolist() == []
        assert sales(conn, period, seq).columns.total.tolist() == before.columns.total.tolist() == [90_000]


@pytest.mark.parametrize("agency", ["dlh"])
def test_an_agency_s_report_says_that_sales_are_the_city_s(engine: Engine, tmp_path: Path, agency: str):
    some_cases(engine)
    deps = deps_of(engine, tmp_path)
    facts = gather(deps, OCTOBER, agency, known_at(deps, OCTOBER, None))
    chapter = next(each for each in facts.chapters if each.name == "market")
    assert ([it.key for it in chapter.findings], chapter.tables) == (["market.city"], ())
