"""A message is written with the event that it tells of, and leaves in order."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from data.domain.cases.commands.model import Actor, Command, CommandKind
from data.domain.cases.model import UNDATED, ActorKind, CaseEvent, EventKind
from data.store.cases import cases
from data.store.cases.cases import Reporter
from data.store.cases.commands import CommandRules, Order, apply
from data.store.citizens import outbox
from data.store.citizens.outbox import Message
from data.store.db.engine import Connection, Engine, reading, writing
from tests.factories import HOUR, NOW, a_case, a_city, received, stored, terms_for, terms_of

ALL = ("email", "webhook")
BOTH = Reporter("Ibu Warga", "0812", "warga@example.id", lang="id")
SOON = NOW + HOUR


def append(conn: Connection, case_id: int, kind: EventKind, **more: object) -> None:
    event = CaseEvent(NOW, kind, ActorKind.OPERATOR, **more)  # type: ignore[arg-type]
    cases.append_events(conn, case_id, [event], terms_for(a_case()), NOW)


def due(conn: Connection, channels: tuple[str, ...] = ALL, *, dead_blocks: bool = False) -> list[Message]:
    return outbox.due(conn, SOON, channels, 10, dead_blocks=dead_blocks)


def test_only_who_wants_messages_gets_them_and_by_the_channels_that_are_known(engine: Engine):
    with writing(engine) as conn:
        for who in (None, Reporter("Tanpa kabar", "0812"), Reporter(email="a@b.id", lang="en"), BOTH):
            stored(conn, a_case(reporter=who), [received()])
    with reading(engine) as conn:
        found = due(conn)
    assert [(each.kind, each.channel, each.address, each.lang) for each in found] == [
        ("received", "email", "a@b.id", "en"),
        ("received", "email", "warga@example.id", "id"),
        ("received", "webhook", "0812", "id"),
    ]
    assert all(each.due_at is not None for each in found)


def test_a_transaction_that_is_rolled_back_leaves_no_message(engine: Engine):
    with pytest.raises(ZeroDivisionError), writing(engine) as conn:
        stored(conn, a_case(reporter=BOTH), [received()])
        raise ZeroDivisionError
    with reading(engine) as conn:
        assert due(conn) == []


def test_each_event_that_matters_is_told_once_and_others_not(engine: Engine):
    with writing(engine) as conn:
        case_id = stored(conn, a_case(reporter=Reporter(email="a@b.id", lang="id")), [received()])
        append(conn, case_id, EventKind.NOTE, text="catatan dalam")
        append(conn, case_id, EventKind.DISPATCHED, agency="dpupr")
        append(conn, case_id, EventKind.PAUSED, reason="citizen", text="Foto dari dekat")
        append(conn, case_id, EventKind.RESUMED)
        append(conn, case_id, EventKind.RESOLVED, agency="dpupr", text="Sudah ditambal")
        append(conn, case_id, EventKind.REOPENED)
        append(conn, case_id, EventKind.CLOSED, reason=UNDATED)
    kinds = []
    with writing(engine) as conn:
        while found := due(conn):
            [message] = found
            kinds.append((message.kind, message.text))
            outbox.sent(conn, message.id, NOW)
    assert kinds == [
        ("received", None),
        ("dispatched", None),
        ("completion", "Foto dari dekat"),
        ("resolved", "Sudah ditambal"),
        ("reopened", None),
    ]


def test_a_merged_case_hears_of_its_head_but_not_of_the_heads_receipt(engine: Engine):
    with writing(engine) as conn:
        head = stored(conn, a_case(), [received()])
        merged = stored(conn, a_case(reporter=Reporter(email="a@b.id", lang="id")), [received()])
        cases.merge(conn, merged, head, terms_for(a_case()), NOW)
        append(conn, head, EventKind.RESOLVED, agency="dpupr", text="Selesai")
        outbox.sent(conn, due(conn)[0].id, NOW)
        [told] = due(conn)
        mine = cases.by_id(conn, merged)
    assert mine is not None
    assert (told.kind, told.text, told.code) == ("resolved", "Selesai", mine.facts.code)


def test_of_what_became_private_in_its_head_a_message_says_only_that_there_is_news(engine: Engine):
    with writing(engine) as conn:
        head = stored(conn, a_case(), [received()])
        merged = stored(conn, a_case(reporter=Reporter(email="a@b.id", lang="id")), [received()])
        cases.merge(conn, merged, head, terms_for(a_case()), NOW)
        append(conn, head, EventKind.RECLASSIFIED, category="narkoba")
        append(conn, head, EventKind.RESOLVED, agency="dpupr", text="Tersangka ditangkap")
        outbox.sent(conn, due(conn)[0].id, NOW)
        assert {each.private for each in due(conn)} == {True}


def test_a_later_message_waits_for_the_one_before_it(engine: Engine):
    with writing(engine) as conn:
        case_id = stored(conn, a_case(reporter=BOTH), [received()])
        append(conn, case_id, EventKind.VERIFIED)
        email, webhook = due(conn)
        outbox.sent(conn, webhook.id, NOW)
        outbox.postpone(conn, email.id, "http.timeout", SOON + HOUR)
        assert [(each.channel, each.kind) for each in due(conn)] == [("webhook", "verified")]
        assert due(conn, ("email",)) == []
        later = outbox.due(conn, SOON + 2 * HOUR, ("email",), 10, dead_blocks=False)
    assert [(each.kind, each.attempts) for each in later] == [("received", 1)]


def test_a_dead_letter_is_skipped_or_blocks_and_comes_back_when_it_is_revived(engine: Engine):
    with writing(engine) as conn:
        case_id = stored(conn, a_case(reporter=Reporter(email="a@b.id", lang="id")), [received()])
        append(conn, case_id, EventKind.VERIFIED)
        [first] = due(conn)
        outbox.give_up(conn, first.id, "550", NOW)
        assert due(conn, dead_blocks=True) == []
        assert [each.kind for each in due(conn)] == ["verified"]
        state = outbox.state(conn, NOW - timedelta(days=1), 5)
        assert (state.waiting, state.sent, [each.reason for each in state.dead]) == (1, 0, ["550"])
        assert outbox.revive(conn, NOW) == 1
        assert [(each.kind, each.key) for each in due(conn)] == [("received", first.key)]


def test_what_a_person_did_leaves_when_it_cannot_be_undone_and_what_was_undone_never(engine: Engine):
    new = a_case(reporter=Reporter(email="a@b.id", lang="id"))
    rules = CommandRules(a_city(), terms_of())
    operator = Actor("siti", ActorKind.OPERATOR)

    def command(conn: Connection, seen: int, kind: CommandKind, now: datetime, **more: object) -> int:
        order = Order(new.code, seen, Command(kind, **more), operator)  # type: ignore[arg-type]
        return apply(conn, order, rules, now).version

    with writing(engine) as conn:
        stored(conn, new, [received()])
        outbox.sent(conn, due(conn)[0].id, NOW)
        version = command(conn, 0, CommandKind.DISPATCH, NOW, agency="dpupr")
        assert outbox.due(conn, NOW + timedelta(seconds=10), ALL, 9, dead_blocks=False) == []
        version = command(conn, version, CommandKind.UNDO, NOW + timedelta(seconds=5), undoes=1)
        assert due(conn) == []
        command(conn, version, CommandKind.DISPATCH, NOW + timedelta(seconds=6), agency="dlh")
        [told] = outbox.due(conn, NOW + timedelta(seconds=17), ALL, 9, dead_blocks=False)
    assert (told.kind, told.agency) == ("dispatched", "dlh")
