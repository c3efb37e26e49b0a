"""A source of the market in a test: payloads are records already, and outcomes are counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from data.domain.reasons import Reason, decode_reason
from data.store.db.engine import Engine
from ingest.market_record import MarketRecord
from ingest.pipeline.pipeline import Pipeline
from ingest.source import Delivery, Outcome, OutcomeKind, Raw
from tests.factories import NOW, a_city, calendars
from tests.ingest.doors import ground


class Stall:
    """Tells, one by one or in bulk."""

    name = "uji"

    def __init__(self, engine: Engine) -> None:
        self.pipeline = Pipeline(engine, a_city(), calendars(), ground())
        self.outcomes: list[Outcome] = []

    def read(self, raw: Raw, now: datetime) -> MarketRecord:
        return MarketRecord.model_validate(raw.payload)

    def tell(self, *payloads: dict[str, Any], now: datetime = NOW) -> list[OutcomeKind]:
        """One transaction each."""
        found = list(self.pipeline.write_each(self, map(_raw, payloads), now))
        self.outcomes += found
        return [outcome.kind for outcome in found]

    def tell_all(self, payloads: Iterable[dict[str, Any]], now: datetime = NOW) -> Counter[OutcomeKind]:
        """All in one."""
        delivery = Delivery(tuple(map(_raw, payloads)), None, history=True)
        found = self.pipeline.write_delivery(self, delivery, now)
        self.outcomes += found
        return Counter(outcome.kind for outcome in found)

    @property
    def why(self) -> Reason:
        """Of the last outcome."""
        found = decode_reason(self.outcomes[-1].reason)
        assert isinstance(found, Reason)
        return found


def _raw(payload: dict[str, Any]) -> Raw:
    return Raw(str(payload.get("external_id", "?")), payload)


def a_trade(number: int = 1, **changes: Any) -> dict[str, Any]:
    plain = {
        "kind": "trade",
        "external_id": f"t{number}",
        "at": NOW.isoformat(),
        "commodity": "apel",
        "quantity": "100",
        "price": "10.000",
        "buyer": "CV Segar",
        "village": "Bumiaji",
    }
    return {**plain, **changes}


def an_offer(number: int = 1, **changes: Any) -> dict[str, Any]:
    plain = {"kind": "offer", "external_id": f"o{number}", "farmer": "Pak Tani", "buyer": None}
    return a_trade(number, **{**plain, **changes})
