"""What is judged by a request's head, by the real server alone and behind the real nginx: heads that may be read in two
ways, and large bodies of somebody who may not send them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from gunicorn.http.parser import RequestParser  # type: ignore[import-untyped]

from dashboard.config.home import home_of
from dashboard.server.serve import GunicornServer
from tests.e2e.helpers.proxy import Proxy
from tests.e2e.helpers.server import Installation
from tests.e2e.helpers.slow import Slow
from tests.ingest.doors import config

UPLOAD = "/sumber/opd_csv/unggah"
LARGE = 30_000_000
HOST = "Host: 127.0.0.1\r\n"
FORM = "Content-Type: application/x-www-form-urlencoded\r\n"
POST = "POST /open311/v2/requests.json HTTP/1.1\r\n"
END = "Connection: close\r\n\r\n"
GZIPPED = "Transfer-Encoding: gzip, chunked\r\n"
CHUNKS = "3\r\na=1\r\n0\r\n\r\n"
ORIGIN = re.compile(rb'"url": ?"([^"]+)/open311/v2"')


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Installation]:
    """A server that has a proxy before it."""
    few = {"proxies": 1, "screens": 4, "request_threads": 4}
    changes = {"server": few, "sources": {"opd_csv": {"enabled": True}}}
    installation = Installation(tmp_path_factory.mktemp("heads"), changes, template=sqlite_template)
    installation.start()
    yield installation
    installation.close()


@pytest.fixture(scope="module")
def proxy(house: Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    """The nginx before it."""
    made = Proxy(house, tmp_path_factory.mktemp("nginx") / "etc")
    yield made
    made.close()


def told_by_the_server(house: Installation, request: str) -> bytes:
    """The whole answer of stock gunicorn."""
    with Slow(house.port) as connection:
        connection.send(request.encode())
        return connection.answers()[0]


def told_by_the_proxy(proxy: Proxy, request: str) -> bytes:
    """The whole answer through nginx."""
    with Slow(proxy.port, proxy.tls) as connection:
        connection.send(request.encode())
        return connection.answers()[0]


def status(answer: bytes) -> int:
    return int(answer[9:12])


def test_a_request_without_a_host_is_refused_by_both(house: Installation, proxy: Proxy):
    for path in ("/health", "/open311/v2/discovery.json", "/"):
        request = f"GET {path} HTTP/1.1\r\n{END}"
        assert status(told_by_the_server(house, request)) == 400
        assert status(told_by_the_proxy(proxy, request)) == 400
        assert status(told_by_the_server(house, f"GET {path} HTTP/1.0\r\n\r\n")) == 200
        assert status(told_by_the_server(house, f"GET {path} HTTP/1.1\r\n{HOST}{HOST}{END}")) == 400


@pytest.mark.parametrize("coding", [GZIPPED, "Transfer-Encoding: gzip\r\n", "Transfer-Encoding: x\r\n", GZIPPED * 2])
def test_a_body_in_any_other_coding_than_chunks_is_refused_by_both(house: Installation, proxy: Proxy, coding: str):
    request = f"{POST}{HOST}{FORM}{coding}{END}{CHUNKS}"
    assert status(told_by_the_server(house, request)) in (400, 501)
    assert status(told_by_the_proxy(proxy, request)) in (400, 501)
    chunks = f"{POST}{HOST}{FORM}Transfer-Encoding: chunked\r\n{END}{CHUNKS}"
    assert status(told_by_the_server(house, chunks)) == 403  # it has no key
    assert status(told_by_the_proxy(proxy, chunks)) == 403


@pytest.mark.parametrize(
    "path", ["/masuk", "/lapor", "/lapor/semua", "/lapor/status", "/kota/usaha", "/open311/v2/requests.json"]
)
def test_chunks_that_are_none_are_the_fault_of_the_client(house: Installation, path: str):
    request = f"POST {path} HTTP/1.1\r\n{HOST}{FORM}Transfer-Encoding: chunked\r\n{END}zz\r\nabc\r\n0\r\n\r\n"
    assert status(told_by_the_server(house, request)) == 400
    assert "Traceback" not in house.log


@pytest.mark.parametrize("name", ["SCRIPT_NAME", "Script-Name", "PATH_INFO", "Path-Info"])
@pytest.mark.parametrize("value", ["/open311", "/evil", "/metrics"])
def test_what_a_client_says_of_the_path_counts_for_nothing(house: Installation, proxy: Proxy, name: str, value: str):
    request = f"GET /open311/v2/discovery.json HTTP/1.1\r\n{HOST}{name}: {value}\r\n{END}"
    for told in (told_by_the_server(house, request), told_by_the_proxy(proxy, request)):
        assert status(told) == 200
        assert ORIGIN.search(told).group(1).endswith(b"//127.0.0.1")  # type: ignore[union-attr]


def test_what_a_client_says_of_the_scheme_counts_for_nothing_before_the_server(tmp_path: Path):
    server = GunicornServer(config(), home_of({"BATT_HOME": str(tmp_path)}), ("127.0.0.1", 0), jobs=False)
    told = [f"GET / HTTP/1.1\r\n{HOST}X-Forwarded-Proto: https\r\nSCRIPT_NAME: /x\r\n\r\n".encode()]
    request = next(RequestParser(server.cfg, iter(told), ("127.0.0.1", 5000)))
    assert request.scheme == "http"
    assert [name for name, _ in request.headers] == ["HOST", "X-FORWARDED-PROTO"]


def test_who_is_not_signed_in_is_told_so_however_large_his_body_is(proxy: Proxy):
    for _ in range(3):
        told = proxy.client.post(
            UPLOAD, content=b"x" * LARGE, headers={"Content-Type": "multipart/form-data; boundary=x"}
        )
        assert told.status_code == 403
        assert "bukan untuk Anda" in told.text


def test_a_body_that_is_too_large_for_its_kind_is_told_so_in_words(house: Installation, proxy: Proxy):
    """nginx lets it through, because a report with photos may be as large; the server refuses it by its head."""
    for _ in range(3):
        told = proxy.client.post(
            "/open311/v2/requests.json", content=b"x" * 20_000_000,
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        )  # fmt: skip
        assert told.status_code == 413
        assert "at most 1000000 bytes" in told.json()[0]["description"]


def test_after_a_refused_body_the_connection_goes_on_with_the_next_request(proxy: Proxy):
    for _ in range(5):
        assert proxy.client.post(UPLOAD, content=b"x" * 3_000_000).status_code == 403
        assert proxy.client.get("/health").status_code == 200
