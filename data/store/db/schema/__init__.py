"""All tables: whoever needs each of them imports `metadata` from here."""

from data.store.db.schema import (
    accounts,
    citizens,
    escalation,
    geo,
    guide,
    incidents,
    intake,
    market,
    market_officer,
    reports,
    warnings,
)
from data.store.db.schema.cases import metadata

__all__ = [
    "accounts",
    "citizens",
    "escalation",
    "geo",
    "guide",
    "incidents",
    "intake",
    "market",
    "market_officer",
    "metadata",
    "reports",
    "warnings",
]
