"""The wall's own computer: a wrong clock, a sleep of an hour, a server with a new build."""

from __future__ import annotations

import time
from collections.abc import Callable

import psutil
import pytest
from playwright.sync_api import Browser

from tests.e2e.helpers.server import Installation, spot, until
from tests.e2e.helpers.wall import CHROMIUM, FLAGS, Wall, hang, seconds_of
from tests.e2e.helpers.wire import Wire

SLEEP_S = 18
TEN_MINUTES_FAST = """(() => {
  const Real = Date, shift = 600000;
  window.Date = class extends Real {
    constructor(...given) { given.length ? super(...given) : super(Real.now() + shift); }
    static now() { return Real.now() + shift; }
  };
})()"""


def test_a_wall_computer_ten_minutes_fast_counts_right_and_says_so(served: Installation, wall: Callable[..., Wall]):
    address = served.wall("waktu")
    right, wrong = wall(address), wall(address, script=TEN_MINUTES_FAST)
    assert wrong.page.evaluate("Date.now() / 1000") - time.time() > 590
    served.accepted("Pohon roboh di jam yang salah", **spot(3))
    for hung in (right, wrong):
        hung.page.locator("time.count[data-due]").first.wait_for()
    # They are looked at one after the other: between two looks a second or a minute may have passed.
    until(lambda: not unlike(right.countdowns(), wrong.countdowns()), 60, "that both count alike")
    clocks = [hung.page.locator("#wall--time") for hung in (right, wrong)]
    until(lambda: clocks[0].inner_text() == clocks[1].inner_text(), 60, "the same time on both")
    assert right.page.locator("#wall--drift").inner_text().strip() == ""
    assert "10" in wrong.page.locator("#wall--drift").inner_text()


def unlike(some: dict[str, str], others: dict[str, str]) -> list[tuple[str | None, str | None]]:
    """Countdowns that are missing on one side, that are not told to the second, or that differ by more than three."""
    pairs = [(some.get(due), others.get(due)) for due in some.keys() | others.keys()]
    seconds = [[seconds_of(text or "") for text in pair] for pair in pairs]
    return [
        pair
        for pair, (one, other) in zip(pairs, seconds, strict=True)
        if one is None or other is None or abs(one - other) > 3
    ]


NOTE_OPENINGS = """() => {
  const {link, time} = batt, {open, watch} = link;
  let ticked = time.steady();
  window.opened = [];
  link.watch = steady => { ticked = steady; watch(steady); };
  link.open = () => { opened.push(time.steady() - ticked); open(); };
}"""
"""The wall ticks every second: how long after its last tick it opened each new connection."""


def test_a_browser_that_slept_opens_a_new_connection_at_its_first_tick_and_is_current(
    served: Installation, browser: Browser
):
    """The network forgets the connection meanwhile and nobody tells the browser, as after an hour of sleep."""
    wire = Wire(served.port)
    awake = set(psutil.Process().children(recursive=True))
    computer = browser.browser_type.launch(executable_path=CHROMIUM, args=FLAGS)
    processes = [child for child in psutil.Process().children(recursive=True) if child not in awake]
    _, waktu = hang(computer)
    waktu.open(served.wall("waktu").replace(f":{served.port}/", f":{wire.port}/"))
    processes += [child for child in processes[0].children(recursive=True) if child not in processes]
    waktu.page.evaluate(NOTE_OPENINGS)
    for process in processes:
        process.suspend()
    wire.silence()
    code = served.accepted("Pohon roboh selagi dinding tidur", **spot(4))
    time.sleep(SLEEP_S)
    for process in processes:
        process.resume()
    waktu.shows(code, seconds=5)
    waktu.live()
    assert waktu.page.evaluate("opened[0]") > SLEEP_S, "no tick has passed since it awoke"
    assert waktu.untouched
    computer.close()
    wire.close()


def test_a_connection_that_fell_silent_is_noticed_and_replaced(served: Installation, wall: Callable[..., Wall]):
    wire = Wire(served.port)
    waktu = wall(served.wall("waktu").replace(f":{served.port}/", f":{wire.port}/"))
    wire.silence()
    waktu.shows(served.accepted("Pohon roboh di jaringan yang diam", **spot(5)))
    waktu.live()
    assert waktu.untouched
    wire.close()


@pytest.mark.parametrize("file", ["dash_renderer", "wall-strip.css"])
def test_a_wall_of_which_a_file_did_not_arrive_loads_again_by_itself(served: Installation, browser: Browser, file: str):
    context, waktu = hang(browser)
    waktu.page.clock.install()
    waktu.page.route(f"**/*{file.replace('.', '*')}*", lambda route: route.abort("connectionreset"), times=1)
    waktu.page.goto(served.wall("waktu"), wait_until="load")
    with waktu.page.expect_event("load"):
        waktu.page.clock.fast_forward(31_000)
    waktu.live()
    context.close()


def test_a_wall_stays_as_it_is_when_the_same_build_comes_back_and_loads_itself_anew_with_another(
    house: Installation, wall: Callable[..., Wall]
):
    waktu = wall(house.wall("waktu"))
    house.stop()
    waktu.not_live()
    house.start()
    waktu.live()
    assert waktu.untouched
    house.stop()
    house.change({"city": {"name": "Kota Batu Baru"}})
    with waktu.page.expect_event("load", timeout=300_000):
        house.start()
    waktu.live()
    assert not waktu.untouched
