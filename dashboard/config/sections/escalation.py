"""The section `escalation` of config.yaml: its model, its checks, and what the rules work with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from itertools import pairwise
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from dashboard.config.faults import ConfigFault, did_you_mean
from dashboard.config.fields import ADDRESS, Clock, Code, WallClock
from data.domain.city.escalation import Escalation, LadderStep, QuietHours, Receiver
from data.domain.city.model import Priority

Contact = Annotated[str, StringConstraints(pattern=rf"^({ADDRESS}|\+?[0-9][0-9 -]{{6,19}})$", max_length=254)]
"""An e-mail address, or a telephone number for the gateway."""


class Section(BaseModel):
    """Base of all: unknown keys are faults."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class StepSettings(Section):
    """A step of a ladder."""

    at: float = Field(ge=0, le=3)
    to: Receiver


class QuietSettings(Section):
    """`escalation.quiet`."""

    first: Clock = Field(alias="from")
    last: Clock = Field(alias="to")


class ReceiverSettings(Section):
    """`escalation.receivers`."""

    agency: dict[str, list[Contact]] = {}
    head: dict[str, list[Contact]] = {}
    supervisor: list[Contact] = []
    mayor: list[Contact] = []

    def contacts(self) -> Mapping[Receiver, Mapping[str, tuple[str, ...]]]:
        """By receiver and agency; '' of those that have none."""
        given = {
            Receiver.AGENCY: self.agency,
            Receiver.HEAD: self.head,
            Receiver.SUPERVISOR: {"": self.supervisor},
            Receiver.MAYOR: {"": self.mayor},
        }
        return {to: {code: tuple(all_) for code, all_ in by.items() if all_} for to, by in given.items()}


class EscalationSettings(Section):
    """`escalation`."""

    ladders: dict[Code, Annotated[list[StepSettings], Field(min_length=1, max_length=9)]] = {}
    default: str | None = None
    policies: dict[str, str | None] = {}
    classes: dict[str, str | None] = {}
    acknowledged_for: WallClock = timedelta(hours=4)
    quiet: QuietSettings | None = None
    urgent: list[Priority] = [Priority.CRITICAL]
    together: WallClock = timedelta(minutes=10)
    receivers: ReceiverSettings = ReceiverSettings()
    board: list[Receiver] = [Receiver.MAYOR]


def build_escalation(it: EscalationSettings) -> Escalation:
    """`it` holds no faults."""
    return Escalation(
        ladders={code: tuple(LadderStep(step.at, step.to) for step in steps) for code, steps in it.ladders.items()},
        default=it.default,
        policies=it.policies,
        classes=it.classes,
        acknowledged_for=it.acknowledged_for,
        quiet=None if it.quiet is None else QuietHours(it.quiet.first, it.quiet.last),
        urgent=frozenset(priority.value for priority in it.urgent),
        together=it.together,
        receivers=it.receivers.contacts(),
        board=frozenset(it.board),
    )


def escalation(it: EscalationSettings) -> Iterator[ConfigFault]:
    """What the model alone cannot find."""
    for code, steps in it.ladders.items():
        for n, (lower, higher) in enumerate(pairwise(steps), 1):
            if higher.at <= lower.at:
                here = ("escalation", "ladders", code, str(n), "at")
                yield ConfigFault(here, "is not above the step before it", "a ladder goes up: 0.5, 0.75, 0.9, 1.0")
    for code, steps in it.ladders.items():
        for n, step in enumerate(steps):
            if step.at == 0 and step.to is not Receiver.ASSISTANT:
                here = ("escalation", "ladders", code, str(n), "at")
                yield ConfigFault(here, "is 0: nobody is silent yet", "only the assistant is told at the beginning")
    if Receiver.ASSISTANT in it.board:
        yield ConfigFault(("escalation", "board"), "names assistant", "that a question was passed on is no escalation")
    named: list[tuple[tuple[str, ...], str | None]] = [(("default",), it.default)]
    named += [(("policies", code), name) for code, name in it.policies.items()]
    named += [(("classes", code), name) for code, name in it.classes.items()]
    for path, name in named:
        if name is not None and name not in it.ladders:
            yield ConfigFault(("escalation", *path), f"names no ladder: {name!r}", did_you_mean(name, it.ladders))
    if it.quiet is not None and it.quiet.first == it.quiet.last:
        yield ConfigFault(("escalation", "quiet", "to"), "is the same as from", "set quiet to null for no quiet hours")


def without_channel(it: EscalationSettings | None, *, mail: bool, webhook: Any) -> Iterator[ConfigFault]:
    """Addresses that nothing is sent to: no `mail`, no `messages.webhook`."""
    given = {} if it is None else it.receivers.contacts()
    for receiver, by_agency in given.items():
        for agency, contacts in by_agency.items():
            here = ("escalation", "receivers", receiver.value, *([agency] if agency else []))
            for n, contact in enumerate(contacts):
                if "@" in contact and not mail:
                    yield ConfigFault((*here, str(n)), "needs a mail server", "fill in the section mail")
                if "@" not in contact and webhook is None:
                    yield ConfigFault((*here, str(n)), "needs a gateway", "fill in messages.webhook")
