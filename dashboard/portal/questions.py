"""Farmers' questions as a source: what was asked at /tani becomes a case of class question."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import datetime

from dashboard.config.load import MARKET
from data.domain.city.model import CaseKind, City
from ingest.source import Delivery, Raw, Record, title_from

TITLE_MOST = 90


class QuestionIntake:
    """Implements `ingest.source.Source`; its records are sent by farmers, not fetched."""

    name = MARKET
    every_s = math.inf

    def __init__(self, city: City, *, demo: bool = False) -> None:
        """`demo`: questions are marked as invented, like everything else."""
        self._city, self._demo = city, demo

    def fetch(self, cursor: str | None, now: datetime) -> Iterator[Delivery]:
        """Nothing."""
        return iter(())

    def read(self, raw: Raw, now: datetime) -> Record:
        """The record of a question without faults."""
        told = raw.payload
        return Record(
            external_id=raw.external_id,
            received_at=datetime.fromisoformat(told["received_at"]),
            category=question_category(self._city),
            service_class="informasi" if "informasi" in self._city.classes else None,
            title=title_from(told["text"], TITLE_MOST),
            text=told["text"],
            village=told.get("village"),
            reporter_name=told.get("name"),
            reporter_phone=told.get("phone"),
            reporter_email=told.get("email"),
            reporter_account=told.get("account"),
            reporter_lang=told.get("lang"),
            demo=self._demo,
        )


def question_category(city: City) -> str:
    """The category of questions; config.yaml has one."""
    return next((it.code for it in city.categories.values() if it.kind is CaseKind.QUESTION), "lainnya")
