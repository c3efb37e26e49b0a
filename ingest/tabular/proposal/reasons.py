"""Why a column is taken for a field: told by keys and values, so that each page says it in its own language."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from pydantic import Field

from ingest.settings import SettingsModel


class Because(StrEnum):
    """A reason; its text is `uploads.why.` and its name."""

    NAME = "name"
    LIKE = "like"
    HOLDS_LAT = "holds_lat"
    HOLDS_LON = "holds_lon"
    HOLDS_BOTH = "holds_both"
    HOLDS_CATEGORIES = "holds_categories"
    HOLDS_VILLAGES = "holds_villages"
    HOLDS_AGENCIES = "holds_agencies"
    HOLDS_STATUSES = "holds_statuses"
    HOLDS_TIMES = "holds_times"
    HOLDS_DATES = "holds_dates"
    HOLDS_EMAILS = "holds_emails"
    HOLDS_PHONES = "holds_phones"
    HOLDS_LINKS = "holds_links"
    HOLDS_LONG_TEXTS = "holds_long_texts"
    HOLDS_EACH_ONCE = "holds_each_once"
    NO_DATES = "no_dates"
    NO_TIMES = "no_times"
    NO_DEGREES = "no_degrees"
    RUNNING = "running"
    OF_SOURCE = "of_source"
    NOT_OF_SOURCE = "not_of_source"
    KEPT = "kept"
    NOT_KEPT = "not_kept"
    NO_DATE_COLUMN = "no_date_column"
    ELSEWHERE = "elsewhere"
    NO_AGENCY = "no_agency"
    EXCHANGED = "exchanged"
    UNKNOWN = "unknown"


AGAINST = frozenset({Because.NO_DATES, Because.NO_TIMES, Because.NO_DEGREES, Because.RUNNING})
"""Those that speak against what comes before them."""


class Why(SettingsModel):
    """One reason."""

    because: Because
    values: Mapping[str, str | int] = Field(default_factory=dict)
    """Of NAME: column; of LIKE: column, word, score (of 100)."""
