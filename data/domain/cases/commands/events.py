"""What a command becomes: one event or a few, in the order in which they count."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from data.domain.cases.commands.model import BY_STANDARD, FOLDED, NOT_OURS, Actor, Command, CommandKind, Standing
from data.domain.cases.commands.rules import is_verified, last_moment
from data.domain.cases.model import (
    EN_ROUTE,
    HANDED_BACK,
    SEPARATED,
    ActorKind,
    CaseEvent,
    CaseState,
    EventKind,
    without_undone,
)
from data.domain.cases.routing import RoutingFacts, route
from data.domain.city.model import TRIAGE, City, Priority, in_force


class Given(NamedTuple):
    """A command that nothing speaks against, with what its events are made from."""

    command: Command
    actor: Actor
    standing: Standing
    city: City
    at: datetime
    """Not before the last event of the case."""

    def event(self, kind: EventKind, **more: object) -> CaseEvent:
        """One by this actor; by an agency's, it names the agency."""
        agency = self.standing.agency if self.actor.kind is ActorKind.AGENCY else None
        plain = CaseEvent(self.at, kind, self.actor.kind, self.actor.name, agency=agency)
        return replace(plain, **more)  # type: ignore[arg-type]

    @property
    def text(self) -> str | None:
        return self.command.text.strip() or None


def events_of(command: Command, actor: Actor, standing: Standing, city: City, now: datetime) -> list[CaseEvent]:
    """The events of a possible command, at `now`, but never before the last event: a source's clock may be ahead."""
    return _EVENTS[command.kind](Given(command, actor, standing, city, max(now, standing.updated_at)))


def priority_of(events: Iterable[CaseEvent], city: City) -> Priority | None:
    """The priority that the events give a case; None: they do not tell."""
    found: str | None = None
    for event in without_undone(events):
        if event.priority is not None:
            found = event.priority
        elif (
            event.kind is EventKind.RECLASSIFIED and (category := city.categories.get(event.category or "")) is not None
        ):
            found = category.priority
    return None if found is None else Priority(found)


def _verify(given: Given) -> list[CaseEvent]:
    return [given.event(EventKind.VERIFIED)]


def _dispatch(given: Given) -> list[CaseEvent]:
    verified = [] if is_verified(given.standing) else _verify(given)
    return [*verified, given.event(EventKind.DISPATCHED, agency=given.command.agency, text=given.text)]


def _acknowledge(given: Given) -> list[CaseEvent]:
    return [given.event(EventKind.ACKNOWLEDGED)]


def _en_route(given: Given) -> list[CaseEvent]:
    accepted = [] if given.standing.acknowledged else _acknowledge(given)
    return [*accepted, given.event(EventKind.NOTE, reason=EN_ROUTE, text=given.text)]


def _note(given: Given) -> list[CaseEvent]:
    back = given.command.reason == HANDED_BACK and given.actor.kind is ActorKind.AGENCY
    return [given.event(EventKind.NOTE, reason=HANDED_BACK if back else None, text=given.text)]


def _answer(given: Given) -> list[CaseEvent]:
    return [given.event(EventKind.ANSWERED, text=given.text)]


def _pause(given: Given) -> list[CaseEvent]:
    until = last_moment(given.command.until, given.city)
    return [given.event(EventKind.PAUSED, reason=given.command.reason, text=given.text, until=until)]


def _resume(given: Given) -> list[CaseEvent]:
    return [given.event(EventKind.RESUMED, text=given.text)]


def _transfer(given: Given) -> list[CaseEvent]:
    """A pause ends with the agency that asked for it."""
    ended = [given.event(EventKind.RESUMED)] if given.standing.state is CaseState.WAITING else []
    back = given.actor.kind is ActorKind.AGENCY
    moved = given.event(
        EventKind.TRANSFERRED,
        agency=TRIAGE if back else given.command.agency,
        reason=NOT_OURS if back else None,
        authority=(given.command.authority or None) if back else None,
        text=given.text,
    )
    return [*ended, moved]


def _refuse(given: Given) -> list[CaseEvent]:
    command = given.command
    why = {"reason": command.reason, "authority": command.authority.strip() or None, "text": given.text}
    return [given.event(EventKind.REJECTED, **why)]


def _resolve(given: Given) -> list[CaseEvent]:
    return [*_first_answer(given), given.event(EventKind.RESOLVED, text=given.text)]


def _decline(given: Given) -> list[CaseEvent]:
    return [*_first_answer(given), given.event(EventKind.CLOSED, reason=BY_STANDARD, text=given.text)]


def _first_answer(given: Given) -> list[CaseEvent]:
    """What ends a case and was not answered before answers it, too; the end has the text."""
    return [] if given.standing.answered else [given.event(EventKind.ANSWERED)]


def _reclassify(given: Given) -> list[CaseEvent]:
    """By the standard of the new category that was in force at receipt, and routed anew."""
    city, standing = given.city, given.standing
    category = city.categories[given.command.category]
    local = standing.received_at.astimezone(ZoneInfo(city.timezone))
    policy = in_force(city.policies[category.policy], local.date())
    routed = route(RoutingFacts(category.code, standing.words, standing.village, local), city).agency
    terms = {"category": category.code, "policy": policy.code, "policy_version": policy.version}
    return [
        given.event(EventKind.RECLASSIFIED, agency=routed, priority=category.priority.value, text=given.text, **terms)
    ]


def _prioritise(given: Given) -> list[CaseEvent]:
    return [given.event(EventKind.RECLASSIFIED, priority=given.command.priority, text=given.text)]


def _close(given: Given) -> list[CaseEvent]:
    return [given.event(EventKind.CLOSED, text=given.text)]


def _reopen(given: Given) -> list[CaseEvent]:
    return [given.event(EventKind.REOPENED, text=given.text)]


def _fold(given: Given) -> list[CaseEvent]:
    return [given.event(EventKind.MERGED, reason=FOLDED, head=given.command.head)]


def _separate(given: Given) -> list[CaseEvent]:
    return [given.event(EventKind.UNDONE, reason=SEPARATED, text=given.text)]


def _undo(given: Given) -> list[CaseEvent]:
    return [given.event(EventKind.UNDONE, undoes=given.command.undoes)]


_EVENTS: Mapping[CommandKind, Callable[[Given], list[CaseEvent]]] = {
    CommandKind.VERIFY: _verify,
    CommandKind.DISPATCH: _dispatch,
    CommandKind.ACKNOWLEDGE: _acknowledge,
    CommandKind.EN_ROUTE: _en_route,
    CommandKind.NOTE: _note,
    CommandKind.ANSWER: _answer,
    CommandKind.PAUSE: _pause,
    CommandKind.RESUME: _resume,
    CommandKind.TRANSFER: _transfer,
    CommandKind.REFUSE: _refuse,
    CommandKind.RESOLVE: _resolve,
    CommandKind.DECLINE: _decline,
    CommandKind.RECLASSIFY: _reclassify,
    CommandKind.PRIORITISE: _prioritise,
    CommandKind.CLOSE: _close,
    CommandKind.REOPEN: _reopen,
    CommandKind.FOLD: _fold,
    CommandKind.SEPARATE: _separate,
    CommandKind.UNDO: _undo,
}
