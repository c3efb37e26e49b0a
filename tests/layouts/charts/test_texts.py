"""Every text of /kinerja is asked for, and what charts ask for is there."""

from __future__ import annotations

import re
from dataclasses import fields

from dashboard.config.home import ROOT
from data.domain.figures.selection import Step
from data.domain.performance.picks import COHORTS
from data.domain.performance.question import COMPARED, DAYS, Question
from data.domain.performance.shares import QUALITY
from data.domain.performance.times import STAGES
from layouts.kit.words import words
from layouts.pages.kinerja import CHARTS

PREFIX = "performance."
FILES = (
    *sorted((ROOT / "layouts" / "charts").rglob("*.py")),
    ROOT / "layouts" / "pages" / "kinerja.py",
    ROOT / "layouts" / "boards" / "performance.py",
    *sorted((ROOT / "dashboard" / "performance").rglob("*.py")),
    *sorted((ROOT / "dashboard" / "performance").rglob("*.html")),
)
SOURCE = "".join(path.read_text(encoding="utf-8") for path in FILES).replace("'", '"')
FAMILIES = {
    "weekday": [str(day) for day in range(7)],
    "filter": [each.name for each in fields(Question) if each.name != "pick"],
    "by": ["agency", "category", "village"],
    "step": list(Step),
    "period": list(DAYS),
    "compare": list(COMPARED),
    "pick": list(COHORTS),
    "stages": [code for code, _ in STAGES],
    "known": ["unreadable", "future", "not_kept"],
    "quality.name": list(QUALITY),
    "quality": list(QUALITY),
    **{name: ["kicker"] for name in CHARTS if name not in ("stages", "quality")},
}
"""Texts whose last part is a code."""


def asked_for(key: str) -> bool:
    """By its name, by its last part, or as one of a family."""
    family, _, last = key.rpartition(".")
    named = f'"{key}"' in SOURCE or f'"{PREFIX}{key}"' in SOURCE
    return named or last in FAMILIES.get(family, []) or bool(re.search(rf'[."]{last}["{{]', SOURCE))


def test_every_text_of_the_page_is_asked_for():
    keys = [key.removeprefix(PREFIX) for key in words("id").texts if key.startswith(PREFIX)]
    assert len(keys) > 150
    assert [key for key in keys if not asked_for(key)] == []
    assert not asked_for("on_time.nowhere")


def test_every_text_that_is_asked_for_is_there():
    asked = {key.removeprefix(PREFIX) for key in re.findall(r'\bt\(\s*"([a-z_0-9.]+)"', SOURCE)}
    known = {key.removeprefix(PREFIX) for key in words("id").texts}
    assert {key for key in asked - known if key and not key.endswith(".")} == set()
    families = {f"{family}.{last}" for family, parts in FAMILIES.items() for last in parts}
    assert families - known == set()
