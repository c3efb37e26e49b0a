"""What businesses told of themselves goes some time after the decision, as citizens' data do."""

from __future__ import annotations

from pathlib import Path

import pytest

from dashboard.config.sections.citizens import PersonalDataSettings
from dashboard.portal.erasing import erase_due
from data.store.db.engine import Engine, reading, writing
from data.store.guide import submissions
from data.store.guide.submissions import SubmissionKind, SubmissionState
from data.store.guide.writing import GuideWrite
from tests.factories import DAY, NOW

KEPT = PersonalDataSettings.model_validate({"keep": "90d"})


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
