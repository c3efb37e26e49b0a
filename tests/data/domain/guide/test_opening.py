"""Opening hours as people write them: open, closed, or not known."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.domain.guide.opening import OpenNow, at, parse

OPEN, CLOSED, UNKNOWN = OpenNow.OPEN, OpenNow.CLOSED, OpenNow.UNKNOWN
WEEK = "Mo-Fr 08:00-16:00; Sa,Su 07:00-17:00"


@pytest.mark.parametrize(
    ("text", "moment", "answer"),
    [
        (WEEK, "2026-11-27 08:00", OPEN),
        (WEEK, "2026-11-27 16:00", CLOSED),
        (WEEK, "2026-11-28 07:30", OPEN),
        ("Mo-Fr 08:00-16:00", "2026-11-28 10:00", CLOSED),
        ("08:00-12:00,13:00-17:00", "2026-11-28 12:30", CLOSED),
        ("08:00-12:00, 13:00-17:00", "2026-11-28 13:00", OPEN),
        ("24/7", "2026-11-28 03:00", OPEN),
        ("Mo-Su 24/7", "2026-11-28 03:00", OPEN),
        ("Fr 18:00-02:00", "2026-11-28 01:30", OPEN),
        ("Fr 18:00-02:00", "2026-11-28 02:00", CLOSED),
        ("Fr 18:00-26:00", "2026-11-28 01:30", OPEN),
        ("Sa-Mo 09:00-10:00", "2026-11-29 09:30", OPEN),
        ("Mo-Su 08:00-16:00; We off", "2026-11-25 10:00", CLOSED),
        ("mo-su 8:00-16:00", "2026-11-25 10:00", OPEN),
        (None, "2026-11-25 10:00", UNKNOWN),
        ("", "2026-11-25 10:00", UNKNOWN),
        ("tiap hari", "2026-11-25 10:00", UNKNOWN),
        ("sunrise-sunset", "2026-11-25 10:00", UNKNOWN),
        ("Mo 99:00-16:00", "2026-11-25 10:00", UNKNOWN),
        ("Mo 08:75-16:00", "2026-11-25 10:00", UNKNOWN),
        ("Dec 25 off", "2026-11-25 10:00", UNKNOWN),
        ("PH off", "2026-11-25 10:00", UNKNOWN),
        ("Mo-Su 08:00-16:00;" * 60, "2026-11-25 10:00", UNKNOWN),
    ],
)
def test_open_closed_or_not_known(text: str | None, moment: str, answer: OpenNow):
    assert at(text, datetime.fromisoformat(moment)) is answer


def test_a_holiday_has_its_own_hours_where_they_are_said():
    moment = datetime(2026, 12, 25, 10)
    assert at("Mo-Su 08:00-16:00; PH off", moment, holiday=True) is CLOSED
    assert at("Mo-Su 08:00-16:00; PH 09:00-12:00", moment, holiday=True) is OPEN
    assert at("Mo-Su 08:00-16:00", moment, holiday=True) is OPEN


@given(st.text(alphabet="MoTuSaPH 0123456789:-,;/of", max_size=60))
def test_no_text_is_too_strange(text: str):
    parse(text)
