"""Who wants to be anonymous is told to nobody, and is not found by what else the same person sent."""

from __future__ import annotations

from data.domain.access.roles import Audience
from data.store.cases import cases
from data.store.cases.cases import Reporter
from data.store.db.engine import Engine, writing
from data.store.queries.desk import surroundings
from tests.factories import a_case, received, stored


def test_an_anonymous_reporter_is_neither_shown_nor_joined_with_other_reports(engine: Engine):
    named = Reporter("Bu Sri", "0812", "a@b.id", None, "peramban")
    with writing(engine) as conn:
        hidden = stored(
            conn, a_case(reporter=Reporter("Bu Sri", "0812", "a@b.id", None, "peramban", None, True)), [received()]
        )
        shown = [stored(conn, a_case(reporter=named), [received()]) for _ in range(2)]
        told = surroundings.reporter_of(conn, hidden)
        assert told == Reporter(anonymous=True)
        anybody = Audience(None, private=True)
        found = {case_id: cases.by_id(conn, case_id) for case_id in (hidden, *shown)}
        assert all(found.values())
        assert surroundings.earlier_of(conn, found[hidden], told, anybody) == []  # type: ignore[arg-type]
        codes = surroundings.earlier_of(conn, found[shown[0]], named, anybody)  # type: ignore[arg-type]
    assert [each.code for each in codes] == [found[shown[1]].facts.code]  # type: ignore[union-attr]
