"""The source's cursor: what the next pull needs to know, as JSON text."""

from __future__ import annotations

from typing import Literal

from pydantic import AliasChoices, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

Pull = Literal["regular", "nightly"]


class Span(BaseModel):
    """A pull that is under way: what of it is not stored yet."""

    model_config = ConfigDict(extra="ignore")

    pull: Pull
    begin: AwareDatetime
    """Everything before is stored."""
    end: AwareDatetime
    window_end: AwareDatetime | None = None
    """Of the window from `begin` of which some pages are stored; None: none are."""
    page: int | None = None
    """The last page that is stored; None: the first."""
    page_size: int = 0
    """As it was asked for."""


class Capabilities(BaseModel):
    """What the server can do, as seen from its answers; None: not known yet."""

    model_config = ConfigDict(extra="ignore")

    format: Literal["json", "xml"] | None = None
    second_page: Literal[0, 1, 2] | None = None
    """The number of the page after the first, which is asked for without one; 0: it knows no pages."""
    largest: int = Field(default=0, ge=0)
    """Requests on its largest page so far."""
    updated_after: bool | None = None
    updates: bool | None = None


class Cursor(BaseModel):
    """The whole cursor."""

    model_config = ConfigDict(extra="ignore", validate_by_name=True)

    until: AwareDatetime | None = None
    """Everything until then is stored; None: the first pull is not through."""
    nightly: str = ""
    """The local day of the last nightly catch-up, ISO."""
    asked: str = ""
    """The local day on which services and capabilities were asked for last."""
    span: Span | None = None
    capabilities: Capabilities = Field(
        default_factory=Capabilities, validation_alias=AliasChoices("capabilities", "learnt")
    )
    """Earlier versions stored it as `learnt`."""
    services: dict[str, str] = Field(default_factory=dict)
    """Codes and names."""

    def text(self) -> str:
        """As a cursor."""
        return self.model_dump_json(exclude_defaults=True)


def read_cursor(cursor: str | None) -> Cursor:
    """What a cursor says; of one that cannot be read, nothing: everything is asked for again, nothing comes twice."""
    try:
        return Cursor.model_validate_json(cursor or "{}")
    except ValidationError:
        return Cursor()
