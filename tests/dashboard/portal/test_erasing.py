"""What businesses told of themselves goes some time after the decision, as citizens' data do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dashboard.config.sections.citizens import PersonalDataSettings
from dashboard.portal.erasing import erase_cases, erase_due
from data.store.db.engine import Engine, reading, writing
from data.store.guide import submissions
from data.store.guide.submissions import SubmissionKind, SubmissionState
from data.store.guide.writing import GuideWrite
from data.store.intake import rejected
from data.store.intake.rejected import RejectedRecord
from ingest.runtime.rejected_corrections import correct, corrected_file, discard, discarded_file
from tests.factories import DAY, HOUR, NOW, a_case, a_history, stored

KEPT = PersonalDataSettings.model_validate({"keep": "90d"})


def test_what_was_corrected_and_discarded_of_a_report_goes_with_it(engine: Engine, tmp_path: Path):
    with writing(engine) as conn:
        ended = a_history(NOW - 200 * DAY, dispatched=HOUR, resolved=DAY)
        mine = stored(conn, a_case(source="opd", external_id="7"), ended)
        for number in ("7", "8"):
            rejected.add(conn, RejectedRecord("opd", number, "x", '{"name": "Bu Sri", "lat": 1}'), NOW)
        rows = rejected.waiting(conn)
    for row in rows:
        assert correct(engine, tmp_path, row, {"name": "Bu Sri", "lat": -7.8}, NOW)
    assert discard(engine, tmp_path, "opd", [row.id for row in rows], NOW, why="x") == 2
    files, cut_off = (corrected_file(tmp_path, "opd"), discarded_file(tmp_path, "opd")), '{"source": "opd", "exter'
    for path in files:
        path.write_text(f"{path.read_text()}{cut_off}")
    erase_cases(engine, tmp_path, [mine], NOW, texts=False)
    for path in files:
        seven, eight, last = path.read_text().splitlines()
        assert "Bu Sri" not in seven
        assert json.loads(seven)["external_id"] == "7"
        assert "Bu Sri" in eight
        assert last == cut_off
        assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(("days", "known"), [(90, True), (91, False)])
def test_the_contact_of_a_business_goes_after_the_decision(engine: Engine, tmp_path: Path, days: int, known: bool):
    with writing(engine) as conn:
        write = GuideWrite(conn, "usaha", NOW)
        code = submissions.submit(write, SubmissionKind.REGISTRATION, {"name": "Warung"}, {"phone": "0812"}, None)
        (each,) = submissions.waiting(conn)
        submissions.decide(write, each.id, SubmissionState.REFUSED, "wulan", why="Bukan usaha.")
    assert erase_due(engine, tmp_path, KEPT, NOW + days * DAY) == 0
    with reading(engine) as conn:
        found = submissions.by_code(conn, code)
    assert found is not None
    assert (found.contact is not None) is known
    assert found.fields == {"name": "Warung"}
