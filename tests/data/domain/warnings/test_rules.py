"""The rules of warnings: what counts, what is graver, what takes which screen."""

from __future__ import annotations

from dataclasses import replace

from data.domain.warnings.nouns import Severity
from data.domain.warnings.rules import OTHER, Takeover, gravity, grouped
from tests.factories import BEJI, HOUR, NOW, SISIR, TEMAS
from tests.warnings import LANDSLIDE, RAIN, RULES, a_warning


def test_without_an_end_it_ends_after_the_time_of_its_event():
    assert RULES.ends_at(LANDSLIDE, NOW, None) == NOW + 6 * HOUR
    assert RULES.ends_at(OTHER, NOW, None) == NOW + RULES.other_lasts
    assert RULES.ends_at(RAIN, NOW, NOW + HOUR) == NOW + HOUR


def test_the_event_is_told_by_whole_words_and_the_gravest_counts():
    assert RULES.event_of("Hujan Lebat dan Petir", "") == RAIN
    assert RULES.event_of("Peringatan dini", "Tanah longsor, hujan lebat") == LANDSLIDE
    assert RULES.event_of("Hujan ringan", "hujan lebatnya") == OTHER


def test_the_gravest_is_told_by_event_then_severity_then_how_soon():
    ranked = [
        a_warning(id=1, rank=1),
        a_warning(id=2, severity=Severity.EXTREME),
        a_warning(id=3, onset_at=NOW),
        a_warning(id=4, onset_at=NOW + HOUR),
        a_warning(id=5, rank=3),
    ]
    assert [each.id for each in sorted([*ranked[2:], *ranked[:2]], key=gravity)] == [1, 2, 3, 4, 5]


def test_of_warnings_that_tell_the_same_the_newest_speaks():
    older = a_warning(id=1, sent_at=NOW - HOUR, villages=(SISIR,))
    newer = a_warning(id=2, sent_at=NOW, villages=(SISIR, TEMAS))
    elsewhere = a_warning(id=3, sent_at=NOW - HOUR, villages=(BEJI,))
    other = a_warning(id=4, event=LANDSLIDE, rank=1, villages=(SISIR,))
    groups = grouped([older, newer, elsewhere, other])
    assert [(each.head.id, [o.id for o in each.others]) for each in groups] == [(4, []), (2, [1]), (3, [])]


def test_unknown_events_are_grouped_only_when_they_have_one_name():
    quake = replace(next(iter(a_warning().words.values())), event="Gempa")
    groups = grouped([a_warning(id=1, event=OTHER), a_warning(id=2, event=OTHER, words={"id": quake})])
    assert len(groups) == 2


def test_a_takeover_rule_asks_for_screen_event_severity_and_place():
    rule = Takeover(("peta",), (RAIN,), (Severity.MODERATE,), (SISIR,))
    assert rule.takes("peta", a_warning())
    assert not rule.takes("kota", a_warning())
    assert not rule.takes("peta", a_warning(event=LANDSLIDE))
    assert not rule.takes("peta", a_warning(severity=Severity.MINOR))
    assert not rule.takes("peta", a_warning(villages=(BEJI,)))


def test_a_new_case_in_the_area_is_raised_by_its_category():
    warning = a_warning(event=LANDSLIDE)
    raised = RULES.raising("longsor", [a_warning(), warning])
    assert raised is not None
    assert (raised.priority, raised.warning) == ("critical", warning)
    assert RULES.raising("sampah", [warning]) is None
    assert RULES.raising("longsor", [a_warning()]) is None
    assert RULES.raises("longsor")
    assert not RULES.raises("sampah")
