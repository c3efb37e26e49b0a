"""Photos known by their address: fetched in the background, refused for a reason, or tried again."""

from __future__ import annotations

import base64
import io
import socket
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from PIL import Image

from data.store.cases import photos
from data.store.db.engine import Engine, reading, writing
from data.store.intake.sources import claim
from data.texts import texts
from ingest.photos.fetching import ATTEMPTS_MOST, FIRST_RETRY_AFTER, LEASE, PhotoFetcher, SourceServer
from ingest.photos.storage import PhotoStorage
from tests.factories import NOW, a_case, a_history
from tests.factories import stored as put
from tests.ingest.http.servers import serving
from tests.photo_rows import PhotoRow, photos_of


def a_jpeg() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (320, 200), "blue").save(out, "JPEG")
    return out.getvalue()


def answering(status: str, body: bytes = b"", asked_for: str = "image/jpeg") -> Callable[[socket.socket, bytes], None]:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {asked_for}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"

    def handler(conn: socket.socket, request: bytes) -> None:
        conn.sendall(head.encode() + body)

    return handler


def wanting(engine: Engine, url: str) -> int:
    with writing(engine) as conn:
        case_id = put(conn, a_case(), a_history(NOW))
        photos.add_pending(conn, [(case_id, url)], NOW)
    return case_id


def beside(url: str) -> Mapping[str, SourceServer]:
    """The cases' source has its own server there."""
    return {"api": SourceServer(url, inner=True)}


def the_photo(engine: Engine, case_id: int) -> PhotoRow:
    with reading(engine) as conn:
        (found,) = photos_of(conn, case_id)
    return found


def test_a_photo_at_its_source_is_fetched_once_and_lies_in_the_gallery(engine: Engine, tmp_path: Path):
    gallery = PhotoStorage(tmp_path)
    with serving(answering("200 OK", a_jpeg())) as server:
        mine = wanting(engine, f"{server.url}/1.jpg")
        fetcher = PhotoFetcher(engine, gallery, beside(server.url))
        assert fetcher.fetch_due("here:1", lambda: NOW) == 1
        assert fetcher.fetch_due("here:1", lambda: NOW) == 0
        assert len(server.asked) == 1
    found = the_photo(engine, mine)
    assert (found.state, found.width, found.height, found.reason) == ("stored", 320, 200, None)
    assert found.digest is not None
    assert Image.open(gallery.path(found.digest)).size == (320, 200)
    assert Image.open(gallery.path(found.digest, thumb=True)).format == "JPEG"
    assert not list(tmp_path.rglob("*.part"))


@pytest.mark.both_engines
def test_two_processes_never_fetch_the_same(engine: Engine, tmp_path: Path):
    with serving(answering("200 OK", a_jpeg())) as server:
        wanting(engine, f"{server.url}/1.jpg")
        with writing(engine) as conn:
            claim(conn, LEASE, "elsewhere:7", NOW, 60)
        fetcher = PhotoFetcher(engine, PhotoStorage(tmp_path), beside(server.url))
        assert fetcher.fetch_due("here:1", lambda: NOW) == 0
        assert server.asked == []


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [("200 OK", b"<html>log in</html>", "bukan foto"), ("404 Not Found", b"", "404"), ("403 Forbidden", b"", "403")],
)
def test_what_is_no_photo_or_is_gone_is_refused_for_good(
    engine: Engine, tmp_path: Path, status: str, body: bytes, reason: str
):
    with serving(answering(status, body)) as server:
        mine = wanting(engine, f"{server.url}/1.jpg")
        assert PhotoFetcher(engine, PhotoStorage(tmp_path), beside(server.url)).fetch_due("here:1", lambda: NOW) == 1
    found = the_photo(engine, mine)
    assert found.state == "refused"
    assert reason in texts("id").stored_sentence(found.reason)


def test_a_server_that_is_down_is_asked_again_later_and_not_for_ever(engine: Engine, tmp_path: Path):
    with serving(answering("503 Busy")) as server:
        mine = wanting(engine, f"{server.url}/1.jpg")
        fetcher, now = PhotoFetcher(engine, PhotoStorage(tmp_path), beside(server.url)), NOW
        for attempt in range(ATTEMPTS_MOST):
            assert the_photo(engine, mine).state == "wanted"
            assert fetcher.fetch_due("here:1", lambda now=now: now - timedelta(seconds=1)) == 0
            fetcher.fetch_due("here:1", lambda now=now: now)
            assert len(server.asked) == attempt + 1
            now += FIRST_RETRY_AFTER * 2**attempt
    assert the_photo(engine, mine).state == "refused"
    assert "503" in texts("id").stored_sentence(the_photo(engine, mine).reason)


def test_an_address_within_the_city_that_is_not_the_sources_own_is_never_asked(engine: Engine, tmp_path: Path):
    with serving(answering("200 OK", a_jpeg())) as server:
        mine = wanting(engine, f"{server.url}/1.jpg")
        elsewhere = {"api": SourceServer("https://laporan.example/open311", inner=True)}
        assert PhotoFetcher(engine, PhotoStorage(tmp_path), elsewhere).fetch_due("here:1", lambda: NOW) == 1
        assert server.asked == []
    found = the_photo(engine, mine)
    assert found.state == "refused"
    assert str(urlsplit(server.url).hostname) in texts("id").stored_sentence(found.reason)


@pytest.mark.parametrize(
    ("address", "state"),
    [
        (
            f"data:image/jpeg;base64,{base64.b64encode(a_jpeg()).decode()}",
            "stored",
        ),
        ("data:image/png;base64,????", "refused"),
        ("data:text/html,<script>alert(1)</script>", "refused"),
        ("file:///etc/passwd", "refused"),
        ("gopher://localhost/1", "refused"),
        ("http://[broken", "refused"),
    ],
)
def test_odd_addresses_have_an_outcome_at_once(engine: Engine, tmp_path: Path, address: str, state: str):
    mine = wanting(engine, address)
    PhotoFetcher(engine, PhotoStorage(tmp_path), {}).fetch_due("here:1", lambda: NOW)
    assert the_photo(engine, mine).state == state
