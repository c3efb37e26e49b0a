"""What sources tell of the market: taken, corrected by reversal, held, kept until its offer comes, or rejected."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from data.domain.market.nouns import ListingState
from data.domain.reasons import Reason, decode_reason
from data.store.db.change_feed import since
from data.store.db.engine import Engine, reading, writing
from data.store.db.schema.market import demand, harvest_plan, offer, party, price_index, price_quote, trade
from data.store.intake.rejected import waiting
from data.store.market import held
from ingest.market.writer import AlreadyDecided, refuse, release
from ingest.source import OutcomeKind
from tests.factories import DAY, HOUR, NOW
from tests.ingest.market.market_source import Stall, a_trade, an_offer
from tests.market_rows import sums

NEW, UPDATED, SAME, HELD, REJECTED, MISSING = (
    OutcomeKind.NEW,
    OutcomeKind.UPDATED,
    OutcomeKind.SAME,
    OutcomeKind.HELD,
    OutcomeKind.REJECTED,
    OutcomeKind.MISSING,
)


@pytest.fixture
def stall(engine: Engine) -> Stall:
    return Stall(engine)


def rows(engine: Engine, table: Any) -> Sequence[Any]:
    with reading(engine) as conn:
        return conn.execute(select(table).order_by(table.c.id)).all()


def totals(engine: Engine) -> tuple[int, int]:
    with reading(engine) as conn:
        return sums(conn)


def test_a_trade_is_taken_once(stall: Stall, engine: Engine):
    assert stall.tell(a_trade()) == [NEW]
    assert stall.tell(a_trade()) == [SAME]
    (row,) = rows(engine, trade)
    assert (row.commodity, row.quantity, row.price, row.total) == ("apel", 100_000, 10_000, 1_000_000)
    assert (row.at, row.recorded_at, row.village) == (NOW, NOW, "35.79.02.2006")
    with reading(engine) as conn:
        (change,) = since(conn, 0, 9)
    assert (change.kind, change.seq) == ("market", row.seq)


def test_units_are_converted_and_the_total_is_the_price_as_it_was_told(stall: Stall, engine: Engine):
    assert stall.tell(a_trade(quantity="1,5", unit="kuintal", price="1.000.001")) == [NEW]
    (row,) = rows(engine, trade)
    assert (row.quantity, row.price, row.total) == (150_000, 10_000, 1_500_002)
    assert stall.tell(a_trade(2, price=None, total="905.000")) == [NEW]
    assert rows(engine, trade)[1].price == 9_050


def test_a_correction_is_a_reversal_and_a_new_row(stall: Stall, engine: Engine):
    stall.tell(a_trade(price="10.000"))
    assert stall.tell(a_trade(price="11.000"), now=NOW + DAY) == [UPDATED]
    first, back, right = rows(engine, trade)
    assert (back.reverses_id, back.quantity, back.total) == (first.id, -100_000, -1_000_000)
    assert (back.at, right.at) == (first.at, first.at)
    assert back.recorded_at == NOW + DAY
    assert totals(engine) == (100_000, 1_100_000)


def test_what_was_not_sold_after_all_needs_nobodys_look_whatever_its_price(stall: Stall, engine: Engine):
    absurd = a_trade(50, price="10.000.000")
    assert stall.tell(absurd) == [HELD]
    with reading(engine) as conn:
        [waits] = held.to_decide(conn, 9)
    with writing(engine) as conn:
        release(conn, stall.pipeline.market, waits.id, "petugas", NOW)
    assert totals(engine)[1] > 0
    assert stall.tell(absurd | {"cancelled": True}) == [UPDATED]
    assert totals(engine) == (0, 0)
    other = a_trade(51, price="10.000.000")
    assert stall.tell(other) == [HELD]
    assert stall.tell(other | {"cancelled": True}) == [NEW]
    with reading(engine) as conn:
        assert held.to_decide(conn, 9) == []


def test_another_buyer_is_a_correction_too(stall: Stall, engine: Engine):
    stall.tell(a_trade())
    assert stall.tell(a_trade(buyer="CV Lain")) == [UPDATED]
    assert totals(engine) == (100_000, 1_000_000)
    assert len({row.buyer_id for row in rows(engine, trade)}) == 2


def test_what_was_not_sold_after_all_counts_no_more(stall: Stall, engine: Engine):
    stall.tell(a_trade())
    assert stall.tell(a_trade(cancelled=True)) == [UPDATED]
    assert stall.tell(a_trade(cancelled=True)) == [SAME]
    assert totals(engine) == (0, 0)
    assert stall.tell(a_trade()) == [UPDATED]
    assert totals(engine) == (100_000, 1_000_000)


def test_events_out_of_order_end_where_the_newest_is(stall: Stall, engine: Engine):
    later = (NOW + HOUR).isoformat()
    stall.tell(a_trade(cancelled=True, updated_at=later))
    assert stall.tell(a_trade(updated_at=NOW.isoformat())) == [SAME]
    assert totals(engine) == (0, 0)
    stall.tell(an_offer(price="12.000", updated_at=later))
    assert stall.tell(an_offer(price="9.000", updated_at=NOW.isoformat())) == [SAME]
    assert rows(engine, offer)[0].price == 12_000


@pytest.mark.both_engines
def test_a_trade_for_an_unknown_offer_is_kept_until_it_comes_and_then_applied(stall: Stall, engine: Engine):
    assert stall.tell(a_trade(offer="o7", quantity="40")) == [HELD]
    assert stall.why.code == "market.offer_unknown"
    assert totals(engine) == (0, 0)
    with reading(engine) as conn:
        assert (held.count(conn), held.to_decide(conn, 9)) == ((0, 1), [])
    assert stall.tell(an_offer(7, quantity="100")) == [NEW]
    assert totals(engine) == (40_000, 400_000)
    (row,) = rows(engine, offer)
    assert (row.remaining, rows(engine, trade)[0].farmer_id) == (60_000, row.farmer_id)
    with reading(engine) as conn:
        assert held.count(conn) == (0, 0)
    stall.tell(a_trade(offer="o7", quantity="40", cancelled=True))
    assert rows(engine, offer)[0].remaining == 100_000


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"quantity": "-5"}, "market.quantity_positive"),
        ({"quantity": "0"}, "market.quantity_positive"),
        ({"unit": "bakul"}, "market.no_conversion"),
        ({"unit": "peti"}, "market.no_conversion"),
        ({"currency": "USD"}, "market.currency"),
        ({"price": "-100"}, "market.price_positive"),
        ({"commodity": "durian"}, "market.unknown_commodity"),
        ({"commodity": "krisan", "quantity": "2,5"}, "market.quantity_pieces"),
        ({"quantity": "banyak"}, "record.field"),
        ({"quantity": None}, "record.field"),
        ({"at": (NOW + 3 * DAY).isoformat()}, "record.in_future"),
        ({"kind": "gift"}, "record.field"),
    ],
)
def test_what_cannot_be_understood_is_rejected_with_its_reason(
    stall: Stall, engine: Engine, changes: dict[str, Any], code: str
):
    assert stall.tell(a_trade(**changes)) == [REJECTED]
    with reading(engine) as conn:
        (row,) = waiting(conn)
    why = decode_reason(row.record.reason)
    assert isinstance(why, Reason)
    assert why.code == code
    assert stall.tell(a_trade()) == [NEW]
    with reading(engine) as conn:
        assert waiting(conn) == []


def test_a_thousand_fold_price_is_held_and_what_a_person_says_is_done(stall: Stall, engine: Engine):
    stall.tell(*(a_trade(n, price=str(9_500 + 100 * n), buyer_phone=f"08{n}") for n in range(10)))
    assert stall.tell(a_trade(50, price="10.000.000", buyer_phone="0899"), an_offer(51, price="9")) == [HELD, HELD]
    assert stall.why.code == "market.price_slip_less"
    before = totals(engine)
    with reading(engine) as conn:
        first, second = held.to_decide(conn, 9)
    assert (first.kind, first.commodity, first.price) == ("trade", "apel", 10_000_000)
    with writing(engine) as conn:
        outcome = release(conn, stall.pipeline.market, first.id, "petugas", NOW)
        refuse(conn, second.id, "petugas", NOW)
        with pytest.raises(AlreadyDecided):
            refuse(conn, first.id, "lain", NOW)
    assert outcome.kind is NEW
    assert totals(engine)[1] - before[1] == 1_000_000_000
    with reading(engine) as conn:
        assert held.count(conn) == (0, 0)
        decided = held.by_id(conn, first.id)
    assert decided is not None
    assert (decided.decision, "0899" in decided.payload) == ("released", False)


def test_a_price_that_was_corrected_at_its_source_needs_nobody_any_more(stall: Stall, engine: Engine):
    stall.tell(a_trade(1, price="10.000.000"))
    stall.tell(a_trade(1, price="10.000.000"))
    with reading(engine) as conn:
        assert held.count(conn) == (1, 0)
    assert stall.tell(a_trade(1, price="10.000")) == [NEW]
    with reading(engine) as conn:
        assert held.count(conn) == (0, 0)


def test_half_the_usual_price_is_believed(stall: Stall):
    stall.tell(*(a_trade(n, price=str(9_900 + 10 * n)) for n in range(20)))
    assert stall.tell(a_trade(50, price="5.000")) == [NEW]


@pytest.mark.both_engines
def test_a_bulk_says_the_same_as_one_by_one(stall: Stall, engine: Engine):
    payloads = [
        *(a_trade(n, offer="o1", quantity="5") for n in range(8)),
        a_trade(20, price="10.000.000"),
        a_trade(21, quantity="-1"),
        a_trade(22, offer="o9"),
        an_offer(1, quantity="100"),
        {**a_trade(30), "kind": "demand", "external_id": "d1", "expires_at": (NOW + DAY).isoformat()},
        {**a_trade(31), "kind": "quote", "external_id": "q1", "price": "0", "place": "Pasar Batu"},
    ]
    assert stall.tell_all(payloads) == {NEW: 10, HELD: 2, REJECTED: 1, MISSING: 1}
    assert totals(engine) == (40_000, 400_000)
    assert rows(engine, offer)[0].remaining == 60_000
    assert [row.state for row in rows(engine, demand)] == [ListingState.OPEN]
    assert stall.tell_all(payloads) == {SAME: 10, HELD: 2, REJECTED: 1, MISSING: 1}
    with reading(engine) as conn:
        assert [change.kind for change in since(conn, 0, 9)].count("market") == 1


def test_farmers_and_buyers_are_known_again_and_shown_by_a_pseudonym(stall: Stall, engine: Engine):
    stall.tell(an_offer(1, farmer_phone="0811"), an_offer(2, farmer="PAK  TANI"), a_trade())
    farmer, buyer = rows(engine, party)
    assert (farmer.side, farmer.code, farmer.phone) == ("farmer", "PT-2611-0001", "0811")
    assert (buyer.side, buyer.code, buyer.name) == ("buyer", "PB-2611-0001", "CV Segar")


def test_an_offer_lapses_when_its_goods_do_not_keep(stall: Stall, engine: Engine):
    stall.tell(an_offer(1, commodity="stroberi", price="35.000"), an_offer(2, commodity="kentang"))
    strawberries, potatoes = rows(engine, offer)
    assert strawberries.expires_at == NOW + 4 * DAY
    assert potatoes.expires_at == NOW + 14 * DAY
    stall.tell(an_offer(3, at=(NOW - 30 * DAY).isoformat()))
    assert rows(engine, offer)[2].state == ListingState.LAPSED


def test_a_withdrawn_offer_is_no_more(stall: Stall, engine: Engine):
    stall.tell(an_offer(1))
    assert stall.tell(an_offer(1, cancelled=True)) == [UPDATED]
    assert rows(engine, offer)[0].state == ListingState.WITHDRAWN


@pytest.mark.both_engines
def test_a_quote_is_appended_and_its_correction_replaces_it(stall: Stall, engine: Engine):
    quote = {"kind": "quote", "external_id": "q", "at": NOW.isoformat(), "place": "Pasar Batu", "unit": "Rp./Kg"}
    rice = {**quote, "commodity": "Beras Premium", "price": "16000"}
    assert stall.tell(rice, rice, {**rice, "price": "15500"}) == [NEW, SAME, UPDATED]
    assert stall.tell({**quote, "external_id": "c", "commodity": "Cabai Rawit Merah", "price": "45.000"}) == [NEW]
    first, second, chilli = rows(engine, price_quote)
    assert (first.commodity, second.replaces_id, second.price) == (None, first.id, 15_500)
    assert (chilli.commodity, chilli.level, chilli.unit) == ("cabai_rawit", "consumer", "kg")


def test_the_index_of_a_week_keeps_its_sign_and_its_drivers(stall: Stall, engine: Engine):
    week = {
        "kind": "index",
        "external_id": "2026/4/2",
        "at": NOW.isoformat(),
        "year": 2026,
        "month": 4,
        "week": 2,
        "change": "-1.268095",
        "drivers": "CABAI RAWIT|Telur  Ayam Ras",
        "driver_values": "-1.2055",
        "most_moved": "STABIL",
        "moved": "44503.0",
    }
    assert stall.tell(week) == [NEW]
    (row,) = rows(engine, price_index)
    assert (row.change, row.drivers) == (-1_268_095, '[["CABAI RAWIT", -1205500], ["TELUR AYAM RAS", null]]')
    assert (row.most_moved, row.moved) == (None, None)


def test_a_plan_is_the_farmers_last_word(stall: Stall, engine: Engine):
    plan = {
        **an_offer(1, quantity="2", unit="ton"),
        "kind": "plan",
        "first_day": "2026-12-01",
        "last_day": "2026-12-14",
    }
    assert stall.tell(plan, {**plan, "quantity": "3"}) == [NEW, UPDATED]
    (row,) = rows(engine, harvest_plan)
    assert (row.quantity, row.village) == (3_000_000, "35.79.02.2006")
    assert stall.tell({**plan, "last_day": "2026-11-01"}) == [REJECTED]


def test_a_trade_of_long_ago_is_judged_by_what_was_usual_then(stall: Stall):
    old = [a_trade(n, at=(NOW - 400 * DAY + n * HOUR).isoformat(), price="3.000") for n in range(12)]
    new = [a_trade(100 + n, at=(NOW - n * HOUR).isoformat(), price="11.000") for n in range(12)]
    assert stall.tell_all([*new, *old]) == {NEW: 24}
    assert stall.tell(a_trade(300, at=(NOW - 399 * DAY).isoformat(), price="30.000")) == [HELD]
    assert stall.tell(a_trade(301, price="30.000", at=(NOW + timedelta(minutes=1)).isoformat())) == [NEW]
