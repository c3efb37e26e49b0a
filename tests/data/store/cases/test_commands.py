"""Commands on stored cases: who is first wins, and any sequence of them leaves events and row in agreement."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, func, select

from data.domain.cases.commands.model import Actor, Command, CommandKind
from data.domain.cases.commands.rules import RULES
from data.domain.cases.model import ActorKind, CaseState, EventKind
from data.store.cases import cases
from data.store.cases.cases import StoredCase
from data.store.cases.commands import Applied, CommandRefused, CommandRules, Order, Overtaken, apply
from data.store.db import change_feed
from data.store.db.engine import Engine, reading, writing
from data.store.db.schema.cases import case_event
from tests.factories import HOUR, MINUTE, NOW, a_case, a_city, a_history, event, received, stored, terms_for, terms_of

RULES_HERE = CommandRules(a_city(), terms_of())
DESK = Actor("rina", ActorKind.OPERATOR)
DPUPR = Actor("agus", ActorKind.AGENCY, frozenset({"dpupr"}))
DLH = Actor("sari", ActorKind.AGENCY, frozenset({"dlh"}))
DISPATCH = Command(CommandKind.DISPATCH, agency="dpupr")


def a_stored(conn: Connection, *events: Any, category: str = "jalan_rusak", **changes: Any) -> StoredCase:
    case_id = stored(conn, a_case(category, **changes), events or [received(NOW - HOUR)], NOW - HOUR)
    return the(conn, case_id)


def the(conn: Connection, case_id: int) -> StoredCase:
    found = cases.by_id(conn, case_id)
    assert found is not None
    return found


def do(conn: Connection, case_id: int, command: Command, actor: Actor = DESK, now: datetime = NOW) -> Applied:
    """A command by somebody who sees the case as it is."""
    found = the(conn, case_id)
    return apply(conn, Order(found.facts.code, found.version, command, actor), RULES_HERE, now)


def test_a_dispatch_verifies_and_tells_who_did_it(engine: Engine):
    with writing(engine) as conn:
        it = a_stored(conn)
        done = do(conn, it.id, DISPATCH)
    with reading(engine) as conn:
        after, events = the(conn, it.id), cases.events_of(conn, it.id)
        feed = [row.kind for row in change_feed.since(conn, 0, 10)]
    assert [(one.kind, one.actor, one.version) for one in events[1:]] == [
        (EventKind.VERIFIED, "rina", 1),
        (EventKind.DISPATCHED, "rina", 2),
    ]
    assert (done.first, done.version, after.version, after.status) == (1, 2, 2, done.status)
    assert (after.status.state, after.status.agency) == (CaseState.DISPATCHED, "dpupr")
    assert feed == ["received", "verified", "dispatched"]


def test_a_command_on_a_case_that_has_moved_on_is_refused_with_who_did_what(engine: Engine):
    with writing(engine) as conn:
        it = a_stored(conn)
        do(conn, it.id, DISPATCH)
    late = Order(it.facts.code, it.version, Command(CommandKind.DISPATCH, agency="dlh"), Actor("budi", DESK.kind))
    with writing(engine) as conn, pytest.raises(Overtaken) as refused:
        apply(conn, late, RULES_HERE, NOW)
    assert [(one.kind, one.actor) for one in refused.value.since] == [
        (EventKind.VERIFIED, "rina"),
        (EventKind.DISPATCHED, "rina"),
    ]
    with reading(engine) as conn:
        assert the(conn, it.id).status.agency == "dpupr"


def test_what_a_source_tells_moves_a_case_on_too(engine: Engine):
    with writing(engine) as conn:
        it = a_stored(conn)
        told = event(EventKind.NOTE, NOW - MINUTE, actor="simulator", actor_kind=ActorKind.SYSTEM)
        cases.append_events(conn, it.id, [told], terms_for(it.facts), NOW)
        with pytest.raises(Overtaken) as refused:
            apply(conn, Order(it.facts.code, it.version, DISPATCH, DESK), RULES_HERE, NOW)
        assert [one.actor for one in refused.value.since] == ["simulator"]


def test_of_two_commands_at_once_one_wins(engine: Engine):
    with writing(engine) as conn:
        ids = [a_stored(conn) for _ in range(10)]
    won: list[str] = []

    def work(name: str) -> None:
        for it in ids:
            order = Order(it.facts.code, it.version, DISPATCH, Actor(name, ActorKind.OPERATOR))
            try:
                with writing(engine) as conn:
                    apply(conn, order, RULES_HERE, NOW)
                won.append(it.facts.code)
            except Overtaken:
                pass

    threads = [threading.Thread(target=work, args=(name,)) for name in ("rina", "budi")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == sorted(it.facts.code for it in ids)
    with reading(engine) as conn:
        counted = select(func.count()).where(case_event.c.kind == "dispatched")
        assert conn.execute(counted).scalar_one() == 10


def test_an_undone_dispatch_leaves_the_case_as_if_it_never_was(engine: Engine):
    with writing(engine) as conn:
        it = a_stored(conn)
        done = do(conn, it.id, DISPATCH)
        undone = do(conn, it.id, Command(CommandKind.UNDO, undoes=done.first), now=NOW + 9 * timedelta(seconds=1))
        after = the(conn, it.id)
    assert undone.version == 3
    assert replace(after.status, updated_at=it.status.updated_at) == it.status
    assert after.status.verify_due_at == it.status.verify_due_at


def test_an_undone_transfer_brings_back_the_pause_that_it_ended(engine: Engine):
    with writing(engine) as conn:
        it = a_stored(conn)
        do(conn, it.id, DISPATCH)
        do(conn, it.id, Command(CommandKind.PAUSE, reason="citizen", text="Di mana?"))
        waits = the(conn, it.id)
        done = do(conn, it.id, Command(CommandKind.TRANSFER, agency="dlh"), now=NOW + MINUTE)
        do(conn, it.id, Command(CommandKind.UNDO, undoes=done.first), now=NOW + MINUTE + timedelta(seconds=9))
        after = the(conn, it.id)
        resumed = do(conn, it.id, Command(CommandKind.RESUME), now=NOW + 2 * MINUTE)
        with pytest.raises(CommandRefused):
            do(conn, it.id, Command(CommandKind.UNDO, undoes=resumed.first), now=NOW + 2 * MINUTE)
    assert waits.status.state is CaseState.WAITING
    assert replace(after.status, updated_at=waits.status.updated_at) == waits.status


@pytest.mark.parametrize(("seconds", "name"), [(11, "rina"), (5, "budi")])
def test_an_undo_is_refused_after_ten_seconds_and_to_others(engine: Engine, seconds: int, name: str):
    with writing(engine) as conn:
        it = a_stored(conn)
        done = do(conn, it.id, DISPATCH)
        undo = Command(CommandKind.UNDO, undoes=done.first)
        with pytest.raises(CommandRefused):
            do(conn, it.id, undo, Actor(name, ActorKind.OPERATOR), NOW + timedelta(seconds=seconds))


def test_what_has_left_the_house_is_not_undone(engine: Engine):
    with writing(engine) as conn:
        it = a_stored(conn)
        done = do(conn, it.id, Command(CommandKind.ANSWER, text="Terima kasih."))
        with pytest.raises(CommandRefused):
            do(conn, it.id, Command(CommandKind.UNDO, undoes=done.first))


def test_another_category_brings_its_standard_and_priority_and_an_undo_takes_both_back(engine: Engine):
    with writing(engine) as conn:
        it = a_stored(conn, priority="low")
        done = do(conn, it.id, Command(CommandKind.RECLASSIFY, category="longsor"))
        changed = the(conn, it.id)
        do(conn, it.id, Command(CommandKind.UNDO, undoes=done.first))
        back = the(conn, it.id)
    assert (changed.facts.category, changed.facts.policy, changed.facts.priority) == ("longsor", "darurat", "critical")
    assert changed.status.agency == "bpbd"
    assert (back.facts.category, back.facts.policy, back.facts.priority) == ("jalan_rusak", "biasa", "low")


def test_a_folded_case_carries_no_clock_and_separated_it_is_as_before(engine: Engine):
    with writing(engine) as conn:
        head, it = a_stored(conn), a_stored(conn)
        do(conn, it.id, Command(CommandKind.FOLD, head=head.facts.code))
        folded, grown = the(conn, it.id), the(conn, head.id)
        assert (folded.status.state, folded.facts.head_id, grown.folded) == (CaseState.MERGED, head.id, 1)
        assert folded.status.next_clock is None
        do(conn, it.id, Command(CommandKind.SEPARATE), now=NOW + HOUR)
        after, shrunk = the(conn, it.id), the(conn, head.id)
    assert (after.facts.head_id, shrunk.folded, after.status.cycle) == (None, 0, 1)
    assert (after.status.state, after.status.next_due_at) == (it.status.state, it.status.next_due_at)


@pytest.mark.parametrize("head", ["AW-2611-9999", "", "self", "closed"])
def test_a_case_is_folded_into_an_open_other_case_only(engine: Engine, head: str):
    with writing(engine) as conn:
        it = a_stored(conn)
        closed = a_stored(conn, *a_history(NOW - HOUR, dispatched=MINUTE, resolved=2 * MINUTE))
        code = {"self": it.facts.code, "closed": closed.facts.code}.get(head, head)
        with pytest.raises(CommandRefused):
            do(conn, it.id, Command(CommandKind.FOLD, head=code))


def test_a_pause_whose_time_is_used_up_is_refused_and_writes_nothing(engine: Engine):
    ask = Command(CommandKind.PAUSE, reason="citizen", text="Mohon lengkapi lokasinya.")
    with writing(engine) as conn:
        it = a_stored(conn)
        do(conn, it.id, DISPATCH)
        do(conn, it.id, ask)
        later = NOW + timedelta(days=8)
        cases.recompute_status(conn, it.id, terms_for(it.facts), later)
        before = the(conn, it.id)
        with pytest.raises(CommandRefused):
            do(conn, it.id, ask, now=later)
        assert the(conn, it.id) == before


def test_a_second_dispatch_in_the_same_second_counts_after_the_first(engine: Engine):
    with writing(engine) as conn:
        it = a_stored(conn)
        do(conn, it.id, DISPATCH)
        do(conn, it.id, Command(CommandKind.TRANSFER, text="bukan kami", authority="dlh"), DPUPR)
        do(conn, it.id, Command(CommandKind.DISPATCH, agency="dlh"))
        assert the(conn, it.id).status.agency == "dlh"


@pytest.mark.parametrize("clock_ahead", [timedelta(minutes=30)])
def test_a_command_never_comes_before_what_a_source_with_a_fast_clock_told(engine: Engine, clock_ahead: timedelta):
    with writing(engine) as conn:
        it = a_stored(conn)
        fast = event(EventKind.DISPATCHED, NOW + clock_ahead, agency="dlh")
        cases.append_events(conn, it.id, [fast], terms_for(it.facts), NOW)
        do(conn, it.id, Command(CommandKind.TRANSFER, agency="dpupr"))
        assert the(conn, it.id).status.agency == "dpupr"


def test_every_command_has_a_rule():
    assert set(RULES) == set(CommandKind)
