"""Which events a citizen is told of, by which sentence."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from data.domain.cases.commands.model import BY_STANDARD, NOT_OURS
from data.domain.cases.model import NO_REPLY, WITHOUT_DATE, ActorKind, CaseEvent, EventKind
from data.domain.city.model import TRIAGE


class MessageKind(StrEnum):
    """The sentences; their words are `message.KIND` of the locales."""

    RECEIVED = "received"
    VERIFIED = "verified"
    DISPATCHED = "dispatched"
    ANSWERED = "answered"
    COMPLETION = "completion"
    RESOLVED = "resolved"
    DECLINED = "declined"
    CLOSED = "closed"
    NO_REPLY = "no_reply"
    NOT_OURS = "not_ours"
    REJECTED = "rejected"
    REOPENED = "reopened"
    ASK_PLACE = "ask_place"


ASKED_BACK = "citizen"
"""The pause that waits for the citizen."""
ASKED_PLACE = "asked_place"
"""The reason of a note: since then the reporter, who told no place, is asked for it."""
_PERSONS = frozenset({ActorKind.OPERATOR, ActorKind.AGENCY})
_PLAIN = {
    EventKind.RECEIVED: MessageKind.RECEIVED,
    EventKind.VERIFIED: MessageKind.VERIFIED,
    EventKind.DISPATCHED: MessageKind.DISPATCHED,
    EventKind.TRANSFERRED: MessageKind.DISPATCHED,
    EventKind.RESOLVED: MessageKind.RESOLVED,
    EventKind.CLOSED: MessageKind.CLOSED,
    EventKind.REOPENED: MessageKind.REOPENED,
}


_SAYS_IT_TOO = (
    (MessageKind.DISPATCHED, MessageKind.VERIFIED),
    (MessageKind.ASK_PLACE, MessageKind.RECEIVED),
)


def message_of(event: CaseEvent) -> MessageKind | None:
    """The sentence for an event; None when the citizen is not told of it."""
    if event.reason in WITHOUT_DATE:
        return None
    if event.kind is EventKind.NOTE:
        return MessageKind.ASK_PLACE if event.reason == ASKED_PLACE else None
    if event.agency == TRIAGE and event.kind is EventKind.TRANSFERRED:
        return None
    if event.kind is EventKind.ANSWERED:
        return MessageKind.ANSWERED if event.actor_kind in _PERSONS and event.text else None
    if event.kind is EventKind.CLOSED and event.reason == BY_STANDARD:
        return MessageKind.DECLINED
    if event.kind is EventKind.CLOSED and event.reason == NO_REPLY:
        return MessageKind.NO_REPLY
    if event.kind is EventKind.PAUSED:
        return MessageKind.COMPLETION if event.reason == ASKED_BACK else None
    if event.kind is EventKind.REJECTED:
        return MessageKind.NOT_OURS if event.reason == NOT_OURS and event.authority else MessageKind.REJECTED
    return _PLAIN.get(event.kind)


def messages_of(events: Iterable[tuple[int, CaseEvent]]) -> list[tuple[int, CaseEvent, MessageKind]]:
    """Of events (number, event) that happened together: verified and sent on at once is one message, and so is the
    receipt with a question."""
    told = [(n, event, kind) for n, event in events if (kind := message_of(event)) is not None]
    kinds = {kind for _, _, kind in told}
    needless = {small for large, small in _SAYS_IT_TOO if large in kinds}
    return [each for each in told if each[2] not in needless]
