"""Errors that say why by a reason, and the kinds of kept reasons."""

from __future__ import annotations

from datetime import datetime

from data.domain.reasons import encode_reason, reason
from data.store.db.engine import Engine, reading, writing
from data.store.intake import rejected, rejected_search
from data.store.intake.rejected import RejectedRecord
from data.texts import ReasonError, texts
from tests.factories import NOW


def test_an_error_tells_its_reason_or_its_sentence():
    assert str(ReasonError("tidak ada")) == "tidak ada"
    assert ReasonError(reason("x.y", value="1")).reason == reason("x.y", value="1")
    assert str(ReasonError(reason("unit.nowhere"))) == "reason.unit.nowhere"


def test_what_is_kept_is_told():
    assert texts("id").stored_sentence("kalimat lama") == "kalimat lama"


def test_the_kind_of_a_reason_leaves_its_values_out():
    wrong = reason("a.field", field="lat", fault=reason("b.number", value="'abc'", row="12"))
    assert rejected_search.kind_of(encode_reason(wrong)) == encode_reason(
        reason("a.field", field="lat", fault=reason("b.number", value="…", row="…"))
    )


def test_records_are_found_by_the_kind_of_their_reason(engine: Engine):
    def keep(number: int, field: str, value: object, at: datetime = NOW) -> None:
        why = encode_reason(reason("a.field", field=field, fault=reason("b.number", value=value, most=3)))
        with writing(engine) as conn:
            rejected.add(conn, RejectedRecord("api", str(number), why, "{}"), at)

    keep(1, "lat", "'ab\"c%_'")
    keep(2, "lat", 12)
    keep(3, "lon", "'abc'")
    with reading(engine) as conn:
        (kind, count), (_, other) = rejected_search.kinds(conn, "api", 9)
        assert (count, other) == (2, 1)
        assert rejected_search.how_many(conn, "api", kind) == 2
