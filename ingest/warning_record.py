"""The record that a source of warnings gives: one CAP message, as it stands. `ingest.warnings` understands it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from data.domain.warnings.nouns import MessageType, Severity

FIRST, LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


def _instant(value: Any) -> Any:
    """As CAP writes it, with an offset; -00:00 is UTC."""
    if not isinstance(value, str):
        return value
    try:
        return datetime.fromisoformat(value.strip())
    except ValueError:
        raise PydanticCustomError("datetime_parsing", "is no time") from None


def _sane(value: datetime) -> datetime:
    if not FIRST <= value < LAST:
        raise PydanticCustomError("datetime_parsing", "is no time of this century")
    return value.astimezone(UTC)


Instant = Annotated[AwareDatetime, BeforeValidator(_instant), AfterValidator(_sane)]
Name = Annotated[str, Field(min_length=1, max_length=200)]
Line = Annotated[str, Field(max_length=2000)]
Text = Annotated[str, Field(max_length=100_000)]
Corner = tuple[float, float]
"""Latitude, longitude, as CAP writes them."""


class Model(BaseModel):
    """Base of what a message holds."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class NamedMessage(Model):
    """One of `references`."""

    sender: Name
    identifier: Name
    sent: Instant


class Circle(Model):
    """Around a place; the radius may be 0."""

    lat: float = Field(ge=-90, le=90)
    lon: float = Field(ge=-180, le=180)
    radius_km: float = Field(ge=0, le=21_000, allow_inf_nan=False)


class WarningInfo(Model):
    """One `info`: what is said in one language."""

    language: str = Field(pattern=r"^[a-z]{2,3}$")
    event: Name
    urgency: str
    severity: Severity
    certainty: str
    effective: Instant | None = None
    onset: Instant | None = None
    expires: Instant | None = None
    sender_name: Annotated[str, Field(max_length=200)] = ""
    headline: Line = ""
    description: Text = ""
    instruction: Text = ""
    area: Text = ""
    """All areaDesc, with commas."""
    all_clear: bool = False
    polygons: tuple[tuple[Corner, ...], ...] = ()
    circles: tuple[Circle, ...] = ()


class WarningRecord(Model):
    """One message: Actual, Public, an Alert, an Update or a Cancel."""

    external_id: str = Field(min_length=1, max_length=200)
    key: str = Field(min_length=1, max_length=200)
    """What its warning is known by when it comes again: of BMKG the code of its file and when it was sent."""
    digest: str
    """SHA-256 of the message."""
    sender: Name
    identifier: Name
    sent: Instant
    message_type: MessageType
    references: tuple[NamedMessage, ...] = ()
    infos: tuple[WarningInfo, ...] = ()
    message: str
    """As it came, decoded."""
    own: bool = False
    """Its source is the city's own: without an area it is about the whole city."""
    credit: str = ""
    """Who is to be named as its source, whatever the message says."""
    demo: bool = False
