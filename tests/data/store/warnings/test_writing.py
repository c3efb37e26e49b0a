"""Warnings in the store: an Update or a Cancel works whatever came first, and nothing that ended comes back."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import permutations

import pytest
from sqlalchemy import select, text

from data.domain.warnings.rules import Feed
from data.store.db.change_feed import since
from data.store.db.engine import Engine, reading, writing
from data.store.db.schema.warnings import warning_message
from data.store.intake.sources import failed, succeeded
from data.store.queries.warnings.in_force import feed_state, in_force, recent
from data.store.warnings.told import Became, WarningTold
from data.store.warnings.writing import take
from tests.factories import HOUR, MINUTE, NOW
from tests.warnings import LANDSLIDE, told

LATER = NOW + MINUTE


def _taken(engine: Engine, *messages: WarningTold, source: str = "bmkg") -> list[Became]:
    with writing(engine) as conn:
        return [take(conn, source, each, LATER) for each in messages]


def _shown(engine: Engine, at: datetime = LATER) -> list[str]:
    with reading(engine) as conn:
        return [each.identifier for each in in_force(conn, at)]


def test_a_warning_is_in_force_from_its_beginning_until_its_end(engine: Engine):
    _taken(engine, told())
    assert _shown(engine, NOW - timedelta(seconds=1)) == []
    assert _shown(engine, NOW) == ["1"]
    assert _shown(engine, NOW + 2 * HOUR - timedelta(seconds=1)) == ["1"]
    assert _shown(engine, NOW + 2 * HOUR) == []


def test_what_has_ended_when_it_comes_is_kept_and_not_shown(engine: Engine):
    _taken(engine, told(facts={"effective_at": NOW - 3 * HOUR, "ends_at": NOW - HOUR, "expires_at": NOW - HOUR}))
    assert _shown(engine) == []
    with reading(engine) as conn:
        assert [each.identifier for each in recent(conn, 10)] == ["1"]


def test_the_same_message_again_changes_nothing_and_rings_no_bell(engine: Engine):
    assert _taken(engine, told(), told()) == [Became.NEW, Became.SAME]
    with reading(engine) as conn:
        assert [each.kind for each in since(conn, 0, 10)] == ["warning"]


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_updates_and_cancels_work_in_any_order(engine: Engine, order: tuple[int, ...]):
    messages = [
        told("1"),
        told("2"),
        told("3", "1", "2"),
        told("4", "2", facts=None),
    ]
    _taken(engine, *(messages[n] for n in order))
    assert _shown(engine) == ["3"]


def test_a_cancel_of_an_update_leaves_nothing(engine: Engine):
    _taken(engine, told("3", "2", facts=None), told("2", "1"), told("1"))
    assert _shown(engine) == []


def test_a_cancel_may_name_what_is_dead_and_what_was_never_seen(engine: Engine):
    _taken(engine, told("1"), told("2", "1"), told("3", "1", "2", "999", facts=None))
    assert _shown(engine) == []


def test_an_update_of_one_never_seen_is_shown(engine: Engine):
    _taken(engine, told("2", "1"))
    assert _shown(engine) == ["2"]


def test_a_message_names_only_messages_of_its_own_source(engine: Engine):
    _taken(engine, told("1"))
    _taken(engine, told("2", "1", facts=None), source="somebody")
    assert _shown(engine) == ["1"]


def test_references_are_compared_by_instant_sender_and_identifier(engine: Engine):
    _taken(engine, told("1", at=NOW - MINUTE))
    _taken(engine, told("2", "1", facts=None))
    assert _shown(engine) == ["1"]


def test_a_withdrawn_warning_that_comes_again_stays_withdrawn(engine: Engine):
    _taken(engine, told("1"), told("2", "1", facts=None))
    again = told("1b", key="1", digest="again")
    assert _taken(engine, again) == [Became.UPDATED]
    assert _shown(engine) == []


def test_a_warning_under_another_identifier_can_be_named_by_either(engine: Engine):
    _taken(engine, told("1", key="K"), told("1b", key="K", digest="b"))
    assert _shown(engine) == ["1b"]
    _taken(engine, told("2", "1", facts=None))
    assert _shown(engine) == []


def test_a_second_language_joins_the_same_warning(engine: Engine):
    first = told("1", key="K")
    assert first.facts is not None
    english = {"words": {"en": first.facts.words["id"]}}
    _taken(engine, first, told("1", key="K", digest="en", facts=english))
    with reading(engine) as conn:
        (found,) = in_force(conn, LATER)
        assert set(found.words) == {"id", "en"}
        assert len(conn.execute(select(warning_message)).all()) == 2


def test_an_all_clear_takes_the_place_of_what_it_names_and_is_not_shown(engine: Engine):
    _taken(engine, told("1"), told("2", "1", facts={"all_clear": True}))
    assert _shown(engine) == []


def test_the_gravest_comes_first_and_others_stay_elsewhere(engine: Engine):
    elsewhere = told("3", facts={"is_for_city": False, "villages": ()})
    _taken(engine, told("1"), told("2", facts={"event": LANDSLIDE, "rank": 1}), elsewhere)
    assert _shown(engine) == ["2", "1"]


def test_an_index_finds_what_is_in_force(engine: Engine):
    if engine.dialect.name != "sqlite":
        pytest.skip("the plan of an empty table on PostgreSQL tells nothing")
    with reading(engine) as conn:
        asked = "SELECT * FROM public_warning WHERE is_for_city AND withdrawn_at IS NULL AND replaced_by IS NULL"
        plan = conn.execute(text(f"EXPLAIN QUERY PLAN {asked} AND ends_at > 1 AND effective_at <= 1")).all()
    assert "ix_public_warning_standing" in str(plan)


def test_a_dead_feed_is_unknown_and_an_empty_one_is_none(engine: Engine):
    feeds = [Feed("bmkg", "BMKG", 300), Feed("bpbd", "BPBD", 300)]
    with writing(engine) as conn:
        assert not feed_state(conn, [], NOW).is_known
        assert not feed_state(conn, feeds, NOW).is_known
        for feed in feeds:
            succeeded(conn, feed.name, NOW)
        assert feed_state(conn, feeds, NOW + 4 * MINUTE).is_known
        succeeded(conn, "bpbd", NOW + 6 * MINUTE)
        failed(conn, "bmkg", NOW + 6 * MINUTE, "unreachable")
        state = feed_state(conn, feeds, NOW + 6 * MINUTE)
    assert (state.is_known, state.unknown_since, state.dead) == (False, NOW, ("BMKG",))
