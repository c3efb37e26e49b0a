"""The template against editions of unusual length."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from dashboard.reports.documents.pdf import pdf
from data.store.db.engine import Engine
from tests.code_checks import ROOT
from tests.dashboard.reports.documents.test_documents import a_wording, an_edition
from tests.dashboard.reports.months import settings


def pages(drawn: bytes) -> int:
    return int(drawn.partition(b"/Type/Pages/Count ")[2].partition(b"/")[0])


def test_a_long_list_of_changes_takes_pages_of_its_own(engine: Engine, tmp_path: Path):
    edition = an_edition(engine, tmp_path)
    report, wording = settings().report, a_wording()
    few, many = (replace(edition, changes=tuple(f"Perubahan {n}." for n in range(number))) for number in (1, 200))
    plain = pages(pdf(edition, report, wording, ROOT))
    assert plain <= pages(pdf(few, report, wording, ROOT)) <= plain + 1
    assert pages(pdf(many, report, wording, ROOT)) >= plain + 4


def test_the_coat_of_arms_stands_in_the_letterhead(engine: Engine, tmp_path: Path):
    arms = tmp_path / "arms.svg"
    arms.write_text('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"><circle cx="5" cy="5" r="4"/></svg>')
    edition, plain = an_edition(engine, tmp_path), settings().report
    with_arms = plain.model_copy(update={"arms": str(arms), "letterhead": ["Jalan Panglima Sudirman 507"]})
    assert len(pdf(edition, with_arms, a_wording(), ROOT)) > len(pdf(edition, plain, a_wording(), ROOT))
    gone = plain.model_copy(update={"arms": str(tmp_path / "gone.svg")})
    with pytest.raises(FileNotFoundError):
        pdf(edition, gone, a_wording(), ROOT)
