"""The record that a source of the guide gives, in its own words: `ingest.guide` understands categories and states."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    ValidationError,
    model_validator,
)
from pydantic_core import PydanticCustomError

from data.domain.market.units import BadQuantity, decimal_of
from ingest.positions import is_exchanged


class GuideKind(StrEnum):
    """What a record tells of."""

    PLACE = "place"
    AGENDA = "agenda"
    CONDITION = "condition"
    FORECAST = "forecast"


def _whole(value: Any) -> Any:
    """A whole number as people write it: 15.000, Rp 15.000."""
    if not isinstance(value, str):
        return value
    try:
        return int(decimal_of(value.casefold().replace("rp", "").strip(" .")))
    except (BadQuantity, ValueError, OverflowError):
        raise PydanticCustomError("int_parsing", "is no whole number") from None


Whole = Annotated[int, BeforeValidator(_whole), Field(ge=0, le=10**9)]
Name = Annotated[str, Field(max_length=200)]
Word = Annotated[str, Field(max_length=100)]
Long = Annotated[str, Field(max_length=4000)]
Link = Annotated[str, Field(max_length=500, pattern=r"^https?://\S+$")]
REQUIRED: Mapping[GuideKind, tuple[str, ...]] = {
    GuideKind.PLACE: ("name",),
    GuideKind.AGENDA: (),
    GuideKind.CONDITION: ("at", "condition"),
    GuideKind.FORECAST: ("at", "village"),
}
"""What each kind cannot be without. An entry of the agenda needs a calendar, or a name and its beginning."""


class ForecastRecord(BaseModel):
    """One step of a forecast, in BMKG's terms; what is missing is not known."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at: AwareDatetime
    weather: Word
    weather_en: Word | None = None
    temperature_c: float | None = Field(default=None, ge=-30, le=60)
    humidity_percent: float | None = Field(default=None, ge=0, le=100)
    cloud_percent: float | None = Field(default=None, ge=0, le=100)
    wind_kmh: float | None = Field(default=None, ge=0, le=500)
    wind_from: str | None = Field(default=None, max_length=8)
    rain_mm: float | None = Field(default=None, ge=0, le=2000)


class GuideRecord(BaseModel):
    """A snapshot of a place or of an entry of the agenda, an observation, or the forecast for a village."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: GuideKind
    external_id: str = Field(min_length=1, max_length=200)
    at: AwareDatetime | None = None
    """When it was observed or computed; of the others when it was told."""
    updated_at: AwareDatetime | None = None
    """When the source last changed it."""
    name: Name | None = None
    """Of a place or a road; the title of an entry."""
    category: Word | None = None
    place_kind: Word | None = None
    lat: float | None = Field(default=None, ge=-90, le=90, allow_inf_nan=False)
    lon: float | None = Field(default=None, ge=-180, le=180, allow_inf_nan=False)
    address: Annotated[str, Field(max_length=500)] | None = None
    village: Word | None = None
    text: Long | None = None
    text_en: Long | None = None
    opening_hours: Name | None = None
    ticket: Whole | None = None
    phone: Annotated[str, Field(max_length=64)] | None = None
    phone_consent_at: AwareDatetime | None = None
    url: Link | None = None
    capacity: Whole | None = None
    nib: Word | None = None
    kbli: Word | None = None
    pirt: Word | None = None
    halal: Word | None = None
    calendar: str | None = Field(default=None, max_length=1_000_000)
    """A VCALENDAR with one VEVENT."""
    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None
    all_day: bool = False
    """True: it lasts whole days, from that of `starts_at` to that of `ends_at`, both included."""
    rule: Annotated[str, Field(max_length=500)] | None = None
    """RRULE, such as FREQ=WEEKLY;COUNT=4."""
    place: Name | None = None
    """A code of ours, an id of the source, or a name."""
    expected: Whole | None = None
    lang: str = Field(default="id", pattern=r"^[a-z]{2}$")
    cancelled: bool = False
    condition: Word | None = None
    """What is observed."""
    state: Word | None = None
    free: Whole | None = None
    observed_by: Name | None = None
    expires_at: AwareDatetime | None = None
    note: Annotated[str, Field(max_length=1000)] | None = None
    steps: tuple[ForecastRecord, ...] = Field(default=(), max_length=400)
    demo: bool = False
    swapped: bool = False
    """True: latitude and longitude came exchanged, and were swapped."""

    @model_validator(mode="wrap")
    @classmethod
    def _unswap(cls, data: Any, validate: ModelWrapValidatorHandler[Self]) -> Self:
        """Swap a position that is invalid as given and lies in the city when swapped."""
        try:
            return validate(data)
        except ValidationError:
            if not is_exchanged(data):
                raise
        return validate({**data, "lat": data["lon"], "lon": data["lat"], "swapped": True})

    @model_validator(mode="after")
    def _has_what_its_kind_needs(self) -> Self:
        needed = REQUIRED[self.kind]
        if self.kind is GuideKind.AGENDA and self.calendar is None:
            needed = ("name", "starts_at")
        for name in needed:
            if getattr(self, name) is None:
                raise PydanticCustomError("guide_missing", "needs {name}", {"name": name})
        return self
