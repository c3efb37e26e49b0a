"""Which command is possible: one row each says who may give it, in which states, and what must be given."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from data.domain.cases.commands.model import (
    CITIZEN_PAUSE,
    NOT_OURS,
    REFUSALS,
    UNDO_WITHIN,
    Actor,
    Command,
    CommandKind,
    Standing,
)
from data.domain.cases.model import OPEN_STATES, ActorKind, CaseEvent, CaseState, EventKind, without_undone
from data.domain.city.model import TRIAGE, City, Priority
from data.domain.reasons import Reason, reason

Check = Callable[[Command, Actor, Standing, City], Reason | None]

TEXT_MOST, AUTHORITY_MOST = 5000, 200
HELD = frozenset({CaseState.DISPATCHED, CaseState.ACKNOWLEDGED, CaseState.IN_PROGRESS, CaseState.WAITING})
NEW = frozenset({CaseState.RECEIVED})
_SENT_BACK = frozenset({EventKind.DISPATCHED, EventKind.TRANSFERRED, EventKind.PAUSED, EventKind.REOPENED})
_ENDED = frozenset({CaseState.RESOLVED, CaseState.CLOSED, CaseState.REJECTED})
_BEFORE_DISPATCH = frozenset({CommandKind.ANSWER, CommandKind.NOTE})
_SPOKEN_FOR = frozenset({CaseState.MERGED})
_DESK = frozenset({ActorKind.OPERATOR})
_AGENCY = frozenset({ActorKind.AGENCY})
_BOTH = _DESK | _AGENCY
_UNDOABLE = frozenset(
    {
        EventKind.VERIFIED,
        EventKind.DISPATCHED,
        EventKind.TRANSFERRED,
        EventKind.RECLASSIFIED,
        EventKind.MERGED,
    }
)
"""What does not leave the house at once. A message about one of these waits UNDO_WITHIN."""


@dataclass(frozen=True, slots=True)
class CommandRule:
    """A row."""

    who: frozenset[ActorKind]
    states: frozenset[CaseState]
    checks: tuple[Check, ...] = ()


def refusal(command: Command, actor: Actor, standing: Standing, city: City, now: datetime) -> Reason | None:
    """What speaks against the command; None: nothing."""
    return next(_refusals(command, actor, standing, city, now), None)


def possible(actor: Actor, standing: Standing) -> frozenset[CommandKind]:
    """The commands that this person can give in this state, whatever must be given with them."""
    return frozenset(kind for kind in RULES if _refused_at_all(kind, actor, standing) is None)


def listed(kind: ActorKind, state: CaseState) -> list[CommandKind]:
    """The commands that the table has for somebody of this kind in this state."""
    return [command for command, rule in RULES.items() if kind in rule.who and state in rule.states]


def _refusals(command: Command, actor: Actor, standing: Standing, city: City, now: datetime) -> Iterator[Reason]:
    rule = RULES[command.kind]
    first = _refused_at_all(command.kind, actor, standing)
    if first is not None:
        yield first
    if len(command.text) > TEXT_MOST or len(command.authority) > AUTHORITY_MOST:
        yield reason("command.too_long", most=TEXT_MOST)
    if command.kind is CommandKind.PAUSE and (why := _unfit_end(command, city, now)) is not None:
        yield why
    if command.kind is CommandKind.UNDO and not _can_be_undone(command, actor, standing, now):
        yield reason("command.not_undoable")
    for check in rule.checks:
        found = check(command, actor, standing, city)
        if found is not None:
            yield found


def _refused_at_all(kind: CommandKind, actor: Actor, standing: Standing) -> Reason | None:
    rule = RULES[kind]
    if actor.kind not in rule.who:
        return reason("command.not_yours")
    if actor.kind is ActorKind.AGENCY and standing.agency not in actor.agencies:
        return reason("command.other_agency")
    if actor.kind is ActorKind.AGENCY and not (standing.held or (actor.before_dispatch and kind in _BEFORE_DISPATCH)):
        return reason("command.not_dispatched")
    if standing.state not in rule.states:
        return reason("command.wrong_state")
    return None


def last_moment(day: str, city: City) -> datetime | None:
    """The end of a local day; None without one. Raises ValueError for what is no day."""
    if not day:
        return None
    return datetime.combine(date.fromisoformat(day), time(23, 59), ZoneInfo(city.timezone)).astimezone(UTC)


def _unfit_end(command: Command, city: City, now: datetime) -> Reason | None:
    """What speaks against the day until which a pause is to last."""
    pause = city.pauses.get(command.reason)
    try:
        until = last_moment(command.until, city)
    except (ValueError, OverflowError):
        return reason("command.needs_day")
    if until is None or pause is None:
        return None
    if until <= now:
        return reason("command.day_is_past")
    if pause.cap is not None and until.date() > (now + pause.cap).date():
        return reason("command.day_too_late", days=pause.cap.days)
    return None


def _can_be_undone(command: Command, actor: Actor, standing: Standing, now: datetime) -> bool:
    """Whether the versions from `undoes` to the present one are this person's, just now, and still in the house."""
    last = [one for one in standing.events if one.version is not None and one.version >= command.undoes]
    versions = [one.version for one in last]
    return (
        0 < command.undoes <= standing.version
        and versions == list(range(command.undoes, standing.version + 1))
        and all(one.actor == actor.name for one in last)
        and all(one.kind in _UNDOABLE for one in _without_ends_of_pauses(last))
        and now - last[0].at <= UNDO_WITHIN
        and not (standing.folded and any(one.kind is EventKind.MERGED for one in last))
    )


def _without_ends_of_pauses(events: Sequence[CaseEvent]) -> list[CaseEvent]:
    """Without the end of a pause that only opens a transfer: the two are one command."""
    follows = [*(event.kind for event in events[1:]), None]
    return [
        event
        for event, then in zip(events, follows, strict=True)
        if (event.kind, then) != (EventKind.RESUMED, EventKind.TRANSFERRED)
    ]


def has_words(text: str) -> bool:
    """Whether there is a letter or a digit in it: "." and an emoji say nothing."""
    return any(map(str.isalnum, text))


def _needs_text(command: Command, actor: Actor, standing: Standing, city: City) -> Reason | None:
    return None if has_words(command.text) else reason("command.needs_text")


def _agency_needs_text(command: Command, actor: Actor, standing: Standing, city: City) -> Reason | None:
    return _needs_text(command, actor, standing, city) if actor.kind is ActorKind.AGENCY else None


def _needs_agency(command: Command, actor: Actor, standing: Standing, city: City) -> Reason | None:
    return None if command.agency in city.agencies and command.agency != TRIAGE else reason("command.needs_agency")


def _needs_another_agency(command: Command, actor: Actor, standing: Standing, city: City) -> Reason | None:
    """From the desk; an agency hands a case back, and says whose it is when it knows."""
    if actor.kind is ActorKind.AGENCY:
        known = not command.authority or command.authority in city.agencies
        return None if known else reason("command.needs_agency")
    if command.agency not in city.agencies:
        return reason("command.needs_agency")
    return reason("command.same_agency") if command.agency == standing.agency else None


def _needs_category(command: Command, actor: Actor, standing: Standing, city: City) -> Reason | None:
    if command.category not in city.categories:
        return reason("command.needs_category")
    return reason("command.same_category") if command.category == standing.category else None


def _needs_priority(command: Command, actor: Actor, standing: Standing, city: City) -> Reason | None:
    if command.priority not in set(Priority):
        return reason("command.needs_priority")
    return reason("command.same_priority") if command.priority == standing.priority else None


def _needs_pause(command: Command, actor: Actor, standing: Standing, city: City) -> Reason | None:
    allowed = set(standing.pauses) if actor.kind is ActorKind.AGENCY else {CITIZEN_PAUSE} & set(standing.pauses)
    return None if command.reason in allowed else reason("command.needs_pause")


def _needs_refusal(command: Command, actor: Actor, standing: Standing, city: City) -> Reason | None:
    if command.reason not in REFUSALS:
        return reason("command.needs_reason")
    if command.reason == NOT_OURS and not command.authority.strip():
        return reason("command.needs_authority")
    return None


def _needs_head(command: Command, actor: Actor, standing: Standing, city: City) -> Reason | None:
    if not command.head.strip():
        return reason("command.needs_head")
    return reason("command.own_head") if command.head == standing.code else None


def _not_acknowledged(command: Command, actor: Actor, standing: Standing, city: City) -> Reason | None:
    return reason("command.acknowledged") if standing.acknowledged else None


def _not_verified(command: Command, actor: Actor, standing: Standing, city: City) -> Reason | None:
    return reason("command.verified") if is_verified(standing) else None


def is_verified(standing: Standing) -> bool:
    """Whether somebody verified it in this cycle."""
    verified = False
    for event in without_undone(standing.events):
        verified = event.kind is EventKind.VERIFIED or (verified and event.kind is not EventKind.REOPENED)
    return verified


def is_on_the_way(standing: Standing) -> bool:
    """Whether people have said that they go there, and nothing has sent them back since."""
    news = [event for event in without_undone(standing.events) if event.is_en_route or event.kind in _SENT_BACK]
    return bool(news) and news[-1].is_en_route


RULES: Mapping[CommandKind, CommandRule] = {
    CommandKind.VERIFY: CommandRule(_DESK, NEW, (_not_verified,)),
    CommandKind.DISPATCH: CommandRule(_DESK, NEW, (_needs_agency,)),
    CommandKind.ACKNOWLEDGE: CommandRule(
        _AGENCY, frozenset({CaseState.DISPATCHED, CaseState.WAITING}), (_not_acknowledged,)
    ),
    CommandKind.EN_ROUTE: CommandRule(_AGENCY, HELD - {CaseState.WAITING}),
    CommandKind.NOTE: CommandRule(_BOTH | {ActorKind.CITIZEN}, OPEN_STATES | _ENDED, (_needs_text,)),
    CommandKind.ANSWER: CommandRule(_BOTH, OPEN_STATES | _ENDED, (_needs_text,)),
    CommandKind.PAUSE: CommandRule(_BOTH, (HELD | NEW) - {CaseState.WAITING}, (_needs_pause, _needs_text)),
    CommandKind.RESUME: CommandRule(_BOTH | {ActorKind.CITIZEN}, frozenset({CaseState.WAITING})),
    CommandKind.TRANSFER: CommandRule(_BOTH, HELD, (_needs_another_agency, _agency_needs_text)),
    CommandKind.REFUSE: CommandRule(_DESK, OPEN_STATES, (_needs_refusal, _needs_text)),
    CommandKind.RESOLVE: CommandRule(_BOTH, HELD, (_needs_text,)),
    CommandKind.DECLINE: CommandRule(_DESK, OPEN_STATES, (_needs_text,)),
    CommandKind.RECLASSIFY: CommandRule(_DESK, OPEN_STATES, (_needs_category,)),
    CommandKind.PRIORITISE: CommandRule(_DESK, OPEN_STATES, (_needs_priority,)),
    CommandKind.CLOSE: CommandRule(_DESK | {ActorKind.SYSTEM}, frozenset({CaseState.RESOLVED, CaseState.WAITING})),
    CommandKind.REOPEN: CommandRule(_DESK | {ActorKind.CITIZEN}, _ENDED, (_needs_text,)),
    CommandKind.FOLD: CommandRule(_DESK, OPEN_STATES, (_needs_head,)),
    CommandKind.SEPARATE: CommandRule(_DESK, _SPOKEN_FOR),
    CommandKind.UNDO: CommandRule(_DESK, OPEN_STATES | _SPOKEN_FOR),
}
