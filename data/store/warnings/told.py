"""What a message about a warning tells, ready to be stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from data.domain.warnings.nouns import MessageType, Severity, WarningWords


class Reference(NamedTuple):
    """A message that another one names. Times are compared as instants."""

    sender: str
    identifier: str
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class WarningFacts:
    """What an Alert or an Update says; a Cancel says nothing."""

    event: str
    rank: int
    severity: Severity
    urgency: str
    certainty: str
    words: Mapping[str, WarningWords]
    effective_at: datetime
    ends_at: datetime
    villages: tuple[str, ...]
    is_for_city: bool
    sender_name: str
    onset_at: datetime | None = None
    expires_at: datetime | None = None
    geometry: Mapping[str, Any] | None = None
    all_clear: bool = False
    """It says that the danger is over: it takes the place of what it names, and is not in force itself."""


@dataclass(frozen=True, slots=True)
class WarningTold:
    """A message."""

    key: str
    digest: str
    own: Reference
    """By what others may name it."""
    message_type: MessageType
    message: str
    references: tuple[Reference, ...] = ()
    facts: WarningFacts | None = None
    """None: a Cancel."""
    demo: bool = False


class Became(StrEnum):
    """What became of a message."""

    NEW = "new"
    UPDATED = "updated"
    SAME = "same"
