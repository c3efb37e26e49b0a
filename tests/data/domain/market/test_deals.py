"""The state machine of a deal."""

from __future__ import annotations

from datetime import timedelta

import pytest

from data.domain.market.deals import (
    DealCommand,
    DealEvent,
    DealEventKind,
    DealSide,
    DealStatus,
    deal_status,
    event_of,
    possible,
    refusal,
)
from data.domain.market.nouns import DealState, Market
from tests.factories import DAY, HOUR, NOW

MARKET = Market()
FARMER, BUYER, OFFICER, SYSTEM = DealSide
AGREE, HAND, PAY, DISPUTE, CANCEL, LAPSE = (
    DealEventKind.AGREED,
    DealEventKind.HANDED_OVER,
    DealEventKind.PAID,
    DealEventKind.DISPUTED,
    DealEventKind.CANCELLED,
    DealEventKind.LAPSED,
)
Step = tuple[DealSide, DealEventKind]


def proposed(side: DealSide) -> list[DealEvent]:
    return [DealEvent(NOW, DealEventKind.PROPOSED, side, "x", 1000)]


def played(side: DealSide, *steps: Step) -> DealStatus:
    """An hour between two steps; each is allowed."""
    events = proposed(side)
    for n, (who, kind) in enumerate(steps, 1):
        status, now = deal_status(events, MARKET), NOW + n * HOUR
        command = DealCommand(kind, text="rusak")
        assert refusal(command, who, status, now) is None
        events.append(event_of(command, who, "x", status, now))
    return deal_status(events, MARKET)


@pytest.mark.parametrize(
    ("side", "steps", "state"),
    [
        (BUYER, [], DealState.RESERVED),
        (FARMER, [], DealState.RESERVED),
        (OFFICER, [], DealState.OFFERED),
        (OFFICER, [(BUYER, AGREE)], DealState.RESERVED),
        (OFFICER, [(BUYER, AGREE), (FARMER, AGREE)], DealState.AGREED),
        (BUYER, [(FARMER, AGREE)], DealState.AGREED),
        (BUYER, [(FARMER, AGREE), (FARMER, HAND)], DealState.HANDED_OVER),
        (BUYER, [(FARMER, AGREE), (BUYER, HAND), (FARMER, PAY)], DealState.PAID),
        (BUYER, [(FARMER, AGREE), (FARMER, HAND), (BUYER, DISPUTE)], DealState.DISPUTED),
        (BUYER, [(FARMER, AGREE), (BUYER, DISPUTE), (OFFICER, CANCEL)], DealState.CANCELLED),
        (BUYER, [(FARMER, AGREE), (FARMER, HAND), (BUYER, DISPUTE), (OFFICER, PAY)], DealState.PAID),
        (BUYER, [(BUYER, CANCEL)], DealState.CANCELLED),
        (FARMER, [(BUYER, CANCEL)], DealState.CANCELLED),
    ],
)
def test_a_deal_goes_its_way(side: DealSide, steps: list[Step], state: DealState):
    assert played(side, *steps).state is state


@pytest.mark.parametrize(
    ("steps", "who", "kind", "code"),
    [
        ([], BUYER, AGREE, "market.deal_agreed_already"),
        ([(FARMER, AGREE)], FARMER, AGREE, "market.deal_agreed_already"),
        ([], FARMER, HAND, "market.deal_state"),
        ([(FARMER, AGREE), (FARMER, HAND)], BUYER, PAY, "market.deal_state"),
        ([(FARMER, AGREE), (FARMER, HAND)], BUYER, CANCEL, "market.deal_state"),
        ([(FARMER, AGREE)], OFFICER, HAND, "market.deal_state"),
        ([(FARMER, AGREE)], SYSTEM, LAPSE, "market.deal_state"),
        ([(BUYER, CANCEL)], FARMER, AGREE, "market.deal_state"),
    ],
)
def test_what_does_not_fit_is_refused(steps: list[Step], who: DealSide, kind: DealEventKind, code: str):
    why = refusal(DealCommand(kind, text="x"), who, played(BUYER, *steps), NOW + HOUR)
    assert why is not None
    assert why.code == code


def test_what_nobody_agreed_to_in_time_lapses_and_cannot_be_agreed_to_any_more():
    status, late = played(BUYER), NOW + DAY
    refused = refusal(DealCommand(AGREE), FARMER, status, late)
    assert refused is not None
    assert refused.code == "market.deal_expired"
    assert refusal(DealCommand(LAPSE), SYSTEM, status, late) is None
    assert refusal(DealCommand(LAPSE), SYSTEM, status, late - timedelta(seconds=1)) is not None


def test_payment_that_is_late_does_not_lapse():
    status = played(BUYER, (FARMER, AGREE), (FARMER, HAND))
    assert status.due_at == NOW + 2 * HOUR + MARKET.pay
    assert LAPSE not in possible(SYSTEM, status)


def test_less_may_be_handed_over_and_never_more():
    agreed = played(BUYER, (FARMER, AGREE))
    for quantity, fine in ((1000, True), (999, True), (1001, False), (0, False), (-5, False)):
        assert (refusal(DealCommand(HAND, quantity), FARMER, agreed, NOW + HOUR) is None) == fine
    event = event_of(DealCommand(HAND, 999), FARMER, "x", agreed, NOW)
    assert deal_status([*proposed(BUYER), event], MARKET).quantity == 999


def test_the_officer_may_settle_on_all_that_was_agreed_and_says_why():
    """The buyer has said that he got less than he did."""
    told = proposed(BUYER)
    steps = (FARMER, DealCommand(AGREE)), (BUYER, DealCommand(HAND, 800)), (FARMER, DealCommand(DISPUTE, text="Semua."))
    for who, command in steps:
        told.append(event_of(command, who, "x", deal_status(told, MARKET), NOW + HOUR))
    disputed = deal_status(told, MARKET)
    assert (disputed.quantity, disputed.proposed) == (800, 1000)
    for quantity, fine in ((1000, True), (800, True), (1001, False)):
        command = DealCommand(HAND, quantity, "Nota timbangan.")
        assert (refusal(command, OFFICER, disputed, NOW + DAY) is None) == fine
    unsaid = refusal(DealCommand(PAY), OFFICER, disputed, NOW + DAY)
    assert unsaid is not None
    assert unsaid.code == "market.settlement_needs_text"


def test_a_dispute_says_what_is_wrong():
    why = refusal(DealCommand(DISPUTE, text=" "), BUYER, played(BUYER, (FARMER, AGREE)), NOW + HOUR)
    assert why is not None
    assert why.code == "market.dispute_needs_text"
