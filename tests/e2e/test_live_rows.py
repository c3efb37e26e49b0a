"""What live.js makes of a list that came anew: the same list, in which each row that stays is the element it was."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.helpers.server import ROOT

PUT = """html => {
  const list = document.getElementById('list');
  const before = new Map([...list.querySelectorAll('[data-code]')].map(row => [row.dataset.code, row]));
  const observer = new MutationObserver(() => {});
  observer.observe(list, {subtree: true, childList: true, characterData: true, attributes: true});
  window.battLive.put(list, html);
  const written = observer.takeRecords().length;
  const rows = [...list.querySelectorAll('[data-code]')];
  const lost = rows.map(row => row.dataset.code).filter((code, n) => before.has(code) && before.get(code) !== rows[n]);
  return {html: list.innerHTML, lost, written};
}"""
NONE = '<div class="empty">Tidak ada</div>'


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    page.set_content('<div id="live" data-every="0"><div id="list"></div></div>')
    page.add_script_tag(path=ROOT / "dashboard/web/static/live.js")
    yield page
    page.close()


def listed(codes: list[str], more: int = 0, version: int = 0) -> str:
    """As `desk_list` draws it."""
    rows = "".join(f'<li data-code="{code}"><a href="/meja/{code}"><b>{code}</b> {version}</a></li>' for code in codes)
    rest = f'<li class="more">{more} lagi</li>' if more else ""
    return f'<ol class="cases">{rows}{rest}</ol>' if codes else NONE


def test_a_case_more_or_less_changes_no_other_row(page: Page):
    codes = [f"AW-{n}" for n in range(100)]
    page.evaluate(PUT, listed(codes, 7))
    first = page.evaluate(PUT, listed(["AW-new", *codes], 7))
    gone = page.evaluate(PUT, listed(["AW-new", *codes[:50], *codes[51:]], 7))
    assert (first["written"], gone["written"], first["lost"], gone["lost"]) == (1, 1, [], [])


def test_whatever_list_comes_is_shown_as_it_is_and_rows_stay_what_they_are(page: Page):
    chance = random.Random(7)
    for version in range(200):
        codes = chance.sample([f"AW-{n}" for n in range(12)], chance.randrange(13))
        html = listed(codes, chance.choice((0, 0, 3)), version // 5)
        found = page.evaluate(PUT, html)
        assert (found["html"], found["lost"]) == (html, []), version


def test_what_somebody_types_stays_while_the_rows_around_it_change(page: Page):
    field = '<p>{n}</p><input value="a"><details><summary>x</summary>y</details>'
    page.evaluate(PUT, field.format(n=1) + listed(["AW-1"]))
    page.fill("#list input", "Pohon tumb")
    page.evaluate("document.querySelector('details').open = true")
    page.evaluate(PUT, field.format(n=2) + listed(["AW-2", "AW-1"]))
    assert page.input_value("#list input") == "Pohon tumb"
    assert page.evaluate("document.activeElement.nodeName + document.querySelector('details').open") == "INPUTtrue"
    assert page.inner_text("#list p") == "2"
