"""A question is told to the field assistants of its village at once, and goes up the ladder from there."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from data.domain.access.roles import Audience, Person, Role
from data.domain.cases.commands.model import Actor, Command, CommandKind
from data.domain.cases.model import HANDED_BACK, ActorKind, EventKind
from data.domain.city.escalation import Receiver
from data.store.cases import cases
from data.store.cases.commands import CommandRules, Order, apply
from data.store.citizens.outbox import EMAIL, WEBHOOK
from data.store.db.engine import Connection, Engine, writing
from data.store.escalation.notices import Notice, Notices, gather
from data.store.escalation.raising import look_at_questions
from data.store.escalation.steps import NothingToAcknowledge, acknowledge, raised_of
from data.store.queries import ticker
from data.store.queries.desk.escalations import escalated
from data.store.queries.desk.lists import respond_queue
from tests.assistants import AGENCY, SITI, a_farming_city, a_question, there_are
from tests.escalations import NIGHT, climb, rules
from tests.factories import BEJI, HOUR, MINUTE, NOW, calendars

CITY = a_farming_city()
RULES = rules(CITY)
HALF = NOW + 6 * HOUR


def told(conn: Connection, case_id: int) -> list[str | None]:
    return [it.reason for it in cases.events_of(conn, case_id) if it.kind is EventKind.ESCALATED]


def waiting(conn: Connection) -> list[Notice]:
    return Notices(CITY).due(conn, NOW, [EMAIL, WEBHOOK], 9, dead_blocks=False)


def test_both_addresses_of_the_villages_assistant_are_told_once_and_then_the_agency(engine: Engine):
    with writing(engine) as conn:
        there_are(conn, SITI)
        asked = a_question(conn)
        climb(conn, NOW, RULES)
        climb(conn, NOW + HOUR, RULES)
        assert told(conn, asked) == ["assistant"]
        gather(conn, CITY, NOW)
        found = waiting(conn)
        assert [(it.channel, it.address, it.receiver) for it in found] == [
            (WEBHOOK, "0812 111", Receiver.ASSISTANT),
            (EMAIL, "siti@batu.go.id", Receiver.ASSISTANT),
        ]
        assert found[0].lines[0].answer_by is not None
        climb(conn, HALF, RULES)
        assert told(conn, asked) == ["assistant", "agency"]


@pytest.mark.parametrize("changes", [{"village": BEJI}, {"village": None}, {"private": True}])
def test_where_no_assistant_is_for_it_the_step_is_passed_by(engine: Engine, changes: dict[str, object]):
    with writing(engine) as conn:
        there_are(conn, SITI)
        asked = a_question(conn, **changes)
        climb(conn, NOW, RULES)
        assert told(conn, asked) == []
        climb(conn, HALF, RULES)
        assert told(conn, asked) == ["agency"]
        assert gather(conn, CITY, HALF) == 0


def test_a_report_under_the_same_policy_is_for_no_assistant(engine: Engine):
    with writing(engine) as conn:
        there_are(conn, SITI)
        asked = a_question(conn, kind="report")
        climb(conn, NOW, RULES)
        assert told(conn, asked) == []


def test_who_becomes_a_villages_assistant_is_told_of_what_waits(engine: Engine):
    with writing(engine) as conn:
        asked = a_question(conn)
        climb(conn, NOW, RULES)
        assert told(conn, asked) == []
        there_are(conn, SITI)
        look_at_questions(conn, NOW + MINUTE)
        climb(conn, NOW + MINUTE, RULES)
        assert told(conn, asked) == ["assistant"]


def test_at_night_the_assistant_is_told_in_the_morning(engine: Engine):
    by_night = rules(replace(CITY, escalation=replace(CITY.escalation, quiet=NIGHT)))
    night, morning = NOW + 7 * HOUR, NOW + timedelta(hours=15, minutes=53)
    with writing(engine) as conn:
        there_are(conn, SITI)
        asked = a_question(conn, night)
        climb(conn, night, by_night)
        assert told(conn, asked) == []
        climb(conn, morning, by_night)
        assert told(conn, asked)[0] in {"assistant", "agency"}


def test_to_be_told_of_a_question_is_no_escalation(engine: Engine):
    supervisor = Person(1, "pengawas", Role.SUPERVISOR)
    with writing(engine) as conn:
        there_are(conn, SITI)
        asked = a_question(conn)
        climb(conn, NOW, RULES)
        (code,) = conn.exec_driver_sql('SELECT code FROM "case"').scalars()
        assert raised_of(conn, asked) is None
        assert escalated(conn, Audience(None, private=True)) == ()
        held = respond_queue(conn, CITY, calendars(), NOW, 9, audience=Audience(frozenset({AGENCY}), private=True))
        assert (held.total, held.escalated, held.rows[0].escalated) == (1, 0, None)
        assert "escalated" not in [it.kind for it in ticker.ask(conn, CITY, calendars(), NOW, 9).items]
        with pytest.raises(NothingToAcknowledge):
            acknowledge(conn, code, supervisor, RULES, NOW)


def test_who_hands_a_question_back_does_not_make_the_agency_look_busy(engine: Engine):
    actor = Actor("siti", ActorKind.AGENCY, frozenset({AGENCY}))
    with writing(engine) as conn:
        there_are(conn, SITI)
        first, second = a_question(conn), a_question(conn)
        climb(conn, NOW, RULES)
        for case_id, mark in ((first, HANDED_BACK), (second, "")):
            found = cases.by_id(conn, case_id)
            assert found is not None
            note = Command(CommandKind.NOTE, text="Di luar bidang saya.", reason=mark)
            apply(
                conn,
                Order(found.facts.code, found.version, note, actor),
                CommandRules(CITY, RULES.terms_of),
                NOW + HOUR,
            )
        climb(conn, HALF, RULES)
        assert told(conn, first) == ["assistant", "agency"]
        assert told(conn, second) == ["assistant"]
