"""/pasar: a proposed match is accepted or refused once, held prices are decided, and both sides are told."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from dashboard.app import App
from data import clock
from data.domain.access.roles import Role
from data.domain.market.nouns import DealState
from data.reference.places.villages import VILLAGES
from data.store.assistants.assistants import Assistant, replace_all
from data.store.db.engine import Engine, reading, writing
from data.store.db.schema.market import deal, held_record, party_message, trade
from data.store.queries.market.matches import proposed
from tests.dashboard.conftest import logged_in
from tests.dashboard.web.conftest import Desk, told
from tests.factories import DAY, HOUR, SISIR
from tests.market_store import MARKET, a_demand, a_held_price, a_party, a_trade, an_offer


@pytest.fixture
def officer(app: App) -> Desk:
    return Desk(app, logged_in(app, Role.MARKET_OFFICER))


def a_pair(engine: Engine, **changes: object) -> None:
    """An offer and a demand that fit, with people who want to be told."""
    now = clock.now()
    contact = {"lang": "id", "name": "Ani", "phone": "0812000111"}
    with writing(engine) as conn:
        farmer = a_party(conn, code="PT-1", **contact)
        buyer = a_party(conn, "buyer", code="PB-1", **contact | {"name": "Budi", "phone": "0857000222"})
        an_offer(conn, farmer, code="LP-1", at=now - HOUR, **changes)
        a_demand(conn, buyer, code="PM-1", kg=60, at=now - HOUR)


FORM = {"offer": "LP-1", "seen": "0", "demand": "PM-1", "quantity": "60000", "km": "1.0", "days": "29"}


def deals(engine: Engine) -> list[tuple[str, int, str]]:
    with reading(engine) as conn:
        return [tuple(row) for row in conn.execute(select(deal.c.state, deal.c.quantity, deal.c.by_side))]


def test_a_match_is_shown_with_its_reason_and_proposed_to_both(officer: Desk, engine: Engine):
    a_pair(engine)
    page = told(officer.get("/pasar"))
    assert "Apel 60 kg" in page
    assert "Diminta Rp 9.000, ditawar sampai Rp 10.000: selisih seluruhnya Rp 60.000" in page
    after = told(officer.done("/pasar/usulan", do="accept", **FORM))
    assert "Diusulkan: petani dan pembeli diberi tahu." in after
    assert "Apel 60 kg" not in after
    assert deals(engine) == [(DealState.OFFERED.value, 60_000, "officer")]
    with reading(engine) as conn:
        assert len(set(conn.execute(select(party_message.c.party_id)).scalars())) == 2


def test_a_match_that_was_refused_is_not_proposed_again(officer: Desk, engine: Engine):
    a_pair(engine)
    unsaid = officer.post("/pasar/usulan", do="refuse", why=" . ", **FORM)
    assert (unsaid.status_code, "Tuliskan mengapa LP-1 tidak diusulkan" in told(unsaid.text)) == (422, True)
    assert "Apel 60 kg" in told(officer.get("/pasar"))
    assert "Ditolak: tidak diusulkan lagi." in told(officer.done("/pasar/usulan", do="refuse", why="Rusak", **FORM))
    with reading(engine) as conn:
        assert proposed(conn, MARKET, clock.now()) == []
    assert "Sudah tidak ada" in told(officer.done("/pasar/usulan", do="refuse", why="Rusak", **FORM))
    assert deals(engine) == []


def test_an_offer_that_changed_meanwhile_is_not_proposed_and_the_page_says_why(officer: Desk, engine: Engine):
    a_pair(engine, version=3)
    answer = officer.post("/pasar/usulan", do="accept", **FORM)
    assert answer.status_code == 409
    assert "baru saja berubah" in told(answer.text)
    assert deals(engine) == []


@pytest.mark.parametrize(
    "changes", [{"seen": "x"}, {"quantity": "-1"}, {"quantity": ""}, {"quantity": "9" * 20}, {"seen": "-1"}]
)
def test_a_form_that_is_none_of_ours_is_refused(officer: Desk, changes: dict[str, str]):
    assert officer.post("/pasar/usulan", do="accept", **FORM | changes).status_code == 400


def test_an_unknown_offer_or_demand_is_gone(officer: Desk, engine: Engine):
    a_pair(engine)
    for changes in ({"offer": "LP-9"}, {"demand": "PM-9"}):
        assert "Sudah tidak ada" in told(officer.done("/pasar/usulan", do="accept", **FORM | changes))


def test_a_held_price_is_released_or_refused_once(officer: Desk, engine: Engine):
    record = {
        "kind": "trade",
        "external_id": "x1",
        "at": (clock.now() - HOUR).isoformat(),
        "commodity": "apel",
        "quantity": "10",
        "unit": "kg",
        "price": "90000",
    }
    with writing(engine) as conn:
        one = a_held_price(conn, external_id="x1", payload=json.dumps(record))
        other = a_held_price(conn, external_id="x2", payload=json.dumps(record | {"external_id": "x2"}))
    assert "Harga yang ditahan: 2" in told(officer.get("/pasar"))
    assert "Dihitung: harganya benar." in told(officer.done(f"/pasar/ditahan/{one}", do="release"))
    assert "Tidak dihitung: harganya salah." in told(officer.done(f"/pasar/ditahan/{other}", do="reject"))
    assert "Sudah tidak ada" in told(officer.done(f"/pasar/ditahan/{other}", do="release"))
    assert officer.post(f"/pasar/ditahan/{other}", do="?").status_code == 400
    with reading(engine) as conn:
        assert conn.execute(select(trade.c.external_id, trade.c.price)).all() == [("x1", 90_000)]
        decided = conn.execute(select(held_record.c.decision).order_by(held_record.c.id)).scalars().all()
    assert decided == ["released", "refused"]


def test_pressing_buyers_and_several_names_are_shown_with_their_evidence(officer: Desk, engine: Engine):
    now = clock.now()
    with writing(engine) as conn:
        buyer = a_party(conn, "buyer", code="PB-7", name="Slamet Riyadi", phone="0812 3")
        a_party(conn, "buyer", code="PB-8", name="UD Makmur", phone="+62812 3")
        for number in range(3):
            a_trade(conn, 4000, farmer_id=a_party(conn, code=f"PT-{number}"), buyer_id=buyer, at=now - DAY)
    page = told(officer.get("/pasar"))
    assert "PB-7: 3 dari 3 di bawah batas, 3 petani" in page
    assert "4.000 5.000 biaya produksi" in page
    assert "telepon sama PB-7 Slamet Riyadi PB-8 UD Makmur" in page
    assert "24 desa tanpa penyuluh." in page


def test_the_coverage_map_hatches_villages_without_a_field_assistant(officer: Desk, engine: Engine):
    with writing(engine) as conn:
        replace_all(conn, [Assistant("P1", "Wulan", (SISIR,))])
    page = officer.get("/pasar")
    outlines, hatched = (re.findall(rf'<path class="({each})"', page) for each in ("none|few|some|many", "nobody"))
    assert (len(outlines), len(hatched)) == (len(VILLAGES), len(VILLAGES) - 1)
    assert "Sisir: 0 pertanyaan, 0 belum dijawab; Wulan" in page


def test_the_export_has_each_counted_trade_and_its_total(officer: Desk, engine: Engine):
    now = clock.now()
    with writing(engine) as conn:
        a_trade(conn, 9000, kg=10, at=now, external_id="=1+1")
    rows = list(csv.DictReader(io.StringIO(officer.get(f"/pasar/transaksi.csv?bulan={now:%Y-%m}"))))
    assert [(row["total_rupiah"], row["quantity"], row["unit"], row["id"]) for row in rows] == [
        ("90000", "10", "kg", "'=1+1")
    ]
    for month in ("", "2026-13", "x"):
        officer.get(f"/pasar/transaksi.csv?bulan={month}", 404)


def test_the_page_is_for_market_officers_and_supervisors(app: App):
    def code(role: Role) -> int:
        client: FlaskClient = logged_in(app, role)
        return client.get("/pasar").status_code

    assert [code(role) for role in (Role.SUPERVISOR, Role.OPERATOR, Role.ADMINISTRATOR)] == [200, 403, 403]
