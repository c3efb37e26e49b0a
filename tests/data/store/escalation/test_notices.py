"""Many steps of one receiver are one message, which tells what still counts when it leaves."""

from __future__ import annotations

from datetime import datetime, timedelta

from data.domain.cases.model import EventKind
from data.domain.city.escalation import Receiver
from data.domain.city.model import City
from data.store.cases import cases
from data.store.citizens.outbox import EMAIL, WEBHOOK
from data.store.db.engine import Connection, Engine, writing
from data.store.escalation.notices import Notice, Notices, dead, gather, revive
from tests.escalations import NIGHT, a_ladder_city, a_landslide, climb, rules, terms_of
from tests.factories import HOUR, MINUTE, NOW, event

TO = {Receiver.AGENCY: {"bpbd": ("piket@bpbd.id", "0812 345 678")}, Receiver.MAYOR: {"": ("wali@kota.id",)}}
DUE = NOW + 6 * HOUR


def a_told_city(**changes: object) -> City:
    return a_ladder_city(receivers=TO, **changes)


def waiting(conn: Connection, now: datetime, city: City | None = None) -> list[Notice]:
    return Notices(city or a_told_city()).due(conn, now, [EMAIL, WEBHOOK], 100, dead_blocks=False)


def raised(conn: Connection, city: City, now: datetime, cases_: int = 1) -> list[int]:
    made = [a_landslide(conn) for _ in range(cases_)]
    climb(conn, now, rules(city))
    return made


def test_forty_silences_are_one_message_for_each_address(engine: Engine):
    city = a_told_city()
    with writing(engine) as conn:
        raised(conn, city, DUE, 40)
        assert gather(conn, city, DUE) == 2
        assert gather(conn, city, DUE) == 0
        found = waiting(conn, DUE)
    assert [(it.channel, it.address, len(it.lines)) for it in found] == [
        (EMAIL, "piket@bpbd.id", 40),
        (WEBHOOK, "0812 345 678", 40),
    ]


def test_what_comes_a_little_later_waits_and_goes_together(engine: Engine):
    city = a_told_city(together=timedelta(minutes=10))
    with writing(engine) as conn:
        raised(conn, city, DUE)
        gather(conn, city, DUE)
        raised(conn, city, DUE + MINUTE, 2)
        assert gather(conn, city, DUE + MINUTE) == 0
        assert gather(conn, city, DUE + 10 * MINUTE) == 2
        assert [len(it.lines) for it in waiting(conn, DUE + 10 * MINUTE)] == [1, 1, 2, 2]


def test_urgent_ones_do_not_wait(engine: Engine):
    city = a_told_city(urgent=frozenset({"critical"}), quiet=NIGHT)
    night = NOW + 7 * HOUR  # 21:07
    with writing(engine) as conn:
        raised(conn, city, night)
        assert gather(conn, city, night) == 2
        assert len(waiting(conn, night, city)) == 2


def test_a_message_waits_for_the_morning_and_is_not_dropped(engine: Engine):
    city, loud = a_told_city(quiet=NIGHT), a_told_city()
    night, morning = NOW + 7 * HOUR, NOW + 16 * HOUR
    with writing(engine) as conn:
        raised(conn, loud, DUE)
        assert gather(conn, city, night) == 0
        assert gather(conn, loud, DUE) == 2
        assert waiting(conn, night, city) == []
        assert len(waiting(conn, morning, city)) == 2


def test_who_was_not_told_before_the_case_waited_is_told_when_it_goes_on(engine: Engine):
    city = a_told_city()
    with writing(engine) as conn:
        [case_id] = raised(conn, city, DUE)
        gather(conn, city, DUE)
        _happens(conn, case_id, EventKind.PAUSED, reason="citizen")
        assert gather(conn, city, DUE) == 0
        assert waiting(conn, DUE) == []
        _happens(conn, case_id, EventKind.RESUMED)
        climb(conn, DUE, rules(city))
        gather(conn, city, DUE)
        assert [len(it.lines) for it in waiting(conn, DUE)] == [1, 1]


def test_what_has_stopped_is_neither_told_nor_sent(engine: Engine):
    city = a_told_city()
    with writing(engine) as conn:
        first, second = raised(conn, city, DUE, 2)
        gather(conn, city, DUE)
        _resolve(conn, first)
        assert [len(it.lines) for it in waiting(conn, DUE + HOUR)] == [1, 1]
        _resolve(conn, second)
        assert waiting(conn, DUE + HOUR) == []
        gather(conn, city, DUE + HOUR)
        assert conn.exec_driver_sql("SELECT count(*) FROM escalation_notice").scalar_one() == 0


def _resolve(conn: Connection, case_id: int) -> None:
    _happens(conn, case_id, EventKind.RESOLVED)


def _happens(conn: Connection, case_id: int, kind: EventKind, **more: str) -> None:
    found = cases.by_id(conn, case_id)
    assert found is not None
    done = event(kind, DUE + MINUTE, **{"agency": "bpbd"} | more)
    cases.append_events(conn, case_id, [done], cases.terms_for(found, terms_of()), DUE + MINUTE)


def test_who_has_no_address_is_not_written_to(engine: Engine):
    city = a_ladder_city()
    with writing(engine) as conn:
        raised(conn, city, DUE)
        assert gather(conn, city, DUE) == 0
        assert waiting(conn, DUE) == []


def test_tries_and_dead_letters_are_kept(engine: Engine):
    city = a_told_city()
    with writing(engine) as conn:
        raised(conn, city, DUE)
        gather(conn, city, DUE)
        queue, (first, second) = Notices(city), waiting(conn, DUE)
        queue.postpone(conn, first.id, "down", DUE + HOUR)
        queue.give_up(conn, second.id, "gone", DUE)
        assert waiting(conn, DUE) == []
        (again,) = waiting(conn, DUE + HOUR)
        assert (again.key, again.attempts) == (first.key, 1)
        queue.sent(conn, again.id, DUE + HOUR)
        assert waiting(conn, DUE + HOUR) == []
        assert [(it.code, it.kind, it.reason) for it in dead(conn, 9)] == [("bpbd", "escalation", "gone")]
        assert revive(conn, DUE + HOUR) == 1
        assert [it.key for it in waiting(conn, DUE + HOUR)] == [second.key]
