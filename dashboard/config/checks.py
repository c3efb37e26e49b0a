"""Checks of config.yaml between sections, and those that no model can do alone."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from dashboard.config.calendar_checks import calendars, versions
from dashboard.config.faults import ConfigFault, Path, did_you_mean
from dashboard.config.models import (
    CategorySettings,
    DeskSettings,
    HolidaySettings,
    MailSettings,
    MapSettings,
    PauseSettings,
    PolicySettings,
    PopulationSettings,
    ReportSettings,
    RuleSettings,
    ScreenSettings,
    TopicSettings,
)
from dashboard.config.sections.citizens import MessageSettings
from dashboard.config.sections.escalation import escalation
from dashboard.config.sections.guide import check_guide
from dashboard.config.sections.market import check_market
from dashboard.config.sections.warnings import check_warnings
from data.domain.cases.commands.model import CITIZEN_PAUSE
from data.domain.cases.phrases import says_something
from data.domain.city.model import TRIAGE
from data.reference.holidays import joint_leave, national
from data.reference.places.villages import VILLAGES, village_named
from layouts.kit.screen import FIXED

PLACEHOLDERS = ("code", "title", "category", "agency", "village", "due")
"""What a template of `desk` may name in braces: of the case that is answered."""
PLACEHOLDER = re.compile(r"\{(\w*)\}")
LOOPBACK = {"127.0.0.1", "::1", "localhost"}
OTHER = "lainnya"
"""The category of what fits no other."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A value (or a mapping's key, when the path ends in `*!`) that must be a key of `section`."""

    path: str
    section: str


REFERENCES = (
    Reference("city.default_class", "classes"),
    Reference("city.legal_calendar", "calendars"),
    Reference("agencies.*.calendar", "calendars"),
    Reference("policies.*.*.calendar", "calendars"),
    Reference("policies.*.*.pauses.*", "pauses"),
    Reference("categories.*.agency", "agencies"),
    Reference("categories.*.policy", "policies"),
    Reference("topics.*.category", "categories"),
    Reference("topics.*.agency", "agencies"),
    Reference("routing.*.agency", "agencies"),
    Reference("routing.*.category", "categories"),
    Reference("screens.*.boards.*!", "boards"),
    Reference("desk.templates.*.categories.*", "categories"),
    Reference("escalation.policies.*!", "policies"),
    Reference("escalation.classes.*!", "classes"),
    Reference("escalation.receivers.agency.*!", "agencies"),
    Reference("escalation.receivers.head.*!", "agencies"),
    Reference("warnings.takeover.*.screens.*", "screens"),
    Reference("warnings.priority.*.categories.*", "categories"),
)
SINGULAR = {
    "classes": "class",
    "calendars": "calendar",
    "pauses": "pause reason",
    "agencies": "agency",
    "policies": "policy",
    "categories": "category",
    "boards": "board",
    "screens": "screen",
}


def references(
    raw: Mapping[str, Any], boards: Iterable[str], table: Iterable[Reference] = REFERENCES
) -> Iterator[ConfigFault]:
    """Every name that refers to nothing. Works on the raw file, whatever else is wrong with it."""
    known = {name: [str(key) for key in section] for name, section in raw.items() if isinstance(section, Mapping)}
    known["boards"] = list(boards)
    for reference in table:
        names = known.get(reference.section, [])
        for path, value in _at(raw, reference.path.split("."), ()):
            if isinstance(value, str) and value not in names:
                yield ConfigFault(
                    path, f"names no {SINGULAR[reference.section]}: {value!r}", did_you_mean(value, names)
                )


def _at(value: Any, pattern: list[str], path: Path) -> Iterator[tuple[Path, Any]]:
    """All (path, value) that match the pattern; `*` is any key or position, `*!` the keys themselves."""
    if not pattern:
        yield path, value
        return
    head, *rest = pattern
    if isinstance(value, Mapping):
        inside = [(str(key), key if head == "*!" else child) for key, child in value.items()]
    else:
        inside = [(str(n), child) for n, child in enumerate(value)] if isinstance(value, list) else []
    for key, child in inside:
        if head in {"*", "*!", key}:
            yield from _at(child, rest, (*path, key))


def _city(city: Any) -> Iterator[ConfigFault]:
    try:
        ZoneInfo(city.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # a name that is a path, a folder
        near = did_you_mean(city.timezone, available_timezones())[:200]
        yield ConfigFault(("city", "timezone"), f"is no time zone: {city.timezone!r}", near)


def _agencies(agencies: Mapping[str, Any]) -> Iterator[ConfigFault]:
    if TRIAGE not in agencies:
        yield ConfigFault(
            ("agencies", TRIAGE), "is missing", "the triage desk must exist: what nobody is given stays there"
        )


def _policies(policies: Mapping[str, list[PolicySettings]]) -> Iterator[ConfigFault]:
    for code, each in policies.items():
        yield from versions(("policies", code), each, 1)
        for n, policy in enumerate(each):
            for target in ("verify", "respond", "hold"):
                if getattr(policy, target) > policy.resolve:
                    yield ConfigFault(
                        ("policies", code, str(n), target), "is longer than resolve", "it must end before it"
                    )


def _categories(categories: Mapping[str, CategorySettings]) -> Iterator[ConfigFault]:
    if OTHER not in categories:
        yield ConfigFault(("categories", OTHER), "is missing", "what fits no category comes under it")
    letters = Counter(category.letter for category in categories.values())
    seen: dict[str, str] = {}
    for code, category in categories.items():
        if letters[category.letter] > 1:
            yield ConfigFault(
                ("categories", code, "letter"), f"{category.letter!r} is used twice", "each category needs its own"
            )
        names = {code, category.name.id.lower(), category.name.en.lower(), *(word.lower() for word in category.words)}
        for word in sorted(names):
            if seen.setdefault(word, code) != code:
                yield ConfigFault(
                    ("categories", code, "words"), f"{word!r} already means {seen[word]}", "keep it in one of them"
                )


def _topics(topics: list[TopicSettings]) -> Iterator[ConfigFault]:
    for n, topic in enumerate(topics):
        here = ("topics", str(n))
        if not (topic.phrases or (topic.things and topic.problems)):
            yield ConfigFault(here, "can never decide", "give it phrases, or things and their problems")
        for name in ("phrases", "things", "problems", "hints"):
            phrases: list[str] = getattr(topic, name)
            for position, phrase in enumerate(phrases):
                if not says_something(phrase):
                    at = (*here, name, str(position))
                    yield ConfigFault(at, f"{phrase!r} holds only words that every text has", "add what it is about")


def _routing(routing: list[RuleSettings]) -> Iterator[ConfigFault]:
    for n, rule in enumerate(routing):
        here = ("routing", str(n))
        if not (rule.category or rule.words or rule.villages or rule.after or rule.before or rule.weekdays):
            yield ConfigFault(
                here, "has no condition and would take everything", "give it one, or set the category's agency"
            )
        for position, name in enumerate(rule.villages):
            if village_named(name) is None:
                near = did_you_mean(name, [village.name for village in VILLAGES])
                yield ConfigFault((*here, "villages", str(position)), f"names no village: {name!r}", near)


def _population(settings: PopulationSettings) -> Iterator[ConfigFault]:
    seen: dict[str, str] = {}
    for name in settings.villages:
        here, village = ("population", "villages", name), village_named(name)
        if village is None:
            near = did_you_mean(name, [each.name for each in VILLAGES])
            yield ConfigFault(here, f"names no village: {name!r}", near)
        elif seen.setdefault(village.code, name) != name:
            yield ConfigFault(here, f"is the village that {seen[village.code]!r} names, too", "keep one of the two")
    for name in ("year", "source"):
        if settings.villages and not getattr(settings, name):
            yield ConfigFault(("population", name), "is missing", "say of which year and by whom these numbers are")


def _screens(screens: Mapping[str, ScreenSettings]) -> Iterator[ConfigFault]:
    for code, screen in screens.items():
        if screen.desk_m > screen.farthest_m:
            yield ConfigFault(
                ("screens", code, "desk_m"), "is farther than farthest_m", "the desk is the nearer of the two"
            )
        for board in FIXED:
            if board in screen.boards:
                yield ConfigFault(("screens", code, "boards", board), "stands on every wall anyway", "take it out here")


def _map(settings: MapSettings) -> Iterator[ConfigFault]:
    if settings.tiles_url and settings.tiles_file:
        yield ConfigFault(("map", "tiles_file"), "is given beside tiles_url", "keep one of the two, null for the other")


def _desk(settings: DeskSettings) -> Iterator[ConfigFault]:
    for code, template in settings.templates.items():
        for lang, text in (("id", template.text.id), ("en", template.text.en)):
            for name in sorted(set(PLACEHOLDER.findall(text)) - set(PLACEHOLDERS)):
                yield ConfigFault(
                    ("desk", "templates", code, "text", lang),
                    f"has an unknown placeholder {{{name}}}",
                    did_you_mean(name, PLACEHOLDERS),
                )


def _mail(mail: MailSettings) -> Iterator[ConfigFault]:
    if (mail.user is None) != (mail.password_env is None):
        yield ConfigFault(
            ("mail", "user" if mail.user is None else "password_env"),
            "is missing",
            "a server that asks for a login needs both user and password_env",
        )
    elif mail.user is not None and mail.security == "none" and mail.host not in LOOPBACK:
        yield ConfigFault(("mail", "security"), "would send the password readable", "right would be starttls or tls")


SINGLE: Mapping[str, Callable[[Any], Iterator[ConfigFault]]] = {
    "city": _city,
    "calendars": calendars,
    "agencies": _agencies,
    "policies": _policies,
    "categories": _categories,
    "topics": _topics,
    "routing": _routing,
    "population": _population,
    "screens": _screens,
    "map": _map,
    "desk": _desk,
    "escalation": escalation,
    "mail": _mail,
    "market": check_market,
    "warnings": check_warnings,
    "guide": check_guide,
}


def closing_waits(
    categories: Mapping[str, CategorySettings], pauses: Mapping[str, PauseSettings]
) -> Iterator[ConfigFault]:
    """A wait for the citizen must last until it closes the case."""
    cap = pauses[CITIZEN_PAUSE].cap if CITIZEN_PAUSE in pauses else None
    for code, category in categories.items():
        if category.closes_after is not None and cap is not None and category.closes_after > cap:
            here = ("categories", code, "closes_after")
            yield ConfigFault(
                here, "is longer than the pause itself", f"raise pauses.{CITIZEN_PAUSE}.cap, or lower this"
            )


def without_mail(report: ReportSettings | None, messages: MessageSettings | None) -> Iterator[ConfigFault]:
    """What needs the section `mail`, which is null or missing."""
    if report is not None and report.mail_to:
        yield ConfigFault(("report", "mail_to"), "needs a mail server", "fill in the section mail, or set []")
    if messages is not None and messages.email:
        yield ConfigFault(("messages", "email"), "needs a mail server", "fill in the section mail, or set false")


def gateways(messages: MessageSettings, sources: Iterable[str]) -> Iterator[ConfigFault]:
    """A gateway is a source, too: no other has its name. Only Meta asks for a token."""
    taken = set(sources)
    for name, gateway in messages.inbound.items():
        here = ("messages", "inbound", name)
        if name in taken:
            yield ConfigFault(here, "has the name of a source", "choose another: both stand at /sumber")
        if (gateway.kind == "meta") != (gateway.verify_token_env is not None):
            right = "name the variable with the token" if gateway.kind == "meta" else "take it out: only meta asks"
            yield ConfigFault((*here, "verify_token_env"), f"does not fit the kind {gateway.kind}", right)


def holidays(settings: HolidaySettings, today: date) -> Iterator[ConfigFault]:
    """The coming year must be known, and the local table must say something."""
    years = {today.year, today.year + 1}
    for year in sorted(years):
        if not national([year]):
            yield ConfigFault(
                ("holidays",), f"of {year} are not known to the installed package `holidays`", "update it: make setup"
            )
    named = years | {day.year for day in settings.working_days}
    off = {**national(named), **joint_leave(named), **settings.days_off}
    for n, day in enumerate(settings.working_days):
        if day not in off:
            yield ConfigFault(("holidays", "working_days", str(n)), f"{day} is no holiday anyway", "take it out")
        if day in settings.days_off:
            yield ConfigFault(
                ("holidays", "working_days", str(n)), f"{day} is a day off in days_off", "keep one of the two"
            )
