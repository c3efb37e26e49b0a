"""The settings of a JSON feed, as they stand in config.yaml."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from ingest.settings import Settings, SourceSettings, fault
from ingest.sources.feed.paths import Path
from ingest.tabular.mapping.columns import Columns, MappingSettings

Variable = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$")]
"""The name of an environment variable: what is secret never stands in config.yaml."""
Address = Annotated[str, Field(pattern=r"^https?://[^\s/@]+(/\S*)?$")]
"""Without user and password."""
_EPOCHS = {"epoch": 1, "epoch_ms": 1000}


class CursorPages(Settings):
    """The answer says what to ask for next."""

    next: Path
    """Where the next cursor stands; none, an empty one or the present one again is the end."""
    param: str = Field(min_length=1)
    """The parameter that takes it."""
    resume: bool = False
    """True: the feed only grows at its end, and the next fetch goes on from the last cursor. False: every fetch
    begins anew."""


class UrlPages(Settings):
    """The answer says the next address."""

    next: Path
    """Where it stands; it must lie on the same server."""
    resume: bool = False


class NumberPages(Settings):
    """Pages are numbered. An empty page, a short one or one that brings nothing unseen is the last."""

    page: str = Field(default="page", min_length=1)
    first: int = Field(default=1, ge=0, le=1)
    """The number of the first page; servers differ."""
    size_param: str | None = "page_size"
    size: int = Field(default=100, ge=1, le=10_000)


class PagesSettings(Settings):
    """How a long answer is cut; one of them."""

    cursor: CursorPages | None = None
    url: UrlPages | None = None
    number: NumberPages | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if sum(way is not None for way in (self.cursor, self.url, self.number)) != 1:
            raise fault("needs exactly one of cursor, url, number; right would be e.g. cursor: {next: .., param: ..}")
        return self


class WindowSettings(Settings):
    """Only what changed in a span of time is asked for; after an outage span by span."""

    since: str = Field(min_length=1)
    """The parameter that takes the span's begin."""
    until: str | None = None
    """The one that takes its end; left out: a span always reaches to now."""
    format: str = "%Y-%m-%dT%H:%M:%SZ"
    """How moments are written: as strftime has it, or epoch, epoch_ms."""
    zone: str = "UTC"
    """In which zone they are written: an IANA name."""
    overlap_s: float = Field(default=900, ge=0, le=30 * 86_400)
    """How far a span reaches back over the one before: what came late is still found."""
    span_s: float = Field(default=86_400, ge=60, le=366 * 86_400)
    """The longest span asked for at once."""
    back_s: float = Field(default=30 * 86_400, gt=0, le=20 * 366 * 86_400)
    """How far back the very first span begins."""
    nightly_s: float | None = Field(default=None, gt=0, le=366 * 86_400)
    """Once a day, after two at night, reach back this far."""

    @model_validator(mode="after")
    def _can_be_written(self) -> Self:
        try:
            zone = ZoneInfo(self.zone)
        except (KeyError, ValueError, OSError):
            raise fault(f"zone: {self.zone!r} is no time zone; right would be e.g. Asia/Jakarta") from None
        if self.format in _EPOCHS:
            return self
        first, second = (datetime(year, 2, 3, tzinfo=UTC).astimezone(zone) for year in (2025, 2026))
        if first.strftime(self.format) == second.strftime(self.format):
            raise fault(f"format: {self.format!r} gives no date; right would be e.g. %Y-%m-%dT%H:%M:%SZ, or epoch")
        return self

    def written(self, at: datetime) -> str:
        """A moment as the server wants it."""
        if self.format in _EPOCHS:
            return str(int(at.timestamp() * _EPOCHS[self.format]))
        return at.astimezone(ZoneInfo(self.zone)).strftime(self.format)


class HeaderAuth(Settings):
    """A key in a header."""

    name: str = Field(default="Authorization", pattern=r"^[A-Za-z0-9-]+$")
    prefix: str = ""
    """Before the key, e.g. 'Bearer '."""
    env: Variable
    """The environment variable that holds the key."""


class OAuthAuth(Settings):
    """OAuth 2.0, client credentials."""

    token_url: Address
    client_id_env: Variable
    client_secret_env: Variable
    scope: str | None = None
    send: Literal["client_secret_basic", "client_secret_post"] = "client_secret_basic"
    """How id and secret are sent: in the header Authorization, or in the form."""


class AuthSettings(Settings):
    """How we say who we are; one of them."""

    header: HeaderAuth | None = None
    oauth: OAuthAuth | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if (self.header is None) == (self.oauth is None):
            raise fault("needs either header or oauth; right would be e.g. header: {env: BATT_WARGA_KEY}")
        return self


class PushSettings(Settings):
    """The source brings its records itself, signed."""

    secret_env: Variable
    """The environment variable that holds the shared secret, 32 characters or more."""
    old_secret_env: Variable | None = None
    """The one that holds the secret before it, which is taken too while they are exchanged."""
    per_minute: int = Field(default=120, ge=1, le=100_000)
    """So many deliveries in a minute."""


class LimitSettings(Settings):
    """What one fetch may cost."""

    body_mb: float = Field(default=50, gt=0, le=500)
    """One answer, unpacked."""
    answer_s: float = Field(default=60, gt=0, le=600)
    """How long one answer may take."""
    pages: int = Field(default=1000, ge=1, le=100_000)
    """Pages in one fetch, or in one span of a window."""


class FeedSettings(SourceSettings):
    """JSON over HTTP: asked for, or brought to us (`push`), or both."""

    kind: Literal["feed"]
    url: Address | None = None
    """What is asked; left out: nothing is, everything is pushed."""
    inner: bool = False
    """True: the server may stand in the city's own network."""
    ca_file: str | None = None
    """A PEM file with the authority of its certificate, relative to BATT_HOME or absolute."""
    params: dict[str, str] = Field(default_factory=dict)
    """Sent with every question."""
    auth: AuthSettings | None = None
    pages: PagesSettings | None = None
    window: WindowSettings | None = None
    push: PushSettings | None = None
    limits: LimitSettings = LimitSettings()
    items: Path = "@"
    """Where the list of records stands in an answer."""
    columns: dict[str, Path] = Field(default_factory=dict)
    """Where a column of the mapping stands in a record; one that is not named here is the record's own key."""
    mapping: MappingSettings
    updated: Columns | None = None
    """The column with the time of the last change at the source: an older copy never undoes a newer one."""
    deleted: Path | None = None
    """Where a record says that it was deleted at its source; the case stays, with a note."""

    @model_validator(mode="after")
    def _has_a_way_in(self) -> Self:
        if self.url is None and self.push is None:
            raise fault("needs url (what to ask) or push (to be brought), or both")
        asked = [name for name in ("auth", "pages", "window") if getattr(self, name) is not None]
        if self.url is None and asked:
            raise fault(f"has {', '.join(asked)} but no url to ask")
        resumed = self.pages and (self.pages.cursor or self.pages.url)
        if self.window and resumed and resumed.resume:
            raise fault("a window begins anew in every span; leave `resume` out of pages")
        return self
