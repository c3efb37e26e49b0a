"""The shape of config.yaml: one pydantic model a section. What the sections refer to is checked in `references`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from dashboard.config.fields import Address, Clock, Code, Day, Label, Variable, WallClock, Window, Working
from dashboard.config.sections.citizens import MessageSettings, PersonalDataSettings, PortalSettings
from dashboard.config.sections.escalation import EscalationSettings
from dashboard.config.sections.guide import GuideSettings
from dashboard.config.sections.market import MarketSettings
from dashboard.config.sections.public_page import PublicPageSettings
from dashboard.config.sections.warnings import WarningSettings
from data.domain.access.roles import Role
from data.domain.city.model import CaseKind, Priority
from data.domain.figures.boards import Layer


class Section(BaseModel):
    """Base of all: unknown keys are faults."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class TextSettings(Section):
    """A text in both languages."""

    id: Label
    en: Label


class CitySettings(Section):
    """`city`."""

    name: Label
    timezone: str
    warn_at: float = Field(ge=0.5, le=0.95)
    default_class: str
    legal_calendar: str


class SeasonSettings(Section):
    """Dates with other hours than usual, in `seasons` of a calendar."""

    name: Label
    first: date = Field(alias="from")
    last: date = Field(alias="to")
    hours: dict[Day, list[Window]]


class DatedDaySettings(Section):
    """One date in `days` of a calendar: exactly one of hours, closed and open."""

    name: Label
    hours: list[Window] | None = None
    closed: Literal[True] | None = None
    open: Literal[True] | None = None


class CalendarSettings(Section):
    """One version of one of `calendars`."""

    version: int = Field(ge=1)
    since: date | None = Field(default=None, alias="from")
    always: bool
    joint_leave_off: bool = True
    hours: dict[Day, list[Window]] = {}
    seasons: list[SeasonSettings] = []
    days: dict[date, DatedDaySettings] = {}


def _as_list(value: object) -> object:
    return [value] if isinstance(value, Mapping) else value


CalendarVersions = Annotated[list[CalendarSettings], BeforeValidator(_as_list)]
"""A calendar that has one version only may stand without the list."""


class HolidaySettings(Section):
    """`holidays`: the local table over what the package knows."""

    days_off: dict[date, Label]
    working_days: list[date]


class AgencySettings(Section):
    """One of `agencies`."""

    name: Label
    short: Annotated[Label, StringConstraints(max_length=14)]
    duty: TextSettings
    calendar: str
    silent_after: Working


class PauseSettings(Section):
    """One of `pauses`."""

    name: TextSettings
    cap: WallClock | None


class PolicySettings(Section):
    """One version of one of `policies`."""

    version: int = Field(ge=1)
    since: date | None = Field(default=None, alias="from")
    calendar: str
    verify: Working
    respond: Working
    resolve: Working
    hold: Working
    pauses: list[str]


class ClassSettings(Section):
    """One of `classes`."""

    name: TextSettings
    working_days: int = Field(ge=1, le=366)
    words: list[Label] = []


class IncidentSettings(Section):
    """When reports tell of one event."""

    radius_m: float = Field(gt=0, le=5000)
    window: WallClock


class CategorySettings(Section):
    """One of `categories`."""

    name: TextSettings
    agency: str
    policy: str
    priority: Priority
    private: bool
    letter: Annotated[str, StringConstraints(min_length=1, max_length=2)]
    kind: CaseKind = CaseKind.REPORT
    prefix: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2,6}$")] = "AW"
    words: list[Label] = []
    incident: IncidentSettings | None = None
    closes_after: WallClock | None = None


class TopicSettings(Section):
    """One of `topics`."""

    category: str
    agency: str | None = None
    phrases: list[Label] = []
    things: list[Label] = []
    problems: list[Label] = []
    hints: list[Label] = []
    lacking: bool = False


class RuleSettings(Section):
    """One of `routing`."""

    agency: str
    category: str | None = None
    words: list[Label] = []
    villages: list[Label] = []
    after: Clock | None = None
    before: Clock | None = None
    weekdays: list[Day] = []


class ServerSettings(Section):
    """`server`."""

    host: Label
    port: int = Field(ge=1, le=65535)
    public_url: Annotated[str, StringConstraints(pattern=r"^https?://[^/]+.*$")] | None = None
    screens: int = Field(ge=1, le=2000)
    live_pages: int = Field(default=30, ge=0, le=2000)
    request_threads: int = Field(ge=2, le=256)
    lock_wait: WallClock
    proxies: int = Field(default=0, ge=0, le=5)
    performance_process: bool = True
    least_free_mb: int = Field(default=500, ge=0)
    watcher_url: Annotated[str, StringConstraints(pattern=r"^https?://[^/]+.*$")] | None = None

    @property
    def sockets(self) -> int:
        """The most sockets that are let in at once."""
        return self.screens + self.live_pages


class Open311ServerSettings(Section):
    """`open311`."""

    title: Label
    expected: WallClock
    contact: Label
    key_service: Label
    jurisdiction_id: Label
    per_minute: int | None = Field(default=600, ge=1)
    per_day: int | None = Field(default=20_000, ge=1)
    questions_per_minute: int | None = Field(default=600, ge=1)
    publish_photos: bool = False


class MapSettings(Section):
    """`map`."""

    tiles_url: Annotated[str, StringConstraints(pattern=r"^https?://.*\{z\}.*\{[xy]\}.*\{[xy]\}.*$")] | None
    tiles_file: Label | None
    attribution: str | None
    max_zoom: int = Field(ge=8, le=22)


class BackupSettings(Section):
    """`backup`."""

    folder: Label | None = None
    every: WallClock = timedelta(days=1)
    daily: int = Field(default=7, ge=0)
    weekly: int = Field(default=5, ge=0)
    monthly: int = Field(default=12, ge=0)
    key_env: Variable | None = None


class RetentionSettings(Section):
    """`retention`."""

    changes: WallClock | None = Field(default=timedelta(days=400), ge=timedelta(days=7))
    hours: WallClock | None = Field(default=timedelta(days=366), ge=timedelta(days=60))


Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]
"""A line of a document; empty: left to be filled in."""


class MailSettings(Section):
    """`mail`: the server that takes all mails."""

    host: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9.:-]+$")]
    port: int = Field(default=587, ge=1, le=65_535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    ca_file: Label | None = None
    user: Label | None = None
    password_env: Variable | None = None
    sender: Address


class ReportSettings(Section):
    """`report`."""

    paper: Literal["a4", "f4"] = "a4"
    government: Line = ""
    office: Line = ""
    letterhead: list[Line] = Field(default=[], max_length=4)
    arms: Annotated[str, StringConstraints(pattern=r"\.svg$")] | None = None
    place: Line = ""
    to: Line = ""
    sender: Line = ""
    copies: list[Line] = []
    signer_office: Line = ""
    signer_name: Line = ""
    signer_rank: Line = ""
    licence: Label = "CC-BY-4.0"
    contact: Line = ""
    working_day: int | None = Field(default=None, ge=1, le=20)
    langs: list[Literal["id", "en"]] = Field(default=["id"], min_length=1)
    mail_to: list[Address] = Field(default=[], max_length=50)


class SsoSettings(Section):
    """`accounts.sso`."""

    title: TextSettings
    issuer: Annotated[str, StringConstraints(pattern=r"^(https://[^/]+|http://(127\.0\.0\.1|localhost)(:\d+)?)(/.*)?$")]
    client_id: Label
    secret_env: Variable
    claim: Label = "preferred_username"


class AccountSettings(Section):
    """`accounts`."""

    idle: WallClock = timedelta(hours=1)
    absolute: WallClock = timedelta(hours=12)
    one_time: WallClock = timedelta(days=7)
    second_factor: list[Role] = []
    sso: SsoSettings | None = None


class TemplateSettings(Section):
    """One of `desk.templates`."""

    title: TextSettings
    text: TextSettings
    commands: list[Literal["answer", "pause", "refuse", "decline", "resolve", "transfer"]] = Field(min_length=1)
    categories: list[str] = []


class DeskSettings(Section):
    """`desk`."""

    templates: dict[Code, TemplateSettings] = {}
    authorities: list[Label] = []


class PopulationSettings(Section):
    """`population`."""

    year: int | None = Field(default=None, ge=1990, le=2100)
    source: Label | None = None
    villages: dict[str, Annotated[int, Field(ge=1, le=10_000_000)]] = {}


class ScreenSettings(Section):
    """One of `screens`."""

    title: Label
    inches: float = Field(ge=10, le=300)
    farthest_m: float = Field(gt=0, le=50)
    desk_m: float = Field(gt=0, le=50)
    theme: Literal["dark", "light"]
    lang: Literal["id", "en"]
    boards: dict[str, Annotated[float, Field(gt=0, le=10)]] = Field(min_length=1)
    layers: list[Layer] = [Layer.AGENDA, Layer.CONDITIONS]
    version: int = Field(ge=1)


class Settings(Section):
    """All of config.yaml but `sources`, whose models belong to their kinds."""

    city: CitySettings
    calendars: dict[Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+$")], CalendarVersions]
    holidays: HolidaySettings
    population: PopulationSettings = PopulationSettings()
    agencies: dict[Code, AgencySettings]
    pauses: dict[Code, PauseSettings]
    policies: dict[Code, list[PolicySettings]]
    classes: dict[Code, ClassSettings]
    categories: dict[Code, CategorySettings]
    topics: list[TopicSettings] = []
    routing: list[RuleSettings] = []
    server: ServerSettings
    open311: Open311ServerSettings
    map: MapSettings
    screens: dict[Code, ScreenSettings]
    backup: BackupSettings = BackupSettings()
    retention: RetentionSettings = RetentionSettings()
    mail: MailSettings | None = None
    report: ReportSettings = ReportSettings()
    accounts: AccountSettings = AccountSettings()
    portal: PortalSettings = PortalSettings()
    messages: MessageSettings = MessageSettings()
    personal_data: PersonalDataSettings = PersonalDataSettings()
    desk: DeskSettings = DeskSettings()
    escalation: EscalationSettings = EscalationSettings()
    market: MarketSettings = MarketSettings()
    public_page: PublicPageSettings = PublicPageSettings()
    warnings: WarningSettings = WarningSettings()
    guide: GuideSettings = GuideSettings()
