"""The settings of a JSON feed in config.yaml."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from ingest.settings import SettingsModel, SourceSettings, settings_error
from ingest.sources.feed.paths import Path
from ingest.tabular.mapping.columns import Columns, MappingSettings

Variable = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$")]
"""The name of an environment variable: secrets are never in config.yaml."""
Address = Annotated[str, Field(pattern=r"^https?://[^\s/@]+(/\S*)?$")]
"""Without user and password."""
_EPOCHS = {"epoch": 1, "epoch_ms": 1000}


class CursorPages(SettingsModel):
    """Each response contains the cursor of the next page."""

    next: Path
    """The path of the next cursor; none, an empty one or the present one means the end."""
    param: str = Field(min_length=1)
    """The parameter for the cursor."""
    resume: bool = False
    """True: the feed only grows at its end, and the next fetch continues from the last cursor. False: every fetch
    starts from the beginning."""


class UrlPages(SettingsModel):
    """Each response contains the URL of the next page."""

    next: Path
    """The path of the URL; it must be on the same server."""
    resume: bool = False


class NumberPages(SettingsModel):
    """Pages are numbered. The last page is empty, short, or has only known items."""

    page: str = Field(default="page", min_length=1)
    first: int = Field(default=1, ge=0, le=1)
    """The number of the first page; servers differ."""
    size_param: str | None = "page_size"
    size: int = Field(default=100, ge=1, le=10_000)


class PagesSettings(SettingsModel):
    """How a long response is paged; exactly one of these."""

    cursor: CursorPages | None = None
    url: UrlPages | None = None
    number: NumberPages | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if sum(way is not None for way in (self.cursor, self.url, self.number)) != 1:
            raise settings_error(
                "needs exactly one of cursor, url, number; right would be e.g. cursor: {next: .., param: ..}"
            )
        return self


class WindowSettings(SettingsModel):
    """Requests only what changed in a span of time; after an outage in several spans."""

    since: str = Field(min_length=1)
    """The parameter for the start of the span."""
    until: str | None = None
    """The parameter for its end; left out: a span always ends now."""
    format: str = "%Y-%m-%dT%H:%M:%SZ"
    """The format of times: for strftime, or epoch, epoch_ms."""
    zone: str = "UTC"
    """The zone of the times: an IANA name."""
    overlap_s: float = Field(default=900, ge=0, le=30 * 86_400)
    """How far a span overlaps the one before, to find late records."""
    span_s: float = Field(default=86_400, ge=60, le=366 * 86_400)
    """The longest span of one request."""
    back_s: float = Field(default=30 * 86_400, gt=0, le=20 * 366 * 86_400)
    """How far back the first span starts."""
    nightly_s: float | None = Field(default=None, gt=0, le=366 * 86_400)
    """Once a day, after 02:00 local time, go back this far."""

    @model_validator(mode="after")
    def _can_be_written(self) -> Self:
        try:
            zone = ZoneInfo(self.zone)
        except (KeyError, ValueError, OSError):
            raise settings_error(f"zone: {self.zone!r} is no time zone; right would be e.g. Asia/Jakarta") from None
        if self.format in _EPOCHS:
            return self
        first, second = (datetime(year, 2, 3, tzinfo=UTC).astimezone(zone) for year in (2025, 2026))
        if first.strftime(self.format) == second.strftime(self.format):
            raise settings_error(
                f"format: {self.format!r} gives no date; right would be e.g. %Y-%m-%dT%H:%M:%SZ, or epoch"
            )
        return self

    def written(self, at: datetime) -> str:
        """A time in the server's format."""
        if self.format in _EPOCHS:
            return str(int(at.timestamp() * _EPOCHS[self.format]))
        return at.astimezone(ZoneInfo(self.zone)).strftime(self.format)


class HeaderAuth(SettingsModel):
    """A key in a header."""

    name: str = Field(default="Authorization", pattern=r"^[A-Za-z0-9-]+$")
    prefix: str = ""
    """Before the key, e.g. 'Bearer '."""
    env: Variable
    """The environment variable that holds the key."""


class OAuthAuth(SettingsModel):
    """OAuth 2.0, client credentials."""

    token_url: Address
    client_id_env: Variable
    client_secret_env: Variable
    scope: str | None = None
    send: Literal["client_secret_basic", "client_secret_post"] = "client_secret_basic"
    """Whether id and secret are sent in the header Authorization or in the form."""


class AuthSettings(SettingsModel):
    """The authentication; exactly one of these."""

    header: HeaderAuth | None = None
    oauth: OAuthAuth | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if (self.header is None) == (self.oauth is None):
            raise settings_error("needs either header or oauth; right would be e.g. header: {env: BATT_WARGA_KEY}")
        return self


class PushSettings(SettingsModel):
    """The source pushes its records to us, signed."""

    secret_env: Variable
    """The environment variable with the shared secret, at least 32 characters."""
    old_secret_env: Variable | None = None
    """The environment variable with the previous secret, which is also accepted during a change."""
    per_minute: int = Field(default=120, ge=1, le=100_000)
    """The most deliveries in a minute."""


class LimitSettings(SettingsModel):
    """The limits of one fetch."""

    body_mb: float = Field(default=50, gt=0, le=500)
    """The size of one response after decompression."""
    answer_s: float = Field(default=60, gt=0, le=600)
    """The seconds for one response."""
    pages: int = Field(default=1000, ge=1, le=100_000)
    """The most pages in one fetch, or in one span of a window."""


class FeedSettings(SourceSettings):
    """JSON over HTTP: fetched by us (`url`), pushed to us (`push`), or both."""

    kind: Literal["feed"]
    url: Address | None = None
    """The URL to fetch; left out: nothing is fetched, all records are pushed."""
    inner: bool = False
    """True: the server may be in the city's own network."""
    ca_file: str | None = None
    """A PEM file with a certificate authority, relative to BATT_HOME or absolute."""
    params: dict[str, str] = Field(default_factory=dict)
    """Parameters of every request."""
    auth: AuthSettings | None = None
    pages: PagesSettings | None = None
    window: WindowSettings | None = None
    push: PushSettings | None = None
    limits: LimitSettings = LimitSettings()
    items: Path = "@"
    """The path of the list of records in a response."""
    columns: dict[str, Path] = Field(default_factory=dict)
    """The path of a mapping's column in a record; a column that is missing here is a key of the record."""
    mapping: MappingSettings
    updated: Columns | None = None
    """The column with the time of the last change at the source: an older copy never undoes a newer one."""
    deleted: Path | None = None
    """The path of a record's deletion mark; the case stays, with a note."""

    @model_validator(mode="after")
    def _has_a_way_in(self) -> Self:
        if self.url is None and self.push is None:
            raise settings_error("needs url (what to ask) or push (to be brought), or both")
        asked = [name for name in ("auth", "pages", "window") if getattr(self, name) is not None]
        if self.url is None and asked:
            raise settings_error(f"has {', '.join(asked)} but no url to ask")
        resumed = self.pages and (self.pages.cursor or self.pages.url)
        if self.window and resumed and resumed.resume:
            raise settings_error("a window begins anew in every span; leave `resume` out of pages")
        return self
