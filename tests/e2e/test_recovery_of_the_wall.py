"""The wall's own computer: a wrong clock, a sleep of an hour, a server with a new build."""

from __future__ import annotations

import time
from collections.abc import Callable

import psutil
from playwright.sync_api import Browser

from tests.e2e.helpers.server import Installation
from tests.e2e.helpers.wall import CHROMIUM, FLAGS, Wall, hang, seconds_of
from tests.e2e.helpers.wire import Wire

TEN_MINUTES_FAST = """(() => {
  const Real = Date, shift = 600000;
  window.Date = class extends Real {
    constructor(...given) { given.length ? super(...given) : super(Real.now() + shift); }
    static now() { return Real.now() + shift; }
  };
})()"""


def test_a_wall_computer_ten_minutes_fast_counts_right_and_says_so(house: Installation, wall: Callable[..., Wall]):
    address = house.wall("waktu")
    right, wrong = wall(address), wall(address, script=TEN_MINUTES_FAST)
    assert wrong.page.evaluate("Date.now() / 1000") - time.time() > 590
    house.accepted("Pohon roboh di jam yang salah")
    for hung in (right, wrong):
        hung.page.locator("time.count[data-due]").first.wait_for(timeout=10_000)
    true, shifted = right.countdowns(), wrong.countdowns()
    assert true.keys() == shifted.keys()
    for due, text in true.items():
        left, other = seconds_of(text), seconds_of(shifted[due])
        assert left is not None, text
        assert other is not None, shifted[due]
        assert abs(left - other) <= 3, (text, shifted[due])
    assert right.page.locator("#wall--drift").inner_text().strip() == ""
    assert "10" in wrong.page.locator("#wall--drift").inner_text()
    assert wrong.page.locator("#wall--time").inner_text() == right.page.locator("#wall--time").inner_text()


def test_a_browser_that_slept_is_current_within_five_seconds_of_waking(house: Installation, browser: Browser):
    """The network forgets the connection meanwhile and nobody tells the browser, as after an hour of sleep."""
    wire = Wire(house.port)
    awake = set(psutil.Process().children(recursive=True))
    computer = browser.browser_type.launch(executable_path=CHROMIUM, args=FLAGS)
    processes = [child for child in psutil.Process().children(recursive=True) if child not in awake]
    _, waktu = hang(computer)
    waktu.open(house.wall("waktu").replace(f":{house.port}/", f":{wire.port}/"))
    processes += [child for child in processes[0].children(recursive=True) if child not in processes]
    for process in processes:
        process.suspend()
    wire.silence()
    code = house.accepted("Pohon roboh selagi dinding tidur")
    time.sleep(25)
    for process in processes:
        process.resume()
    waktu.shows(code, seconds=5)
    waktu.live(5)
    assert waktu.untouched
    computer.close()
    wire.close()


def test_a_connection_that_fell_silent_is_noticed_and_replaced(house: Installation, wall: Callable[..., Wall]):
    wire = Wire(house.port)
    waktu = wall(house.wall("waktu").replace(f":{house.port}/", f":{wire.port}/"))
    wire.silence()
    waktu.shows(house.accepted("Pohon roboh di jaringan yang diam"), seconds=30)
    waktu.live(15)
    assert waktu.untouched
    wire.close()


def test_a_wall_loads_itself_anew_when_the_server_has_a_new_build(
    install: Callable[..., Installation], wall: Callable[..., Wall]
):
    house = install()
    house.start()
    waktu = wall(house.wall("waktu"))
    house.stop()
    house.change({"city": {"name": "Kota Batu Baru"}})
    with waktu.page.expect_event("load", timeout=60_000):
        house.start()
    waktu.live(20)
    assert not waktu.untouched


def test_a_wall_stays_as_it_is_when_the_same_build_comes_back(house: Installation, wall: Callable[..., Wall]):
    waktu = wall(house.wall("waktu"))
    house.stop()
    waktu.not_live()
    house.start()
    waktu.live(30)
    assert waktu.untouched
