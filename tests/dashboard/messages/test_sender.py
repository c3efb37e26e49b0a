"""The outbox is emptied in order; what fails is tried later, what never works becomes a dead letter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from dashboard.messages.channels import TryLater, Undeliverable
from dashboard.messages.sender import PAUSES_S, Sender
from dashboard.messages.wording import Text, Wording
from data.domain.cases.model import CaseEvent, EventKind
from data.store.cases import cases
from data.store.cases.cases import Reporter
from data.store.citizens import outbox, privacy
from data.store.citizens.outbox import Message, OutboxState
from data.store.db.engine import Engine, reading, writing
from data.store.intake import sources
from tests.factories import HOUR, NOW, a_case, a_city, received, stored, terms_for

OWNER = "uji:1"
DAY = timedelta(days=1)


@dataclass
class Fake:
    """In place of a gateway."""

    fault: Exception | None = None
    sent: list[tuple[str, str]] = field(default_factory=list)

    def send(self, message: Message, text: Text, now: datetime) -> None:
        if self.fault is not None:
            raise self.fault
        self.sent.append((message.code, message.kind))


@dataclass
class Room:
    """The sender before a store with messages."""

    engine: Engine
    channel: Fake = field(default_factory=Fake)
    now: datetime = NOW

    def __post_init__(self) -> None:
        wording = Wording(a_city(), timedelta(days=14), "https://warga.example")
        self.sender = Sender(self.engine, outbox, wording, outbox.EMAIL, self.channel, dead_blocks=False)

    def case(self, *kinds: EventKind) -> str:
        new = a_case(reporter=Reporter(email="a@b.id", lang="id"))
        with writing(self.engine) as conn:
            case_id = stored(conn, new, [received()])
            for kind in kinds:
                cases.append_events(conn, case_id, [CaseEvent(NOW, kind, agency="dpupr")], terms_for(new), NOW)
        return new.code

    def work(self, after: timedelta = timedelta(0)) -> int:
        self.now += after
        return self.sender.work(OWNER, lambda: self.now)

    def state(self) -> OutboxState:
        with reading(self.engine) as conn:
            return outbox.state(conn, NOW - DAY, 10)


@pytest.fixture
def room(engine: Engine) -> Room:
    return Room(engine)


def test_messages_leave_in_order_and_once(room: Room):
    code = room.case(EventKind.VERIFIED, EventKind.DISPATCHED)
    while room.work(timedelta(seconds=1)):
        pass
    assert room.channel.sent == [(code, "received"), (code, "verified"), (code, "dispatched")]
    assert (room.state().waiting, room.state().sent) == (0, 3)


def test_what_fails_is_tried_again_after_growing_pauses_and_given_up_at_last(room: Room):
    room.case()
    room.channel.fault = TryLater("gateway is down")
    tries = []
    while not room.state().dead:
        tries.append(room.now)
        room.work()
        with reading(room.engine) as conn:
            waits = conn.exec_driver_sql("SELECT next_at FROM outbox").scalar_one()
        room.now = max(room.now, datetime.fromtimestamp(waits, NOW.tzinfo)) + timedelta(minutes=1)
    assert len(tries) == len(PAUSES_S) + 1
    assert timedelta(days=3) < tries[-1] - tries[0] < timedelta(days=5)
    assert room.state().dead[0].reason == "gateway is down"


def test_a_receiver_that_wants_to_be_left_alone_is(room: Room):
    room.case()
    room.channel.fault = TryLater("busy", after_s=7200)
    room.work()
    room.channel.fault = None
    assert room.work(HOUR) == 0
    assert room.work(2 * HOUR) == 1


def test_a_channel_that_fails_rests_a_moment_instead_of_trying_every_message(room: Room):
    for _ in range(5):
        room.case()
    room.channel.fault = TryLater("gateway is down")
    room.work()
    room.work(timedelta(seconds=1))
    with reading(room.engine) as conn:
        assert conn.exec_driver_sql("SELECT sum(attempts) FROM outbox").scalar_one() == 1


def test_one_wrong_address_keeps_nobody_else_waiting(room: Room):
    room.case()
    room.channel.fault = Undeliverable("550")
    room.work()
    room.channel.fault = None
    code = room.case()
    assert room.work(timedelta(seconds=1)) == 1
    assert room.channel.sent == [(code, "received")]
    assert [each.reason for each in room.state().dead] == ["550"]


def test_a_reporter_whose_address_was_removed_gets_no_message(room: Room):
    room.case()
    with writing(room.engine) as conn:
        conn.exec_driver_sql("UPDATE reporter SET email = NULL")
    room.work()
    assert room.channel.sent == []
    assert "message.no_address" in room.state().dead[0].reason


def test_a_crash_between_sending_and_marking_sends_the_same_key_again(room: Room):
    room.case()
    keys: list[str] = []

    class Dying:
        def send(self, message: Message, text: Text, now: datetime) -> None:
            keys.append(message.key)
            if len(keys) == 1:
                raise KeyboardInterrupt

    sender = Sender(room.engine, outbox, Wording(a_city(), DAY, ""), outbox.EMAIL, Dying(), dead_blocks=False)
    with pytest.raises(KeyboardInterrupt):
        sender.work(OWNER, lambda: NOW)
    assert sender.work(OWNER, lambda: NOW) == 1
    assert keys[0] == keys[1]
    assert room.state().sent == 1


def test_another_process_that_holds_the_lease_sends_alone(room: Room):
    room.case()
    with writing(room.engine) as conn:
        assert sources.claim(conn, "outbox email", "elsewhere:7", NOW, 60)
    assert room.work() == 0
    assert room.channel.sent == []
    assert room.work(timedelta(seconds=61)) == 1


def test_sending_stops_between_two_messages_when_the_process_ends(room: Room):
    for _ in range(3):
        room.case()
    stops: Callable[[], bool] = lambda: len(room.channel.sent) >= 1  # noqa: E731
    assert room.sender.work(OWNER, lambda: NOW, stops) == 1
    assert room.state().waiting == 2


def test_what_is_erased_while_others_are_sent_is_not_sent(room: Room):
    first, second = room.case(), room.case()

    def stops() -> bool:
        """Asked between two messages: then the second one's reporter withdraws."""
        with writing(room.engine) as conn:
            found = cases.by_code(conn, second)
            if room.channel.sent and found is not None:
                privacy.erase(conn, [found.id], NOW, texts=False)
        return False

    assert room.sender.work(OWNER, lambda: NOW, stops) == 1
    assert room.channel.sent == [(first, "received")]
    assert (room.state().waiting, room.state().dead) == (0, [])
