"""Walls' pages: for those with a token only, in the screen's language and theme, light to load."""

from __future__ import annotations

import gzip
import json
import re
import sqlite3
import threading
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from dashboard.app import App, create_app
from dashboard.auth.screen_access import screen_address, screen_token
from dashboard.config.home import Home
from dashboard.config.load import Config
from data.store.db.engine import open_engine
from data.store.geo.tiles import InvalidTiles, Tiles
from tests.dashboard.conftest import a_render_context

PNG = b"\x89PNG\r\n\x1a\n-not-really"


@pytest.fixture
def app(config: Config, tmp_path: Path, sqlite_url: str) -> App:
    return create_app(a_render_context(config), Home(tmp_path / "home", sqlite_url, None), open_engine(sqlite_url))


def open_wall(app: App, name: str = "peta", more: str = "", **headers: str) -> TestResponse:
    token = screen_token(app.home.secret(), name, 1)
    return app.flask.test_client().get(f"/wall/{name}?token={token}{more}", headers=headers)


def layout_of(app: App, page: str) -> Any:
    """What Dash is given to lay out when a page asks as it was told to."""
    settings = json.loads(page.split('id="_dash-config" type="application/json">')[1].split("</script>")[0])
    return app.flask.test_client().get(f"{settings['requests_pathname_prefix']}_dash-layout").json


@pytest.mark.parametrize("query", ["", "?token=", "?token=wrong", "?token=%00", "?lang=en&token=w%C3%B6rong"])
def test_without_its_token_a_wall_shows_how_to_get_one(app: App, query: str):
    answer = app.flask.test_client().get(f"/wall/peta{query}")
    assert answer.status_code == 403
    assert "run.py screen url peta" in answer.text


def test_the_token_of_another_screen_opens_no_door(app: App):
    token = screen_token(app.home.secret(), "antrean", 1)
    assert app.flask.test_client().get(f"/wall/peta?token={token}").status_code == 403


def test_an_unknown_screen_is_told_which_there_are(app: App):
    answer = app.flask.test_client().get("/wall/<script>")
    assert answer.status_code == 404
    assert "peta, antrean, waktu" in answer.text
    assert "<script>" not in answer.text


def test_the_page_speaks_the_screens_language_and_wears_its_theme_unless_asked_otherwise(app: App):
    assert '<html lang="id" data-theme="dark">' in open_wall(app).text
    assert '<html lang="en" data-theme="light">' in open_wall(app, more="&lang=en&theme=light").text
    assert '<html lang="id" data-theme="dark">' in open_wall(app, more="&lang=xx&theme=pink").text


@pytest.mark.parametrize("name", ["peta", "antrean", "waktu"])
def test_every_screen_is_drawn_for_who_has_its_token(app: App, name: str):
    wall = layout_of(app, open_wall(app, name, "&lang=en&theme=light").text)["props"]
    assert wall["data-screen"] == name
    assert (wall["lang"], wall["data-theme"]) == ("en", "light")
    assert wall["data-build"] == app.context.drawing.build
    assert app.flask.test_client().get(f"/wall/{name}/en/dark/_dash-dependencies").json
    assert app.flask.test_client().get("/wall/nowhere/en/dark/_dash-layout").status_code == 404


def test_the_build_is_the_same_in_every_process_and_changes_with_what_a_page_shows(config: Config):
    days = [date(2026, 11, n) for n in range(1, 29)]
    one, other = (replace(config.city, working_holidays=frozenset(each)) for each in (days, days[::-1]))
    builds = [a_render_context(replace(config, city=city)).drawing.build for city in (config.city, one, other)]
    assert builds[1] == builds[2] != builds[0]


def test_nothing_on_the_page_comes_from_elsewhere(app: App):
    answer = open_wall(app)
    addresses = re.findall(r'(?:src|href)="([^"]+)"', answer.text)
    assert addresses
    assert all(address.startswith("/wall/") for address in addresses)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe-inline" not in policy.split("script-src")[1].split(";")[0]
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_cold_load_compressed_as_by_the_proxy_is_less_than_a_megabyte(app: App):
    client, total = app.flask.test_client(), 0
    text = open_wall(app).text
    total += len(gzip.compress(text.encode(), 5))
    for address in [*re.findall(r'(?:src|href)="([^"]+)"', text), "/fonts/Manrope.ttf"]:
        answer = client.get(address)
        assert answer.status_code == 200, address
        if "_favicon" not in address:
            assert "max-age=31536000" in answer.headers["Cache-Control"], address
        total += len(gzip.compress(answer.data, 5))
    assert total < 1_000_000


def test_the_root_says_what_this_is_and_gives_no_token_away(app: App):
    answer = app.flask.test_client().get("/")
    assert answer.status_code == 200
    assert "run.py screen url" in answer.text
    assert screen_token(app.home.secret(), "peta", 1) not in answer.text


def test_pages_that_are_not_here_are_told_to_people_in_pages_and_to_programs_in_json(app: App):
    client = app.flask.test_client()
    assert "Tidak ditemukan" in client.get("/nowhere", headers={"Accept": "text/html"}).text
    assert client.get("/nowhere", headers={"Accept": "application/json"}).json == {"status": 404, "error": "Not Found"}


def test_an_address_holds_the_screen_and_its_token(app: App):
    address = screen_address("https://pusat.example/", app.home.secret(), "peta", 1)
    assert address.startswith("https://pusat.example/wall/peta?token=")


def test_the_secret_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path):
    home = Home(tmp_path / "home", "sqlite:///x", None)
    assert home.secret() == home.secret()
    assert len(home.secret()) >= 32
    assert home.secret_file.stat().st_mode & 0o077 == 0
    assert Home(tmp_path, "sqlite:///x", "given").secret() == b"given"


def test_processes_that_start_at_once_have_one_secret(tmp_path: Path):
    for number in range(20):
        home, start, found = Home(tmp_path / str(number), "sqlite:///x", None), threading.Barrier(8), list[bytes]()

        def ask(home: Home = home, start: threading.Barrier = start, found: list[bytes] = found) -> None:
            start.wait()
            found.append(home.secret())

        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert found == [home.secret()] * 8
        assert [path.name for path in home.path.iterdir()] == ["secret"]


@pytest.fixture
def tile_file(tmp_path: Path) -> Path:
    path = tmp_path / "batu.mbtiles"
    conn = sqlite3.connect(path)
    conn.execute("CREATE TABLE metadata (name TEXT, value TEXT)")
    conn.execute("CREATE TABLE tiles (zoom_level INT, tile_column INT, tile_row INT, tile_data BLOB)")
    conn.execute("INSERT INTO metadata VALUES ('format', 'png')")
    conn.execute("INSERT INTO tiles VALUES (2, 3, 0, ?)", (PNG,))
    conn.commit()
    conn.close()
    return path


def test_tiles_are_served_from_a_file_with_rows_counted_from_the_north(
    config: Config, tmp_path: Path, sqlite_url: str, tile_file: Path
):
    mapped = replace(config, map=config.map.model_copy(update={"tiles_file": str(tile_file)}))
    app = create_app(a_render_context(mapped), Home(tmp_path / "home", sqlite_url, None), open_engine(sqlite_url))
    answer = app.flask.test_client().get("/tiles/2/3/3")
    assert (answer.status_code, answer.data, answer.mimetype) == (200, PNG, "image/png")
    assert app.context.drawing.tiles == "/tiles/{z}/{x}/{y}"
    for missing in ("/tiles/2/3/0", "/tiles/99/0/0", "/tiles/2/9/9", "/tiles/2/3/x"):
        assert app.flask.test_client().get(missing).status_code == 404


def test_a_file_that_holds_no_raster_tiles_is_refused_with_the_reason(tmp_path: Path, tile_file: Path):
    with pytest.raises(InvalidTiles, match="not there"):
        Tiles(tmp_path / "missing")
    (tmp_path / "words").write_text("no database at all" * 100)
    with pytest.raises(InvalidTiles, match=r"no \.mbtiles file"):
        Tiles(tmp_path / "words")
    conn = sqlite3.connect(tile_file)
    conn.execute("UPDATE metadata SET value = 'pbf'")
    conn.commit()
    with pytest.raises(InvalidTiles, match="vector"):
        Tiles(tile_file)


def test_plain_pages_are_told_in_both_languages(app: App):
    page = app.flask.test_client().get("/nowhere", headers={"Accept": "text/html"}).text
    assert '<p lang="id">Halaman ini tidak ada.</p><p lang="en">There is no such page.</p>' in page
