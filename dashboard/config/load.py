"""Reads config.yaml. Raises ConfigFaults with all faults."""

from __future__ import annotations

import typing
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from dashboard.boards import BOARDS
from dashboard.config import checks
from dashboard.config.city import build_city
from dashboard.config.faults import ConfigFault, ConfigFaults, Document, did_you_mean, faults_of, read_yaml
from dashboard.config.models import (
    AccountSettings,
    BackupSettings,
    DeskSettings,
    MailSettings,
    MapSettings,
    Open311ServerSettings,
    ReportSettings,
    RetentionSettings,
    ScreenSettings,
    ServerSettings,
    Settings,
)
from dashboard.config.sections.citizens import MessageSettings, PersonalDataSettings, PortalSettings
from dashboard.config.sections.escalation import without_channel
from dashboard.config.sections.market import MarketSettings
from dashboard.config.sections.public_page import PublicPageSettings, check_map_categories
from dashboard.config.sections.tiles import check_tile_categories
from dashboard.config.sections.warnings import CAP_SIMULATOR, feeds_of, warnings_of
from data.domain.city.model import City
from data.store.queries.feed_health import SourceInfo
from ingest.settings import SourceSettings
from ingest.sources.kinds import KINDS
from layouts.kit.screen import Part, ScreenLayout
from layouts.kit.viewport import Panel

OPEN311 = "open311"
"""The name of the source that is our own Open311 server."""
PORTAL = "among_warga"
"""The name of the source that is the citizens' form."""
MARKET = "among_tani"
"""The name of the source that are the farmers' and buyers' own pages, and of questions from there."""
SIMULATORS = frozenset({"market_simulator", "guide_simulator", CAP_SIMULATOR})
"""The kinds of sources that play the market, the guide and the warnings in the demonstration."""
MISSED = 5
"""A source that is asked every n seconds and has no limit of its own is late after this many times n."""
LEAST_LATE_S = 60.0


@dataclass(frozen=True, slots=True)
class Config:
    """A configuration without faults."""

    city: City
    sources: Mapping[str, SourceSettings]
    """Settings of each source, of the model of its kind."""
    screens: Mapping[str, ScreenSettings]
    server: ServerSettings
    open311: Open311ServerSettings
    map: MapSettings
    backup: BackupSettings = field(default_factory=BackupSettings)
    retention: RetentionSettings = field(default_factory=RetentionSettings)
    mail: MailSettings | None = None
    report: ReportSettings = field(default_factory=ReportSettings)
    accounts: AccountSettings = field(default_factory=AccountSettings)
    portal: PortalSettings = field(default_factory=PortalSettings)
    messages: MessageSettings = field(default_factory=MessageSettings)
    personal_data: PersonalDataSettings = field(default_factory=PersonalDataSettings)
    desk: DeskSettings = field(default_factory=DeskSettings)
    market: MarketSettings = field(default_factory=MarketSettings)
    public_page: PublicPageSettings = field(default_factory=PublicPageSettings)
    demo: bool = False
    """True: the simulator plays the city, and every wall says so."""

    @property
    def mails_reports(self) -> bool:
        """Whether the report that is made by itself is mailed."""
        return self.mail is not None and bool(self.report.mail_to)

    @property
    def layouts(self) -> dict[str, ScreenLayout]:
        """The screens as they are drawn."""
        return {name: _layout(name, screen) for name, screen in self.screens.items()}

    @property
    def source_infos(self) -> tuple[SourceInfo, ...]:
        """What the walls say of each source; our own server first: Open311, and the citizens' form."""
        own = [SourceInfo(OPEN311, self.open311.title, self.open311.expected.total_seconds())]
        if self.portal.open:
            own.append(SourceInfo(PORTAL, self.portal.title.id, self.portal.expected.total_seconds()))
        if self.market.open:
            own.append(SourceInfo(MARKET, self.market.title.id, self.market.expected.total_seconds()))
        own += [
            SourceInfo(name, gateway.title.id, gateway.expected.total_seconds())
            for name, gateway in self.messages.inbound.items()
        ]
        return (*own, *(_info(name, source) for name, source in self.sources.items()))

    def as_demo(self, simulator: str) -> Config:
        """The same city with one source playing, its market, its guide and warnings, and all others off; nothing leaves
        it."""
        playing = {simulator, *(name for name, it in self.sources.items() if it.kind in SIMULATORS)}
        sources = {name: it.model_copy(update={"enabled": name in playing}) for name, it in self.sources.items()}
        city = replace(self.city, escalation=replace(self.city.escalation, receivers={}))
        city = replace(city, warnings=replace(city.warnings, feeds=feeds_of(sources)))
        quiet = replace(self, city=city, backup=BackupSettings(), messages=MessageSettings(), mail=None)
        return replace(quiet, sources=sources, demo=True)


def _layout(name: str, screen: ScreenSettings) -> ScreenLayout:
    panel = Panel(screen.inches, screen.farthest_m, screen.desk_m)
    parts = tuple(Part(board, share) for board, share in screen.boards.items())
    return ScreenLayout(name, screen.title, panel, screen.lang, screen.theme, parts, frozenset(screen.layers))


def _info(name: str, source: SourceSettings) -> SourceInfo:
    late_after = source.expected_s or max(LEAST_LATE_S, MISSED * source.every_s)
    return SourceInfo(name, source.title.id, late_after, source.enabled)


def load(path: Path, today: date) -> Config:
    """The configuration in the file. Raises ConfigFaults (all faults at once); OSError when it cannot be read."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        fault = ConfigFault((), f"is no UTF-8 (byte {error.start + 1})", "save it as UTF-8")
        raise ConfigFaults(path.name, [fault], {}) from None
    document = read_yaml(text)
    faults = list(document.faults)
    sections = {} if document.value is None and faults else _sections(document, faults, today)
    if faults:
        raise ConfigFaults(path.name, _once(_as_written(faults, document.value)), document.lines)
    settings = Settings.model_construct(**{name: sections[name] for name in Settings.model_fields})
    sources: Mapping[str, SourceSettings] = sections["sources"]
    city = build_city(settings, tuple(sorted(name for name, it in sources.items() if not it.tells_answers)))
    city = replace(city, warnings=warnings_of(settings.warnings, sources))
    config = Config(city, sources, settings.screens, settings.server, settings.open311, settings.map)
    config = replace(config, backup=settings.backup, retention=settings.retention)
    config = replace(config, mail=settings.mail, report=settings.report, accounts=settings.accounts, desk=settings.desk)
    citizens = {
        name: getattr(settings, name) for name in ("portal", "messages", "personal_data", "market", "public_page")
    }
    return replace(config, **citizens)


def _as_written(faults: list[ConfigFault], raw: Any) -> Iterator[ConfigFault]:
    """A calendar that stands without a list of versions has no position in its path."""
    calendars = raw.get("calendars") if isinstance(raw, Mapping) else None
    for fault in faults:
        section, code, *inside = [*fault.path, "", ""][:2] + list(fault.path[2:])
        alone = section == "calendars" and isinstance(calendars, Mapping) and isinstance(calendars.get(code), Mapping)
        yield replace(fault, path=(section, code, *inside[1:])) if alone and inside[:1] == ["0"] else fault


def _once(faults: Iterable[ConfigFault]) -> Iterator[ConfigFault]:
    """The first fault of each path: what follows from it would only repeat it."""
    seen = set()
    for fault in faults:
        if fault.path not in seen:
            seen.add(fault.path)
            yield fault


def _sections(document: Document, faults: list[ConfigFault], today: date) -> dict[str, Any]:
    raw = document.value
    if not isinstance(raw, Mapping):
        faults.append(ConfigFault((), "is no mapping of sections", f"it needs {', '.join(Settings.model_fields)}"))
        return {}
    known = [*Settings.model_fields, "sources"]
    faults.extend(
        ConfigFault((str(name),), "is no known section", did_you_mean(str(name), known))
        for name in raw
        if name not in known
    )
    found = {name: _section(name, field.annotation, raw, faults) for name, field in Settings.model_fields.items()}
    found["sources"] = _sources(raw.get("sources") or {}, faults)
    faults.extend(checks.references(raw, BOARDS))
    for name, check in checks.SINGLE.items():
        if found[name] is not None:
            faults.extend(check(found[name]))
    if found["categories"] is not None and found["pauses"] is not None:
        faults.extend(checks.closing_waits(found["categories"], found["pauses"]))
    if found["guide"] is not None and found["categories"] is not None:
        faults.extend(check_tile_categories(found["guide"].tiles, found["categories"]))
    if found["public_page"] is not None and found["categories"] is not None:
        faults.extend(check_map_categories(found["public_page"], found["categories"]))
    if raw.get("mail") is None:
        faults.extend(checks.without_mail(found["report"], found["messages"]))
    if found["messages"] is not None:
        faults.extend(checks.gateways(found["messages"], [OPEN311, PORTAL, *found["sources"]]))
    webhook = found["messages"].webhook if found["messages"] is not None else None
    faults.extend(without_channel(found["escalation"], mail=raw.get("mail") is not None, webhook=webhook))
    if found["holidays"] is not None:
        faults.extend(checks.holidays(found["holidays"], today))
    return found


def _section(name: str, shape: Any, raw: Mapping[str, Any], faults: list[ConfigFault]) -> Any:
    """The section validated, entry by entry where it is a mapping of entries: one bad entry hides no other fault."""
    default = Settings.model_fields[name]
    value = raw.get(name, None if default.is_required() else default.default)
    if value is None and default.default is None:
        return None
    if value is None:
        faults.append(ConfigFault((name,), "is missing", "add the section; config.yaml of the release shows it"))
        return None
    if typing.get_origin(shape) is dict and isinstance(value, Mapping):
        parts = [_validated(name, shape, {key: entry}, faults) for key, entry in value.items()]
        return {key: entry for part in parts if part for key, entry in part.items()}
    return _validated(name, shape, value, faults)


@cache
def _adapter(shape: Any) -> TypeAdapter[Any]:
    return TypeAdapter(shape)


def _validated(name: str, shape: Any, value: object, faults: list[ConfigFault]) -> Any:
    try:
        return _adapter(shape).validate_python(value)
    except ValidationError as error:
        faults.extend(faults_of(error, (name,), shape))
        return None


def _sources(raw: object, faults: list[ConfigFault]) -> dict[str, SourceSettings]:
    if not isinstance(raw, Mapping):
        faults.append(ConfigFault(("sources",), "is no mapping of sources", "right would be NAME: {kind: .., ..}"))
        return {}
    found = {}
    for name, entry in raw.items():
        here = ("sources", str(name))
        kind = entry.get("kind") if isinstance(entry, Mapping) else None
        if not isinstance(kind, str) or kind not in KINDS:
            faults.append(ConfigFault((*here, "kind"), f"is {kind!r}", did_you_mean(str(kind), KINDS)))
            continue
        shape = KINDS[kind][0]
        try:
            found[str(name)] = shape.model_validate(entry)
        except ValidationError as error:
            faults.extend(faults_of(error, here, shape))
    return found
