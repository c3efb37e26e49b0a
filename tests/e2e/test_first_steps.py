"""What a newcomer does first: the demonstration, and a recording that is shipped as a source."""

from __future__ import annotations

import re
from collections.abc import Callable

import httpx

from tests.e2e.helpers.server import Installation, until
from tests.e2e.helpers.wall import Wall
from tests.real_data import needs_real_data

SHORTER = {"demo_kota_batu": {"warm_up_days": 3}, "demo_among_tani": {"warm_up_days": 30}}
"""Histories that are quickly told."""
CASES = 'SELECT count(*), count(DISTINCT external_id) FROM "case" WHERE source = ?'


def test_the_demonstration_prints_walls_that_live_and_say_that_it_is_one(
    install: Callable[..., Installation], wall: Callable[..., Wall]
):
    house = install({"sources": SHORTER}, warm=False)
    house.serving = house.spawn("demo", "--port", str(house.port))
    until(lambda: "Ctrl-C" in house.log, 120, "the printed addresses")
    addresses = re.findall(r"http://\S+/wall/\S+", house.log)
    screens = [re.search(r"/wall/(\w+)", address)[1] for address in addresses]
    assert screens == ["peta", "antrean", "waktu", "kinerja", "pasar", "kota"]
    until(lambda: house.rows('SELECT count(*) FROM "case"')[0][0] > 20, 120, "invented reports")
    for address in addresses:
        hung = wall(address)
        hung.shows("DEMO")
        assert hung.said == []
    accounts = re.findall(r"(demo-\w+) +(\S+) +(\S+)\n", house.log)
    pages = ["/meja", "/respon", "/kinerja", "/meja", "/kinerja", "/atas-nama", "/pasar", "/kota/petugas"]
    pages += ["/tani", "/tani"]
    assert [address for _, _, address in accounts] == [house.url + page for page in pages]
    for name, password, address in accounts:
        with httpx.Client(base_url=house.url, follow_redirects=True, timeout=60) as client:
            assert client.post("/masuk", data={"name": name, "password": password}).url == address
    for public in ("lapor", "kota"):
        (address,) = re.findall(rf"(\S+/{public})\n", house.log)
        assert httpx.get(address, timeout=60).status_code == 200
    shown = dict(re.findall(r"-d '?(\w+)=([^'\s]+)", house.log))
    answer = httpx.post(f"{house.url}/open311/v2/requests.json", data=shown, timeout=60)
    assert answer.status_code in {200, 201}, answer.text


@needs_real_data
def test_every_row_of_a_recording_is_stored_or_told_of_and_a_wall_of_another_city_says_demo(
    install: Callable[..., Installation], wall: Callable[..., Wall]
):
    house, name, records = install(), "lapor", 240
    done = house.run("ingest", name, "--once")
    assert done.returncode == 0, done.stderr
    assert f"{records} records" in done.stdout
    stored, distinct = house.rows(CASES, name)[0]
    refused = house.rows("SELECT count(*) FROM rejected WHERE source = ?", name)[0][0]
    assert stored == distinct
    assert stored + refused == records
    again = house.run("ingest", name, "--once")
    assert again.returncode == 0, again.stderr
    assert house.rows(CASES, name) == [(stored, distinct)], "nothing is taken twice"
    house.start()
    wall(house.wall("waktu")).shows("DEMO")
