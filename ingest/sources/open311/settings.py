"""The settings of an Open311 GeoReport v2 server in config.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator

from ingest.settings import SourceSettings, settings_error

AUTO: Literal["auto"] = "auto"
"""Detected by requests to the server."""


class Open311Settings(SourceSettings):
    """A server from which requests are pulled."""

    kind: Literal["open311"]
    url: str = Field(pattern=r"^https?://[^/\s]+")
    """The endpoint, to which `/requests.json` is appended."""
    inner: bool = False
    """True: the server may be in the city's own network."""
    ca_file: str | None = Field(default=None, min_length=1)
    """A PEM file with a certificate authority: absolute, or relative to BATT_HOME."""
    jurisdiction_id: str | None = None
    """Sent with every request, for an endpoint that serves several cities."""
    format: Literal["auto", "json", "xml"] = "auto"
    updated_after: bool | Literal["auto"] = "auto"
    """Whether the server can filter by time of change; else requests are pulled by time of receipt."""
    updates: bool | Literal["auto"] = "auto"
    """Whether the server has mySociety's `servicerequestupdates`."""
    page_size: int = Field(default=500, ge=1, le=10_000)
    questions_per_poll: int = Field(default=1000, ge=10, le=100_000)
    """The most requests to the server in one poll; the next poll goes on."""
    history_days: int = Field(default=90, ge=1, le=3660)
    """How far back the first pull reaches."""
    overlap_s: float = Field(default=3600, ge=0, le=30 * 86_400)
    """How far each pull overlaps the one before."""
    nightly_days: int = Field(default=90, ge=1, le=366)
    """How far the nightly catch-up reaches back."""
    nightly_hour: int = Field(default=2, ge=0, le=23)
    """The local hour from which the catch-up may run."""
    span_days: int = Field(default=90, ge=1, le=90)
    """The longest window of one request."""
    answer_s: float = Field(default=30, gt=0, le=600)
    """Seconds for one whole response."""
    zone: str = "Asia/Jakarta"
    """The zone of times without one."""
    agency: str | None = None
    """The code of the agency for requests whose agency is unknown."""
    agencies: Mapping[str, str] = Field(default_factory=dict)
    """Our agency codes by the server's agency_responsible."""
    categories: Mapping[str, str] = Field(default_factory=dict)
    """Our category codes by the server's service code or name. Others are found by their name, or go to triage."""

    @field_validator("zone")
    @classmethod
    def _is_known(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError):
            raise settings_error(f"{name!r} is no time zone; right would be Asia/Jakarta") from None
        return name
