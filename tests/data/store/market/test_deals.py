"""Deals in the store: of two buyers one wins, parts add up, what was handed over is sold once, what lapses is free."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from data.domain.market.deals import DealEventKind, DealSide
from data.domain.market.nouns import HOLDING, Deal, DealState, ListingState, Side
from data.store.db.change_feed import since
from data.store.db.engine import Connection, Engine, reading, writing
from data.store.db.schema import market as schema
from data.store.db.schema.market import deal_event, party_message
from data.store.market import deals, listings, messages, views
from data.store.market.deals import DealRefused, Overtaken, Proposal
from data.store.market.trades import lately_paid
from data.store.queries.market.disputes import count, disputed
from data.texts import texts
from tests.factories import DAY, HOUR, NOW
from tests.market_rows import (
    MARKET,
    a_demand,
    a_party,
    an_offer,
    offer_now,
    step,
    sums,
    taken,
    writing_at,
)

AGREE, HAND, PAY, DISPUTE, CANCEL = (
    DealEventKind.AGREED,
    DealEventKind.HANDED_OVER,
    DealEventKind.PAID,
    DealEventKind.DISPUTED,
    DealEventKind.CANCELLED,
)
FARMER, BUYER, OFFICER = DealSide.FARMER, DealSide.BUYER, DealSide.OFFICER


def test_of_two_buyers_at_one_offer_the_first_wins_and_the_other_is_told_what_is_left(engine: Engine):
    with writing(engine) as conn:
        offer = an_offer(conn, kg=100)
        taken(conn, offer, 80)
    with writing(engine) as conn, pytest.raises(Overtaken) as told:
        taken(conn, offer, 80)
    assert told.value.reason.params == {"remaining": 20.0, "unit": "kg"}  # type: ignore[union-attr]
    with writing(engine) as conn:
        again = offer_now(conn, offer.code)
        assert again.remaining == 20_000
        taken(conn, again, 20)
        assert offer_now(conn, offer.code).state is ListingState.DONE


def test_an_offer_is_sold_in_parts_with_what_was_really_handed_over(engine: Engine):
    with writing(engine) as conn:
        offer = an_offer(conn, kg=100, price=9_000)
        deal = step(conn, taken(conn, offer, 60), AGREE, FARMER)
        assert sums(conn) == (0, 0)
        deal = step(conn, deal, HAND, FARMER, kg=55)
        assert (deal.quantity, deal.total) == (55_000, 495_000)
        assert offer_now(conn, offer.code).remaining == 45_000
        step(conn, deal, PAY, FARMER)
        assert sums(conn) == (55_000, 495_000)
        assert lately_paid(conn, "apel", NOW + HOUR) == [9_000]


def test_a_deal_accepted_twice_is_accepted_once(engine: Engine):
    with writing(engine) as conn:
        deal = taken(conn, an_offer(conn), 10)
        step(conn, deal, AGREE, FARMER)
    with writing(engine) as conn, pytest.raises(Overtaken):
        step(conn, deal, AGREE, FARMER)
    with reading(engine) as conn:
        assert len(conn.execute(select(deal_event)).all()) == 2


def test_an_expired_offer_cannot_be_taken_and_nothing_is_written(engine: Engine):
    with writing(engine) as conn:
        offer = an_offer(conn)
    with writing(engine) as conn, pytest.raises(DealRefused) as why:
        taken(conn, offer, 10, now=offer.expires_at)
    assert why.value.reason.code == "market.offer_over"  # type: ignore[union-attr]
    with writing(engine) as conn:
        assert listings.is_over(conn, offer.expires_at)
        assert listings.expire(conn, offer.expires_at) == 1
        assert offer_now(conn, offer.code).state is ListingState.LAPSED


def test_what_nobody_agreed_to_in_time_is_free_again(engine: Engine):
    with writing(engine) as conn:
        offer = an_offer(conn, kg=100)
        deal, late = taken(conn, offer, 70), NOW + MARKET.reserve
        assert deals.lapse_due(conn, MARKET, late - timedelta(seconds=1), 10) == 0
        assert deals.lapse_due(conn, MARKET, late, 10) == 1
        assert offer_now(conn, offer.code).remaining == 100_000
        view = deals.by_code(conn, deal.code, MARKET)
        assert view is not None
        assert view.status.state is DealState.LAPSED
        assert not deals.is_due(conn, late + DAY)


def test_a_dispute_that_ends_in_nothing_takes_the_sale_back(engine: Engine):
    with writing(engine) as conn:
        offer = an_offer(conn, kg=100)
        deal = step(conn, step(conn, taken(conn, offer, 60), AGREE, FARMER), HAND, FARMER)
        assert sums(conn) == (60_000, 600_000)
        deal = step(conn, deal, DISPUTE, BUYER, now=NOW + HOUR)
        assert sums(conn) == (60_000, 600_000)
        step(conn, deal, CANCEL, OFFICER, now=NOW + DAY)
        assert sums(conn) == (0, 0)
        assert lately_paid(conn, "apel", NOW + DAY) == []
        assert offer_now(conn, offer.code).remaining == 100_000


def test_a_dispute_about_the_quantity_ends_with_what_was_really_handed_over(engine: Engine):
    with writing(engine) as conn:
        offer = an_offer(conn, kg=100)
        deal = step(conn, step(conn, taken(conn, offer, 60), AGREE, FARMER), HAND, BUYER, kg=40)
        assert (sums(conn), offer_now(conn, offer.code).remaining) == ((40_000, 400_000), 60_000)
        deal = step(conn, deal, DISPUTE, FARMER, now=NOW + HOUR)
        [found] = disputed(conn, MARKET, 9)
        assert (found.view.deal.code, count(conn)) == (deal.code, 1)
        step(conn, deal, HAND, OFFICER, kg=60, now=NOW + DAY)
        assert (sums(conn), offer_now(conn, offer.code).remaining) == ((60_000, 600_000), 40_000)
        assert disputed(conn, MARKET, 9) == []


def test_a_demand_is_answered_with_an_offer_and_both_keep_the_quantity_back(engine: Engine):
    with writing(engine) as conn:
        offer, wanted = an_offer(conn, kg=100), a_demand(conn, kg=50)
        answer = Proposal(offer.code, 0, 50_000, wanted.buyer, FARMER, "petani", demand=wanted.id)
        deal = deals.propose(writing_at(conn), answer, MARKET)
        found = listings.demand_by_id(conn, wanted.id)
        assert found is not None
        assert (deal.state, found.remaining, found.state) == (DealState.RESERVED, 0, ListingState.DONE)
        step(conn, deal, CANCEL, BUYER)
        found = listings.demand_by_id(conn, wanted.id)
        assert found is not None
        assert (found.remaining, found.state) == (50_000, ListingState.OPEN)


def test_what_the_officer_proposes_keeps_nothing_back_until_somebody_agrees(engine: Engine):
    with writing(engine) as conn:
        offer, wanted = an_offer(conn, kg=100), a_demand(conn, kg=50)
        match = Proposal(offer.code, 0, 50_000, wanted.buyer, OFFICER, "petugas", demand=wanted.id)
        deal = deals.propose(writing_at(conn), match, MARKET)
        assert (deal.state, offer_now(conn, offer.code).remaining) == (DealState.OFFERED, 100_000)
        taken(conn, offer, 80)
        with pytest.raises(DealRefused) as why:
            step(conn, deal, AGREE, FARMER)
        assert why.value.reason.code == "market.deal_gone"  # type: ignore[union-attr]


def test_what_is_left_is_told_as_the_language_writes_numbers(engine: Engine):
    with writing(engine) as conn, pytest.raises(Overtaken) as told:
        offer = an_offer(conn, kg=100)
        taken(conn, offer, 20)
        conn.execute(update(schema.offer).values(remaining=12_125))
        taken(conn, offer, 80)
    assert "Sisanya sekarang 12,125 kg" in texts("id").sentence(told.value.reason)
    assert "What is left now: 12.125 kg" in texts("en").sentence(told.value.reason)


def test_a_limit_that_the_city_changes_stops_no_sweep_and_keeps_what_was_told(engine: Engine):
    with writing(engine) as conn:
        offer = an_offer(conn)
        deal = taken(conn, offer, 10)
        assert deal.due_at == NOW + MARKET.reserve
        longer = replace(MARKET, reserve=2 * MARKET.reserve)
        assert deals.lapse_due(conn, longer, NOW + MARKET.reserve + HOUR, 9) == 1
        assert offer_now(conn, offer.code).remaining == offer.remaining


def test_what_is_harvested_later_is_handed_over_after_the_harvest(engine: Engine):
    with writing(engine) as conn:
        offer = an_offer(conn)
        harvest = NOW + 20 * DAY
        conn.execute(update(schema.offer).values(ready_at=harvest))
        deal = step(conn, taken(conn, offer, 10), AGREE, FARMER)
        assert deal.due_at == harvest + MARKET.hand_over
        assert step(conn, deal, HAND, FARMER, now=harvest + HOUR).due_at == harvest + HOUR + MARKET.pay


def test_a_pair_that_both_sides_are_asked_about_is_not_proposed_again(engine: Engine):
    with writing(engine) as conn:
        offer, wanted = an_offer(conn, kg=100), a_demand(conn, kg=250)
        match = Proposal(offer.code, 0, 40_000, wanted.buyer, OFFICER, "petugas", demand=wanted.id)
        deal = deals.propose(writing_at(conn), match, MARKET)
        with pytest.raises(DealRefused) as why:
            deals.propose(writing_at(conn), match, MARKET)
        assert why.value.reason.code == "market.deal_asked"  # type: ignore[union-attr]
        step(conn, deal, CANCEL, FARMER)
        deals.propose(writing_at(conn), match, MARKET)


def test_a_sale_is_of_the_grade_that_was_agreed_on(engine: Engine):
    with writing(engine) as conn:
        offer = an_offer(conn)
        deal = step(conn, taken(conn, offer, 10), AGREE, FARMER)
        conn.execute(update(schema.offer).values(grade="C"))
        step(conn, deal, HAND, FARMER)
        assert conn.execute(select(schema.trade.c.grade)).scalars().all() == [offer.grade]


def test_an_open_deal_stands_before_all_that_ended(engine: Engine):
    with writing(engine) as conn:
        buyer, offer = a_party(conn, Side.BUYER), an_offer(conn)
        waits = taken(conn, offer, 1, buyer=buyer)
        for _ in range(3):
            step(conn, taken(conn, offer_now(conn, offer.code), 1, buyer=buyer), CANCEL, BUYER)
        assert [it.code for it in views.own_deals(conn, Side.BUYER, buyer, 1)] == [waits.code]


@pytest.mark.parametrize("phone", ["081234567890", "+6281234567890"])
def test_nobody_buys_from_himself(engine: Engine, phone: str):
    with writing(engine) as conn:
        offer = an_offer(conn)
        farmer = a_party(conn, Side.FARMER, "Tini", "081234567890")
        buyer = a_party(conn, Side.BUYER, "CV Tini", phone)
        conn.exec_driver_sql(f"UPDATE offer SET farmer_id = {farmer} WHERE code = '{offer.code}'")
        with pytest.raises(DealRefused) as why:
            taken(conn, offer, 1, buyer=buyer)
        assert why.value.reason.code == "market.own_offer"  # type: ignore[union-attr]


def test_the_other_side_is_told_in_the_same_transaction(engine: Engine):
    with writing(engine) as conn:
        deal = taken(conn, an_offer(conn), 10, buyer=a_party(conn, Side.BUYER, phone="0822", lang="en"))
        (first,) = messages.due(conn, NOW, ["webhook"], 9, dead_blocks=False)
        assert (first.kind, first.lang, first.params["total"]) == ("proposed", "id", 100_000)
        messages.sent(conn, first.id, NOW)
        step(conn, deal, AGREE, FARMER)
        (second,) = messages.due(conn, NOW, ["webhook"], 9, dead_blocks=False)
        assert (second.kind, second.address) == ("agreed_both", "0822")
        assert messages.due(conn, NOW, ["email"], 9, dead_blocks=False) == []
        messages.give_up(conn, second.id, "410", NOW)
        told = messages.state(conn, NOW - DAY, 9)
        assert (told.waiting, told.sent, [each.kind for each in told.dead]) == (0, 1, ["market.agreed_both"])
        assert messages.revive(conn, NOW) == 1
        assert len(conn.execute(select(party_message)).all()) == 2


def test_each_command_rings_the_bell_once(engine: Engine):
    with writing(engine) as conn:
        deal = taken(conn, an_offer(conn), 10)
    with writing(engine) as conn:
        before = since(conn, 0, 99)[-1].seq
        step(conn, deal, AGREE, FARMER)
        assert [change.kind for change in since(conn, before, 99)] == ["market"]


@dataclass
class Life:
    """One offer, and random people at it."""

    conn: Connection
    code: str
    whole: int
    now: datetime = NOW
    deals: list[Deal] = field(default_factory=list)

    def play(self, number: int, kind: DealEventKind | None, side: DealSide, kg: int) -> None:
        self.now += HOUR
        offer = offer_now(self.conn, self.code)
        try:
            if kind is None or not self.deals:
                self.deals.append(taken(self.conn, offer, kg, now=self.now))
                return
            place = number % len(self.deals)
            quantity = kg if kind is HAND else None
            self.deals[place] = step(self.conn, self.deals[place], kind, side, kg=quantity, now=self.now)
        except DealRefused:
            return

    def check(self) -> None:
        """Nothing is sold twice or lost, and trades are what was handed over, or what the officer says was paid."""
        views = [deals.by_id(self.conn, each.id, MARKET) for each in self.deals]
        kept = sum(view.status.quantity for view in views if view.status.state in HOLDING)
        offer = offer_now(self.conn, self.code)
        assert offer.remaining == self.whole - kept >= 0
        assert all(view.deal.state is view.status.state for view in views)
        handed = [view for view in views if any(event.kind in {HAND, PAY} for event in view.events)]
        sold = [view.deal for view in handed if view.deal.state is not DealState.CANCELLED]
        assert sums(self.conn) == (sum(each.quantity for each in sold), sum(each.total for each in sold))


STEPS = st.lists(
    st.tuples(
        st.integers(0, 5),
        st.sampled_from([None, AGREE, AGREE, HAND, PAY, DISPUTE, CANCEL]),
        st.sampled_from([FARMER, BUYER, OFFICER]),
        st.integers(1, 60),
    ),
    max_size=12,
)

PAID_BY_DECISION = [
    (0, kind, side, 1)
    for kind, side in ((None, BUYER), (AGREE, FARMER), (AGREE, BUYER), (DISPUTE, BUYER), (PAY, OFFICER))
]
"""The officer decides that a disputed deal was paid, which nobody has said to be handed over."""


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, lapses=st.booleans())
@example(steps=PAID_BY_DECISION, lapses=False)
def test_whatever_people_do_nothing_is_sold_twice_or_lost(engine: Engine, steps: list[tuple[Any, ...]], lapses: bool):
    with engine.connect() as conn, conn.begin() as undone:
        offer = an_offer(conn, kg=100)
        life = Life(conn, offer.code, offer.quantity)
        for number, kind, side, kg in steps:
            life.play(number, kind, side, kg)
        life.check()
        if lapses:
            deals.lapse_due(conn, MARKET, life.now + 5 * DAY, 99)
            life.check()
        undone.rollback()
