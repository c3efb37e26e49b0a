"""The source's cursor: the progress of the pulls and the server's capabilities, as JSON text."""

from __future__ import annotations

from typing import Literal

from pydantic import AliasChoices, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

Pull = Literal["regular", "nightly"]


class PullProgress(BaseModel):
    """The progress of an unfinished pull."""

    model_config = ConfigDict(extra="ignore")

    pull: Pull
    begin: AwareDatetime
    """Everything before this is stored."""
    end: AwareDatetime
    window_end: AwareDatetime | None = None
    """The end of the window that starts at `begin`, when some of its pages are stored; None: none are."""
    page: int | None = None
    """The last page that is stored; None: the first."""
    page_size: int = 0
    """The requested page size."""


class Capabilities(BaseModel):
    """What the server supports, learnt from its responses; None: not known yet."""

    model_config = ConfigDict(extra="ignore")

    format: Literal["json", "xml"] | None = None
    second_page: Literal[0, 1, 2] | None = None
    """The number of the second page (the first is requested without a number); 0: the server has no pages."""
    largest: int = Field(default=0, ge=0)
    """The number of requests on the largest page so far."""
    updated_after: bool | None = None
    updates: bool | None = None


class Cursor(BaseModel):
    """The cursor of the source."""

    model_config = ConfigDict(extra="ignore", validate_by_name=True)

    until: AwareDatetime | None = None
    """Everything until then is stored; None: the first pull is not finished."""
    nightly: str = ""
    """The local day of the last nightly catch-up, ISO."""
    asked: str = ""
    """The local day of the last discovery of services and capabilities."""
    span: PullProgress | None = None
    capabilities: Capabilities = Field(
        default_factory=Capabilities, validation_alias=AliasChoices("capabilities", "learnt")
    )
    """Earlier versions stored it as `learnt`."""
    services: dict[str, str] = Field(default_factory=dict)
    """Codes and names."""

    def text(self) -> str:
        return self.model_dump_json(exclude_defaults=True)


def read_cursor(cursor: str | None) -> Cursor:
    """The parsed cursor; an empty one when it cannot be read. Then everything is pulled again, which changes
    nothing."""
    try:
        return Cursor.model_validate_json(cursor or "{}")
    except ValidationError:
        return Cursor()
