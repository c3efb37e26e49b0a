"""The national price tables as they really are: zeros are missing, dates have two formats, some weeks say nothing."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

from sqlalchemy import func, select

from data import clock
from data.store.db.engine import Engine, reading
from data.store.db.schema.market import price_index, price_quote
from data.store.intake.rejected import waiting
from tests.ingest.doors import Hand, around, configured, pipeline
from tests.real_data import CITY, REAL_DATA, needs_real_data

pytestmark = needs_real_data
PRICES = REAL_DATA / "prices" / "bapanas_kota_bandung_daily.csv"
INDEX = CITY / "batu_bps_iph_analisis.csv"


def hand(engine: Engine, home: Path, name: str) -> tuple[Hand, Path]:
    """A source of config.yaml, and its folder."""
    source = configured(name, around(engine, home), folder="masuk", settle_s=0)
    (home / "masuk").mkdir()
    return Hand(source, pipeline(engine)), home / "masuk"


def test_the_import_says_1326_taken_and_299_missing(engine: Engine, tmp_path: Path):
    taker, folder = hand(engine, tmp_path, "harga_bapanas")
    shutil.copy(PRICES, folder / "harga.csv")
    assert taker.take(clock.now()) == {"new": 1326, "missing": 299}
    with (folder / "harga.csv.hasil.csv").open(encoding="utf-8-sig") as file:
        results = [row["hasil"] for row in csv.DictReader(file)]
    assert (results.count("baru"), results.count("nihil")) == (1326, 299)
    with reading(engine) as conn:
        ours = select(price_quote.c.commodity, func.count()).where(price_quote.c.commodity.is_not(None))
        found = {row[0] for row in conn.execute(ours.group_by(price_quote.c.commodity))}
        days = conn.execute(select(func.min(price_quote.c.day), func.max(price_quote.c.day))).one()
        least = conn.execute(select(func.min(price_quote.c.price))).scalar_one()
    assert found == {"bawang_merah", "cabai_merah", "cabai_rawit"}
    assert [str(day) for day in days] == ["2025-09-13", "2025-11-16"]
    assert least > 1000
    shutil.copy(PRICES, folder / "lagi.csv")
    assert taker.take(clock.now()) == {"same": 1326, "missing": 299}


def test_the_weekly_index_is_taken_where_it_says_something(engine: Engine, tmp_path: Path):
    taker, folder = hand(engine, tmp_path, "indeks_harga")
    shutil.copy(INDEX, folder / "iph.csv")
    assert taker.take(clock.now()) == {"new": 149, "rejected": 5}
    with reading(engine) as conn:
        april = select(price_index).where(price_index.c.year == 2026, price_index.c.month == 4)
        weeks = conn.execute(april.order_by(price_index.c.week)).all()
        assert len(waiting(conn)) == 5
    assert [row.change for row in weeks] == [-460_000, -1_010_000, -1_300_000]
    assert [f"{row.at:%Y-%m-%d %H}" for row in weeks] == ["2026-03-31 17", "2026-04-07 17", "2026-04-14 17"]
    assert weeks[0].most_moved == "CABAI RAWIT"
