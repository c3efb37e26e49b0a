"""The state machine of a deal: which command is possible, what event it becomes, and what state the events make.

A deal begins when somebody proposes it: a buyer takes (a part of) an offer, a farmer answers a demand, or the market
officer proposes a match. Whoever proposes it for himself has agreed with that; the quantity is kept back from the first
agreement on, and both have agreed with the second. It is sold with the handing over, of what was really handed over.

              agree          agree           hand over           pay
    offered --------> reserved ------> agreed ----------> handed_over ------> paid
       |                 |               |                    |
       +--- cancel, lapse when due ------+     dispute -------+ (also from agreed)

A dispute is settled by the market officer, who says how it ended: handed over, paid or cancelled, and why.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from data.domain.market.nouns import DealState, Market
from data.domain.reasons import Reason, reason

TEXT_MOST = 1000


class DealSide(StrEnum):
    """Who gives a command."""

    FARMER = "farmer"
    BUYER = "buyer"
    OFFICER = "officer"
    SYSTEM = "system"


class DealEventKind(StrEnum):
    """What happened; a command and its event have one name."""

    PROPOSED = "proposed"
    AGREED = "agreed"
    HANDED_OVER = "handed_over"
    PAID = "paid"
    """Said by who gets the money."""
    DISPUTED = "disputed"
    CANCELLED = "cancelled"
    LAPSED = "lapsed"


@dataclass(frozen=True, slots=True)
class DealEvent:
    """One row of a deal's history."""

    at: datetime
    kind: DealEventKind
    side: DealSide
    actor: str
    quantity: int | None = None
    """proposed: how much. handed_over, and paid as a dispute was settled: how much it really was."""
    text: str | None = None


@dataclass(frozen=True, slots=True)
class DealCommand:
    """What somebody wants done. `quantity`: of a handing over or the settlement of a dispute, in parts; None: as it was
    told last."""

    kind: DealEventKind
    quantity: int | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class DealStatus:
    """What the events make of a deal."""

    state: DealState
    quantity: int
    """Parts: as proposed, then as handed over."""
    proposed: int
    """Parts: more are never handed over."""
    agreed: frozenset[DealSide]
    due_at: datetime | None
    """OFFERED, RESERVED, AGREED: when it lapses. HANDED_OVER: when it should be paid. Else None."""

    @property
    def sold(self) -> bool:
        """Whether it counts as a trade."""
        return self.state in _SOLD


_SOLD = frozenset({DealState.HANDED_OVER, DealState.PAID})
LAPSING = frozenset({DealState.OFFERED, DealState.RESERVED, DealState.AGREED})
"""States in which it lapses when it is due."""
_PARTIES = frozenset({DealSide.FARMER, DealSide.BUYER})
_DISPUTED = frozenset({DealState.DISPUTED})

_RULES: Mapping[DealEventKind, Mapping[DealSide, frozenset[DealState]]] = {
    DealEventKind.AGREED: dict.fromkeys(_PARTIES, frozenset({DealState.OFFERED, DealState.RESERVED})),
    DealEventKind.HANDED_OVER: {
        **dict.fromkeys(_PARTIES, frozenset({DealState.AGREED})),
        DealSide.OFFICER: _DISPUTED,
    },
    DealEventKind.PAID: {DealSide.FARMER: frozenset({DealState.HANDED_OVER}), DealSide.OFFICER: _DISPUTED},
    DealEventKind.DISPUTED: dict.fromkeys(_PARTIES, frozenset({DealState.AGREED, DealState.HANDED_OVER})),
    DealEventKind.CANCELLED: {
        **dict.fromkeys(_PARTIES, LAPSING),
        DealSide.OFFICER: LAPSING | _DISPUTED,
    },
    DealEventKind.LAPSED: {DealSide.SYSTEM: LAPSING},
}
"""Who may give which command, in which states."""


def possible(side: DealSide, status: DealStatus) -> frozenset[DealEventKind]:
    """The commands that this side can give in this state."""
    found = {kind for kind, who in _RULES.items() if status.state in who.get(side, frozenset())}
    if side in status.agreed:
        found.discard(DealEventKind.AGREED)
    return frozenset(found)


def refusal(command: DealCommand, side: DealSide, status: DealStatus, now: datetime) -> Reason | None:
    """What speaks against the command; None: nothing."""
    if len(command.text) > TEXT_MOST:
        return reason("market.too_long", most=TEXT_MOST)
    if command.kind is DealEventKind.AGREED and side in status.agreed:
        return reason("market.deal_agreed_already")
    if command.kind not in possible(side, status):
        return reason("market.deal_state")
    over = status.state in LAPSING and status.due_at is not None and status.due_at <= now
    if over and command.kind in {DealEventKind.AGREED, DealEventKind.HANDED_OVER}:
        return reason("market.deal_expired")
    if command.kind is DealEventKind.LAPSED and not over:
        return reason("market.deal_state")
    if command.kind is DealEventKind.DISPUTED and not command.text.strip():
        return reason("market.dispute_needs_text")
    if side is DealSide.OFFICER and status.state is DealState.DISPUTED and not command.text.strip():
        return reason("market.settlement_needs_text")
    if command.quantity is not None and not 0 < command.quantity <= status.proposed:
        return reason("market.deal_quantity")
    return None


def event_of(command: DealCommand, side: DealSide, actor: str, status: DealStatus, now: datetime) -> DealEvent:
    """What the command becomes; nothing speaks against it."""
    quantity = None
    if command.kind is DealEventKind.HANDED_OVER:
        quantity = status.quantity if command.quantity is None else command.quantity
    elif command.kind is DealEventKind.PAID and side is DealSide.OFFICER:
        quantity = command.quantity
    return DealEvent(now, command.kind, side, actor, quantity, command.text.strip() or None)


_STATE_AFTER: Mapping[DealEventKind, DealState] = {
    DealEventKind.HANDED_OVER: DealState.HANDED_OVER,
    DealEventKind.PAID: DealState.PAID,
    DealEventKind.DISPUTED: DealState.DISPUTED,
    DealEventKind.CANCELLED: DealState.CANCELLED,
    DealEventKind.LAPSED: DealState.LAPSED,
}


def deal_status(events: Sequence[DealEvent], market: Market, ready_at: datetime | None = None) -> DealStatus:
    """The state that the events make, in the order of storing. The first one is PROPOSED.

    ready_at: of the harvest; nothing has to be handed over before.
    """
    first = events[0]
    assert first.kind is DealEventKind.PROPOSED
    assert first.quantity is not None
    agreed, quantity, state, at = set(), first.quantity, DealState.OFFERED, first.at
    for event in events:
        if event.kind in {DealEventKind.PROPOSED, DealEventKind.AGREED}:
            agreed |= {event.side} & _PARTIES
            state = (DealState.OFFERED, DealState.RESERVED, DealState.AGREED)[len(agreed)]
        else:
            state = _STATE_AFTER[event.kind]
        if event.kind in {DealEventKind.HANDED_OVER, DealEventKind.PAID} and event.quantity is not None:
            quantity = event.quantity
        at = event.at
    return DealStatus(state, quantity, first.quantity, frozenset(agreed), _due(state, at, market, ready_at))


def _due(state: DealState, since: datetime, market: Market, ready_at: datetime | None) -> datetime | None:
    if state in {DealState.OFFERED, DealState.RESERVED}:
        return since + market.reserve
    if state is DealState.AGREED:
        return max(since, ready_at or since) + market.hand_over
    return since + market.pay if state is DealState.HANDED_OVER else None
