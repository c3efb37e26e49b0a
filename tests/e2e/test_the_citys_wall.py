"""The wall `kota` in both languages: it follows the guide, reports and warnings by itself, and nothing on it is cut."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, expect

from data import clock
from data.domain.guide.nouns import ConditionKind, ConditionState
from data.store.db.engine import open_engine, writing
from tests.city_store import CLOUDS, a_condition, a_forecast, a_place, an_event, north
from tests.e2e.helpers import warnings
from tests.e2e.helpers.server import Installation, merged, until
from tests.e2e.helpers.wall import LANDSCAPE, LARGE, PORTRAIT, Wall, hang

LONG = "Festival bunga dan paralayang nasional antarkota seluruh Nusantara di lereng Gunung Panderman"
TAKES_NO_SCREEN = {"warnings": {"takeover": []}}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Installation]:
    """With a place, but no warning takes the screen."""
    changes = merged(warnings.CHANGES, TAKES_NO_SCREEN)
    made = Installation(tmp_path_factory.mktemp("wall"), changes, env=dict(warnings.ENV), template=sqlite_template)
    fill(made)
    made.start()
    yield made
    made.close()


def fill(house: Installation) -> None:
    """A place with a closed road near it, events with long names, a forecast."""
    now = clock.now().replace(microsecond=0)
    engine = open_engine(f"sqlite:///{house.database}")
    with writing(engine) as conn:
        a_place(conn, "Alun-alun Kota Batu", now=now)
        a_place(conn, LONG, north(9000), now=now)
        a_condition(conn, at=north(120), now=now)
        a_condition(conn, ConditionKind.OUTAGE, ConditionState.CLOSED, north(9100), now=now)
        for n in range(12):
            an_event(conn, 24 + n / 10, title=f"{LONG} {n}", place_name=LONG, expected=12_000, now=now)
        an_event(conn, -0.5, title="Pentas seni", lasts=timedelta(minutes=40), now=now)
        a_forecast(conn, "35.79.01.1004", (0, CLOUDS, 22), now=now)
    engine.dispose()


@pytest.mark.parametrize(
    ("lang", "noun", "none"), [("id", "laporan", "Tidak ada peringatan"), ("en", "reports?", "No warning")]
)
def test_the_wall_follows_reports_the_guide_and_warnings_by_itself(
    house: Installation, browser: Browser, lang: str, noun: str, none: str
):
    def reports() -> int:
        """How many stand beside the place; other tests have reported there, too."""
        return sum(map(int, re.findall(rf"(\d+) {noun}\b", places.inner_text())))

    with ExitStack() as at_the_end:
        context, wall = hang(browser)
        at_the_end.callback(context.close)
        wall.open(house.wall("kota", lang=lang))
        places, warned = panel(wall, "places"), panel(wall, "warnings")
        expect(places).to_contain_text("Alun-alun Kota Batu")
        expect(panel(wall, "agenda")).to_contain_text("Pentas seni")
        (lat, lon), before = north(200), reports()
        house.accepted(f"Sampah di alun-alun {lang}", service_code="sampah", lat=lat, long=lon)
        until(lambda: reports() == before + 1, 60, "one report more beside the place")
        sent = warnings.warn(house, f"uji-{lang}")
        expect(warned).to_contain_text("Tanah longsor" if lang == "id" else "Landslide")
        warnings.withdraw(house, f"uji-{lang}", sent)
        expect(warned).to_contain_text(none)
        assert wall.untouched
        assert wall.said == []


def panel(wall: Wall, name: str) -> Locator:
    return wall.page.locator(f"[id='city_board--{name}']")


@pytest.mark.parametrize(
    ("size", "lang", "theme"),
    [
        (LANDSCAPE, "id", "dark"),
        (LANDSCAPE, "en", "light"),
        (LARGE, "en", "dark"),
        (LARGE, "id", "light"),
        (PORTRAIT, "id", "dark"),
        (PORTRAIT, "en", "light"),
    ],
)
def test_nothing_on_the_citys_wall_scrolls_or_is_cut(
    house: Installation, browser: Browser, size: tuple[int, int], lang: str, theme: str
):
    context, wall = hang(browser, size)
    wall.open(house.wall("kota", lang=lang, theme=theme))
    expect(panel(wall, "places")).to_contain_text("Alun-alun Kota Batu")
    assert {kind: rows for kind, rows in wall.faults().items() if rows} == {}
    assert wall.said == []
    context.close()


def test_a_case_near_an_event_says_so_and_the_map_has_quiet_signs(house: Installation, browser: Browser):
    lat, lon = north(160)
    house.accepted("Lubang di dekat alun-alun", service_code="jalan_rusak", lat=lat, long=lon)
    context, wall = hang(browser)
    wall.open(house.wall("peta"))
    wall.shows("150 m dari Pentas seni")
    for kind in ("closure", "outage"):
        expect(wall.page.locator(f".map .sign.{kind}")).to_have_count(1)
    assert wall.said == []
    context.close()
