"""What a warning means here: which event it is, until when it is in force, how grave it is, whose screen it takes.

Severity tells nothing where a sender calls every warning Moderate (BMKG does): warnings are ranked by their event, as
config.yaml orders them, then by severity, then by how soon they begin.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from data.domain.warnings.nouns import PublicWarning, Severity

OTHER = "other"
"""The event of a warning of which no word is known."""
_SEVERITY = {severity: n for n, severity in enumerate(Severity)}
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class EventRule:
    """A kind of event in `warnings.events`."""

    code: str
    name: Mapping[str, str]
    """By language."""
    rank: int
    """1 is the gravest."""
    words: tuple[str, ...]
    """Lower case; the event is told by the words of the message's `event` and headline."""
    lasts: timedelta
    """How long it is in force when its sender does not say."""


@dataclass(frozen=True, slots=True)
class Takeover:
    """A rule: which warnings take which screens. An empty condition is true of every warning."""

    screens: tuple[str, ...] = ()
    """Empty: every screen."""
    events: tuple[str, ...] = ()
    severities: tuple[Severity, ...] = ()
    villages: tuple[str, ...] = ()

    def takes(self, screen: str, warning: PublicWarning) -> bool:
        """Whether the warning takes the screen."""
        return (
            (not self.screens or screen in self.screens)
            and (not self.events or warning.event in self.events)
            and (not self.severities or warning.severity in self.severities)
            and (not self.villages or any(each in warning.villages for each in self.villages))
        )


@dataclass(frozen=True, slots=True)
class PriorityRule:
    """A rule: new cases of these categories in the area of such a warning get this priority."""

    events: tuple[str, ...]
    categories: tuple[str, ...]
    priority: str


@dataclass(frozen=True, slots=True)
class Feed:
    """A source of warnings, and how long nothing may be heard of it until nothing is known."""

    name: str
    title: str
    expected_s: float


@dataclass(frozen=True, slots=True)
class WarningRules:
    """The section `warnings` of config.yaml, and the sources that give warnings."""

    events: Mapping[str, EventRule] = field(default_factory=dict)
    takeover: tuple[Takeover, ...] = ()
    priority: tuple[PriorityRule, ...] = ()
    other_lasts: timedelta = timedelta(hours=3)
    feeds: tuple[Feed, ...] = ()

    def event_of(self, *texts: str) -> str:
        """The event that the first of the texts names that names one; of several the gravest."""
        for text in texts:
            words = f" {' '.join(_WORD.findall(text.lower()))} "
            named = [rule for rule in self.events.values() if any(f" {word} " in words for word in rule.words)]
            if named:
                return min(named, key=lambda rule: rule.rank).code
        return OTHER

    def rank_of(self, event: str) -> int:
        """1 is the gravest; an unknown event comes last."""
        rule = self.events.get(event)
        return rule.rank if rule is not None else 1 + max((each.rank for each in self.events.values()), default=0)

    def name_of(self, event: str, lang: str) -> str | None:
        """None of an unknown event: its sender's own words say what it is."""
        rule = self.events.get(event)
        return None if rule is None else rule.name[lang]

    def ends_at(self, event: str, effective_at: datetime, expires_at: datetime | None) -> datetime:
        """The first moment at which it is not in force any more; without `expires` it is never eternal."""
        rule = self.events.get(event)
        return expires_at or effective_at + (rule.lasts if rule is not None else self.other_lasts)

    def takes(self, screen: str, warning: PublicWarning) -> bool:
        """Whether the warning takes the screen."""
        return any(rule.takes(screen, warning) for rule in self.takeover)

    def raises(self, category: str) -> bool:
        """Whether a warning can raise new cases of this category."""
        return any(category in rule.categories for rule in self.priority)

    def raising(self, category: str, around: Iterable[PublicWarning]) -> Raised | None:
        """What raises a new case of this category in the areas of these warnings; the first that does."""
        for warning in around:
            for rule in self.priority:
                if warning.event in rule.events and category in rule.categories:
                    return Raised(rule.priority, warning)
        return None


@dataclass(frozen=True, slots=True)
class Raised:
    """A priority, and because of which warning."""

    priority: str
    warning: PublicWarning


@dataclass(frozen=True, slots=True)
class WarningGroup:
    """Warnings of one event whose areas the newest of them covers."""

    head: PublicWarning
    """The newest."""
    others: tuple[PublicWarning, ...] = ()


def gravity(warning: PublicWarning) -> tuple[int, int, datetime, float]:
    """To sort by, the gravest first: the event, the severity, how soon it begins, the newest."""
    begins = warning.onset_at or warning.effective_at
    return warning.rank, _SEVERITY[warning.severity], begins, -warning.sent_at.timestamp()


def grouped(warnings: Sequence[PublicWarning]) -> tuple[WarningGroup, ...]:
    """Each event and area once, the gravest first: of warnings that tell the same, the newest speaks."""
    alike: dict[tuple[str, str, str], list[tuple[PublicWarning, list[PublicWarning]]]] = {}
    heads: list[tuple[PublicWarning, list[PublicWarning]]] = []
    for warning in sorted(warnings, key=lambda each: (each.sent_at, each.id), reverse=True):
        about = alike.setdefault(_about(warning), [])
        for head, others in about:
            if set(warning.villages) <= set(head.villages):
                others.append(warning)
                break
        else:
            about.append((warning, []))
            heads.append(about[-1])
    heads.sort(key=lambda pair: gravity(pair[0]))
    return tuple(WarningGroup(head, tuple(others)) for head, others in heads)


def _about(warning: PublicWarning) -> tuple[str, str, str]:
    """What one warning can cover another of: of an event that is not known the same title, two such may be different
    things."""
    title = next(iter(warning.words.values())).event.casefold() if warning.event == OTHER else ""
    return warning.source, warning.event, title


@dataclass(frozen=True, slots=True)
class FeedState:
    """Whether it is known that nothing is in force."""

    is_set_up: bool
    """False: there is no source of warnings at all, so nothing is known."""
    unknown_since: datetime | None = None
    """Since when nothing is heard of a source; None with `dead`: never."""
    dead: tuple[str, ...] = ()
    """The names for people of the sources of which nothing is heard."""
    heard_at: datetime | None = None
    """When the source of which nothing was heard for longest was heard last; None: one of them never was."""

    @property
    def is_known(self) -> bool:
        """True: without a warning in force there is 'none'. False: then it is 'unknown'."""
        return self.is_set_up and not self.dead
