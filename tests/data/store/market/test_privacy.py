"""Farmers and buyers may ask for what is kept of them, and be forgotten; what was sold stays."""

from __future__ import annotations

import json

from sqlalchemy import select

from data.domain.market.deals import DealEventKind, DealSide
from data.domain.market.nouns import Side
from data.store.db.engine import Engine, writing
from data.store.db.schema import metadata
from data.store.market import held, parties, privacy
from data.store.market.held import NewHeld
from data.store.market.told import Became, Taken
from tests.factories import NOW
from tests.market_rows import a_party, an_offer, step, sums, taken, writing_at

PHONE = "081299988877"


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
