"""A table of the market is proposed, previewed, imported and answered as one of cases is."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from data.domain.reasons import Reason
from data.store.db.engine import reading
from data.store.db.schema.market import party, trade
from tests.ingest.uploads.desk import Desk, results

SOURCE = "pasar_csv"
STRANGE = "No Nota;Tgl Jual;Nama Barang;Berat;Satuan;Harga per kg;Nama Petani;Pembeli;Asal\n"
ROWS = (
    "N1;12/03/2026;Apel Manalagi;1,5;kuintal;1.000.000;Pak Karto;UD Makmur;Bumiaji\n"
    "N2;13/03/2026;Cabe Rawit;25;kg;31.500;Bu Sri;UD Makmur;Temas\n"
    "N3;13/03/2026;Durian;25;kg;31.500;Bu Sri;UD Makmur;Temas\n"
    "N4;14/03/2026;Kubis;40;kg;4.000.000;Bu Sri;UD Makmur;Temas\n"
)


@pytest.fixture
def market(quick_desk: Desk) -> Desk:
    return Desk(quick_desk.engine, quick_desk.home, **{SOURCE: {"enabled": True}})


def test_a_table_that_nobody_has_mapped_is_proposed_and_imported(market: Desk):
    upload_id = market.asked((STRANGE + ROWS).encode(), source=SOURCE)
    findings = market.look(upload_id)
    fields = {each.column: each.field for each in findings.proposals}
    assert fields == {
        "No Nota": "id",
        "Tgl Jual": "received",
        "Nama Barang": "commodity",
        "Berat": "quantity",
        "Satuan": "unit",
        "Harga per kg": "price",
        "Nama Petani": "farmer",
        "Pembeli": "buyer",
        "Asal": "village",
    }
    assert findings.ambiguous == ()
    first, second, third, fourth = market.uploader.preview(upload_id, market.now)
    assert first.market is not None
    assert (first.market.told.quantity, first.market.told.price) == (150_000, 10_000)  # type: ignore[union-attr]
    (why,) = third.faults.values()
    assert isinstance(why, Reason)
    assert (list(third.faults), why.code) == (["Nama Barang"], "market.unknown_commodity")
    assert second.faults == fourth.faults == {}
    market.uploader.enqueue(upload_id, market.now)
    market.work()
    assert results(market.get(upload_id)) == {"baru": 2, "ditahan": 1, "ditolak": 1}
    with reading(market.engine) as conn:
        sold = conn.execute(select(trade.c.commodity, trade.c.total).order_by(trade.c.id)).all()
        names = set(conn.execute(select(party.c.name)).scalars())
    assert [tuple(row) for row in sold] == [("apel", 1_500_000), ("cabai_rawit", 787_500)]
    assert names == {"Pak Karto", "Bu Sri", "UD Makmur"}


def test_a_table_without_a_price_says_what_is_missing(market: Desk):
    text = "Nota;Tanggal;Barang;Berat\nN1;12/03/2026;Apel;5\n"
    upload_id = market.asked(text.encode(), source=SOURCE)
    (doubt,) = [each for each in market.look(upload_id).ambiguous if isinstance(each, Reason)]
    assert (doubt.code, [each.code for each in doubt.params["fields"]]) == (
        "proposal.market_missing",
        ["market.field.price"],
    )
