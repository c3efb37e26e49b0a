"""The strip's tiles in a browser: no text leaves its tile, however large the figures."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route

from dashboard.server.static_files import font_file
from data.domain.figures.boards import KpiStrip
from data.domain.figures.kpis import STRIP
from layouts.boards.kpi_strip import FEW_DIGITS, MANY_DIGITS, Id, widest
from layouts.kit.markup import to_html
from layouts.kit.viewport import Panel
from layouts.pages.wall import _variables
from tests.e2e.helpers.server import ROOT
from tests.e2e.helpers.wall import LANDSCAPE, PORTRAIT
from tests.factories import NOW
from tests.layouts.answers import PANELS, a_screen, a_viewport, draw

SHEETS = [ROOT / "dashboard" / "assets" / name for name in ("base.css", "wall-strip.css")]
OUT = """() => [...document.querySelectorAll('.tile > div')].filter(e => e.scrollWidth > e.clientWidth + 1)
  .map(e => e.closest('.tile').dataset.kpi + ': ' + e.textContent)"""


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    """An empty page with the walls' typeface."""
    opened = browser.new_page()

    def answer(route: Route) -> None:
        is_font = route.request.url.endswith(".ttf")
        if is_font:
            route.fulfill(path=font_file("Manrope.ttf"))
        else:
            route.fulfill(body="<!doctype html><body></body>", content_type="text/html")

    opened.route("http://wall.test/**", answer)
    opened.goto("http://wall.test/")
    for sheet in SHEETS:
        opened.add_style_tag(path=sheet)
    yield opened
    opened.close()


@pytest.mark.parametrize("digits", [FEW_DIGITS, MANY_DIGITS])
@pytest.mark.parametrize("size", [LANDSCAPE, PORTRAIT])
@pytest.mark.parametrize("panel", PANELS)
@pytest.mark.parametrize("lang", ["id", "en"])
def test_no_text_leaves_its_tile(page: Page, lang: str, panel: Panel, size: tuple[int, int], digits: int):
    portrait = size == PORTRAIT
    shown = KpiStrip(NOW, tuple(widest(figure.name, digits) for figure in STRIP))
    drawn = draw("kpi_strip", shown, a_viewport("kpi_strip", lang=lang, panel=panel, portrait=portrait))
    sizes = ";".join(f"{name}:{value}" for name, value in _variables(a_screen("peta", panel)).items())
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.evaluate(
        "([sizes, tiles]) => { document.body.innerHTML = `<div id='wall' class='wall' style='${sizes}'>"
        "<header class='strip'><section class='board kpi_strip'><div class='tiles'>${tiles}</div></section>"
        "<div class='clock'><div id='wall--time'>06:24</div><div id='wall--date'>Senin</div></div></header></div>`;"
        "return document.fonts.ready.then(() => null) }",
        [sizes, to_html(drawn[Id.TILES])],
    )
    assert page.locator(".tile").count() >= 2
    assert page.evaluate(OUT) == []
