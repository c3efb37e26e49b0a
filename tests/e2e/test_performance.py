"""/kinerja in a real browser: filled, sent on, clicked, read by a screen reader, on a telephone and on paper."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import httpx
import psutil
import pytest
from playwright.sync_api import Browser, Page, Route, expect

from dashboard.auth.visitor import COOKIE
from data import clock
from data.domain.access.roles import Role
from data.store.accounts import sessions, users
from data.store.db.engine import open_engine, writing
from layouts.pages.kinerja import CHARTS
from tests.e2e.helpers.people import serious
from tests.e2e.helpers.server import Installation, spot, until

DESK, TELEPHONE = {"width": 1366, "height": 768}, {"width": 390, "height": 844}
REPORTS = 7


@pytest.fixture
def house(install: Callable[..., Installation]) -> Installation:
    """One whose /kinerja is answered by a process of its own."""
    installation = install({"server": {"performance_process": True}})
    installation.start()
    return installation


@pytest.fixture
def page(house: Installation, browser: Browser) -> Any:
    """A head of Diskominfo at a desk, after seven reports of the day."""
    for n in range(REPORTS):
        house.accepted(f"Pohon tumbang nomor {n}", **spot(n))
    engine, now = open_engine(f"sqlite:///{house.database}"), clock.now()
    with writing(engine) as conn:
        user = users.add(conn, "kepala", Role.SUPERVISOR, [], password="-", now=now, one_time_until=None)
        token = sessions.begin(conn, user, now)
    engine.dispose()
    context = browser.new_context(viewport=DESK)
    context.add_cookies([{"name": "batt_session", "value": token, "url": house.url}])
    yield context.new_page()
    context.close()


def filled(page: Page) -> Page:
    """Wait until every chart says what it found."""
    expect(page.locator(".chart .note:not(:empty)")).to_have_count(len(CHARTS))
    return page


def test_a_head_reads_filters_clicks_and_prints(page: Page, house: Installation):
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.goto(f"{house.url}/kinerja")
    when = filled(page).locator('[data-chart="when"]')
    expect(when.locator("h2")).to_contain_text("laporan masuk di luar jam kerja")
    assert not serious(page)

    # A filter stands in the address, and Back takes it out of there.
    page.select_option("#filter-agency", "bpbd")
    expect(page).to_have_url(re.compile("agency=bpbd"))
    expect(page.locator(".lead")).to_contain_text("BPBD")
    page.go_back()
    expect(page.locator(".lead")).to_contain_text("Kota Batu")
    expect(page.locator("#filter-agency")).to_have_value("")

    # A click on a mark opens its very cases.
    where = page.locator('[data-chart="where"]')
    where.scroll_into_view_if_needed()
    where.locator(".bars .point path").first.click(force=True)
    opened = page.locator(".picked a.first")
    expect(opened).to_be_visible()
    n = int(re.findall(r"\d+", opened.inner_text())[0])
    page.evaluate("document.querySelectorAll('.chart details').forEach(each => { each.open = true })")
    assert not serious(page)
    opened.click()
    expect(page.locator("tbody tr")).to_have_count(n)
    assert not serious(page)
    page.go_back()
    filled(page)

    # On a telephone nothing is wider than the screen, and the filters stand aside.
    page.set_viewport_size({"width": TELEPHONE["width"], "height": TELEPHONE["height"]})
    filled(page.goto(f"{house.url}/kinerja?theme=dark&lang=en") and page)
    assert page.evaluate("document.documentElement.scrollWidth") == TELEPHONE["width"]
    assert not page.locator("#filter-agency").is_visible()
    assert not serious(page)
    assert page.pdf(format="A4").startswith(b"%PDF")
    assert not said, said


def test_a_chart_that_gets_no_answer_says_so_and_is_asked_for_again(page: Page, house: Installation):
    refused: list[str] = []

    def refuse(route: Route) -> None:
        callback = route.request.post_data_json["output"]
        is_first = ("kinerja--mix." in callback or "kinerja--told." in callback) and callback not in refused
        refused.extend([callback] if is_first else [])
        if is_first:
            route.fulfill(status=503, body="<p>Sebentar lagi</p>")
        else:
            route.continue_()

    page.route(re.compile("/_dash-update-component"), refuse)
    page.goto(f"{house.url}/kinerja?lang=en")
    title, lead = page.locator('[data-chart="mix"] h2'), page.locator(".lead")
    for told in (title, lead):
        expect(told).to_contain_text("does not answer yet")
    assert len(refused) == 2
    for told in (title, lead):
        expect(told).not_to_contain_text("does not answer yet", timeout=15_000)
    expect(lead).to_contain_text("Kota Batu")
    filled(page)

    # Whose session has ended is led to the login.
    page.context.clear_cookies()
    page.wait_for_timeout(5_000)
    page.select_option("#filter-agency", "bpbd")
    expect(page).to_have_url(re.compile("/masuk"))


def answering(house: Installation) -> psutil.Process:
    """The process that answers /kinerja, not its worker."""
    found = {each.pid: each for each in house.processes() if "performance" in each.cmdline()}
    [first] = [each for each in found.values() if each.ppid() not in found]
    return first


def test_the_process_for_charts_gives_way_and_its_end_is_hardly_noticed(house: Installation):
    with httpx.Client(base_url=house.url, cookies={COOKIE: house.session(Role.SUPERVISOR)}, timeout=60) as head:
        until(lambda: head.get("/kinerja").status_code == 200, 60, "the process for charts")
        assert httpx.get(f"{house.url}/kinerja").status_code == 303  # it knows its readers itself
        first = answering(house)
        assert first.nice() > psutil.Process(house.serving.pid).nice()  # type: ignore[union-attr]

        for each in [*first.children(), first]:
            each.kill()
        house.accepted("Pohon tumbang, tanpa proses grafik")
        until(lambda: head.get("/kinerja").status_code == 200, 60, "another process for charts")
        assert answering(house).pid != first.pid
        assert "companion_ended" in house.log

    again = answering(house)
    house.kill()
    until(lambda: not again.is_running(), 20, "the end of the process for charts after its server's")
