"""The settings of a source of warnings (CAP 1.2)."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from ingest.settings import SourceSettings, settings_error
from ingest.sources.feed.settings import Address, PushSettings


class CapSettings(SourceSettings):
    """Warnings: fetched from addresses, found in a folder, pushed to us, or several of these."""

    kind: Literal["cap"]
    urls: tuple[Address, ...] = Field(default=(), max_length=20)
    """Each is one message, or an RSS or Atom list of them; BMKG has a list a language."""
    inner: bool = False
    """True: the server of the first address may be in the city's own network."""
    ca_file: str | None = Field(default=None, min_length=1)
    folder: str | None = Field(default=None, min_length=1)
    """Absolute, or relative to BATT_HOME; every .xml and .cap in it is a message."""
    settle_s: float = Field(default=2, ge=0)
    push: PushSettings | None = None
    own: bool = False
    """True: it is the city's own, and what it says without an area is about the whole city."""
    credit: str = Field(default="", max_length=200)
    """Who is named as the source on every screen; empty: as each message says."""
    per_minute: int = Field(default=30, ge=1, le=60)
    """The most requests in a minute. BMKG allows an address 60, for all its services together."""
    provinces: tuple[Annotated[str, StringConstraints(pattern=r"^\d{2}$")], ...] = ()
    """BPS numbers: of BMKG's messages only those of these provinces are taken; others are not known by number."""

    @model_validator(mode="after")
    def _has_a_way(self) -> Self:
        if not self.urls and self.folder is None and self.push is None:
            raise settings_error("needs urls (what to ask), folder (where to look) or push (to be brought)")
        return self
