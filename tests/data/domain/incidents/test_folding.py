"""Cases that tell of one event."""

from __future__ import annotations

from dataclasses import replace

import pytest

from data.domain.city.model import IncidentRule
from data.domain.incidents.folding import IncidentCase, bounding_box, distance_m, find_head
from tests.data.domain.small_city import HOUR, wib

RULE = IncidentRule(150.0, 6 * HOUR)
FIRST = IncidentCase("AW-1", "pohon", wib("2 08:00"), -7.8700, 112.5200)
NEW = IncidentCase("AW-9", "pohon", wib("2 10:00"), -7.8705, 112.5205)


def test_a_case_near_in_place_and_time_is_folded_into_the_first():
    assert find_head(NEW, [FIRST], RULE) == "AW-1"


@pytest.mark.parametrize(
    "other",
    [
        replace(FIRST, category="sampah"),
        replace(FIRST, lat=-7.8720),
        replace(FIRST, lat=None, lon=None),
        replace(FIRST, received_at=wib("2 03:59")),
        replace(FIRST, code="AW-9"),
    ],
)
def test_another_kind_place_or_time_is_another_event(other: IncidentCase):
    assert find_head(NEW, [other], RULE) is None


def test_a_category_without_a_rule_folds_nothing():
    assert find_head(NEW, [FIRST], None) is None


def test_a_case_without_a_place_is_folded_into_nothing():
    assert find_head(replace(NEW, lat=None), [FIRST], RULE) is None


def test_the_oldest_speaks_for_the_others():
    second = replace(FIRST, code="AW-0", received_at=wib("2 09:00"), lat=NEW.lat, lon=NEW.lon)
    assert find_head(NEW, [second, FIRST], RULE) == "AW-1"
    assert find_head(NEW, [FIRST, replace(FIRST, code="AW-0")], RULE) == "AW-0"


def test_the_window_s_and_the_radius_s_edge_are_inside():
    assert find_head(NEW, [replace(FIRST, received_at=wib("2 04:00"))], RULE) == "AW-1"
    far = distance_m(FIRST.lat, FIRST.lon, NEW.lat, NEW.lon)
    assert far is not None
    assert find_head(NEW, [FIRST], IncidentRule(far, 6 * HOUR)) == "AW-1"
    assert find_head(NEW, [FIRST], IncidentRule(far - 0.01, 6 * HOUR)) is None


def test_a_report_that_arrives_out_of_order_is_folded_as_well():
    assert find_head(replace(NEW, received_at=wib("2 07:00")), [FIRST], RULE) == "AW-1"


def test_distances_are_right_to_the_metre():
    assert distance_m(0, 0, 0, 1) == pytest.approx(111_195, abs=1)
    assert distance_m(-7.87, 112.52, -7.87, 112.52) == 0
    assert distance_m(0, 0, 0, 180) == pytest.approx(20_015_115, abs=1)
    assert distance_m(None, 0, 0, 0) is None


def test_a_box_holds_everything_within_the_radius():
    low, high, west, east = bounding_box(-7.87, 112.52, 150)
    for lat, lon in ((low, 112.52), (high, 112.52), (-7.87, west), (-7.87, east)):
        assert distance_m(-7.87, 112.52, lat, lon) == pytest.approx(150, abs=0.1)
