"""The wall's script by itself in a browser, without a server: time, states, regions, and what it does when in doubt."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from data.domain.sla.worktime import Calendar
from layouts.kit.words import words
from tests.e2e.helpers.server import ROOT
from tests.factories import DAY, HOUR, NOW, calendars

ASSETS = ROOT / "dashboard" / "assets"
IDS = ("time", "date", "badge", "drift", "notice", "problems")
STAGE = """
  window.frozen = work => {
    const {steady} = batt.time;
    batt.time.steady = () => 5000;
    try { return work(); } finally { batt.time.steady = steady; }
  };
  window.told = [];
  window.dash_clientside = {set_props: (id, props) => told.push([id, props, performance.now()])};
"""


def told_words(lang: str) -> str:
    return json.dumps(words(lang).for_script()).replace("'", "&#39;")


@pytest.fixture(scope="module")
def stage(browser: Browser) -> Iterator[Page]:
    """A wall without a server: shells, words, and a Dash that only notes what it is told."""
    page = browser.new_page()
    spans = "".join(f"<div id='wall--{name}'></div>" for name in IDS)
    facts = (
        f"data-zone='Asia/Jakarta' data-screen='peta' data-build='b1' data-lang='id' data-words='{told_words('id')}'"
    )
    page.set_content(f"<div id='wall' {facts}>{spans}<div id='a'></div><div id='b'></div></div>")
    page.evaluate(STAGE)
    for name in ("map-unseen.js", "map-symbols.js", "map-tidy.js", "map.js", "wall-time.js", "wall-link.js", "wall.js"):
        page.add_script_tag(path=ASSETS / name)
    yield page
    page.close()


def windows(calendar: Calendar) -> Any:
    """As the message `hello` carries them."""
    pairs = calendar.windows(NOW - 30 * DAY, NOW + 30 * DAY)
    return [[int(start.timestamp()), int(end.timestamp())] for start, end in pairs]


def learn(page: Page) -> None:
    known = {"kantor": windows(calendars()["kantor"]), "selalu": "always"}
    page.evaluate("known => batt.time.learn(known)", known)


@pytest.mark.parametrize("code", ["kantor", "selalu"])
def test_the_browser_counts_working_time_as_the_server_does(stage: Page, code: str):
    learn(stage)
    chance = random.Random(7)
    moments = [
        (int((NOW + timedelta(seconds=chance.uniform(-25, 25) * 86400)).timestamp()), chance.randrange(-20, 20) * 3571)
        for _ in range(300)
    ]
    asked = [[at, at + ahead] for at, ahead in moments]
    script = "([code, pairs]) => pairs.map(([now, due]) => batt.time.left({cal: code, due}, now))"
    left = stage.evaluate(script, [code, asked])
    utc = NOW.tzinfo
    for (now, due), counted in zip(asked, left, strict=True):
        start, end = (NOW.fromtimestamp(at, utc) for at in (now, due))
        assert counted == calendars()[code].between(start, end)


def test_beyond_what_it_knows_the_browser_takes_the_servers_word(stage: Page):
    learn(stage)
    due = int((NOW - 90 * DAY).timestamp())
    now = int(NOW.timestamp())
    script = "([facts, now]) => batt.time.left(facts, now)"
    assert stage.evaluate(script, [{"cal": "kantor", "due": due, "left": "-1800000"}, now]) == -1_800_000
    assert stage.evaluate(script, [{"cal": "kantor", "due": due}, now]) is None
    assert stage.evaluate(script, [{"cal": "nowhere", "due": now}, now]) is None


@pytest.mark.parametrize(
    ("left", "overdue", "text"),
    [
        (0, False, "0:00:00"),
        (0.4, False, "0:00:01"),
        (59, False, "0:00:59"),
        (3723, False, "1:02:03"),
        (-8049, True, "−2:14:09"),
        (-0.4, True, "−0:00:01"),
        (0, True, "−0:00:00"),
        (359_999, False, "99:59:59"),
        (360_000, False, "100 jam"),
        (-442_800, True, "−123 jam"),
        (None, False, "–"),
    ],
)
def test_working_time_left_is_written_in_hours_minutes_and_seconds(
    stage: Page, left: float | None, overdue: bool, text: str
):
    assert stage.evaluate("([left, overdue]) => batt.time.count(left, overdue)", [left, overdue]) == text


@pytest.mark.parametrize(
    ("at", "left", "text"),
    [  # the office: Tuesday 24 November 2026 until 16:00, Friday until 16:30
        ("2026-11-24T08:59:59Z", 0, None),
        ("2026-11-24T09:00:00Z", 0, "jam kerja berhenti\nlanjut Rab 07:30"),
        ("2026-11-23T23:00:00Z", 0, "jam kerja berhenti\nlanjut 07:30"),
        ("2026-11-27T12:00:00Z", 0, "jam kerja berhenti\nlanjut Sen 07:30"),
        ("2026-11-27T12:00:00Z", -1, None),
        ("2026-11-27T12:00:00Z", 3600, None),
        ("2026-11-27T12:00:00Z", None, None),
        ("2026-12-24T12:00:00Z", 0, "jam kerja berhenti"),
    ],
)
def test_working_time_that_stands_still_at_zero_says_so_and_when_it_goes_on(
    stage: Page, at: str, left: float | None, text: str | None
):
    learn(stage)
    now = datetime.fromisoformat(at).timestamp()
    script = "([left, now, short]) => batt.time.stopped({cal: 'kantor'}, left, now, 'Asia/Jakarta', short)"
    assert stage.evaluate(script, [left, now, False]) == text
    goes_on = text and text.partition("lanjut ")[2]
    assert stage.evaluate(script, [left, now, True]) == (None if text is None else f"» {goes_on}" if goes_on else "–")


def test_the_server_and_the_browser_know_the_same_opening(stage: Page):
    learn(stage)
    office, chance = calendars()["kantor"], random.Random(3)
    for _ in range(200):
        now = NOW + timedelta(seconds=chance.randrange(-20 * 86_400, 20 * 86_400))
        opens = stage.evaluate("now => batt.time.opens('kantor', now) ?? null", now.timestamp())
        is_open = office.between(now, now + timedelta(seconds=1)) == 1
        coming = [start for start, _ in office.windows(now, now + 30 * DAY) if start > now]
        assert opens == (None if is_open else min(coming).timestamp()), now


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 dtk"), (59, "59 dtk"), (60, "1 mnt"), (7199, "1 jam"), (172_800, "2 hari"), (-5, "0 dtk")],
)
def test_an_age_is_told_in_one_unit(stage: Page, seconds: int, text: str):
    assert stage.evaluate("seconds => batt.time.span(seconds)", seconds) == text


JUDGE = """([silent, age, connected]) => frozen(() => {
  batt.time.heard(1000, true);
  Object.assign(batt.state, {lastHeartbeat: silent === null ? null : 5000 - silent, connected, asOf: 1000 - age});
  return batt.judge(5000);
})"""


@pytest.mark.parametrize(
    ("silent", "age", "connected", "mode"),
    [
        (0, 0, True, "live"),
        (4, 11, True, "live"),
        (4, 13, True, "late"),
        (2, 2, False, "late"),
        (4, 59, True, "late"),
        (4, 61, True, "stale"),
        (16, 16, True, "offline"),
        (16, 16, False, "offline"),
        (3600, 3600, False, "offline"),
    ],
)
def test_the_wall_judges_itself_by_the_age_of_its_data(
    stage: Page, silent: float, age: float, connected: bool, mode: str
):
    assert stage.evaluate(JUDGE, [silent, age, connected]) == mode


def test_a_jump_of_the_computers_clock_moves_nothing_but_the_drift(stage: Page):
    script = """() => frozen(() => {
      const {now} = Date;
      Date.now = () => 7000000;
      batt.time.heard(5000, true);
      const before = [batt.time.now(), batt.time.drift];
      Date.now = () => 7600000;
      batt.time.heard(batt.time.now(), false);
      const after = [batt.time.now(), batt.time.drift];
      Date.now = now;
      return [before, after];
    })"""
    assert stage.evaluate(script) == [[5000, 2000], [5000, 2600]]


def test_a_late_message_does_not_put_the_clock_back(stage: Page):
    script = """() => frozen(() => {
      batt.time.heard(6000, true);
      batt.time.heard(6000 - 0.8, false);
      return 1000 - batt.time.offset;
    })"""
    assert 0 <= stage.evaluate(script) < 0.1


def board(seq: int, **regions: Any) -> list[dict[str, Any]]:
    """A message with one board."""
    told = {name: {"hash": str(part), "html": part} for name, part in regions.items()}
    return [{"board": "x", "seq": seq, "as_of": 0, "regions": told}]


def test_only_regions_that_changed_are_touched(stage: Page):
    stage.evaluate("batt.forget()")
    stage.evaluate("message => batt.receive(message)", board(1, a="<p>1</p>", b="<p>2</p>"))
    stage.evaluate("window.kept = document.querySelector('#a p')")
    stage.evaluate("message => batt.receive(message)", board(2, a="<p>1</p>", b="<p>3</p>"))
    assert stage.evaluate("document.querySelector('#a p') === kept")
    assert stage.inner_text("#b") == "3"


def test_an_older_message_does_not_replace_a_newer_one(stage: Page):
    stage.evaluate("batt.forget()")
    stage.evaluate("message => batt.receive(message)", board(9, a="<p>new</p>"))
    stage.evaluate("message => batt.receive(message)", board(8, a="<p>old</p>"))
    assert stage.inner_text("#a") == "new"
    stage.evaluate("batt.forget()")
    stage.evaluate("message => batt.receive(message)", board(1, a="<p>after</p>"))
    assert stage.inner_text("#a") == "after", "a new connection starts over"


def test_a_region_that_is_not_on_the_page_yet_is_filled_when_it_is(stage: Page):
    stage.evaluate("message => batt.receive(message)", board(20, later="<p>here</p>"))
    stage.evaluate("document.getElementById('wall').insertAdjacentHTML('beforeend', '<div id=\"later\"></div>')")
    stage.evaluate("batt.tick()")
    assert stage.inner_text("#later") == "here"


def test_live_layers_get_their_props_at_most_once_a_second_and_only_the_newest(stage: Page):
    stage.evaluate("told.length = 0")
    regions = [{"layer": {"hash": f"h{n}", "props": {"n": n}}} for n in range(5)]
    entries = [[{"board": "m", "seq": n, "as_of": 0, "regions": each}] for n, each in enumerate(regions)]
    for some, newest in ((entries[:1], 0), (entries[1:], 4)):
        stage.evaluate("entries => entries.forEach(batt.receive)", some)
        stage.wait_for_function("n => told.some(([name, props]) => name === 'layer' && props.n === n)", arg=newest)
    layer = [(props["n"], at) for name, props, at in stage.evaluate("told") if name == "layer"]
    assert [number for number, _ in layer] == [0, 4]
    assert layer[1][1] - layer[0][1] > 990


ROW = """<div data-state="run"><i class="used" data-target="14400"><b></b></i>
  <time class="count" data-leads="1" data-cal="selalu" data-due="{due}" data-warn="{warn}"></time></div>"""


@pytest.mark.parametrize(
    ("ahead", "state", "bar"), [(3 * HOUR, "run", "25%"), (HOUR / 2, "risk", "88%"), (-HOUR, "overdue", "100%")]
)
def test_a_row_takes_the_state_that_its_countdown_reaches(stage: Page, ahead: timedelta, state: str, bar: str):
    learn(stage)
    stage.evaluate("at => batt.time.heard(at, true)", NOW.timestamp())
    due = NOW + ahead
    row = ROW.format(due=int(due.timestamp()), warn=int((due - HOUR).timestamp()))
    stage.evaluate("batt.forget()")
    stage.evaluate("message => batt.receive(message)", board(1, a=row))
    assert stage.get_attribute("#a > div", "data-state") == state
    assert stage.evaluate("document.querySelector('#a .used > b').style.width") == bar


BEATS = """beats => {
  let opened = 0;
  const link = batt.link, real = link.open;
  link.open = () => opened++;
  link.told = {};
  for (const {hash, arrived} of beats) {
    batt.state.arrived = {x: arrived};
    const now = batt.time.now();
    batt.link.on.heartbeat({now, as_of: now, seq: 1, build: "b1", hashes: {x: hash}});
  }
  link.open = real;
  return opened;
}"""


@pytest.mark.parametrize(
    ("beats", "opened"),
    [
        ([("h1", True), ("h1", False), ("h1", False), ("h1", False)], 0),
        ([("h1", True), ("h2", True), ("h3", True)], 0),
        ([("h1", True), ("h2", False)], 0),
        ([("h1", True), ("h2", False), ("h2", True)], 0),
        ([("h1", True), ("h2", False), ("h2", False)], 1),
        ([("h1", True), ("h2", False), ("h3", False)], 1),
    ],
)
def test_a_board_that_was_missed_twice_brings_a_new_connection(stage: Page, beats: list[tuple[str, bool]], opened: int):
    told = [{"hash": hash_, "arrived": arrived} for hash_, arrived in beats]
    assert stage.evaluate(BEATS, told) == opened


@pytest.mark.parametrize(
    ("reason", "said"),
    [("full", "Server penuh"), ("token", "run.py screen url peta"), ("screen", "Layar peta tidak ada")],
)
def test_a_wall_that_is_refused_says_why_and_that_it_tries_again(stage: Page, reason: str, said: str):
    script = "reason => {batt.link.on.refused({reason}); return batt.link.retryAt - batt.time.steady()}"
    assert 9 < stage.evaluate(script, reason) <= 10
    notice = stage.locator("#wall--notice")
    assert said in notice.inner_text()
    assert "10 detik" in notice.inner_text()


def test_being_welcome_takes_the_notice_away(stage: Page):
    hello = {"now": NOW.timestamp(), "build": "b1", "calendars": {}, "lang": "id", "demo": False}
    stage.evaluate("hello => batt.link.on.hello(hello)", hello)
    assert stage.evaluate("batt.state.refused") is None
    assert stage.evaluate("document.getElementById('wall--notice').hidden")


@pytest.mark.parametrize(
    ("moment", "clock", "date"),
    [
        ("2026-11-24T07:07:00Z", "14:07", "Selasa, 24 Nov 2026 · WIB"),
        ("2026-12-31T17:00:00Z", "00:00", "Jumat, 1 Jan 2027 · WIB"),
    ],
)
def test_the_clock_is_the_citys_not_the_computers(stage: Page, moment: str, clock: str, date: str):
    stage.evaluate("at => {batt.time.heard(Date.parse(at) / 1000, true); batt.tick()}", moment)
    assert (stage.inner_text("#wall--time"), stage.inner_text("#wall--date")) == (clock, date)


def test_the_maps_rows_become_features_with_how_well_their_place_is_known(stage: Page):
    row = [7, -787113, 11252699, "S", "new", "village", 2, 3, 5]
    (one,) = stage.evaluate("row => batt.map.prepare('command_map--cases', {cases: [row]}).data.features", row)
    assert one["geometry"]["coordinates"] == [112.52699, -7.87113]
    properties = {"id": 7, "letter": "S", "state": "new", "place": "village", "folded": 2, "group": 3, "reports": 5}
    assert one["properties"] == properties


def test_the_citys_signs_become_features_that_keep_their_id(stage: Page):
    row = ["event-1", -787113, 11252699, "event"]
    (one,) = stage.evaluate("row => batt.map.prepare('command_map--marks', {marks: [row]}).data.features", row)
    assert one["geometry"]["coordinates"] == [112.52699, -7.87113]
    assert one["properties"] == {"id": "event-1", "kind": "event"}


def test_a_screen_that_missed_updates_says_so_for_a_minute_beside_the_servers_problems(stage: Page):
    said = stage.evaluate(
        """() => {
          const {steady} = batt.time, line = document.getElementById("wall--problems"), said = [];
          const beat = (at, problems) => {
            batt.time.steady = () => at;
            batt.link.on.heartbeat({now: Date.now() / 1000, build: "b1", problems});
            said.push(line.hidden ? null : line.textContent);
          };
          try {
            batt.time.steady = () => 9000;
            batt.link.on.hello({now: Date.now() / 1000, build: "b1", calendars: {}, missed: 7});
            beat(9001, []); beat(9059, ["Disk penuh"]); beat(9061, []);
          } finally { batt.time.steady = steady; }
          return said;
        }"""
    )
    slow = words("id").for_script()["slow_screen"]
    assert said == [slow, f"Disk penuh · {slow}", None]
