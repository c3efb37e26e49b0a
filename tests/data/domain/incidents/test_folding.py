"""Cases that tell of one event: what is repeated is folded, everything else is proposed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.domain.city.model import IncidentRule
from data.domain.distances import bounding_box, distance_m
from data.domain.incidents.folding import (
    IncidentCase,
    find_repeated,
    propose,
)
from data.domain.incidents.likelihood import AS_SHIPPED
from data.domain.incidents.likeness import plain_words
from tests.data.domain.small_city import HOUR, wib

RULE = IncidentRule(150.0, 6 * HOUR)
MINUTE = timedelta(minutes=1)
START = wib("2 08:00")
SENDER = frozenset({"phone:0812"})
SAID = plain_words("Pohon tumbang menutup jalan!")
FIRST = IncidentCase("AW-1", "pohon", wib("2 08:00"), -7.8700, 112.5200, SAID, SENDER)
NEW = IncidentCase("AW-9", "pohon", wib("2 08:05"), -7.8705, 112.5205, SAID, SENDER)


def test_what_the_same_sender_says_again_minutes_later_is_one_report():
    assert find_repeated(NEW, [FIRST], RULE) == "AW-1"


@pytest.mark.parametrize(
    "other",
    [
        replace(FIRST, senders=frozenset({"phone:0813"})),
        replace(FIRST, senders=frozenset()),
        replace(FIRST, words=plain_words("Pohon tumbang lagi")),
        replace(FIRST, words=""),
        replace(FIRST, received_at=wib("2 07:30")),
        replace(FIRST, category="sampah"),
        replace(FIRST, lat=-7.8720),
        replace(FIRST, lat=None, lon=None),
        replace(FIRST, code="AW-9"),
    ],
)
def test_what_may_be_another_report_is_folded_by_nobody_but_a_person(other: IncidentCase):
    assert find_repeated(NEW, [other], RULE) is None


def test_a_category_without_a_rule_folds_nothing():
    assert find_repeated(NEW, [FIRST], None) is None
    assert find_repeated(replace(NEW, words=""), [replace(FIRST, words="")], RULE) is None


def test_the_oldest_speaks_for_the_others():
    second = replace(FIRST, code="AW-0", received_at=wib("2 08:02"))
    assert find_repeated(NEW, [second, FIRST], RULE) == "AW-1"
    assert find_repeated(NEW, [FIRST, replace(FIRST, code="AW-0")], RULE) == "AW-0"


def test_a_burst_of_seven_reports_of_one_tree_is_one_proposal_and_a_tree_300_m_away_is_none_of_it():
    burst = [
        replace(
            FIRST, code=f"AW-{n}", received_at=FIRST.received_at + n * MINUTE, lat=-7.87 + n * 0.0001, senders=SENDER
        )
        for n in range(7)
    ]
    far = replace(FIRST, code="AW-8", lat=-7.8727)
    found = propose(burst[0], [*burst, far], RULE, AS_SHIPPED)
    assert [one.code for one in found] == [f"AW-{n}" for n in range(1, 7)]
    assert [one.distance_m for one in found] == sorted(one.distance_m for one in found)
    assert {one.alike for one in found} == {100}
    assert propose(far, [*burst, far], RULE, AS_SHIPPED) == []


def test_words_rank_and_another_house_is_another_place():
    alike = replace(FIRST, code="AW-2", words=plain_words("pohon tumbang di jalan"))
    other = replace(FIRST, code="AW-3", words=plain_words("kucing naik atap"))
    assert [one.code for one in propose(NEW, [other, alike], RULE, AS_SHIPPED)] == ["AW-2", "AW-3"]
    mine, theirs = (replace(FIRST, code=f"AW-{n}", words=plain_words(f"Lampu mati RT {n} RW 2")) for n in (4, 5))
    assert propose(mine, [theirs], RULE, AS_SHIPPED) == []
    assert [one.code for one in propose(mine, [replace(theirs, words=mine.words)], RULE, AS_SHIPPED)] == ["AW-5"]


@given(
    st.lists(st.tuples(st.integers(-40, 40), st.integers(-40, 40), st.integers(-500, 500)), max_size=12),
)
def test_nothing_is_proposed_beyond_radius_and_window(places: list[tuple[int, int, int]]):
    others = [
        replace(
            FIRST,
            code=f"B-{n}",
            lat=-7.87 + up / 1e4,
            lon=112.52 + along / 1e4,
            received_at=FIRST.received_at + m * MINUTE,
        )
        for n, (up, along, m) in enumerate(places)
    ]
    found = {one.code: one for one in propose(FIRST, others, RULE, AS_SHIPPED)}
    for other in others:
        distance = distance_m(FIRST.lat, FIRST.lon, other.lat, other.lon) or 0.0
        inside = distance <= RULE.radius_m and abs(other.received_at - FIRST.received_at) <= RULE.window
        assert (other.code in found) == inside


def test_distances_are_right_to_the_metre():
    assert distance_m(0, 0, 0, 1) == pytest.approx(111_195, abs=1)
    assert distance_m(-7.87, 112.52, -7.87, 112.52) == 0
    assert distance_m(0, 0, 0, 180) == pytest.approx(20_015_115, abs=1)
    assert distance_m(None, 0, 0, 0) is None


def test_a_box_holds_everything_within_the_radius():
    low, high, west, east = bounding_box(-7.87, 112.52, 150)
    for lat, lon in ((low, 112.52), (high, 112.52), (-7.87, west), (-7.87, east)):
        assert distance_m(-7.87, 112.52, lat, lon) == pytest.approx(150, abs=0.1)
