"""/pasar: a proposed match is accepted or refused once, held prices are decided, and both sides are told."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from dashboard.app import App
from data import clock
from data.domain.access.roles import Role
from data.domain.market.deals import DealCommand, DealEventKind, DealSide
from data.domain.market.nouns import DealState
from data.reference.places.villages import VILLAGES
from data.store.assistants.assistants import Assistant, replace_all
from data.store.db.engine import Engine, reading, writing
from data.store.db.schema.market import deal, deal_event, held_record, party, party_message, trade
from data.store.market.deals import OWN, DealOrder, Proposal, apply, propose
from data.store.market.writing import MarketWrite
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


def a_dispute(engine: Engine) -> str:
    """The buyer says that he got 40 of 60 kg, and the farmer that it was all; the deal's code."""
    a_pair(engine)
    with writing(engine) as conn:
        write = MarketWrite(conn, OWN, clock.now())
        buyer = conn.execute(select(party.c.id).where(party.c.code == "PB-1")).scalar_one()
        made = propose(write, Proposal("LP-1", 0, 60_000, buyer, DealSide.BUYER, "budi"), MARKET)
        for side, command in (
            (DealSide.FARMER, DealCommand(DealEventKind.AGREED)),
            (DealSide.BUYER, DealCommand(DealEventKind.HANDED_OVER, 40_000)),
            (DealSide.FARMER, DealCommand(DealEventKind.DISPUTED, text="Semua <b>60 kg</b> diambil.")),
        ):
            made = apply(write, DealOrder(made.code, made.version, command, side, "x"), MARKET)
    return made.code


def test_a_dispute_is_shown_with_both_sides_and_settled_once(officer: Desk, engine: Engine):
    assert "Sengketa:" not in told(officer.get("/pasar"))
    code = a_dispute(engine)
    page = officer.get("/pasar")
    words = told(page)
    for said in ("Sengketa: 1", code, "PT-1 Ani", "0812000111", "PB-1 Budi", "0857000222", "60 kg", "40 kg"):
        assert said in words
    assert "Semua &lt;b&gt;60 kg" in page
    settled = {"seen": "4", "do": "handed_over", "quantity": "60"}
    unsaid = officer.post(f"/pasar/sengketa/{code}", text=" . ", **settled)
    assert (unsaid.status_code, "Tuliskan mengapa berakhir begitu" in told(unsaid.text)) == (409, True)
    too_much = officer.post(f"/pasar/sengketa/{code}", text="Nota timbangan", **settled | {"quantity": "61"})
    assert (too_much.status_code, 'value="Nota timbangan"' in too_much.text) == (409, True)
    after = told(officer.done(f"/pasar/sengketa/{code}", text="Nota timbangan\0", **settled))
    assert "Selesai: petani dan pembeli diberi tahu." in after
    assert "Sengketa:" not in after
    assert deals(engine) == [(DealState.HANDED_OVER.value, 60_000, "buyer")]
    with reading(engine) as conn:
        told_last = select(party_message.c.party_id).where(party_message.c.kind == "handed_over")
        assert len(set(conn.execute(told_last).scalars())) == 2
        events = select(deal_event.c.side, deal_event.c.text).order_by(deal_event.c.n.desc()).limit(1)
        assert conn.execute(events).one() == ("officer", "Nota timbangan")
    again = officer.post(f"/pasar/sengketa/{code}", text="Batal", **settled | {"do": "cancelled"})
    assert again.status_code == 409


@pytest.mark.parametrize(
    ("do", "quantity", "left"),
    [
        ("paid", "", (DealState.PAID, 40_000, 40_000)),
        ("paid", "55,5", (DealState.PAID, 55_500, 55_500)),
        ("cancelled", "", (DealState.CANCELLED, 40_000, 0)),
    ],
)
def test_a_dispute_ends_paid_or_in_nothing(
    officer: Desk, engine: Engine, do: str, quantity: str, left: tuple[DealState, int, int]
):
    code = a_dispute(engine)
    officer.done(f"/pasar/sengketa/{code}", text="Sepakat lewat telepon", seen="4", do=do, quantity=quantity)
    state, parts, sold = left
    assert deals(engine) == [(state.value, parts, "buyer")]
    with reading(engine) as conn:
        assert conn.execute(select(func.sum(trade.c.quantity))).scalar_one() == sold


@pytest.mark.parametrize("changes", [{"do": "agreed"}, {"do": ""}, {"seen": "²"}, {"seen": "-1"}])
def test_a_settlement_that_is_none_of_ours_is_refused(officer: Desk, changes: dict[str, str]):
    form = {"text": "Sepakat", "seen": "4", "do": "paid"} | changes
    assert officer.post("/pasar/sengketa/TR-1", **form).status_code == 400
    assert "Sudah tidak ada" in told(officer.done("/pasar/sengketa/TR-1", text="Ya", seen="4", do="paid"))


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
        "farmer_name": "Bu Tini",
        "farmer_phone": "081234567890",
        "village": "Punten",
    }
    with writing(engine) as conn:
        one = a_held_price(conn, external_id="x1", payload=json.dumps(record))
        other = a_held_price(conn, external_id="x2", payload=json.dumps(record | {"external_id": "x2"}))
    page = told(officer.get("/pasar"))
    assert "Harga yang ditahan: 2" in page
    assert all(word in page for word in ("Transaksi: Apel 10 kg, Rp 90.000/kg", "Bu Tini", "081234567890", "Punten"))
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
