"""The same hostile records through every input: each has its outcome, and the good ones beside it come in."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from data.store.db.engine import Engine, reading
from data.store.intake.rejected import RejectedEntry, waiting
from data.texts import texts
from tests.ingest.doors import all_cases, all_events
from tests.ingest.hostile.inputs import INPUTS, opened
from tests.ingest.hostile.values import VALUES, Hostile, a_row, mended, rows

pytestmark = pytest.mark.both_engines

REFUSED = {f"h-{n}": value for n, value in enumerate(VALUES.values()) if value.said}
TAKEN = {f"h-{n}": value for n, value in enumerate(VALUES.values()) if not value.said}


def kept(engine: Engine) -> list[RejectedEntry]:
    with reading(engine) as conn:
        return waiting(conn)


def tells(row: RejectedEntry, value: Hostile) -> bool:
    """Whether a refusal says what it should, and holds what was brought."""
    ((_, brought),) = list(value.changes.items())[:1]
    return (
        all(part in texts("id").stored_sentence(row.record.reason) for part in value.said)
        and brought in row.record.payload
    )


def shown(case: Any, column: str) -> Any:
    value = case[column]
    return value.isoformat()[:16] if isinstance(value, datetime) else value


@pytest.mark.parametrize("input_name", INPUTS)
def test_hostile_values_are_refused_by_name_or_taken_and_the_good_ones_beside_them_come_in(
    input_name: str, engine: Engine, tmp_path: Path
):
    with opened(input_name, engine, tmp_path) as bring:
        bring(rows())
        cases = {case["external_id"]: case for case in all_cases(engine)}
        assert set(cases) == {"baik-1", "baik-2", *TAKEN}
        for name, value in TAKEN.items():
            assert {column: shown(cases[name], column) for column in value.becomes} == value.becomes, name
        assert [note["reason"] for note in all_events(engine, "note")] == ["turned"]
        refused = kept(engine)
        assert len(refused) == len(REFUSED)
        untold = [value.changes for value in REFUSED.values() if not any(tells(row, value) for row in refused)]
        assert untold == []
        named = {row.record.external_id for row in refused}
        assert {name for name, value in REFUSED.items() if not value.nameless} <= named


@pytest.mark.parametrize("input_name", INPUTS)
def test_what_was_refused_is_kept_once_and_comes_in_when_it_is_mended(input_name: str, engine: Engine, tmp_path: Path):
    nameless = sum(value.nameless for value in REFUSED.values())
    with opened(input_name, engine, tmp_path) as bring:
        bring(rows())
        bring(rows())
        assert len(kept(engine)) == len(REFUSED)
        bring(mended())
        assert {row.record.external_id for row in kept(engine)} & set(REFUSED) == set()
        assert len(kept(engine)) == nameless
        assert {case["external_id"] for case in all_cases(engine)} == {row["nomor"] for row in mended()}


@pytest.mark.parametrize(("input_name", "many"), [("csv", 2000), ("xlsx", 1000), ("sql", 1000)])
def test_thousands_of_categories_are_one_for_triage(input_name: str, many: int, sqlite_engine: Engine, tmp_path: Path):
    with opened(input_name, sqlite_engine, tmp_path) as bring:
        bring([a_row(str(n), kategori=f"jenis {n}", judul="", uraian="Mohon ditinjau") for n in range(many)])
    cases = all_cases(sqlite_engine)
    assert len(cases) == many
    assert {case["category"] for case in cases} == {"lainnya"}
    assert kept(sqlite_engine) == []
