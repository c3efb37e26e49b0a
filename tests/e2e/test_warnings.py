"""A warning is pushed, takes the screens, hatches the map, and yields: by its cancel, and by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect

from tests.e2e.helpers.server import Installation
from tests.e2e.helpers.wall import LARGE, PORTRAIT, Wall
from tests.e2e.helpers.warnings import CHANGES, ENV, SOURCE, warn, withdraw

TAKEN = ".warning_overlay .lead:visible"


@pytest.fixture(scope="module")
def warned(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Installation]:
    """It takes warnings; each test withdraws what it has pushed."""
    made = Installation(tmp_path_factory.mktemp("warned"), CHANGES, env=dict(ENV), template=sqlite_template)
    made.start()
    yield made
    made.close()


def test_a_pushed_warning_takes_every_screen_and_yields_at_its_cancel(warned: Installation, wall: Callable[..., Wall]):
    walls = [wall(warned.wall("peta")), wall(warned.wall("antrean"))]
    for hung in walls:
        expect(hung.page.locator(TAKEN)).to_have_count(0)
    sent = warn(warned, "longsor-1", instruction="Jauhi lereng.")
    for hung in walls:
        expect(hung.page.locator(TAKEN)).to_have_count(1)
        for text in ("Tanah longsor", "Berlaku sampai", "Jauhi lereng.", "BPBD Kota Batu", "Sisir"):
            hung.shows(text)
        assert hung.page.locator(".kpi_strip").is_visible(), "it lies above, and nothing was taken away"
    peta = walls[0].page
    assert peta.locator("#command_map--city path.warned-area").count() == 1
    withdraw(warned, "longsor-1", sent)
    for hung in walls:
        expect(hung.page.locator(TAKEN)).to_have_count(0)
        assert hung.untouched
        assert hung.said == []
    expect(peta.locator("path.warned-area")).to_have_count(0)


def test_a_graver_one_comes_in_front_and_the_other_returns_when_it_is_withdrawn(
    warned: Installation, wall: Callable[..., Wall]
):
    hung = wall(warned.wall("antrean"))
    flood = warn(warned, "banjir", event="Banjir")
    expect(hung.page.locator(".lead:visible .event")).to_have_text("Banjir")
    slide = warn(warned, "longsor-2")
    expect(hung.page.locator(".lead:visible .event")).to_have_text("Tanah longsor")
    withdraw(warned, "longsor-2", slide)
    expect(hung.page.locator(".lead:visible .event")).to_have_text("Banjir")
    withdraw(warned, "banjir", flood)
    expect(hung.page.locator(TAKEN)).to_have_count(0)


def test_a_screen_that_no_rule_names_keeps_its_picture_and_the_map_is_hatched(
    warned: Installation, wall: Callable[..., Wall]
):
    hung = wall(warned.wall("peta"))
    sent = warn(warned, "hujan", event="Hujan lebat", headline="Hujan lebat")
    hung.shows("Hujan lebat sampai")
    assert hung.page.locator("#command_map--city path.warned-area").count() == 1
    expect(hung.page.locator(TAKEN)).to_have_count(0)
    withdraw(warned, "hujan", sent)
    expect(hung.page.locator("path.warned-area")).to_have_count(0)


def test_it_yields_by_itself_when_it_ends_while_the_server_is_silent(
    install: Callable[..., Installation], wall: Callable[..., Wall]
):
    house = install(CHANGES, env=dict(ENV))
    house.start()
    hung = wall(house.wall("peta"))
    warn(house, "pendek", seconds=12)
    warn(house, "hujan", event="Hujan lebat", headline="Hujan lebat", seconds=12)
    expect(hung.page.locator(TAKEN)).to_have_count(1)
    expect(hung.page.locator("#command_map--city path.warned-area")).to_have_count(2)
    house.kill()
    expect(hung.page.locator(TAKEN)).to_have_count(0)
    expect(hung.page.locator("path.warned-area")).to_have_count(0)
    assert hung.untouched


@pytest.mark.parametrize("size", [PORTRAIT, LARGE])
def test_everything_fits_and_markup_stays_text(warned: Installation, wall: Callable[..., Wall], size: tuple[int, int]):
    hung = wall(warned.wall("peta", lang="en", theme="light"), size)
    sent = [
        warn(warned, f"banyak-{size[0]}-{n}", event=event, headline="<img src=q onerror=alert(1)>" * 9)
        for n, event in enumerate(("Tanah Longsor", "Banjir", "Banjir bandang", "Angin kencang", "Gempa bumi"))
    ]
    expect(hung.page.locator(TAKEN)).to_have_count(1)
    hung.page.wait_for_timeout(1500)
    assert hung.faults() == {"scroll": [], "overflow": [], "clipped": []}
    assert hung.page.locator("img[src=q]").count() == 0
    for n, each in enumerate(sent):
        withdraw(warned, f"banyak-{size[0]}-{n}", each)
    expect(hung.page.locator(TAKEN)).to_have_count(0)


def test_a_wrongly_signed_warning_is_refused_and_counted(warned: Installation, wall: Callable[..., Wall]):
    hung = wall(warned.wall("peta"))
    answer = httpx.post(f"{warned.url}/push/{SOURCE}", content=b"<alert/>", headers={"X-BATT-Timestamp": "1"})
    assert answer.status_code == 401
    metrics = httpx.get(f"{warned.url}/metrics").text
    assert 'batt_push_refused_total{source="peringatan_bpbd"}' in metrics
    expect(hung.page.locator(TAKEN)).to_have_count(0)
