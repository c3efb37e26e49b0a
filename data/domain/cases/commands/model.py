"""Commands: what a person may do to a case, with what it needs to know.

A command becomes events (`events.events_of`) when nothing speaks against it (`rules.refusal`). What decides is the
`Standing` of the case at that moment; the command says which version of the case its giver saw.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from data.domain.access.roles import Person, Role
from data.domain.cases.model import ActorKind, CaseEvent, CaseState
from data.domain.city.model import Priority

UNDO_WITHIN = timedelta(seconds=10)
"""How long a command that has not left the house can be taken back. Messages about one wait so long."""
CITIZEN_PAUSE = "citizen"
"""The reason of a pause in which the citizen is asked to complete the report."""
NOT_OURS, NO_REPORT = "not_ours", "no_report"
REFUSALS = (NOT_OURS, NO_REPORT)
"""Why a report is refused: it belongs to another authority, or reports nothing. An agency hands back by the first."""
BY_STANDARD = "by_standard"
"""The reason of a closing: done as the standard has it, and nothing is done on the spot."""
FOLDED = "folded"
"""The reason of a merge by a person."""


class CommandKind(StrEnum):
    """What a person does to a case."""

    VERIFY = "verify"
    DISPATCH = "dispatch"
    """To an agency; verifies what is not verified yet."""
    ACKNOWLEDGE = "acknowledge"
    EN_ROUTE = "en_route"
    """An agency's people are on their way; accepts what is not accepted yet."""
    NOTE = "note"
    ANSWER = "answer"
    """To the citizen."""
    PAUSE = "pause"
    """With a listed reason, and until when; the desk only asks the citizen to complete."""
    RESUME = "resume"
    TRANSFER = "transfer"
    """The desk: to another agency. An agency: back to triage."""
    REFUSE = "refuse"
    RESOLVE = "resolve"
    DECLINE = "decline"
    """Done as the standard has it, and nothing is done on the spot."""
    RECLASSIFY = "reclassify"
    PRIORITISE = "prioritise"
    CLOSE = "close"
    REOPEN = "reopen"
    FOLD = "fold"
    """Into the head of an incident."""
    SEPARATE = "separate"
    UNDO = "undo"


@dataclass(frozen=True, slots=True)
class Command:
    """What somebody wants done; fields that its kind does not use are ignored."""

    kind: CommandKind
    text: str = ""
    agency: str = ""
    category: str = ""
    priority: str = ""
    reason: str = ""
    authority: str = ""
    """Whose it is: the code of an agency or the name of another authority."""
    head: str = ""
    """The code of the case that is to speak for this one."""
    undoes: int = 0
    """The first version to be taken back."""
    until: str = ""
    """The last local day of a pause, YYYY-MM-DD; empty: as long as its reason allows."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who gives a command. `agencies`: those that an agency's person works for."""

    name: str
    kind: ActorKind
    agencies: frozenset[str] = frozenset()
    before_dispatch: bool = False
    """Of an agency's person: may answer what is only routed to the agency."""


_KIND_OF_ROLE: Mapping[Role, ActorKind] = {
    Role.OPERATOR: ActorKind.OPERATOR,
    Role.SUPERVISOR: ActorKind.OPERATOR,
    Role.RESPONDER: ActorKind.AGENCY,
}


def actor_of(person: Person) -> Actor | None:
    """None: accounts of this role give no commands."""
    kind = _KIND_OF_ROLE.get(person.role)
    return None if kind is None else Actor(person.name, kind, person.agencies)


@dataclass(frozen=True, slots=True)
class Standing:
    """A case at the moment of a command."""

    code: str
    version: int
    state: CaseState
    agency: str
    """That holds it or, before a dispatch, that it is routed to."""
    held: bool
    """The agency has it: it was dispatched to it, and not handed back."""
    category: str
    priority: Priority
    pauses: tuple[str, ...]
    """The reasons that its policy lists."""
    received_at: datetime
    updated_at: datetime
    words: str
    """Title and text."""
    village: str | None
    folded: int
    """How many cases it speaks for."""
    acknowledged: bool
    answered: bool
    """In this cycle, by a person."""
    events: tuple[CaseEvent, ...]
    """In the order of storing."""
