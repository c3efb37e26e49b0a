"""Steps are raised once, stop with their hold, come again when an acknowledgement expires; on both engines."""

from __future__ import annotations

import threading
from datetime import datetime

import pytest

from data.domain.access.roles import Person, Role
from data.domain.cases.commands.model import Actor, Command, CommandKind
from data.domain.cases.model import ActorKind, EventKind
from data.domain.sla.terms import Terms
from data.store.cases import cases
from data.store.cases.commands import CommandRules, Order, Overtaken, apply
from data.store.db.engine import Connection, Engine, reading, writing
from data.store.escalation.raising import due
from data.store.escalation.steps import LadderRules, NothingToAcknowledge, Raised, acknowledge, raised_of
from ingest.runtime.escalator import Escalator
from tests.escalations import LADDER, NIGHT, STEPS, a_ladder_city, a_landslide, climb, rules, terms_of
from tests.factories import HOUR, MINUTE, NOW, event

HEAD = Person(1, "kepala", Role.HEAD, frozenset({"bpbd"}))
SUPERVISOR = Person(2, "pengawas", Role.SUPERVISOR)


def told(conn: Connection, case_id: int) -> list[tuple[str, str | None]]:
    """What the history says of escalations."""
    events = cases.events_of(conn, case_id)
    return [(str(one.kind), one.reason) for one in events if one.kind.startswith("escalat")]


def happens(conn: Connection, case_id: int, kind: EventKind, at: datetime, **changes: object) -> None:
    found = cases.by_id(conn, case_id)
    assert found is not None
    happened = event(kind, at, **{"agency": "bpbd"} | changes)
    cases.append_events(conn, case_id, [happened], cases.terms_for(found, terms_of()), at)


def seen(conn: Connection, case_id: int, person: Person, now: datetime) -> Raised:
    found = cases.by_id(conn, case_id)
    assert found is not None
    return acknowledge(conn, found.facts.code, person, rules(), now)


def test_every_step_is_raised_once_and_is_told_in_the_history(engine: Engine):
    with writing(engine) as conn:
        case_id = a_landslide(conn)
        for after in STEPS:
            assert climb(conn, NOW + after - MINUTE) == 0
            assert climb(conn, NOW + after) == 1
            assert climb(conn, NOW + after) == 0
        receivers = ["agency", "head", "supervisor", "mayor"]
        assert told(conn, case_id) == [("escalated", receiver) for receiver in receivers]
        raised = raised_of(conn, case_id)
    assert raised is not None
    assert (raised.step, raised.due_at, raised.raised_at) == (4, NOW + STEPS[3], NOW + STEPS[3])


def test_after_an_outage_only_the_highest_step_is_raised(engine: Engine):
    with writing(engine) as conn:
        case_id = a_landslide(conn)
        assert climb(conn, NOW + 11 * HOUR) == 1
        assert told(conn, case_id) == [("escalated", "supervisor")]
        raised = raised_of(conn, case_id)
    assert raised is not None
    assert (raised.due_at, raised.raised_at) == (NOW + STEPS[2], NOW + 11 * HOUR)


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        (EventKind.RESOLVED, {}),
        (EventKind.PAUSED, {"reason": "citizen"}),
        (EventKind.TRANSFERRED, {"agency": "dlh"}),
        (EventKind.MERGED, {"head": "AW-1"}),
    ],
)
def test_a_step_is_over_in_the_moment_in_which_its_hold_is(engine: Engine, kind: EventKind, changes: dict[str, str]):
    with writing(engine) as conn:
        case_id = a_landslide(conn)
        climb(conn, NOW + 6 * HOUR)
        assert raised_of(conn, case_id) is not None
        happens(conn, case_id, kind, NOW + 7 * HOUR, **changes)
        assert raised_of(conn, case_id) is None
        with pytest.raises(NothingToAcknowledge):
            seen(conn, case_id, SUPERVISOR, NOW + 7 * HOUR)
        assert climb(conn, NOW + 8 * HOUR) == 0


def test_a_reopened_case_and_a_second_agency_climb_anew(engine: Engine):
    with writing(engine) as conn:
        case_id = a_landslide(conn)
        climb(conn, NOW + 6 * HOUR)
        happens(conn, case_id, EventKind.RESOLVED, NOW + 7 * HOUR)
        happens(conn, case_id, EventKind.REOPENED, NOW + 8 * HOUR)
        assert climb(conn, NOW + 13 * HOUR) == 0
        assert climb(conn, NOW + 14 * HOUR) == 1
        assert told(conn, case_id) == [("escalated", "agency")] * 2


def test_an_acknowledgement_is_an_event_holds_for_a_while_and_expires(engine: Engine):
    with writing(engine) as conn:
        case_id = a_landslide(conn)
        climb(conn, NOW + 6 * HOUR)
        seen(conn, case_id, HEAD, NOW + 6 * HOUR)
        with pytest.raises(NothingToAcknowledge):
            seen(conn, case_id, SUPERVISOR, NOW + 6 * HOUR)
        raised = raised_of(conn, case_id)
        assert raised is not None
        assert (raised.acknowledged_by, raised.expires_at) == ("kepala", NOW + 7 * HOUR)
        assert climb(conn, NOW + 7 * HOUR - MINUTE) == 0
        assert climb(conn, NOW + 7 * HOUR) == 1
        raised = raised_of(conn, case_id)
        assert raised is not None
        assert (raised.times, raised.asks) == (2, True)
        assert told(conn, case_id) == [("escalated", "agency"), ("escalation_seen", "agency"), ("escalated", "agency")]


def test_what_is_for_the_supervisor_no_head_acknowledges(engine: Engine):
    with writing(engine) as conn:
        case_id = a_landslide(conn)
        climb(conn, NOW + 11 * HOUR)
        with pytest.raises(NothingToAcknowledge):
            seen(conn, case_id, HEAD, NOW + 11 * HOUR)
        seen(conn, case_id, SUPERVISOR, NOW + 11 * HOUR)


def test_quiet_hours_delay_and_drop_nothing_and_urgent_cases_have_none(engine: Engine):
    quiet, urgent = rules(a_ladder_city(quiet=NIGHT)), rules(a_ladder_city(quiet=NIGHT, urgent=frozenset({"critical"})))
    morning = NOW.replace(hour=23, minute=0)  # 06:00 of the next day
    with writing(engine) as conn:
        case_id = a_landslide(conn)
        assert climb(conn, NOW + 7 * HOUR, quiet) == 0  # 21:07
        assert climb(conn, morning - MINUTE, quiet) == 0
        assert climb(conn, morning, quiet) == 1
        assert told(conn, case_id) == [("escalated", "mayor")]
        at_night = a_landslide(conn)
        assert climb(conn, NOW + 7 * HOUR, urgent) == 1
        assert told(conn, at_night) == [("escalated", "agency")]


def test_no_command_comes_too_late_because_of_an_escalation(engine: Engine):
    with writing(engine) as conn:
        case_id = a_landslide(conn)
        found = cases.by_id(conn, case_id)
        assert found is not None
        climb(conn, NOW + 6 * HOUR)
        by = CommandRules(a_ladder_city(), terms_of())
        officer = Actor("petugas", ActorKind.AGENCY, frozenset({"bpbd"}))
        order = Order(found.facts.code, found.version, Command(CommandKind.NOTE, text="Kami ke sana."), officer)
        assert apply(conn, order, by, NOW + 7 * HOUR).version == found.version + 2
        with pytest.raises(Overtaken) as late:
            apply(conn, order, by, NOW + 7 * HOUR)
    assert [one.kind for one in late.value.since] == [EventKind.ESCALATED, EventKind.NOTE]


def test_a_source_that_tells_something_late_still_overtakes_a_command(engine: Engine):
    """Its event is dated before the escalation and stored after it."""
    with writing(engine) as conn:
        case_id = a_landslide(conn)
        climb(conn, NOW + 6 * HOUR)
        found = cases.by_id(conn, case_id)
        assert found is not None
        happens(conn, case_id, EventKind.NOTE, NOW + HOUR)
        officer = Actor("petugas", ActorKind.AGENCY, frozenset({"bpbd"}))
        order = Order(found.facts.code, found.version, Command(CommandKind.NOTE, text="Baru."), officer)
        with pytest.raises(Overtaken):
            apply(conn, order, CommandRules(a_ladder_city(), terms_of()), NOW + 7 * HOUR)


def test_a_new_process_looks_at_every_held_case_again(engine: Engine):
    """The ladder may be another one than before."""
    with writing(engine) as conn:
        case_id = a_landslide(conn)
        climb(conn, NOW + MINUTE, rules(a_ladder_city(default=None)))
    stop, now = threading.Event(), NOW + 6 * HOUR
    escalator = Escalator(engine, rules(), lambda: now)
    assert escalator.work("uji:1", stop) == 1
    assert escalator.work("uji:1", stop) == 0
    with reading(engine) as conn:
        assert told(conn, case_id) == [("escalated", "agency")]


def test_a_case_whose_policy_is_gone_stops_no_round(engine: Engine):
    def unknown(category: str, policy: tuple[str, int], service_class: str) -> Terms:
        raise KeyError(policy)

    with writing(engine) as conn:
        a_landslide(conn)
        gone = LadderRules(a_ladder_city(), unknown)
        assert climb(conn, NOW + 6 * HOUR, gone) == 0
        assert due(conn, NOW + 6 * HOUR, 10) == []


def test_without_a_ladder_nothing_stays_raised(engine: Engine):
    with writing(engine) as conn:
        case_id = a_landslide(conn)
        climb(conn, NOW + 6 * HOUR)
    assert (
        Escalator(engine, rules(a_ladder_city(ladders={})), lambda: NOW + 7 * HOUR).work("uji:1", threading.Event())
        == 0
    )
    with reading(engine) as conn:
        assert raised_of(conn, case_id) is None


def test_a_step_that_the_ladder_has_no_more_is_its_last_one(engine: Engine):
    """Another policy has another ladder, and a city may shorten one: what was raised before goes on as its end."""
    shorter = rules(a_ladder_city(ladders={"biasa": LADDER[:3]}))
    with writing(engine) as conn:
        case_id, other = a_landslide(conn), a_landslide(conn, NOW + 6 * HOUR)
        climb(conn, NOW + 12 * HOUR)
        seen(conn, case_id, SUPERVISOR, NOW + 12 * HOUR)
        happens(conn, case_id, EventKind.NOTE, NOW + 12 * HOUR)
        assert climb(conn, NOW + 15 * HOUR, shorter) == 2
        assert climb(conn, NOW + 15 * HOUR, shorter) == 0
        steps = [raised_of(conn, each) for each in (case_id, other)]
    assert [each and each.step for each in steps] == [3, 2]


def test_a_fold_that_is_taken_back_takes_back_the_end_of_its_step(engine: Engine):
    start = NOW + 6 * HOUR
    with writing(engine) as conn:
        head, case_id = a_landslide(conn, start), a_landslide(conn)
        climb(conn, start)
        before = raised_of(conn, case_id)
        _command(conn, case_id, Command(CommandKind.FOLD, head=_of(conn, head).facts.code), start)
        assert climb(conn, start) == 0
        assert raised_of(conn, case_id) is None
        _command(conn, case_id, Command(CommandKind.UNDO, undoes=_of(conn, case_id).version), start)
        climb(conn, start)
        assert before is not None
        assert raised_of(conn, case_id) == before


def _of(conn: Connection, case_id: int) -> cases.StoredCase:
    found = cases.by_id(conn, case_id)
    assert found is not None
    return found


def _command(conn: Connection, case_id: int, command: Command, now: datetime) -> None:
    found = _of(conn, case_id)
    order = Order(found.facts.code, found.version, command, Actor("siti", ActorKind.OPERATOR))
    apply(conn, order, CommandRules(a_ladder_city(), terms_of()), now)
