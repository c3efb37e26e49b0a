"""What the board of the market answers, from rows as they stand in the store."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from data.domain.market.board import MarketBoard, Sold, Step, VillageStock
from data.domain.market.deals import DealCommand, DealEventKind, DealSide
from data.domain.market.ladder import Rung
from data.store.db.engine import Engine, reading, writing
from data.store.db.schema.market import trade
from data.store.market.deals import OWN, DealOrder, Proposal, apply, propose
from data.store.market.writing import MarketWrite
from data.store.queries.market.market_board import ResidentMarket
from data.store.queries.market.trades import Day, ResidentTrades, counted
from tests.factories import BEJI, DAY, HOUR, NOW, SISIR
from tests.market_store import (
    MARKET,
    a_demand,
    a_held_price,
    a_party,
    a_quote,
    a_trade,
    an_offer,
    reversed_trade,
)

ZONE = ZoneInfo("Asia/Jakarta")
TODAY = NOW.astimezone(ZONE).date()


@pytest.fixture
def market() -> ResidentMarket:
    return ResidentMarket(MARKET, ZONE)


def asked(engine: Engine, market: ResidentMarket, limit: int = 24) -> MarketBoard:
    with reading(engine) as conn:
        return market.ask(conn, NOW, limit)


def test_an_empty_market_has_an_answer(engine: Engine, market: ResidentMarket):
    board = asked(engine, market)
    assert (board.rows, board.unsold, board.wanted, board.ladders, board.alarms, board.steps) == (
        (),
        (),
        (),
        (),
        (),
        (),
    )
    assert (board.sold, board.held) == (Sold(), 0)


def test_what_is_offered_is_told_by_commodity_and_village_and_expired_offers_are_not(
    engine: Engine, market: ResidentMarket
):
    with writing(engine) as conn:
        farmer = a_party(conn)
        an_offer(conn, farmer, kg=100)
        an_offer(conn, farmer, kg=300, village=BEJI)
        an_offer(conn, farmer, kg=50, village=BEJI)
        an_offer(conn, farmer, kg=999, at=NOW - 20 * DAY)
        an_offer(conn, farmer, kg=999, state="withdrawn")
    (row,) = asked(engine, market).rows
    assert row.offered == (VillageStock("Beji", 350_000, 2), VillageStock("Sisir", 100_000, 1))


@pytest.mark.both_engines
def test_sold_today_counts_from_midnight_and_without_what_was_taken_back(engine: Engine, market: ResidentMarket):
    with writing(engine) as conn:
        for price in (9000, 10_000, 12_000):
            a_trade(conn, price)
        a_trade(conn, 1, at=NOW - DAY)
        wrong = a_trade(conn, 90_000)
    assert asked(engine, market).rows[0].sold == Sold(4, 40_000, 1_210_000, 11_000)
    with writing(engine) as conn:
        reversed_trade(conn, wrong)
    board = asked(engine, market)
    assert board.rows[0].sold == Sold(3, 30_000, 310_000, 10_000)
    assert board.sold == Sold(3, 30_000, 310_000)
    assert asked(engine, ResidentMarket(MARKET, ZONE)) == board
    with reading(engine) as conn:
        assert (
            conn.execute(select(func.sum(trade.c.total)).where(counted(), trade.c.at > NOW - 2 * HOUR)).scalar()
            == 310_000
        )


def test_trades_that_come_one_by_one_give_what_a_new_reading_gives(engine: Engine):
    resident = ResidentTrades(ZONE)
    for n in range(12):
        with writing(engine) as conn:
            first = a_trade(conn, 9000 + 100 * n, commodity=("apel", "jeruk", "tomat")[n % 3], at=NOW - (n % 4) * DAY)
            if n % 5 == 4:
                reversed_trade(conn, first)
        with reading(engine) as conn:
            resident.renew(conn, NOW)
    fresh = ResidentTrades(ZONE)
    with reading(engine) as conn:
        fresh.renew(conn, NOW)
    assert resident.days() == fresh.days()
    assert sum(day.n for day in fresh.days().values()) == 10
    assert resident.since(NOW - DAY).price.tolist() == fresh.since(NOW - DAY).price.tolist()


def test_a_new_day_begins_at_midnight_of_the_city(engine: Engine):
    resident = ResidentTrades(ZONE)
    with writing(engine) as conn:
        a_trade(conn, at=NOW)
    with reading(engine) as conn:
        resident.renew(conn, NOW)
        resident.renew(conn, NOW + DAY)
    assert list(resident.days()) == [Day("apel", TODAY)]


def test_what_keeps_shortest_is_first_and_what_is_spoiled_is_not_told(engine: Engine, market: ResidentMarket):
    with writing(engine) as conn:
        farmer = a_party(conn)
        an_offer(conn, farmer, "stroberi", 20, ready_at=NOW - 3 * DAY)
        an_offer(conn, farmer, "apel", 100)
        an_offer(conn, farmer, "stroberi", 30, ready_at=NOW - 5 * DAY)
    board = asked(engine, market)
    assert [(each.commodity, each.left) for each in board.unsold] == [("stroberi", 20_000), ("apel", 100_000)]
    assert board.unsold[0].spoils_at == NOW + DAY
    assert [step.step for step in board.steps] == [Step.SPOILING]


def test_wanted_is_what_no_offer_of_grade_and_price_fills(engine: Engine, market: ResidentMarket):
    with writing(engine) as conn:
        farmer, buyer = a_party(conn), a_party(conn, "buyer")
        an_offer(conn, farmer, kg=100)
        an_offer(conn, farmer, kg=500, grade="C")
        an_offer(conn, farmer, kg=500, price=20_000)
        a_demand(conn, buyer, kg=80)
        a_demand(conn, buyer, kg=90, price=9500)
    (wanted,) = asked(engine, market).wanted
    assert (wanted.lacking, wanted.wanted, wanted.demands, wanted.bid) == (70_000, 170_000, 2, 10_000)


def test_the_ladder_takes_farmers_trades_and_the_newest_quotes_and_tells_its_trend(
    engine: Engine, market: ResidentMarket
):
    with writing(engine) as conn:
        for back in (1, 2, 3):
            a_trade(conn, 8000, at=NOW - back * DAY)
        a_trade(conn, 10_000, at=NOW - 30 * DAY)
        a_quote(conn, "wholesale", 12_000, TODAY)
        a_quote(conn, "consumer", 20_000, TODAY - 2 * DAY)
        a_quote(conn, "consumer", 16_000, TODAY - 3 * DAY)
        a_quote(conn, "consumer", 20_000, TODAY - 30 * DAY)
        a_quote(conn, "consumer", 15_000, TODAY, commodity="krisan", unit="kg")
        a_quote(conn, "producer", 9000, TODAY, commodity="krisan", unit="ikat")
    apple, flowers = asked(engine, market).ladders
    assert apple.ladder.producer == Rung(8000, "kg", 3, Decimal(1))
    assert (apple.ladder.wholesale, apple.ladder.consumer) == (
        Rung(12_000, "kg", 1, Decimal(1)),
        Rung(20_000, "kg", 1, Decimal(1)),
    )
    assert apple.trend == pytest.approx(0.4 - 0.5)
    assert (flowers.commodity, flowers.ladder.farmers_share, flowers.trend) == ("krisan", None, None)
    assert flowers.ladder.refusal == "market_no_conversion"


def test_a_pressing_buyer_is_named_with_his_evidence(engine: Engine, market: ResidentMarket):
    with writing(engine) as conn:
        buyer, fair = a_party(conn, "buyer", code="P-9"), a_party(conn, "buyer", code="P-1")
        farmers = [a_party(conn, village=village) for village in (SISIR, BEJI, SISIR)]
        for farmer in farmers:
            a_trade(conn, 4000, farmer_id=farmer, buyer_id=buyer)
            a_trade(conn, 9000, farmer_id=farmer, buyer_id=fair)
        a_trade(conn, 4900, farmer_id=farmers[0], buyer_id=fair)
        a_trade(conn, 4000, farmer_id=farmers[0], buyer_id=fair, at=NOW - 15 * DAY)
    pressing, once = asked(engine, market).alarms
    assert (pressing.buyer, pressing.farmers, pressing.n, pressing.presses_many) == ("P-9", 3, 3, True)
    assert (once.buyer, once.n, len(once.evidence), once.presses_many) == ("P-1", 4, 1, False)
    assert pressing.evidence[0].floor.price == 5000
    assert asked(engine, market).steps[0].buyer == "P-9"


def test_held_prices_wait_for_a_person(engine: Engine, market: ResidentMarket):
    with writing(engine) as conn:
        a_held_price(conn)
        a_held_price(conn, decided_at=NOW, decision="refused")
        a_held_price(conn, waits_for="offer-7")
    board = asked(engine, market)
    assert (board.held, [(step.step, step.n) for step in board.steps]) == (1, [(Step.HELD, 1)])


def test_a_dispute_is_the_next_thing_to_do_before_what_spoils(engine: Engine, market: ResidentMarket):
    with writing(engine) as conn:
        farmer, buyer = a_party(conn), a_party(conn, "buyer")
        an_offer(conn, farmer, "stroberi", 20, code="LP-1", ready_at=NOW - 3 * DAY)
        made = propose(MarketWrite(conn, OWN, NOW), Proposal("LP-1", 0, 1000, buyer, DealSide.BUYER, "x"), MARKET)
        for side, command in (
            (DealSide.FARMER, DealCommand(DealEventKind.AGREED)),
            (DealSide.BUYER, DealCommand(DealEventKind.DISPUTED, text="Busuk.")),
        ):
            order = DealOrder(made.code, made.version, command, side, "x")
            made = apply(MarketWrite(conn, OWN, NOW), order, MARKET)
    board = asked(engine, market)
    assert board.disputes == 1
    assert [(step.step, step.n) for step in board.steps[:2]] == [(Step.DISPUTED, 1), (Step.SPOILING, 1)]


def test_a_price_that_fell_and_stayed_is_a_step(engine: Engine, market: ResidentMarket):
    with writing(engine) as conn:
        for back in range(30):
            a_trade(conn, 10_000 if back > 3 else 6000, at=NOW - timedelta(days=back))
    board = asked(engine, market)
    assert [(move.commodity, move.is_confirmed) for move in board.moves] == [("apel", True)]
    assert [(step.step, step.n) for step in board.steps] == [(Step.FALL, 40)]
    assert board.rows[0].days[-1] == 6000
