"""Applies one command to a case, in the caller's transaction: its events, the row, the change feed.

A command says which version of the case its giver saw. When the case has moved on since, it is refused and nothing is
written; who is first wins. Whoever follows a command with more in the same transaction (a message, a photo) finds in
`Applied` which events it became.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from data.domain.cases.commands.events import events_of as events_of_command
from data.domain.cases.commands.model import Actor, Command, CommandKind, Standing
from data.domain.cases.commands.rules import refusal
from data.domain.cases.model import TELLING, CaseEvent, CaseState
from data.domain.city.model import City, Priority
from data.domain.reasons import reason
from data.domain.sla.case_status import CaseStatus, case_status
from data.domain.sla.terms import Terms
from data.store.cases.cases import (
    StoredCase,
    TermsOf,
    append,
    by_code,
    by_id,
    events_of,
    join,
    last_stored,
    terms_for,
)
from data.store.cases.incidents.folds import take_back_followers
from data.store.cases.incidents.proposals import leave_group
from data.texts import ReasonError


class CommandRefused(ReasonError, ValueError):
    """The command is not possible; the reason says why. Nothing was written."""


class Overtaken(CommandRefused):
    """The case has moved on since the giver saw it."""

    def __init__(self, since: Sequence[CaseEvent]) -> None:
        """`since`: what happened meanwhile."""
        super().__init__(reason("command.overtaken"))
        self.since = tuple(since)


@dataclass(frozen=True, slots=True)
class Order:
    """A command for one case, as somebody gave it."""

    code: str
    seen: int
    """The version of the case that its giver saw."""
    command: Command
    actor: Actor


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of a command."""

    case_id: int
    code: str
    first: int
    """The version of its first event: what an undo names."""
    version: int
    """The version of the case now, and of the command's last event."""
    events: tuple[CaseEvent, ...]
    status: CaseStatus


@dataclass(frozen=True, slots=True)
class CommandRules:
    """What decides besides the store."""

    city: City
    terms_of: TermsOf


def apply(conn: Connection, order: Order, rules: CommandRules, now: datetime) -> Applied:
    """Write the command's events, in a transaction of `engine.writing`.

    Raises LookupError for an unknown code, Overtaken, CommandRefused, HorizonError.
    """
    found = by_code(conn, order.code)
    if found is None:
        raise LookupError(order.code)
    events = events_of(conn, found.id)
    if found.version != order.seen:
        since = last_stored(conn, found.id, found.version - order.seen)
        if not since or any(event.kind not in TELLING for event in since):
            raise Overtaken(since)
    terms, now = terms_for(found, rules.terms_of), now.replace(microsecond=0)
    standing = standing_of(found, events, terms)
    why = refusal(order.command, order.actor, standing, rules.city, now)
    if why is not None:
        raise CommandRefused(why)
    return _write(conn, order, found, standing, _Moment(terms, now))


def standing_of(found: StoredCase, events: tuple[CaseEvent, ...], terms: Terms) -> Standing:
    """A stored case as its commands see it."""
    facts, status = found.facts, found.status
    return Standing(
        code=facts.code,
        version=found.version,
        state=status.state,
        agency=status.agency,
        held=status.held_at is not None,
        category=status.category,
        priority=Priority(facts.priority),
        pauses=terms.policy.pauses,
        received_at=status.received_at,
        updated_at=status.updated_at,
        words=f"{facts.title}\n{facts.text}",
        village=facts.village,
        folded=found.folded,
        acknowledged=status.acknowledged_at is not None,
        answered=status.answered_at is not None,
        events=events,
    )


@dataclass(frozen=True, slots=True)
class _Moment:
    terms: Terms
    now: datetime


def _write(conn: Connection, order: Order, found: StoredCase, standing: Standing, moment: _Moment) -> Applied:
    terms, now, command = moment.terms, moment.now, order.command
    head = _head(conn, command, found)
    if head is not None:
        command = replace(command, head=head.facts.code)
    events = events_of_command(command, order.actor, standing, terms.city, now)
    if command.kind is CommandKind.PAUSE:
        _require_time_left(standing, events, moment)
    written = append(conn, found.id, events, terms, now, command=True)
    assert written.seq is not None
    if head is not None:
        join(conn, found.id, head.id, written.seq, now)
    elif found.facts.head_id is not None and written.status.state is not CaseState.MERGED:
        if command.kind is CommandKind.SEPARATE:
            leave_group(conn, found.id, written.status.category)
        else:
            take_back_followers(conn, (found.id, found.facts.code), found.facts.head_id, written.seq, now)
    first = found.version + 1
    numbered = tuple(replace(event, version=first + n) for n, event in enumerate(events))
    return Applied(found.id, found.facts.code, first, written.version, numbered, written.status)


def _require_time_left(standing: Standing, events: Sequence[CaseEvent], moment: _Moment) -> None:
    """A pause whose cap is used up would change nothing."""
    paused = case_status([*standing.events, *events], moment.terms, moment.now)
    if paused.state is not CaseState.WAITING:
        raise CommandRefused(reason("command.pause_used_up"))


def _head(conn: Connection, command: Command, found: StoredCase) -> StoredCase | None:
    """The case that a FOLD folds into; of one that is folded itself, its head."""
    if command.kind is not CommandKind.FOLD:
        return None
    head = by_code(conn, command.head.strip())
    if head is not None and head.facts.head_id is not None:
        head = by_id(conn, head.facts.head_id)
    if head is None or not head.status.open:
        raise CommandRefused(reason("command.needs_head"))
    if head.id == found.id:
        raise CommandRefused(reason("command.own_head"))
    return head
