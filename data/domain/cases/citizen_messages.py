"""Which events a citizen is told of, by which sentence."""

from __future__ import annotations

from enum import StrEnum

from data.domain.cases.model import WITHOUT_DATE, ActorKind, CaseEvent, EventKind


class MessageKind(StrEnum):
    """The sentences; their words are `message.KIND` of the locales."""

    RECEIVED = "received"
    VERIFIED = "verified"
    DISPATCHED = "dispatched"
    ANSWERED = "answered"
    COMPLETION = "completion"
    RESOLVED = "resolved"
    CLOSED = "closed"
    NOT_OURS = "not_ours"
    REJECTED = "rejected"
    REOPENED = "reopened"


ASKED_BACK = "citizen"
"""The pause that waits for the citizen."""
NOT_OURS = frozenset({"not_ours", "bukan_wewenang"})
"""Reasons of a rejection that say that somebody else is responsible; the event's text says who."""
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


def message_of(event: CaseEvent) -> MessageKind | None:
    """The sentence for an event; None when the citizen is not told of it."""
    if event.reason in WITHOUT_DATE:
        return None
    if event.kind is EventKind.ANSWERED:
        return MessageKind.ANSWERED if event.actor_kind in _PERSONS else None
    if event.kind is EventKind.PAUSED:
        return MessageKind.COMPLETION if event.reason == ASKED_BACK else None
    if event.kind is EventKind.REJECTED:
        return MessageKind.NOT_OURS if event.reason in NOT_OURS and event.text else MessageKind.REJECTED
    return _PLAIN.get(event.kind)
