"""Who may acknowledge a step: its receiver, and the supervisor for whoever has been spoken to."""

from __future__ import annotations

from collections.abc import Mapping

from data.domain.access.roles import Person, Role
from data.domain.city.escalation import RAISING, Receiver

BY_ROLE: Mapping[Role, frozenset[Receiver]] = {
    Role.RESPONDER: frozenset({Receiver.AGENCY}),
    Role.HEAD: frozenset({Receiver.AGENCY, Receiver.HEAD}),
    Role.SUPERVISOR: RAISING,
}


def may_acknowledge(person: Person, receiver: str, agency: str) -> bool:
    """`agency`: that holds the case."""
    return receiver in BY_ROLE.get(person.role, frozenset()) and person.sees(agency)
