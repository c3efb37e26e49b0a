"""The ladder of escalation as configured: who is told when an agency is silent, and when nobody is woken for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import StrEnum


class Receiver(StrEnum):
    """To whom a step goes."""

    ASSISTANT = "assistant"
    """The field assistants of the village that a farmer's question comes from. Nobody is silent yet: it is told to
    them that there is a question."""
    AGENCY = "agency"
    HEAD = "head"
    """Of that agency."""
    SUPERVISOR = "supervisor"
    """Of the shift in the control room."""
    MAYOR = "mayor"


OF_AGENCY = frozenset({Receiver.AGENCY, Receiver.HEAD})
"""Each agency has its own."""
RAISING = frozenset(Receiver) - {Receiver.ASSISTANT}
"""Those to whom it goes because somebody is silent: it is shown as an escalation, and acknowledged."""


@dataclass(frozen=True, slots=True)
class LadderStep:
    """One step: `at` is the share of the agency's working time that is used then."""

    at: float
    to: Receiver


Ladder = tuple[LadderStep, ...]
"""From the lowest step to the highest."""


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Local times of day; when `first` is later than `last`, the span includes midnight."""

    first: time
    last: time

    def end_after(self, local: datetime) -> datetime | None:
        """When they are over, if they are in force at that local time; None: they are not."""
        at = local.time()
        begun, over = at >= self.first, at >= self.last
        inside = begun and not over if self.first <= self.last else begun or not over
        if not inside:
            return None
        day = local.date() + timedelta(days=1) if over else local.date()
        return datetime.combine(day, self.last, local.tzinfo)


@dataclass(frozen=True, slots=True)
class Escalation:
    """All of it."""

    ladders: Mapping[str, Ladder] = field(default_factory=dict)
    default: str | None = None
    """The ladder of all that have none of their own; None: they are not escalated."""
    policies: Mapping[str, str | None] = field(default_factory=dict)
    """Ladders by policy. They count more than those by class."""
    classes: Mapping[str, str | None] = field(default_factory=dict)
    """Ladders by service class."""
    acknowledged_for: timedelta = timedelta(hours=4)
    """So long an acknowledgement holds; after it a silent agency is escalated to the same receiver again."""
    quiet: QuietHours | None = None
    urgent: frozenset[str] = frozenset()
    """Priorities that know no quiet hours."""
    together: timedelta = timedelta(minutes=10)
    """A receiver gets one message in this time at most, but for urgent cases."""
    receivers: Mapping[Receiver, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    """E-mail addresses and telephone numbers by receiver and agency; agency '' of those that have no agency."""
    board: frozenset[Receiver] = frozenset({Receiver.MAYOR})
    """Whose steps the board `escalations` shows."""

    @property
    def tells_somebody(self) -> bool:
        """Whether messages may have to be sent: field assistants have their addresses in the store."""
        to_assistants = any(step.to is Receiver.ASSISTANT for steps in self.ladders.values() for step in steps)
        return to_assistants or any(self.receivers.values())

    def ladder_of(self, policy: str, service_class: str) -> Ladder:
        """The steps for a case; none: it is not escalated."""
        name = self.policies.get(policy, self.classes.get(service_class, self.default))
        return () if name is None else self.ladders[name]
