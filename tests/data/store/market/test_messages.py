"""Messages to farmers and buyers go where they are wanted."""

from __future__ import annotations

from data.store.db.engine import Engine, writing
from data.store.market import messages
from data.store.market.messages import Reach
from tests.factories import NOW
from tests.market_rows import an_offer, taken


def test_what_waits_and_is_not_wanted_any_more_is_not_sent(engine: Engine):
    def waiting() -> list[str]:
        return [it.channel for it in messages.due(conn, NOW, ["email", "webhook"], 9, dead_blocks=False)]

    with writing(engine) as conn:
        offer = an_offer(conn)
        messages.set_reach(conn, offer.farmer, Reach("pak@example.id", "id"))
        taken(conn, offer, 10)
        assert sorted(waiting()) == ["email", "webhook"]
        messages.set_reach(conn, offer.farmer, Reach(None, "id"))
        assert waiting() == ["webhook"]
        messages.set_reach(conn, offer.farmer, Reach(None, None))
        assert waiting() == []
        assert messages.reach_of(conn, offer.farmer) == Reach(None, None)
