"""The section `warnings` of config.yaml: which events there are, what takes the screens, which cases are raised."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Annotated

from pydantic import Field, StringConstraints

from dashboard.config.faults import ConfigFault, did_you_mean
from dashboard.config.fields import Code, WallClock
from data.domain.city.model import Priority
from data.domain.warnings.nouns import Severity
from data.domain.warnings.rules import OTHER, EventRule, Feed, PriorityRule, Takeover, WarningRules
from data.reference.places.villages import VILLAGES, village_named
from ingest.settings import SettingsModel, SourceSettings, Title

CAP, CAP_SIMULATOR = "cap", "cap_simulator"
"""The kinds of sources that give warnings."""
MISSED = 5
LEAST_LATE_S = 60.0
"""As for the walls' health of a source that has no limit of its own."""
Word = Annotated[str, StringConstraints(min_length=2, max_length=60, to_lower=True)]


class EventSettings(SettingsModel):
    """One of `warnings.events`; the first is the gravest."""

    name: Title
    words: tuple[Word, ...] = Field(min_length=1)
    lasts: WallClock


class TakeoverSettings(SettingsModel):
    """One of `warnings.takeover`."""

    screens: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    severities: tuple[Severity, ...] = ()
    villages: tuple[str, ...] = ()


class PrioritySettings(SettingsModel):
    """One of `warnings.priority`."""

    events: tuple[str, ...] = Field(min_length=1)
    categories: tuple[str, ...] = Field(min_length=1)
    priority: Priority


class WarningSettings(SettingsModel):
    """`warnings`."""

    events: dict[Code, EventSettings] = Field(default_factory=dict)
    other_lasts: WallClock = timedelta(hours=3)
    takeover: tuple[TakeoverSettings, ...] = ()
    priority: tuple[PrioritySettings, ...] = ()


def warnings_of(settings: WarningSettings, sources: Mapping[str, SourceSettings]) -> WarningRules:
    """The rules, and the sources that are asked for warnings."""
    events = {
        code: EventRule(code, {"id": it.name.id, "en": it.name.en}, rank, it.words, it.lasts)
        for rank, (code, it) in enumerate(settings.events.items(), 1)
    }
    takeover = tuple(
        Takeover(
            it.screens,
            it.events,
            it.severities,
            tuple(village.code for name in it.villages if (village := village_named(name))),
        )
        for it in settings.takeover
    )
    priority = tuple(PriorityRule(it.events, it.categories, it.priority.value) for it in settings.priority)
    return WarningRules(events, takeover, priority, settings.other_lasts, feeds_of(sources))


def feeds_of(sources: Mapping[str, SourceSettings]) -> tuple[Feed, ...]:
    """The enabled sources that give warnings."""
    return tuple(
        Feed(name, it.title.id, it.expected_s or max(LEAST_LATE_S, MISSED * it.every_s))
        for name, it in sources.items()
        if it.enabled and it.kind in (CAP, CAP_SIMULATOR)
    )


def check_warnings(settings: WarningSettings) -> Iterator[ConfigFault]:
    """Every event and village that a rule names is one; screens and categories are checked with all references."""
    if OTHER in settings.events:
        yield ConfigFault(("warnings", "events", OTHER), "means every unknown event", "choose another code")
    known = [*settings.events, OTHER]
    for name in ("takeover", "priority"):
        for n, rule in enumerate(getattr(settings, name)):
            here = ("warnings", name, str(n))
            yield from _unknown((*here, "events"), rule.events, known, "event")
            villages = [it.name for it in VILLAGES]
            unknown = [it for it in getattr(rule, "villages", ()) if village_named(it) is None]
            yield from _unknown((*here, "villages"), unknown, villages, "village")


def _unknown(here: tuple[str, ...], named: Iterable[str], known: list[str], what: str) -> Iterator[ConfigFault]:
    for place, name in enumerate(named):
        if name not in known:
            yield ConfigFault((*here, str(place)), f"names no {what}: {name!r}", did_you_mean(name, known))
