"""The nouns of warnings to the public: CAP 1.2 (OASIS) as it is kept here.

Times are aware UTC. Areas are kept as GeoJSON geometries (longitude first): CAP's 'lat,lon' is swapped once, where it
is read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class MessageType(StrEnum):
    """CAP's msgType; Ack and Error are not kept."""

    ALERT = "Alert"
    UPDATE = "Update"
    CANCEL = "Cancel"


class Severity(StrEnum):
    """CAP's severity, the gravest first."""

    EXTREME = "Extreme"
    SEVERE = "Severe"
    MODERATE = "Moderate"
    MINOR = "Minor"
    UNKNOWN = "Unknown"


@dataclass(frozen=True, slots=True)
class WarningWords:
    """What a warning says in one language."""

    event: str
    headline: str
    description: str
    instruction: str
    area: str
    """CAP's areaDesc, as told."""


@dataclass(frozen=True, slots=True)
class PublicWarning:
    """A warning as its sender published it last, and what became of it here."""

    id: int
    source: str
    key: str
    """What it is known by when it comes again, under another identifier, too."""
    sender: str
    identifier: str
    sent_at: datetime
    message_type: MessageType
    event: str
    """The event's code in `warnings.events` of config.yaml; 'other' when none of its words is known."""
    severity: Severity
    urgency: str
    certainty: str
    words: Mapping[str, WarningWords]
    """By language code, at least one."""
    effective_at: datetime
    onset_at: datetime | None
    expires_at: datetime | None
    """None: the sender did not say; it ends after the time of its event in config.yaml, shown as 'not said'."""
    geometry: Mapping[str, Any] | None
    """GeoJSON, in the city's surroundings; None: it came without an area."""
    villages: tuple[str, ...]
    """Codes of the villages that its area touches; all of them when it came without an area for the whole city."""
    is_for_city: bool
    """Its area touches the city, or it has none and its source is the city's own."""
    withdrawn_at: datetime | None = None
    """When a Cancel took it back."""
    replaced_by: int | None = None
    """The Update that took its place."""
    demo: bool = False
    received_at: datetime | None = None
    ends_at: datetime | None = None
    """From then on it is not in force: `expires_at`, or the time of its event after `effective_at`."""
    sender_name: str = ""
    """Who is to be named as its source on every screen."""
    rank: int = 0
    """Of its event in `warnings.events`: 1 is the gravest."""

    @property
    def is_end_known(self) -> bool:
        """False: the sender did not say until when; `ends_at` is our own guess."""
        return self.expires_at is not None

    def words_in(self, lang: str) -> tuple[str, WarningWords]:
        """(the language that they are in, the words): in this language if it speaks it, else in the first it does."""
        found = lang if lang in self.words else next(iter(self.words))
        return found, self.words[found]
