"""A page for persons in a browser, with the hub behind it: its regions are live as long as the login lasts."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date

from flask import Response, request
from playwright.sync_api import Browser, expect
from werkzeug.serving import make_server

from dashboard.auth.visitor import COOKIE
from dashboard.config.load import load
from data.domain.access.roles import Role
from data.store.accounts import sessions
from data.store.db.engine import Engine
from tests.dashboard.conftest import a_render_context
from tests.dashboard.realtime.live_house import House, a_house
from tests.e2e.helpers.server import ROOT, free_port
from tests.factories import a_city

STATIC = ROOT / "dashboard" / "web" / "static"
PAGE = """<!DOCTYPE html><html lang="id"><script src="/live.js" defer></script><script src="/room.js" defer></script>
<div id="live" data-every="1" data-room="meja"><div id="cases"><input value="x"></div></div>"""


@contextmanager
def open_house(engine: Engine) -> Iterator[tuple[House, str]]:
    """The house with a page, served by threads; its address."""
    config = replace(load(ROOT / "config.yaml", date(2026, 11, 24)), city=a_city(), sources={})
    house, port = a_house(a_render_context(config), engine, time.monotonic), free_port()

    @house.flask.get("/")
    def page() -> Response:
        return Response("asked", 403) if "X-Fragment" in request.headers else Response(PAGE, mimetype="text/html")

    @house.flask.get("/<name>.js")
    def script(name: str) -> Response:
        return Response((STATIC / f"{name}.js").read_bytes(), mimetype="text/javascript")

    server = make_server("127.0.0.1", port, house.flask, threaded=True)
    for work in (server.serve_forever, house.hub.run):
        threading.Thread(target=work, daemon=True).start()
    yield house, f"http://127.0.0.1:{port}/"
    house.hub.stop()
    house.sockets.close_all()
    server.shutdown()


def test_regions_follow_the_store_until_the_session_ends(browser: Browser, engine: Engine):
    with open_house(engine) as (house, url):
        context = browser.new_context()
        context.add_cookies([{"name": COOKIE, "value": house.somebody(Role.RESPONDER), "url": url}])
        page = context.new_page()
        page.goto(url)
        house.report("dpupr", title="Lubang di Temas")
        title = house.report("dlh", title="Sampah <b>di</b> Sisir")
        expect(page.locator("#cases span")).to_have_text([title])
        page.wait_for_timeout(1500)
        assert page.evaluate("document.body.hasAttribute('data-stale')") is False, "nothing is asked for meanwhile"
        house.end(lambda conn, user_id: sessions.end_all(conn, user_id), "responder-dlh")
        expect(page.locator("body[data-stale]")).to_have_count(1)
        house.report("dlh", title="Setelah keluar")
        assert (page.locator("#cases span").all_text_contents(), house.sockets._viewers) == ([title], {})
        context.close()
