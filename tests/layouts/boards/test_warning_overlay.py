"""A warning takes the screen: six things that signage gets wrong, and what is told in which words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from data.domain.city.model import City
from data.domain.warnings.nouns import PublicWarning, Severity, WarningWords
from data.domain.warnings.rules import Takeover
from layouts.boards import warning_overlay
from layouts.boards.maps.command_map import Id as MapId
from layouts.boards.warning_overlay import LEADS, LISTED, Id, wrapped
from layouts.kit.text_width import fits
from layouts.kit.viewport import Panel
from tests.factories import DAY, HOUR, NOW, a_city
from tests.layouts.answers import CONTEXT, PANELS, SISIR, a_map, a_viewport, an_overlay, draw
from tests.layouts.seen import Element, seen
from tests.warnings import LANDSLIDE, RAIN, RULES, a_warning

PUNTEN = "35.79.02.2009"


def overlay(*warnings: PublicWarning, screen: str = "peta", lang: str = "id", **context: Any) -> Element:
    drawn = draw("warning_overlay", an_overlay(*warnings), a_viewport("warning_overlay", screen, lang), **context)
    return seen({Id.OVERLAY: drawn[Id.OVERLAY]})


def events(drawn: Element) -> list[str]:
    return [each.text for each in drawn.find("event")]


def landslide(**changes: Any) -> PublicWarning:
    return a_warning(**{"id": 2, "event": LANDSLIDE, "rank": 1} | changes)


def ruled(*takeover: Takeover) -> City:
    return replace(a_city(), warnings=replace(RULES, takeover=takeover))


def test_it_tells_what_where_until_when_what_to_do_and_who_says_so():
    drawn = overlay(landslide())
    (lead,) = drawn.find("lead")
    told = [(list(part.classes), part.text) for part in lead.parts if isinstance(part, Element)]
    assert told == [
        (["kind"], "PERINGATAN DINI"),
        (["event"], "Tanah longsor"),
        (["until"], "Berlaku sampai 16:07"),
        (["place"], "Kecamatan Batu"),
        (["headline"], "Hujan lebat di Kota Batu"),
        (["todo"], "Waspada."),
        (["credit"], "Sumber: BMKG · dikeluarkan 24 Nov 13:57"),
    ]


def test_without_a_warning_it_has_no_size():
    drawn = overlay()
    assert not drawn.find("takeover")
    assert not drawn.find("lead")


def test_priority_the_gravest_is_in_front_whatever_came_last():
    rain = a_warning(id=9, sent_at=NOW)
    assert events(overlay(rain, landslide(sent_at=NOW - HOUR)))[0] == "Tanah longsor"


def test_group_a_screen_is_taken_only_when_a_rule_names_it():
    city = ruled(Takeover(screens=("peta",), events=(RAIN,)), Takeover(events=(LANDSLIDE,)))
    assert events(overlay(a_warning(), screen="peta", city=city)) == ["Hujan lebat"]
    assert events(overlay(a_warning(), screen="antrean", city=city)) == []
    assert events(overlay(landslide(), screen="antrean", city=city)) == ["Tanah longsor"]


def test_flood_of_many_warnings_a_few_are_listed_and_the_others_counted():
    many = [a_warning(id=n, event=RAIN, villages=(SISIR,), source=f"s{n}") for n in range(200)]
    drawn = overlay(landslide(), *many)
    assert len(drawn.find("lead")) == LEADS
    others = drawn.find("other")
    assert len(others) <= LISTED + 1
    assert others[-1].text == f"dan {201 - len(others)} peringatan lain"


def test_of_warnings_that_tell_the_same_one_speaks():
    drawn = overlay(a_warning(id=1), a_warning(id=2, sent_at=NOW))
    assert len(drawn.find("lead")) == 1
    assert drawn.find("other") == []


def test_without_an_area_it_is_about_the_whole_city_and_is_drawn_on_it():
    drawn = overlay(a_warning(geometry=None, villages=(SISIR, PUNTEN)))
    assert drawn.find("place")[0].text == "Seluruh Kota Batu"
    assert drawn.find("tone")[0].facts["d"].startswith("M")


def test_everything_that_ends_says_when_so_that_the_browser_can_end_it():
    ends = str(int((NOW + 2 * HOUR).timestamp()))
    drawn = overlay(landslide(), a_warning())
    for kind in ("lead", "warned", "other"):
        assert {each.facts["data-until"] for each in drawn.find(kind)} == {ends}, kind
    layer = draw("command_map", a_map(warnings=(landslide(),)))[MapId.WARNED]
    assert layer["data"]["features"][0]["properties"] == {"id": "2-0", "state": "risk", "until": int(ends)}


def test_an_end_that_nobody_said_is_told_as_a_guess():
    drawn = overlay(landslide(expires_at=None))
    told = " ".join(line.text for line in drawn.find("until")[0].parts if isinstance(line, Element))
    assert told == "Sampai kapan tidak disebutkan; diperkirakan 16:07"


def test_an_end_of_another_day_has_its_date():
    assert overlay(landslide(ends_at=NOW + DAY)).find("until")[0].text == "Berlaku sampai 25 Nov 14:07"


def test_a_played_warning_says_so():
    assert [each.text for each in overlay(landslide(demo=True)).find("played")] == ["SIMULASI"]
    assert overlay(landslide()).find("played") == []


@pytest.mark.parametrize(("severity", "state"), [(Severity.MODERATE, "risk"), (Severity.EXTREME, "overdue")])
def test_whose_severity_says_so_is_grave(severity: Severity, state: str):
    assert overlay(landslide(severity=severity)).find("lead")[0].facts["data-state"] == state


def test_words_in_another_language_are_marked_as_such():
    lead = overlay(landslide(), lang="en").find("lead")[0]
    assert events(lead) == ["Landslide"]
    assert [each.facts.get("lang") for each in lead.find("todo")] == ["id"]
    assert [each.facts.get("lang") for each in overlay(landslide()).find("todo")] == [None]


def test_an_event_that_is_not_known_is_told_in_its_senders_words():
    words = {"id": WarningWords("Hujan abu", "Hujan abu tipis", "", "", "")}
    assert events(overlay(a_warning(event="other", words=words))) == ["Hujan abu"]


def test_a_headline_that_says_no_more_than_the_event_is_left_out():
    words = {"id": WarningWords("Tanah longsor", "Waspada tanah longsor", "", "Jauhi lereng.", "")}
    assert overlay(landslide(words=words)).find("headline") == []


@pytest.mark.parametrize("panel", PANELS)
@pytest.mark.parametrize("portrait", [False, True])
def test_what_is_drawn_fits_and_far_readers_can_read_it(panel: Panel, portrait: bool):
    long = WarningWords(
        "x", "Hujan sangat lebat disertai petir dan angin kencang " * 4, "y " * 900, "Jauhi lereng " * 90, ""
    )
    many = [a_warning(id=n, villages=(SISIR,), source=f"s{n}") for n in range(9)]
    viewport = a_viewport("warning_overlay", "peta", "id", portrait, panel)
    sheet = warning_overlay.Sheet(an_overlay(), viewport, NOW, CONTEXT)
    answer = an_overlay(landslide(words={"id": long}, sender_name="Badan Meteorologi " * 9), *many)
    lead = seen(draw("warning_overlay", answer, viewport)).find("lead")[0]
    assert {"kind", "event", "until", "place", "credit"} <= {name for each in lead.all() for name in each.classes}
    sizes = {"event": viewport.sizes.figure * 1.5, "until": viewport.sizes.figure}
    height = 0.0
    for block in (part for part in lead.parts if isinstance(part, Element)):
        name = min(block.classes)
        px = viewport.sizes.row if "tight" in block.classes else sizes.get(name, viewport.sizes.far)
        lines = [part for part in block.parts if isinstance(part, Element)]
        height += len(lines) * px * 1.24 + warning_overlay.BLOCK_GAP
        assert name == "kind" or all(fits(line.text, px, sheet.width) for line in lines), block.text
    others = len(seen(draw("warning_overlay", answer, viewport)).find("other")) * viewport.sizes.far * 1.24
    assert height + others <= sheet.height


def test_lines_are_cut_where_they_must_be():
    assert wrapped("", 20, 400, 3) == []
    assert wrapped("satu dua tiga", 20, 4000, 2) == ["satu dua tiga"]
    cut = wrapped("satu dua tiga empat lima enam", 20, 100, 2)
    assert len(cut) == 2
    assert cut[-1].endswith("…")
    assert wrapped("satu dua", 20, 100, 0) == []


def side(*warnings: PublicWarning) -> Element:
    return seen({MapId.SIDE: draw("command_map", a_map(warnings=warnings))[MapId.SIDE]})


def test_the_maps_legend_tells_what_is_hatched_until_when_and_who_says_so():
    (warned,) = side(landslide()).find("warned")
    assert [each.text for each in warned.find("key")] == ["Tanah longsor sampai 16:07 · BMKG"]
    assert side().find("warned") == []


def test_the_map_hatches_all_warnings_in_both_views():
    drawn = draw("command_map", a_map(warnings=(landslide(), a_warning(geometry=None))))
    assert drawn[MapId.WARNED] == drawn[MapId.CENTRE_WARNED]
    assert len(drawn[MapId.WARNED]["data"]["features"]) == 2
