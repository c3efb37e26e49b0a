"""What was recorded of all that decides a verdict, so that old verdicts stay as they were judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

Content = Mapping[str, Any]
"""What a version says, as JSON can hold it: everything that decides a verdict, and no names for people."""


class VersionKind(StrEnum):
    """What is recorded."""

    POLICY = "policy"
    CALENDAR = "calendar"
    HOLIDAYS = "holidays"
    """The days off of one year that a version of a calendar uses."""
    PAUSE = "pause"
    """The cap of a pause reason; with one version, as the two below."""
    CLASS = "class"
    """The legal limit of a service class."""
    AGENCY = "agency"
    """The calendar of an agency."""


class VersionKey(NamedTuple):
    """A version; `name` is its code, `year` 0 where it means nothing."""

    kind: VersionKind
    name: str
    version: int
    year: int = 0


@dataclass(frozen=True, slots=True)
class RecordedVersion:
    """What a version said from a moment on: revision 1 when it was first seen, 2 and more after edits in place."""

    key: VersionKey
    revision: int
    at: datetime
    fingerprint: str
    content: Content
    accepted_by: str | None = None
    """Who accepted the edit; None: first seen, or holidays of days that were still to come."""
    judged: int | None = None
    """How many open cases were judged anew after the edit, and for how many the status differed."""
    differing: int | None = None
