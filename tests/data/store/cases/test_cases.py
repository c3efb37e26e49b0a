"""Writing and finding cases."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy import select

from data.domain.cases.model import CaseState, EventKind
from data.domain.cases.privacy_requests import RequestKind
from data.domain.sla.case_status import case_status
from data.store.cases import cases, codes
from data.store.citizens import requests
from data.store.citizens.requests import NewRequest
from data.store.db import change_feed
from data.store.db.engine import Engine, reading, writing
from data.store.db.schema.cases import case, reporter
from tests.factories import (
    HOUR,
    MINUTE,
    NOW,
    a_case,
    a_history,
    event,
    received,
    stored,
    terms_for,
)


def test_a_stored_case_is_found_again_as_it_was_written(engine: Engine):
    new = a_case(sp4n_number="123", address="Jl. Panglima Sudirman")
    events = a_history(NOW - HOUR, dispatched=MINUTE)
    with writing(engine) as conn:
        case_id = stored(conn, new, events)
    with reading(engine) as conn:
        found = cases.find(conn, new.source, new.external_id)
        assert found == cases.by_code(conn, new.code) == cases.by_id(conn, case_id)
    assert found is not None
    assert (found.id, found.folded, found.marked) == (case_id, 0, 0)
    assert found.facts == replace(new, reporter=None)
    assert found.status == case_status(events, terms_for(new), NOW)
    assert found.status.state is CaseState.DISPATCHED


def test_a_reporter_is_kept_apart_from_the_case(engine: Engine):
    with writing(engine) as conn:
        case_id = stored(conn, a_case(), [received()])
        assert conn.execute(select(reporter.c.case_id, reporter.c.name)).all() == [(case_id, "Ibu Warga")]


def test_events_come_back_in_order_with_all_their_fields(engine: Engine):
    new = a_case()
    events = a_history(NOW - HOUR, dispatched=MINUTE, answered=2 * MINUTE)
    with writing(engine) as conn:
        case_id = stored(conn, new, events)
        terms = {"category": new.category, "policy": new.policy, "policy_version": new.policy_version}
        receipt = replace(events[0], **terms, priority=new.priority)
        assert cases.events_of(conn, case_id) == (receipt, *events[1:])


def test_the_same_external_id_twice_is_refused_and_the_transaction_stays_good(engine: Engine):
    new = a_case()
    with writing(engine) as conn:
        stored(conn, new, [received()])
        with pytest.raises(cases.AlreadyStored):
            stored(conn, replace(new, code="AW-2611-9999"), [received()])
        assert cases.by_code(conn, new.code) is not None
        assert cases.by_code(conn, "AW-2611-9999") is None


def test_each_event_of_a_new_case_is_a_change_dated_when_it_happened(engine: Engine):
    with writing(engine) as conn:
        case_id = stored(conn, a_case(), a_history(NOW - HOUR, dispatched=MINUTE))
    with reading(engine) as conn:
        rows = change_feed.since(conn, 0, 10)
    assert [(row.kind, row.at, row.case_id, row.agency, row.source) for row in rows] == [
        ("received", NOW - HOUR, case_id, "dpupr", "api"),
        ("dispatched", NOW - HOUR + MINUTE, case_id, "dpupr", "api"),
    ]


def test_appended_events_move_the_case_on(engine: Engine):
    new = a_case()
    with writing(engine) as conn:
        case_id = stored(conn, new, a_history(NOW - HOUR, dispatched=MINUTE))
    with writing(engine) as conn:
        answer = event(EventKind.ANSWERED, NOW, agency="dpupr")
        status = cases.append_events(conn, case_id, [answer], terms_for(new), NOW)
    with reading(engine) as conn:
        found = cases.by_id(conn, case_id)
        assert len(cases.events_of(conn, case_id)) == 3
        assert change_feed.since(conn, 0, 10)[-1].kind == "answered"
    assert found is not None
    assert found.status == status
    assert found.status.answered_at == NOW
    assert found.status.state is CaseState.IN_PROGRESS


def test_an_event_that_arrives_late_is_put_where_it_happened(engine: Engine):
    new = a_case()
    with writing(engine) as conn:
        case_id = stored(conn, new, a_history(NOW - HOUR, dispatched=2 * MINUTE))
        early = event(EventKind.NOTE, NOW - HOUR + MINUTE)
        cases.append_events(conn, case_id, [early], terms_for(new), NOW)
        assert [one.kind for one in cases.events_of(conn, case_id)] == ["received", "note", "dispatched"]


def test_appending_to_an_unknown_case_is_an_error(engine: Engine):
    with writing(engine) as conn, pytest.raises(LookupError):
        cases.append_events(conn, 4711, [received()], terms_for(a_case()), NOW)


def test_a_naive_datetime_is_refused(engine: Engine):
    new = a_case()
    good = case_status([received()], terms_for(new), NOW)
    bad = replace(good, received_at=datetime(2026, 11, 24, 7, 7))
    with pytest.raises(Exception, match="naive datetime"), writing(engine) as conn:
        cases.insert_case(conn, new, [received()], bad, NOW)
    with reading(engine) as conn:
        assert conn.execute(select(case.c.id)).all() == []


def test_a_changed_category_changes_what_depends_on_it(engine: Engine):
    new = a_case("jalan_rusak")
    with writing(engine) as conn:
        case_id = stored(conn, new, a_history(NOW - HOUR, dispatched=MINUTE))
        change = event(EventKind.RECLASSIFIED, NOW, category="narkoba")
        cases.append_events(conn, case_id, [change], terms_for(new), NOW)
        found = cases.by_id(conn, case_id)
    assert found is not None
    assert (found.facts.category, found.facts.private) == ("narkoba", True)


def test_a_reclassified_case_is_judged_by_its_row_as_by_its_events(engine: Engine):
    new = a_case("jalan_rusak")
    with writing(engine) as conn:
        case_id = stored(conn, new, a_history(NOW - HOUR, dispatched=MINUTE))
        change = event(EventKind.RECLASSIFIED, NOW, category="sampah", policy="biasa", policy_version=2)
        first = cases.append_events(conn, case_id, [change], terms_for(new), NOW)
        found = cases.by_id(conn, case_id)
        assert found is not None
        assert cases.recompute_status(conn, case_id, terms_for(found.facts), NOW) == first


def test_a_merged_case_is_counted_at_its_head_and_is_no_longer_open(engine: Engine):
    head, other = a_case("pohon_tumbang"), a_case("pohon_tumbang")
    with writing(engine) as conn:
        head_id = stored(conn, head, [received()])
        other_id = stored(conn, other, [received()])
        cases.merge(conn, other_id, head_id, terms_for(other), NOW)
        one, two = cases.by_id(conn, head_id), cases.by_id(conn, other_id)
        last = cases.events_of(conn, other_id)[-1]
    assert one is not None
    assert two is not None
    assert (one.folded, two.facts.head_id, two.status.state, two.status.open) == (1, head_id, "merged", False)
    assert (last.kind, last.head) == ("merged", head.code)


def test_a_head_that_is_merged_takes_along_those_it_spoke_for(engine: Engine):
    new = [a_case("pohon_tumbang") for _ in range(4)]
    with writing(engine) as conn:
        first, second, third, fourth = (stored(conn, one, [received()]) for one in new)
        cases.merge(conn, second, first, terms_for(new[1]), NOW)
        cases.merge(conn, first, third, terms_for(new[0]), NOW)
        cases.merge(conn, fourth, first, terms_for(new[3]), NOW)
        rows = conn.execute(select(case.c.id, case.c.head_id, case.c.folded).order_by(case.c.id)).all()
    assert rows == [(first, third, 0), (second, third, 0), (third, None, 3), (fourth, third, 0)]


def test_a_merged_case_that_its_source_reopens_stands_alone_again(engine: Engine):
    head, other = a_case("pohon_tumbang"), a_case("pohon_tumbang")
    with writing(engine) as conn:
        head_id, other_id = stored(conn, head, [received()]), stored(conn, other, [received()])
        cases.merge(conn, other_id, head_id, terms_for(other), NOW)
        reopened = [event(EventKind.REOPENED, NOW + HOUR)]
        status = cases.append_events(conn, other_id, reopened, terms_for(other), NOW + HOUR)
        one, two = cases.by_id(conn, head_id), cases.by_id(conn, other_id)
    assert status.open
    assert one is not None
    assert two is not None
    assert (one.folded, two.facts.head_id) == (0, None)


def test_a_case_cannot_be_merged_into_itself(engine: Engine):
    new = a_case()
    with writing(engine) as conn:
        case_id = stored(conn, new, [received()])
        with pytest.raises(ValueError, match="itself"):
            cases.merge(conn, case_id, case_id, terms_for(new), NOW)


def test_a_case_that_comes_in_merged_is_counted_at_its_head(engine: Engine):
    with writing(engine) as conn:
        head_id = stored(conn, a_case("pohon_tumbang"), [received()])
        merged = [received(), event(EventKind.MERGED, NOW, head="AW-2611-0001")]
        stored(conn, a_case("pohon_tumbang", head_id=head_id), merged)
        found = cases.by_id(conn, head_id)
    assert found is not None
    assert found.folded == 1


def test_codes_are_counted_for_each_prefix_and_month(engine: Engine):
    with writing(engine) as conn:
        assert codes.next_code(conn, "AW", NOW) == "AW-2611-0001"
        assert codes.take_codes(conn, "AW", NOW, 3) == ["AW-2611-0002", "AW-2611-0003", "AW-2611-0004"]
        assert codes.next_code(conn, "AT", NOW) == "AT-2611-0001"
        assert codes.next_code(conn, "AW", NOW.replace(month=12)) == "AW-2612-0001"


def test_a_rolled_back_code_is_given_again(engine: Engine):
    with pytest.raises(KeyError), writing(engine) as conn:
        codes.next_code(conn, "AW", NOW)
        raise KeyError
    with writing(engine) as conn:
        assert codes.next_code(conn, "AW", NOW) == "AW-2611-0001"


def test_the_ten_thousandth_code_of_a_month_has_five_digits(engine: Engine):
    with writing(engine) as conn:
        assert codes.take_codes(conn, "AW", NOW, 10_000)[-2:] == ["AW-2611-9999", "AW-2611-10000"]


def test_a_case_that_is_confidential_at_its_source_stays_so_under_another_category(engine: Engine):
    new = a_case("sampah", private=True)
    with writing(engine) as conn:
        case_id = stored(conn, new, [received()])
        moved = event(EventKind.RECLASSIFIED, NOW + HOUR, category="jalan_rusak")
        cases.append_events(conn, case_id, [moved], terms_for(new), NOW + HOUR)
        found = cases.by_id(conn, case_id)
    assert found is not None
    assert found.facts.private


@pytest.mark.parametrize("done", [True, False])
def test_a_restriction_that_was_granted_in_a_private_category_stays_in_a_public_one(engine: Engine, done: bool):
    new = a_case("narkoba", private=True)
    with writing(engine) as conn:
        case_id = stored(conn, new, [received()])
        asked = requests.ask(conn, NewRequest(case_id, RequestKind.RESTRICTION, "Mohon."), NOW)
        assert asked is not None
        requests.answer(conn, asked, "rina", "Sudah.", NOW, done=done)
        moved = event(EventKind.RECLASSIFIED, NOW + HOUR, category="jalan_rusak")
        cases.append_events(conn, case_id, [moved], terms_for(new), NOW + HOUR)
        found = cases.by_id(conn, case_id)
    assert found is not None
    assert found.facts.private == done


def test_a_confidential_case_stays_so_when_it_was_in_a_private_category_meanwhile(engine: Engine):
    new = a_case("sampah", private=True)
    with writing(engine) as conn:
        wished, by_category = stored(conn, new, [received()]), stored(conn, a_case("sampah"), [received()])
        for hours, category in enumerate(("narkoba", "sampah"), 1):
            moved = event(EventKind.RECLASSIFIED, NOW + hours * HOUR, category=category)
            for case_id in (wished, by_category):
                cases.append_events(conn, case_id, [moved], terms_for(new), NOW + hours * HOUR)
        found = [cases.by_id(conn, case_id) for case_id in (wished, by_category)]
    assert [each is not None and each.facts.private for each in found] == [True, False]
