"""Clients that send by halves, idle or do not read: the real nginx before the real server, others answered as ever."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from tests.e2e.helpers.proxy import Proxy
from tests.e2e.helpers.server import Installation, spot, until
from tests.e2e.helpers.slow import Slow, a_wall, heard, leave

FORM = "Content-Type: application/x-www-form-urlencoded"
POST = f"POST /open311/v2/requests.json HTTP/1.1\r\nHost: 127.0.0.1\r\n{FORM}\r\n".encode()
HALF_POST = POST + b"Content-Length: 500000\r\n\r\nabc"
HALF_UPLOAD = b"POST /sumber/opd_csv/unggah HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 40000000\r\n\r\nabc"
BEGUN = {
    "posts": HALF_POST,
    "chunks": POST + b"Transfer-Encoding: chunked\r\n\r\nffff\r\nabc",
    "uploads": HALF_UPLOAD,
    "headers": b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: ",
    "a long line": b"GET /" + b"a" * 5000,
    "handshakes": b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n",
    "nothing": b"",
    "answered": b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    "answered and closed": b"GET / HTTP/1.0\r\n\r\n",
}
LARGE = re.compile(r'src="([^"]+dash_core_components[^"]+)"')
MANY = 60
"""Fifteen times as many as the server has threads."""
SECONDS = 5.0
"""Within which everybody else is answered."""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Installation]:
    """A server behind a proxy, of so few threads that many clients would leave none if they held any."""
    few = {"proxies": 1, "screens": 4, "request_threads": 4}
    installation = Installation(tmp_path_factory.mktemp("behind"), {"server": few}, template=sqlite_template)
    installation.start()
    yield installation
    installation.close()


@pytest.fixture(scope="module")
def proxy(house: Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    """The nginx before it."""
    made = Proxy(house, tmp_path_factory.mktemp("nginx") / "etc")
    yield made
    made.close()


def everything_works(house: Installation, proxy: Proxy, number: int) -> None:
    """/health, a page, a report and its message on a wall, each at once."""
    key, start = house.key, time.monotonic()
    wall, hello = a_wall(house, "waktu", proxy.port, proxy.tls)
    assert hello.startswith('42["hello"')
    assert time.monotonic() - start < SECONDS
    for ask in (lambda: proxy.client.get("/health"), lambda: proxy.client.get("/")):
        start = time.monotonic()
        assert ask().status_code == 200
        assert time.monotonic() - start < SECONDS
    start = time.monotonic()
    form = {"service_code": "pohon_tumbang", "lat": spot(number)["lat"], "long": spot(number)["long"]}
    answer = proxy.client.post("/open311/v2/requests.json", data=form | {"description": "x", "api_key": key})
    assert answer.status_code == 200, answer.text
    heard(wall, '42["boards"', house.rows("SELECT max(seq) FROM change")[0][0])
    assert time.monotonic() - start < SECONDS
    leave(wall)


@pytest.mark.parametrize("name", BEGUN)
def test_many_that_are_begun_and_not_ended_hold_no_thread_and_nobody_up(house: Installation, proxy: Proxy, name: str):
    number = 10 * list(BEGUN).index(name)
    with Slow(proxy.port, proxy.tls) as slow:
        slow.send(BEGUN[name], times=MANY)
        everything_works(house, proxy, number + 1)


def test_who_does_not_read_what_he_asked_for_holds_nobody_up(house: Installation, proxy: Proxy):
    large = LARGE.findall(httpx.get(house.wall("waktu"), timeout=60).text)[0]
    with Slow(proxy.port, proxy.tls) as slow:
        slow.send(f"GET {large} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode() * 20, times=MANY)
        for number in range(200, 202):
            everything_works(house, proxy, number)


def test_who_is_too_slow_is_hung_up_on_in_half_a_minute(proxy: Proxy):
    with Slow(proxy.port, proxy.tls) as slow:
        for begun in (HALF_POST, HALF_UPLOAD, BEGUN["headers"], BEGUN["a long line"], b""):
            slow.send(begun)
        start = time.monotonic()
        told = slow.answers()
    assert time.monotonic() - start < 30
    assert {each[9:12] for each in told} <= {b"", b"408"}


def test_one_address_holds_a_hundred_requests_and_another_is_answered(house: Installation, proxy: Proxy):
    """One of nginx's processes may read a request before the other has read those that were sent before it."""

    def is_one_more_refused() -> bool:
        slow.send(HALF_POST)
        slow.open[-1].settimeout(2)
        with suppress(TimeoutError):
            return slow.open[-1].recv(12) == b"HTTP/1.1 429"
        return False

    with Slow(proxy.port, proxy.tls) as slow:
        for _ in range(5):
            slow.send(HALF_POST, times=20)
            slow.go_on(b"d")
        until(is_one_more_refused, 15, "refusal of more than a hundred requests")
        assert len(slow.open) <= 104
        everything_works(house, proxy, 210)


def test_a_report_that_comes_byte_by_byte_is_taken_while_others_are_answered(house: Installation, proxy: Proxy):
    body = f"api_key={house.key}&service_code=sampah&lat=-7.86&long=112.51".encode()
    with Slow(proxy.port, proxy.tls) as slow:
        slow.send(POST[:1])
        for each in POST[1:] + f"Content-Length: {len(body)}\r\n\r\n".encode() + body:
            slow.open[0].sendall(bytes([each]))
        assert slow.open[0].recv(65_536).startswith(b"HTTP/1.1 200 OK")


def test_a_body_too_large_is_refused_and_an_upload_may_be_larger(proxy: Proxy):
    sizes = {"/push/x": 2_000_000, "/open311/v2/requests.json": 30_000_000, "/sumber/opd_csv/unggah": 90_000_000}
    sizes |= {"/unggahan/x/pemetaan": 6_000_000}
    assert {path: first_answer(proxy, path, size) for path, size in sizes.items()} == dict.fromkeys(
        sizes, b"HTTP/1.1 413"
    )
    assert first_answer(proxy, "/sumber/opd_csv/unggah", 40_000_000) == b"HTTP/1.1 100"
    assert first_answer(proxy, "/unggahan/x/pemetaan", 3_900_000) == b"HTTP/1.1 100"


def first_answer(proxy: Proxy, path: str, size: int) -> bytes:
    """How the proxy answers a request of this size before it has seen the body."""
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {size}\r\nExpect: 100-continue\r\n\r\n"
    with Slow(proxy.port, proxy.tls) as slow:
        slow.send(head.encode())
        return slow.open[0].recv(12)


def test_who_asks_is_who_the_proxy_saw_and_not_who_he_says(house: Installation, proxy: Proxy):
    url, told = f"https://127.0.0.1:{proxy.port}/open311/v2/requests.csv", set()
    with httpx.Client(transport=httpx.HTTPTransport(verify=proxy.tls, local_address="127.0.0.21")) as liar:
        for number in range(70):
            told.add(liar.get(url, headers={"X-Forwarded-For": f"10.0.0.{number}"}).status_code)
    assert told == {200, 429}
    assert proxy.client.get("/open311/v2/requests.csv").status_code == 200


def test_an_administrator_logs_in_behind_the_proxy_and_is_known_to_it_alone(house: Installation, proxy: Proxy):
    password = house.run("user", "add", "siti", "--role", "administrator").stdout.split()[-1]
    url, fresh = f"https://127.0.0.1:{proxy.port}", "kopi jendela ungu sepeda"
    with httpx.Client(base_url=url, verify=proxy.tls, timeout=60, follow_redirects=True) as administrator:
        shown = administrator.get("/sumber/opd_csv/unggah")
        assert (shown.status_code, shown.url.path) == (200, "/masuk")
        shown = administrator.post(
            "/masuk", data={"name": "siti", "password": password, "ke": "/sumber/opd_csv/unggah"}
        )
        assert (shown.status_code, shown.url.path) == (200, "/akun"), "the one-time password is to be changed"
        csrf = shown.text.partition('name="csrf" value="')[2].partition('"')[0]
        change = {"csrf": csrf, "current": password, "new": fresh, "again": fresh}
        assert administrator.post("/akun/sandi", data=change, headers={"Origin": url}).status_code == 200
        assert administrator.get("/sumber/opd_csv/unggah").status_code == 200
        assert [name for name in administrator.cookies if "session" in name] == ["__Host-batt_session"]


def test_the_proxy_encrypts_compresses_and_keeps_metrics_and_keys_to_itself(house: Installation, proxy: Proxy):
    page = httpx.get(f"http://127.0.0.1:{proxy.plain_port}/wall/waktu?token=plain-secret")
    assert (page.status_code, page.headers["location"]) == (301, "https://127.0.0.1/wall/waktu?token=plain-secret")
    answer = proxy.client.get("/open311/v2/openapi.json", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert (
        "Content-Encoding" not in proxy.client.get("/open311/v2/openapi.json", headers={"Accept-Encoding": ""}).headers
    )
    assert proxy.client.get("/metrics").status_code == 200
    with httpx.Client(transport=httpx.HTTPTransport(verify=proxy.tls, local_address="127.0.0.21")) as stranger:
        assert stranger.get(f"https://127.0.0.1:{proxy.port}/metrics").status_code == 403
    assert proxy.client.get("/wall/waktu?token=secret").status_code == 403
    until(lambda: proxy.log.count("/wall/waktu") >= 2, 30, "both requests in the log")
    assert "secret" not in proxy.log + proxy.common_log
