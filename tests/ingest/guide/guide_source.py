"""A source of the guide in a test: payloads are records already."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from data.domain.reasons import Reason, decode_reason
from data.store.db.engine import Engine
from ingest.guide_record import GuideRecord
from ingest.pipeline.pipeline import Pipeline
from ingest.source import Delivery, Outcome, OutcomeKind, Raw
from tests.factories import NOW
from tests.ingest.doors import pipeline

NEW, UPDATED, SAME, REJECTED = OutcomeKind.NEW, OutcomeKind.UPDATED, OutcomeKind.SAME, OutcomeKind.REJECTED


class Teller:
    """Tells, one by one or in bulk."""

    name = "uji"

    def __init__(self, engine: Engine) -> None:
        self.pipeline: Pipeline = pipeline(engine)
        self.outcomes: list[Outcome] = []

    def read(self, raw: Raw, now: datetime) -> GuideRecord:
        return GuideRecord.model_validate(raw.payload)

    def tell(self, *payloads: dict[str, Any], now: datetime = NOW) -> list[OutcomeKind]:
        """One transaction each."""
        found = list(self.pipeline.write_each(self, map(_raw, payloads), now))
        self.outcomes += found
        return [outcome.kind for outcome in found]

    def tell_all(
        self, payloads: Iterable[dict[str, Any]], now: datetime = NOW, listed: Iterable[str] | None = None
    ) -> list[OutcomeKind]:
        """All in one."""
        of_all = None if listed is None else frozenset(listed)
        delivery = Delivery(tuple(map(_raw, payloads)), None, history=True, listed=of_all)
        found = self.pipeline.write_delivery(self, delivery, now)
        self.outcomes += found
        return [outcome.kind for outcome in found]

    @property
    def why(self) -> Reason:
        """Of the last outcome."""
        found = decode_reason(self.outcomes[-1].reason)
        assert isinstance(found, Reason)
        return found


def _raw(payload: dict[str, Any]) -> Raw:
    return Raw(str(payload.get("external_id", "?")), payload)


def a_place(**changes: Any) -> dict[str, Any]:
    plain = {
        "kind": "place",
        "external_id": "p1",
        "name": "Alun-alun Kota Batu",
        "category": "Rekreasi",
        "address": "Jl. Diponegoro, Sisir, Batu",
        "lat": -7.8716,
        "lon": 112.5267,
    }
    return {**plain, **changes}


def a_condition(**changes: Any) -> dict[str, Any]:
    plain = {
        "kind": "condition",
        "external_id": "parkir-alun",
        "condition": "parkir",
        "at": NOW.isoformat(),
        "name": "Parkir Alun-alun",
        "free": 12,
        "capacity": 60,
        "observed_by": "Mesin parkir",
    }
    return {**plain, **changes}


def an_event(**changes: Any) -> dict[str, Any]:
    plain = {
        "kind": "agenda",
        "external_id": "pasar-minggu",
        "name": "Pasar Minggu",
        "starts_at": "2026-11-29T05:00:00+07:00",
        "ends_at": "2026-11-29T10:00:00+07:00",
    }
    return {**plain, **changes}
