"""Servers that stall, flood, break off, lie or send us elsewhere, each a real one on this machine."""

from __future__ import annotations

import gzip
import socket
import ssl
import threading
import zlib
from pathlib import Path

import pytest
import trustme

from ingest.http.client import AddressNotAllowed, HttpClient, Limits
from ingest.source import SourceDown
from tests.ingest.http.servers import Raw, plain, routes, says, serving

SHORT = Limits(total_s=0.4)


def web(server: Raw, ca_file: Path | None = None) -> HttpClient:
    return HttpClient(base_url=server.url, inner=True, ca_file=ca_file)


def test_an_answer_comes_whole_with_its_headers():
    with serving(says(plain(b"isi", X_Kind="Satu"))) as server:
        answer = web(server).get(server.url + "/a", params={"b": "c d"}, headers={"Accept": "text/plain"})
    assert (answer.status, answer.content, answer.headers["x-kind"]) == (200, b"isi", "Satu")
    assert answer.url == f"{server.url}/a?b=c+d"
    assert server.asked[0].startswith(b"GET /a?b=c+d HTTP/1.1\r\n")
    assert b"User-Agent: BATT/1\r\n" in server.asked[0]


def test_parameters_join_those_of_the_address():
    with serving(says(plain())) as server:
        web(server).get(server.url + "/a?x=1", params={"b": "2"})
    assert server.asked[0].startswith(b"GET /a?x=1&b=2 ")


@pytest.mark.parametrize("status", ["404 Not Found", "500 Internal Server Error", "204 No Content", "304 Not Modified"])
def test_every_status_is_an_answer(status: str):
    body = b"" if status[0] != "4" and status[0] != "5" else b"<html>"
    with serving(says(plain(body, status))) as server:
        answer = web(server).get(server.url)
    assert (answer.status, answer.content) == (int(status[:3]), body)


def test_a_form_and_json_are_posted():
    with serving(says(plain())) as server:
        web(server).post(server.url, data={"a": "1 2"})
        web(server).post(server.url, json={"a": 1}, headers={"Authorization": "Bearer x"})
    assert b"application/x-www-form-urlencoded" in server.asked[0]
    assert b"application/json" in server.asked[1]
    assert b"Authorization: Bearer x" in server.asked[1]


def test_cookies_are_not_kept():
    with serving(says(plain(Set_Cookie="a=b; Path=/"))) as server:
        asking = web(server)
        asking.get(server.url)
        asking.get(server.url)
    assert b"cookie" not in server.asked[1].lower()


def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    with serving(says(plain())) as server:
        assert web(server).get(server.url).status == 200


def test_one_byte_a_while_ends_in_time_in_body_and_header():
    def in_body(conn: socket.socket, _request: bytes) -> None:
        conn.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n")
        while not server.gone.wait(0.05):
            conn.sendall(b"x")

    def in_header(conn: socket.socket, _request: bytes) -> None:
        conn.sendall(b"HTTP/1.1 200 OK\r\nX: ")
        while not server.gone.wait(0.05):
            conn.sendall(b"x")

    for handler in (in_body, in_header):
        with serving(handler) as server, pytest.raises(SourceDown, match=r"localhost.*belum utuh setelah 0\.4 detik"):
            web(server).get(server.url, limits=SHORT)


def test_a_server_that_never_answers_ends_in_time_and_delays_nobody_else():
    waiting, fell = threading.Event(), list[str]()

    def silent(_conn: socket.socket, _request: bytes) -> None:
        waiting.set()
        server.gone.wait(60)

    def ask() -> None:
        try:
            asking.get(server.url)
        except SourceDown as down:
            fell.append(str(down))

    with serving(silent) as server:
        asking = web(server)
        with pytest.raises(SourceDown, match=r"belum utuh setelah 0\.4 detik"):
            asking.get(server.url, limits=SHORT)
        waiting.clear()
        thread = threading.Thread(target=ask)
        thread.start()
        assert waiting.wait(60)
        with serving(says(plain())) as good:
            assert web(good).get(good.url).status == 200
        assert fell == []
    thread.join(60)
    assert len(fell) == 1


def test_a_circle_of_redirects_is_found():
    there, back = (plain(b"", "302 Found", Location=where) for where in ("/b", "/a"))
    with serving(routes(a=there, b=back)) as server, pytest.raises(SourceDown, match="berputar"):
        web(server).get(server.url + "/a")
    assert len(server.asked) == 2


def test_redirects_have_an_end():
    steps = {f"s{n}": plain(b"", "302 Found", Location=f"/s{n + 1}") for n in range(9)}
    with serving(routes(**steps)) as server, pytest.raises(SourceDown, match="mengalihkan terus"):
        web(server).get(server.url + "/s0")
    assert len(server.asked) == 4


def test_a_redirect_is_followed_and_told():
    with serving(routes(a=plain(b"", "301 Moved", Location="b?x=1#frag"), b=plain(b"sampai"))) as server:
        answer = web(server).get(server.url + "/a", headers={"X-Key": "k"})
    assert (answer.content, answer.url) == (b"sampai", f"{server.url}/b?x=1")
    assert b"x-key: k" in server.asked[1].lower()


def test_a_posted_form_becomes_a_get_on_302_and_stays_on_307():
    found, again = (plain(b"", status, Location="/b") for status in ("302 Found", "307 Temporary Redirect"))
    with serving(routes(a=found, c=again, b=plain())) as server:
        web(server).post(server.url + "/a", data={"x": "1"})
        web(server).post(server.url + "/c", data={"x": "1"})
    assert server.asked[1].startswith(b"GET /b ")
    assert b"content-type" not in server.asked[1].lower()
    assert server.asked[3].startswith(b"POST /b ")
    assert b"form-urlencoded" in server.asked[3]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "169.254.169.254", "10.0.0.1", "0.0.0.0"])
def test_a_redirect_to_an_inner_address_is_refused(host: str):
    with serving(says(plain(b"rahasia"))) as inner:
        leads = plain(b"", "302 Found", Location=f"http://{host}:{inner.port}/")
        with serving(says(leads)) as server, pytest.raises(AddressNotAllowed, match="alamat dalam"):
            web(server).get(server.url)
    assert inner.asked == []


def test_the_inner_server_is_that_port_alone():
    with serving(says(plain())) as one, serving(says(plain())) as other:
        asking = web(one)
        assert asking.get(one.url).status == 200
        with pytest.raises(AddressNotAllowed, match=r"localhost.*inner: true"):
            asking.get(other.url)
        with pytest.raises(AddressNotAllowed):
            HttpClient(base_url=one.url).get(one.url)


@pytest.mark.parametrize(
    "where", ["file:///etc/passwd", "ftp://localhost/", "gopher://localhost/", "//", "javascript:1"]
)
def test_a_redirect_to_anything_but_http_is_refused(where: str):
    with serving(says(plain(b"", "302 Found", Location=where))) as server, pytest.raises(SourceDown):
        web(server).get(server.url)
    assert len(server.asked) == 1


@pytest.mark.parametrize("where", ["http://[::1", "http://a b/", "http://\u2100.example/", "http://x:99999999/"])
def test_a_redirect_to_nonsense_is_a_failure_that_is_told(where: str):
    with serving(says(plain(b"", "302 Found", Location=where))) as server, pytest.raises(SourceDown):
        web(server).get(server.url)


def test_a_bomb_of_gzip_is_let_go():
    packed = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    bomb = b"".join(packed.compress(bytes(1 << 20)) for _ in range(100)) + packed.flush()
    with (
        serving(says(plain(bomb, Content_Encoding="gzip"))) as server,
        pytest.raises(SourceDown, match=r"lebih besar dari 1\.000\.000 byte"),
    ):
        web(server).get(server.url, limits=Limits(body_most=1_000_000))


def test_a_body_without_end_is_let_go():
    def flood(conn: socket.socket, _request: bytes) -> None:
        conn.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        while True:
            conn.sendall(bytes(65536))

    with serving(flood) as server, pytest.raises(SourceDown, match="lebih besar"):
        web(server).get(server.url, limits=Limits(body_most=1_000_000))


@pytest.mark.parametrize("size", [0, 1, 1000, (1 << 20) - 1, 1 << 20, 3_000_001])
def test_packed_bodies_are_unpacked(size: int):
    body = bytes(size)
    with serving(says(plain(gzip.compress(body), Content_Encoding="GZip"))) as server:
        assert web(server).get(server.url).content == body


def test_a_packed_body_that_is_cut_or_none_is_told():
    packed = gzip.compress(bytes(range(256)) * 40)
    for body in (packed[:-9], b"bukan gzip"):
        with serving(says(plain(body, Content_Encoding="gzip"))) as server, pytest.raises(SourceDown, match="gzip"):
            web(server).get(server.url)
    with serving(says(plain(Content_Encoding="br"))) as server, pytest.raises(SourceDown, match="kemasan"):
        web(server).get(server.url)


def test_a_body_that_breaks_off_is_a_failure():
    cut = b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n[{"
    with serving(says(cut)) as server, pytest.raises(SourceDown, match=r"localhost: sambungan putus"):
        web(server).get(server.url)


@pytest.mark.parametrize("answer", [b"", b"\x00\x01\x02\r\n\r\n", b"SSH-2.0-OpenSSH\r\n"])
def test_what_is_no_http_is_a_failure(answer: bytes):
    with serving(says(answer)) as server, pytest.raises(SourceDown, match="sambungan putus"):
        web(server).get(server.url)


def test_a_huge_header_is_a_failure():
    with serving(says(plain(X_Long="x" * 5_000_000))) as server, pytest.raises(SourceDown, match="sambungan putus"):
        web(server).get(server.url)


def test_nobody_there_is_told_with_the_host():
    with serving(says(plain())) as server:
        pass
    with pytest.raises(SourceDown, match=r"localhost: tidak dapat dihubungi"):
        web(server).get(server.url)
    with pytest.raises(SourceDown, match=r"tidak-ada\.invalid tidak ditemukan"):
        HttpClient(base_url="http://tidak-ada.invalid").get("http://tidak-ada.invalid/")


@pytest.mark.parametrize("url", ["", "bukan alamat", "ftp://a/", "http://"])
def test_what_is_no_address_is_told(url: str):
    with pytest.raises(SourceDown):
        HttpClient(base_url=url)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[trustme.CA, Path]:
    ca, path = trustme.CA(), tmp_path_factory.mktemp("ca") / "ca.pem"
    ca.cert_pem.write_to_path(str(path))
    return ca, path


def tls_of(ca: trustme.CA, name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert(name).configure_cert(context)
    return context


def test_a_certificate_of_the_given_authority_is_right(authority: tuple[trustme.CA, Path]):
    ca, path = authority
    with serving(says(plain(b"aman")), tls_of(ca, "localhost")) as server:
        assert web(server, path).get(server.url).content == b"aman"


def test_a_wrong_certificate_is_refused(authority: tuple[trustme.CA, Path]):
    ca, path = authority
    with serving(says(plain()), tls_of(ca, "localhost")) as unknown, pytest.raises(SourceDown, match="sertifikat"):
        web(unknown).get(unknown.url)
    with serving(says(plain()), tls_of(ca, "lain.go.id")) as other, pytest.raises(SourceDown, match="sertifikat"):
        web(other, path).get(other.url)
    assert unknown.asked == other.asked == []


def test_from_https_nothing_leads_back_to_http(authority: tuple[trustme.CA, Path]):
    ca, path = authority
    leads = plain(b"", "302 Found", Location="http://localhost:1/")
    with (
        serving(says(leads), tls_of(ca, "localhost")) as server,
        pytest.raises(AddressNotAllowed, match="https ke http"),
    ):
        web(server, path).get(server.url)
