"""Farmers' questions as a source: what was asked at /tani becomes a case of class question."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import datetime

from dashboard.config.load import MARKET
from data.domain.cases.model import EventKind
from data.domain.city.model import CaseKind, City
from ingest.source import Delivery, Raw, Record, RecordEvent, title_from

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
        told, category = raw.payload, question_category(self._city)
        received_at = datetime.fromisoformat(told["received_at"])
        return Record(
            external_id=raw.external_id,
            received_at=received_at,
            category=category,
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
            events=self._sent_on(category, received_at),
        )

    def _sent_on(self, category: str, at: datetime) -> tuple[RecordEvent, ...]:
        """To its agency at once: a farmer with an account asked it, so that the desk has nothing to verify."""
        if self._city.categories[category].kind is not CaseKind.QUESTION:
            return ()
        return (RecordEvent(at=at, kind=EventKind.DISPATCHED),)


def question_category(city: City) -> str:
    """The category of questions; config.yaml has one."""
    return next((it.code for it in city.categories.values() if it.kind is CaseKind.QUESTION), "lainnya")


def question_agency(city: City) -> str | None:
    """Which agency answers them, with its field assistants; None: the city takes no questions."""
    category = city.categories.get(question_category(city))
    return category.agency if category is not None and category.kind is CaseKind.QUESTION else None
