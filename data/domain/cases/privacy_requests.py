"""What a reporter may ask for by UU 27/2022, each a request under a clock of its own: calendar time, day and night."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

ANSWER_WITHIN = timedelta(hours=72)
"""Three times 24 hours, holidays or not."""


class RequestKind(StrEnum):
    """The kinds; their words are `privacy.kind.KIND` of the locales."""

    ACCESS = "access"
    """What is kept, and when it was looked at."""
    CORRECTION = "correction"
    ERASURE = "erasure"
    RESTRICTION = "restriction"
    WITHDRAWAL = "withdrawal"
    """Of the consent to be written to."""


def due_at(received_at: datetime) -> datetime:
    """Until when a request is to be answered."""
    return received_at + ANSWER_WITHIN
