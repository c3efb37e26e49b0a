"""From settings to the City that the rules work with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import time

from dashboard.config.fields import DAYS, Day
from dashboard.config.models import (
    CalendarSettings,
    CategorySettings,
    DatedDaySettings,
    PolicySettings,
    PopulationSettings,
    RuleSettings,
    Settings,
    TextSettings,
    TopicSettings,
)
from dashboard.config.sections.escalation import build_escalation
from dashboard.config.sections.guide import guide_of
from dashboard.config.sections.market import market_of
from dashboard.config.sections.near import near_of
from dashboard.config.sections.tiles import tiles_of
from data.domain.city.model import (
    Agency,
    CalendarSpec,
    Category,
    City,
    DatedDay,
    IncidentRule,
    LegalLimit,
    PauseReason,
    Policy,
    Population,
    RoutingRule,
    Season,
    ServiceClass,
    Text,
    Topic,
    WeekHours,
)
from data.reference.places.villages import village_named


def build_city(settings: Settings, no_answers_from: tuple[str, ...] = ()) -> City:
    """The city; `settings` hold no faults."""
    return City(
        name=settings.city.name,
        timezone=settings.city.timezone,
        agencies={
            code: Agency(code, it.name, it.short, _text(it.duty), it.calendar, it.silent_after)
            for code, it in settings.agencies.items()
        },
        categories={code: _category(code, it) for code, it in settings.categories.items()},
        policies={code: tuple(_policy(code, it) for it in versions) for code, versions in settings.policies.items()},
        calendars={
            code: tuple(_calendar(code, it) for it in versions) for code, versions in settings.calendars.items()
        },
        pauses={code: PauseReason(code, _text(it.name), it.cap) for code, it in settings.pauses.items()},
        classes={
            code: ServiceClass(
                code, _text(it.name), LegalLimit(it.working_days, settings.city.legal_calendar), _words(it.words)
            )
            for code, it in settings.classes.items()
        },
        default_class=settings.city.default_class,
        legal_calendar=settings.city.legal_calendar,
        topics=tuple(_topic(it) for it in settings.topics),
        rules=tuple(_rule(it) for it in settings.routing),
        extra_holidays=settings.holidays.days_off,
        working_holidays=tuple(sorted(settings.holidays.working_days)),
        population=_population(settings.population),
        escalation=build_escalation(settings.escalation),
        no_answers_from=no_answers_from,
        warn_at=settings.city.warn_at,
        market=market_of(settings.market),
        tiles=tiles_of(settings.guide.tiles),
        near=near_of(settings.guide.near),
        guide=guide_of(settings.guide),
    )


def _text(text: TextSettings) -> Text:
    return {"id": text.id, "en": text.en}


def _population(it: PopulationSettings) -> Population:
    people = {village.code: n for name, n in it.villages.items() if (village := village_named(name))}
    return Population(people, it.year, it.source or "")


def _words(words: list[str]) -> tuple[str, ...]:
    return tuple(word.lower() for word in words)


def _category(code: str, it: CategorySettings) -> Category:
    return Category(
        code=code,
        name=_text(it.name),
        agency=it.agency,
        policy=it.policy,
        priority=it.priority,
        private=it.private,
        letter=it.letter,
        kind=it.kind,
        prefix=it.prefix,
        incident=IncidentRule(it.incident.radius_m, it.incident.window) if it.incident else None,
        words=_words(it.words),
        closes_after=it.closes_after,
    )


def _topic(it: TopicSettings) -> Topic:
    phrases, things, problems, hints = map(_words, (it.phrases, it.things, it.problems, it.hints))
    return Topic(it.category, it.agency, phrases, things, problems, hints, it.lacking)


def _policy(code: str, it: PolicySettings) -> Policy:
    return Policy(
        code, it.version, it.calendar, it.verify, it.respond, it.resolve, it.hold, tuple(it.pauses), since=it.since
    )


def _calendar(code: str, it: CalendarSettings) -> CalendarSpec:
    seasons = sorted(it.seasons, key=lambda season: season.first)
    return CalendarSpec(
        code=code,
        version=it.version,
        always=it.always,
        hours=_week(it.hours),
        joint_leave_off=it.joint_leave_off,
        seasons=tuple(Season(each.name, each.first, each.last, _week(each.hours)) for each in seasons),
        days={day: _dated(dated) for day, dated in sorted(it.days.items())},
        since=it.since,
    )


def _week(hours: Mapping[Day, Sequence[tuple[time, time]]]) -> WeekHours:
    return {DAYS.index(day): tuple(sorted(windows)) for day, windows in hours.items()}


def _dated(it: DatedDaySettings) -> DatedDay:
    if it.open:
        return DatedDay(it.name, None)
    return DatedDay(it.name, tuple(sorted(it.hours or ())))


def _rule(it: RuleSettings) -> RoutingRule:
    return RoutingRule(
        agency=it.agency,
        category=it.category,
        words=_words(it.words),
        villages=tuple(village.code for name in it.villages if (village := village_named(name))),
        after=it.after,
        before=it.before,
        weekdays=tuple(DAYS.index(day) for day in it.weekdays),
    )
