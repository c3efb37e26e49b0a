"""What the wall of the city shows, with much in it, with nothing, and when nobody knows."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from data.domain.guide.board import CityBoard, Heard, WarningsNow, Weather
from data.domain.guide.nouns import AgendaState
from data.domain.guide.scores import TileBoard
from data.domain.warnings.nouns import Severity
from layouts.boards.city_board.plan import Id, panels
from layouts.kit.viewport import Viewport
from tests.factories import NOW
from tests.layouts.answers import CONTEXT, FAR_55, PANELS, a_viewport, draw
from tests.layouts.city_answers import (
    a_city_board,
    a_step,
    a_tile,
    a_trouble,
    a_weather,
    an_empty_city,
    an_occurrence,
    warned,
)
from tests.layouts.seen import Element, seen


def panel(region: Id, answer: CityBoard | None = None, viewport: Viewport | None = None) -> Element:
    shown = draw("city_board", answer or a_city_board(), viewport or a_viewport("city_board"))
    return seen({region: shown[region]})


def lines(element: Element, kind: str) -> list[str]:
    return [each.text for each in element.find(kind)]


def city_with(**changes: object) -> CityBoard:
    return a_city_board(warnings=replace(WarningsNow(heard=Heard.NOW, at=NOW), **changes))  # type: ignore[arg-type]


def test_the_worst_tile_is_first_with_its_n_and_what_it_should_be():
    drawn = panel(Id.TILES).find("tile")
    assert [each.facts["data-tile"] for each in drawn][:2] == ["jalan", "kebersihan"]
    assert drawn[0].text == "Jalan0,62n 3156 % / 90 % · s.d. 31 Okt"
    assert [each.facts["data-state"] for each in drawn] == ["overdue", "risk", "risk", "none", "none", "none"]


def test_a_missing_tile_is_shown_as_missing():
    last = panel(Id.TILES).find("tile")[-1]
    assert last.text == "Petani–n 2data belum cukup"


def test_each_tile_leads_to_its_definition_and_history():
    assert panel(Id.TILES).find("tile")[0].facts["href"] == "/kota/kondisi/jalan"


def test_a_warning_tells_what_where_until_when_and_who_warns():
    drawn = panel(Id.WARNINGS, city_with(rows=(warned(),), total=1))
    assert drawn.find("first")[0].text == "Hujan lebats.d.16:37"
    assert drawn.find("below")[0].text.startswith("Gunungsari, Punten · Hujan lebat")
    assert drawn.find("told")[0].text == "PeringatanBMKG"


def test_who_warns_is_named_however_long_the_name_is():
    row = warned(sender_name="BMKG Stasiun Meteorologi Kelas I Juanda Sidoarjo, Jawa Timur")
    told = panel(Id.WARNINGS, city_with(rows=(row,), total=1)).find("told")[0].text
    assert told.startswith("PeringatanBMKG Stasiun")
    assert told.endswith("…")


def test_a_warning_in_english_speaks_english():
    drawn = panel(Id.WARNINGS, city_with(rows=(warned(),), total=1), a_viewport("city_board", lang="en"))
    assert drawn.find("first")[0].text == "Heavy rainuntil16:37"


def test_a_grave_warning_is_red_and_another_one_amber():
    rows = (warned(1, severity=Severity.SEVERE), warned(2))
    assert [each.facts["data-state"] for each in panel(Id.WARNINGS, city_with(rows=rows, total=2)).find("warned")] == [
        "overdue",
        "risk",
    ]


def test_a_warning_that_ends_on_another_day_says_which_and_one_without_end_says_so():
    rows = (warned(expires_at=NOW + timedelta(hours=14)), warned(2, expires_at=None))
    drawn = panel(Id.WARNINGS, city_with(rows=rows, total=2)).find("until")
    assert [each.text for each in drawn] == ["s.d. 25 Nov04:07", "akhir tak disebut"]


def test_of_two_hundred_warnings_the_gravest_fit_and_the_number_is_told():
    rows = tuple(warned(each) for each in range(24))
    drawn = panel(Id.WARNINGS, city_with(rows=rows, total=200))
    assert len(drawn.find("warned")) == 2
    assert drawn.find("told")[0].text == "Peringatan · 200BMKG"


@pytest.mark.parametrize(
    ("heard", "told", "dashed"),
    [
        (Heard.NOW, "Tidak ada peringatanper 14:07", False),
        (Heard.SILENT, "Tidak diketahuisejak 14:07 sumber peringatan diam", True),
        (Heard.NEVER, "Tidak diketahuibelum ada sumber peringatan", False),
    ],
)
def test_no_warning_is_not_the_same_as_not_knowing(heard: Heard, told: str, dashed: bool):
    drawn = panel(Id.WARNINGS, city_with(heard=heard))
    assert drawn.text == "Peringatan" + told
    assert bool(drawn.find("silent")) == dashed


def test_what_is_known_of_a_silent_source_stays_and_says_that_it_may_not_be_all():
    drawn = panel(Id.WARNINGS, city_with(rows=(warned(),), total=1, heard=Heard.SILENT))
    assert drawn.find("told")[0].text == "Peringatantak lengkap sejak 14:07"


def test_the_agenda_tells_today_and_tomorrow_with_place_time_and_crowd():
    drawn = panel(Id.AGENDA, replace(a_city_board(), today=replace(a_city_board().today, rows=(an_occurrence(),))))
    assert lines(drawn, "told") == ["Hari ini2 acara", "Besok2 acara"]
    assert drawn.find("double")[0].text == "17:07Musik akustikAlun-alun Batu · ± 400 orang"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"hours": -1}, "KiniMusik akustikAlun-alun Batu · ± 400 orang"),
        ({"all_day": True}, "Musik akustikSeharian · Alun-alun… · ± 400 orang"),
        ({"expected": None, "place_name": None}, "17:07Musik akustiktempat belum disebut"),
        ({"state": AgendaState.TENTATIVE}, "17:07Musik akustikbelum pasti · Alun-alun… · ± 400 orang"),
        ({"state": AgendaState.CANCELLED}, "17:07Musik akustikdibatalkan · Alun-alun Batu"),
    ],
)
def test_an_event_says_how_sure_it_is(changes: dict[str, object], told: str):
    row = an_occurrence(**changes)  # type: ignore[arg-type]
    answer = a_city_board()
    drawn = panel(Id.AGENDA, replace(answer, today=replace(answer.today, rows=(row,)))).find("double")[0]
    assert drawn.text == told
    assert ("cancelled" in drawn.classes) == (row.state is AgendaState.CANCELLED)


def test_tomorrow_is_never_pushed_out_of_sight():
    drawn = panel(Id.AGENDA, a_city_board(n=12)).text
    assert "Besok" in drawn


def test_a_place_tells_what_is_near_it_and_how_near():
    drawn = panel(Id.PLACES, a_city_board(places=(a_trouble(),), places_total=1)).find("double")[0]
    assert drawn.text == "Alun-alun Batu150 m1 jalan ditutup · 3 laporan: Sampah"
    assert drawn.facts["data-state"] == "overdue"


def test_a_closed_road_alone_is_told_without_colour():
    row = a_trouble(cases=0, kinds=(), closures=2, outages=1, state="")
    drawn = panel(Id.PLACES, a_city_board(places=(row,), places_total=1)).find("double")[0]
    assert drawn.text == "Alun-alun Batu150 m2 jalan ditutup · 1 padam"
    assert drawn.facts["data-state"] == "run"


def test_a_warning_leaves_by_itself_when_it_ends():
    (row,) = panel(Id.WARNINGS, city_with(rows=(warned(ends_at=NOW),), total=1)).find("warned")
    assert row.facts["data-until"] == str(int(NOW.timestamp()))


def test_a_played_forecast_names_nobody():
    drawn = seen({"x": draw("city_board", a_city_board(), demo=True)[Id.WEATHER]})
    assert drawn.find("told")[0].text == "CuacaSimulasi, analisis 07:07"


def test_the_weather_names_bmkg_and_when_it_was_computed():
    drawn = panel(Id.WEATHER)
    assert drawn.find("told")[0].text == "CuacaBMKG, analisis 07:07"
    assert drawn.find("double")[0].text == "Batu · Berawan17–24°17:07 Hujan Ringan · 20:07 Berawan"


def test_a_kecamatan_without_a_forecast_says_so():
    weather = (a_weather(), Weather("Bumiaji", None), a_weather("Junrejo", now=a_step(), later=(), rain_mm=2.5))
    drawn = panel(Id.WEATHER, a_city_board(weather=weather)).find("double")
    assert [each.text for each in drawn[1:]] == [
        "Bumiaji–Prakiraan tidak diketahui",
        "Junrejo · Berawan17–24°hujan 2,5 mm",
    ]


def test_an_empty_city_says_so_in_every_panel():
    for region in Id:
        drawn = panel(region, an_empty_city())
        assert region is Id.TILES or drawn.find("no-rows") or drawn.find("state"), region


def test_with_nothing_to_warn_of_the_weather_takes_the_room():
    viewport = a_viewport("city_board")
    calm, busy = (panels(viewport, CONTEXT, warnings=each).rooms[Id.WEATHER].height for each in (0, 9))
    assert calm > busy
    assert panel(Id.WEATHER, city_with()).find("large")


@pytest.mark.parametrize("glass", PANELS)
@pytest.mark.parametrize("portrait", [False, True])
def test_panels_neither_overlap_nor_leave_the_board(glass: object, portrait: bool):
    viewport = a_viewport("city_board", panel=glass, portrait=portrait)  # type: ignore[arg-type]
    rooms = list(panels(viewport, CONTEXT).rooms.values())
    for at, one in enumerate(rooms):
        assert one.left + one.width <= viewport.slot.width + 1
        assert one.top + one.height <= viewport.slot.height + 1
        for other in rooms[:at]:
            beside = one.left >= other.left + other.width or other.left >= one.left + one.width
            assert beside or one.top >= other.top + other.height or other.top >= one.top + one.height


def test_where_type_is_large_warnings_and_places_are_left():
    shown = draw("city_board", a_city_board(), a_viewport("city_board", panel=FAR_55))
    hidden = {region for region, part in shown.items() if part.attributes.get("hidden")}
    assert hidden == {Id.TILES, Id.AGENDA, Id.WEATHER}
    assert not any(part.attributes.get("hidden") for part in draw("city_board", a_city_board()).values())


def test_a_long_name_of_a_tile_is_cut_and_not_the_figure():
    long = a_tile("dijawab sebelum tenggat oleh semua perangkat daerah", 0.5)
    drawn = panel(Id.TILES, a_city_board(tiles=TileBoard(NOW, (long,), None))).find("tile")[0]
    assert drawn.find("tile-label")[0].text.endswith("…")
    assert "0,50" in drawn.text


@pytest.mark.parametrize(
    ("figure", "value", "target", "told"),
    [
        ("market_value", 3_100_000, 5_000_000, "Rp 3,1 jt dari Rp 5,0 jt"),
        ("on_time", 0.5, 0.8, "50 % / 80 % · s.d. 31 Okt"),
    ],
)
def test_a_tile_writes_its_value_in_the_unit_of_its_figure(figure: str, value: float, target: float, told: str):
    made = a_tile(rule=replace(a_tile().rule, figure=figure), value=value, target=target)
    drawn = panel(Id.TILES, a_city_board(tiles=TileBoard(NOW, (made,), None)))
    assert drawn.find("tile-foot")[0].text.startswith(told)
