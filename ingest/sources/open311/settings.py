"""How a server of Open311 GeoReport v2 is set up in config.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator

from ingest.settings import SourceSettings, fault

AUTO: Literal["auto"] = "auto"
"""Found out by asking, and asked again every night."""


class Open311Settings(SourceSettings):
    """A server that is asked for its requests."""

    kind: Literal["open311"]
    url: str = Field(pattern=r"^https?://[^/\s]+")
    """The endpoint, to which `/requests.json` is appended."""
    inner: bool = False
    """True: the server may stand in the city's own network."""
    ca_file: str | None = Field(default=None, min_length=1)
    """A PEM file with the authority of its certificate: absolute, or relative to BATT_HOME."""
    jurisdiction_id: str | None = None
    """Told with every question, where one endpoint serves several cities."""
    format: Literal["auto", "json", "xml"] = "auto"
    updated_after: bool | Literal["auto"] = "auto"
    """Whether it can be asked for what changed; else it is asked for what came in."""
    updates: bool | Literal["auto"] = "auto"
    """Whether it knows mySociety's `servicerequestupdates`."""
    page_size: int = Field(default=500, ge=1, le=10_000)
    history_days: int = Field(default=90, ge=1, le=3660)
    """How far back the first pull reaches."""
    overlap_s: float = Field(default=3600, ge=0, le=30 * 86_400)
    """How far each pull reaches back beyond the one before."""
    nightly_days: int = Field(default=90, ge=1, le=366)
    """How far the nightly catch-up reaches back."""
    nightly_hour: int = Field(default=2, ge=0, le=23)
    """The local hour from which it may run."""
    span_days: int = Field(default=90, ge=1, le=90)
    """The longest window that is asked for at once."""
    answer_s: float = Field(default=30, gt=0, le=600)
    """For one whole answer."""
    zone: str = "Asia/Jakarta"
    """Of times that name none."""
    agency: str | None = None
    """Whose work all of it is, by code, where the server names nobody that we know."""
    agencies: Mapping[str, str] = Field(default_factory=dict)
    """What the server writes in agency_responsible: an agency's code."""
    categories: Mapping[str, str] = Field(default_factory=dict)
    """A service's code or name: a category's code. Others are known by their name, or go to triage."""

    @field_validator("zone")
    @classmethod
    def _is_known(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError):
            raise fault(f"{name!r} is no time zone; right would be Asia/Jakarta") from None
        return name
