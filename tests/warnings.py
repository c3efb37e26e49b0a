"""Warnings for tests, with sane defaults: in force at NOW for the village Sisir."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from data.domain.warnings.nouns import MessageType, PublicWarning, Severity, WarningWords
from data.domain.warnings.rules import EventRule, PriorityRule, Takeover, WarningRules
from data.store.warnings.told import Reference, WarningFacts, WarningTold
from tests.factories import HOUR, NOW, SISIR

SENDER = "cuaca.ekstrem@bmkg.go.id"
LANDSLIDE, RAIN = "tanah_longsor", "hujan_lebat"
SQUARE = {
    "type": "Polygon",
    "coordinates": [[[112.51, -7.89], [112.55, -7.89], [112.55, -7.85], [112.51, -7.85], [112.51, -7.89]]],
}
RULES = WarningRules(
    events={
        LANDSLIDE: EventRule(LANDSLIDE, {"id": "Tanah longsor", "en": "Landslide"}, 1, ("longsor",), 6 * HOUR),
        RAIN: EventRule(RAIN, {"id": "Hujan lebat", "en": "Heavy rain"}, 2, ("hujan lebat", "heavy rain"), 3 * HOUR),
    },
    takeover=(Takeover(),),
    priority=(PriorityRule((LANDSLIDE,), ("longsor", "pohon_tumbang"), "critical"),),
)
_WORDS = WarningWords("Hujan Lebat", "Hujan lebat di Kota Batu", "Hujan lebat akan terjadi.", "Waspada.", "Kota Batu")


def a_warning(**changes: Any) -> PublicWarning:
    plain = PublicWarning(
        id=1,
        source="bmkg",
        key="1",
        sender=SENDER,
        identifier="1",
        sent_at=NOW - timedelta(minutes=10),
        message_type=MessageType.ALERT,
        event=RAIN,
        severity=Severity.MODERATE,
        urgency="Immediate",
        certainty="Observed",
        words={"id": _WORDS},
        effective_at=NOW - timedelta(minutes=5),
        onset_at=None,
        expires_at=NOW + 2 * HOUR,
        geometry=SQUARE,
        villages=(SISIR,),
        is_for_city=True,
        ends_at=NOW + 2 * HOUR,
        sender_name="BMKG",
        rank=2,
    )
    return replace(plain, **changes)


def told(identifier: str = "1", *references: str, at: datetime = NOW, facts: Any = True, **changes: Any) -> WarningTold:
    """A message; `references`: identifiers of messages sent at NOW. facts: changes of its facts; None: a Cancel."""
    kind = MessageType.CANCEL if facts is None else MessageType.UPDATE if references else MessageType.ALERT
    plain = WarningTold(
        key=identifier,
        digest=f"{identifier}/{kind}",
        own=Reference(SENDER, identifier, at),
        message_type=kind,
        message="<alert/>",
        references=tuple(Reference(SENDER, each, NOW) for each in references),
        facts=None if facts is None else some_facts(**(facts if isinstance(facts, dict) else {})),
    )
    return replace(plain, **changes)


def some_facts(**changes: Any) -> WarningFacts:
    plain = WarningFacts(
        event=RAIN,
        rank=2,
        severity=Severity.MODERATE,
        urgency="Immediate",
        certainty="Observed",
        words={"id": _WORDS},
        effective_at=NOW,
        ends_at=NOW + 2 * HOUR,
        expires_at=NOW + 2 * HOUR,
        villages=(SISIR,),
        is_for_city=True,
        sender_name="BMKG",
        geometry=SQUARE,
    )
    return replace(plain, **changes)
