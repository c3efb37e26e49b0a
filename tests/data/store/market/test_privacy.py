"""Farmers and buyers may ask for what is kept of them, and be forgotten; what was sold stays."""

from __future__ import annotations

import json

from sqlalchemy import select, update

from data.domain.market.deals import DealEventKind, DealSide
from data.domain.market.nouns import ListingState, Side
from data.store.db.engine import Engine, writing
from data.store.db.schema import metadata
from data.store.db.schema.market import deal_event, offer
from data.store.market import held, listings, parties, privacy
from data.store.market.held import NewHeld
from data.store.market.told import Became, Taken
from tests.factories import NOW
from tests.market_rows import a_demand, a_party, an_offer, offer_now, step, sums, taken, writing_at

PHONE = "081299988877"
DIGEST = "c" * 64


def test_somebody_gets_what_is_kept_and_is_forgotten_everywhere(engine: Engine):
    with writing(engine) as conn:
        buyer = a_party(conn, Side.BUYER, "UD Rahasia", PHONE, lang="id")
        deal = step(conn, taken(conn, an_offer(conn), 10, buyer=buyer), DealEventKind.AGREED, DealSide.FARMER)
        step(conn, deal, DealEventKind.HANDED_OVER, DealSide.FARMER)
        payload = json.dumps({"buyer": "ud rahasia", "buyer_phone": PHONE})
        held.hold(writing_at(conn), [NewHeld("t9", "trade", payload, Taken(Became.HELD), "apel", 1)])
        assert privacy.parties_of(conn, "+62 812-9998-8877") == [buyer]
        code = parties.by_ids(conn, [buyer])[buyer].code
        assert privacy.parties_of(conn, code.lower()) == [buyer]
        assert privacy.parties_of(conn, "siapa@example.id") == []
        told = json.loads(json.dumps(privacy.told_of(conn, buyer)))
        assert (told["party"]["name"], [each["code"] for each in told["deals"]]) == ("UD Rahasia", [deal.code])
        before = sums(conn)
        privacy.erase(conn, [buyer], NOW)
        left = json.dumps([[str(row) for row in conn.execute(select(table))] for table in metadata.sorted_tables])
        assert PHONE not in left
        assert "rahasia" not in left.casefold()
        assert sums(conn) == before != (0, 0)
        assert held.count(conn) == (0, 0)


def test_what_somebody_wrote_and_showed_goes_too_and_nothing_of_his_is_offered_any_more(engine: Engine):
    with writing(engine) as conn:
        offers = [an_offer(conn), an_offer(conn)]
        farmer = offers[0].farmer
        same, own = DIGEST, "b" * 64
        conn.execute(update(offer).where(offer.c.id == offers[0].id).values(photo=own))
        other = an_offer(conn)
        conn.execute(update(offer).where(offer.c.id.in_([offers[1].id, other.id])).values(photo=same))
        conn.execute(update(offer).where(offer.c.id == offers[1].id).values(farmer_id=farmer))
        for side in (DealSide.FARMER, DealSide.BUYER):
            deal = step(conn, taken(conn, offer_now(conn, offers[0].code), 10), DealEventKind.AGREED, DealSide.FARMER)
            step(conn, deal, DealEventKind.DISPUTED, side)
        wanted = a_demand(conn)
        assert [each["text"] for each in privacy.told_of(conn, farmer)["said"]] == ["alasan"] * 3
        assert privacy.erase(conn, [farmer, wanted.buyer], NOW) == [own]
        events = conn.execute(select(deal_event.c.side, deal_event.c.text).order_by(deal_event.c.n)).all()
        assert {row.text for row in events if row.side == DealSide.FARMER} == {""}
        assert "alasan" in {row.text for row in events if row.side == DealSide.BUYER}
        assert [offer_now(conn, each.code).state for each in offers] == [ListingState.WITHDRAWN] * 2
        assert offer_now(conn, other.code).state is ListingState.OPEN
        (found,) = [listings.demand_by_id(conn, wanted.id)]
        assert found is not None
        assert found.state is ListingState.WITHDRAWN
        shown = set(conn.execute(select(offer.c.photo)).scalars())
        assert shown == {None, same}
