"""What a wall shows of reports from outside, and to whom it opens; the way of a report to the walls is in loop/."""

from __future__ import annotations

from collections.abc import Callable

import httpx
from playwright.sync_api import expect

from tests.e2e.helpers.drop import DROP, drop_file
from tests.e2e.helpers.server import Installation, spot
from tests.e2e.helpers.wall import Wall


def test_a_private_report_shows_neither_text_nor_place(served: Installation, wall: Callable[..., Wall]):
    walls = [wall(served.wall(screen)) for screen in ("peta", "antrean", "waktu")]
    served.accepted("Transaksi mencurigakan di gudang tua Pesanggrahan", service_code="narkoba")
    served.accepted("Mahoni roboh", **spot(2))
    for hung in walls:
        hung.shows("Mahoni roboh")
        assert "gudang tua" not in hung.page.content()


WATCH_RINGS = """() => {
  const seen = (window.__rings = {scales: [], animations: 0});
  setInterval(() => {
    const ring = document.querySelector(".pulse > .ring");
    if (ring) seen.scales.push(new DOMMatrix(getComputedStyle(ring).transform).a);
    seen.animations = Math.max(seen.animations, document.getAnimations().length);
  }, 50);
}"""


def test_a_new_case_on_the_map_beats_and_comes_to_rest_without_an_animation(
    served: Installation, wall: Callable[..., Wall]
):
    hung = wall(served.wall("peta"))
    hung.page.evaluate(WATCH_RINGS)
    served.accepted("Mahoni miring", **spot(5))
    hung.page.wait_for_selector(".pulse > .ring", state="attached")
    hung.page.wait_for_timeout(4000)
    seen = hung.page.evaluate("window.__rings")
    assert {1.9, 1.5} <= {round(scale, 2) for scale in seen["scales"]}
    assert seen["scales"][-1] == 1
    assert seen["animations"] == 0


def test_a_symbol_of_the_map_keeps_its_element_while_another_becomes_part_of_a_cluster(
    install: Callable[..., Installation], wall: Callable[..., Wall]
):
    house = install()
    house.start()
    page = wall(house.wall("peta")).page
    symbols = page.locator(".pin, .cluster")
    for number in (0, 100):
        house.accepted(f"Mahoni miring {number}", **spot(number))
        expect(symbols).to_have_count(1 + (number == 100))
    pins = page.locator(".pin")
    pins.evaluate_all("pins => pins.forEach(pin => {pin.before = true})")
    house.accepted("Mahoni miring di sebelah", **spot(1))
    expect(page.locator(".cluster")).to_have_text("2")
    assert pins.evaluate_all("pins => pins.map(pin => pin.before)") == [True]
    assert symbols.count() == 2


def test_text_from_outside_never_becomes_an_element(install: Callable[..., Installation], wall: Callable[..., Wall]):
    house = install(DROP)
    house.start()
    walls = [wall(house.wall(screen)) for screen in ("antrean", "waktu")]
    drop_file(house, "jahat.csv", 1, title="<img src=q>")
    for hung in walls:
        hung.shows("<img src=q>")
        assert hung.page.locator("img[src=q]").count() == 0


def test_a_wall_without_its_token_is_told_how_to_get_one(served: Installation):
    address = served.wall("peta")
    for wrong in (address.partition("?")[0], address[:-3] + "xyz"):
        answer = httpx.get(wrong)
        assert answer.status_code == 403
        assert "screen url peta" in answer.text


def test_the_address_that_the_command_prints_opens_the_wall(served: Installation):
    printed = served.run("screen", "url", "peta").stdout.split()[-1]
    assert printed.partition("/wall/")[2] == served.wall("peta").partition("/wall/")[2]
    assert httpx.get(served.wall("peta")).status_code == 200
