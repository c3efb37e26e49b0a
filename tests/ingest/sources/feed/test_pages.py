"""Pages by cursor, by address, by number: every variant of a server brings the same cases, once."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from data.store.db.engine import Engine
from ingest.source import SourceDown
from tests.ingest.doors import Hand, all_cases, pipeline
from tests.ingest.sources.feed.feed_server import Asked, Reply, Server, serving
from tests.ingest.sources.feed.feed_sources import a_feed, item

ALL = [item(n) for n in range(1, 8)]
IDS = [str(n) for n in range(1, 8)]
NEXT_CURSOR = {"cursor": {"next": "meta.next", "param": "cursor"}}
NEXT_URL = {"url": {"next": "links.next"}}
NUMBERED = {"number": {"size": 3}}


def ids(engine: Engine) -> list[str]:
    return [each["external_id"] for each in all_cases(engine)]


def by_cursor(asked: Asked, items: list[Any] = ALL) -> Any:
    """Pages of three after a cursor."""
    begin = int(asked.params.get("cursor", 0))
    end = begin + 3
    return {"data": items[begin:end], "meta": {"next": end if end < len(items) else None}}


def test_cursors_are_followed_to_the_end(engine: Engine, tmp_path: Path):
    with serving(by_cursor) as server:
        hand = Hand(a_feed(server.url, engine, tmp_path, pages=NEXT_CURSOR, params={"kota": "batu"}), pipeline(engine))
        assert hand.take() == {"new": 7}
        assert hand.take() == {"same": 7}
    assert server.params("cursor") == [None, "3", "6"] * 2
    assert set(server.params("kota")) == {"batu"}
    assert hand.cursor is None
    assert ids(engine) == IDS


def test_a_feed_that_only_grows_is_read_on_from_its_last_cursor(sqlite_engine: Engine, tmp_path: Path):
    pages = {"cursor": {"next": "meta.next", "param": "cursor", "resume": True}}
    items = list(ALL)
    with serving(lambda asked: by_cursor(asked, items)) as server:
        hand = Hand(a_feed(server.url, sqlite_engine, tmp_path, pages=pages), pipeline(sqlite_engine))
        assert hand.take() == {"new": 7}
        items += [item(n) for n in range(8, 12)]
        assert hand.take() == {"same": 1, "new": 4}
    assert server.params("cursor") == [None, "3", "6", "6", "9"]
    assert len(ids(sqlite_engine)) == 11


def test_a_restart_goes_on_from_the_stored_page(sqlite_engine: Engine, tmp_path: Path):
    pages = {"cursor": {"next": "meta.next", "param": "cursor", "resume": True}}
    with serving(by_cursor) as server:
        hand = Hand(a_feed(server.url, sqlite_engine, tmp_path, pages=pages), pipeline(sqlite_engine))
        hand.take_and_die(2)
        assert hand.take() == {"new": 1}
        assert server.params("cursor")[-1] == "6"
    assert ids(sqlite_engine) == IDS


@pytest.mark.parametrize("status", [400, 404, 410, 422])
def test_a_cursor_that_the_server_forgot_begins_anew(status: int, sqlite_engine: Engine, tmp_path: Path):
    pages = {"cursor": {"next": "meta.next", "param": "cursor", "resume": True}}
    with serving(by_cursor) as server:
        hand = Hand(a_feed(server.url, sqlite_engine, tmp_path, pages=pages), pipeline(sqlite_engine))
        hand.take()
        first = len(server.asked)
        server.answer = lambda asked: Reply({}, status) if len(server.asked) == first + 1 else by_cursor(asked)
        assert hand.take() == {"same": 7}
        server.answer = lambda asked: Reply({}, status)
        with pytest.raises(SourceDown, match=str(status)):
            hand.take()


def test_a_cursor_of_other_settings_is_not_used(sqlite_engine: Engine, tmp_path: Path):
    with serving(by_cursor) as server:
        feed = a_feed(server.url, sqlite_engine, tmp_path, pages=NEXT_CURSOR)
        for cursor in (json.dumps({"place": "6", "of": "lain"}), "bukan json", "[1]", "6"):
            hand = Hand(feed, pipeline(sqlite_engine))
            hand.cursor = cursor
            assert sum(hand.take().values()) == 7
    assert server.params("cursor")[0] is None


def test_cursors_in_a_circle_are_found_out(sqlite_engine: Engine, tmp_path: Path):
    def circle(asked: Asked) -> Any:
        return {"data": [item(1)], "meta": {"next": {"a": "b", "b": "a"}[asked.params.get("cursor", "b")]}}

    with serving(circle) as server:
        hand = Hand(a_feed(server.url, sqlite_engine, tmp_path, pages=NEXT_CURSOR), pipeline(sqlite_engine))
        with pytest.raises(SourceDown, match="berputar"):
            hand.take()
    assert len(server.asked) == 3


def test_the_same_cursor_again_is_the_end(sqlite_engine: Engine, tmp_path: Path):
    pages = {"cursor": {"next": "meta.next", "param": "cursor", "resume": True}}
    with serving(lambda asked: {"data": [item(1)], "meta": {"next": "tip"}}) as server:
        hand = Hand(a_feed(server.url, sqlite_engine, tmp_path, pages=pages), pipeline(sqlite_engine))
        hand.take()
        assert server.params("cursor") == [None, "tip"]
        hand.take()
        assert server.params("cursor") == [None, "tip", "tip"]


def test_pages_without_an_end_are_an_error_and_what_came_is_kept(sqlite_engine: Engine, tmp_path: Path):
    def endless(asked: Asked) -> Any:
        n = int(asked.params.get("cursor", 0)) + 1
        return {"data": [item(n)], "meta": {"next": n}}

    with serving(endless) as server:
        feed = a_feed(server.url, sqlite_engine, tmp_path, pages=NEXT_CURSOR, limits={"pages": 5})
        hand = Hand(feed, pipeline(sqlite_engine))
        with pytest.raises(SourceDown, match=r"lebih dari 5 halaman.*limits\.pages"):
            hand.take()
    assert len(server.asked) == len(ids(sqlite_engine)) == 5


@pytest.mark.parametrize("absolute", [True, False], ids=["absolute", "relative"])
def test_next_addresses_are_followed_on_the_same_server(absolute: bool, engine: Engine, tmp_path: Path):
    def answer(asked: Asked) -> Any:
        begin = int(asked.params.get("dari", 0))
        link = f"/laporan?dari={begin + 3}&kota=batu"
        links = {"next": (server.url if absolute else "") + link} if begin + 3 < len(ALL) else {}
        return {"data": ALL[begin : begin + 3], "links": links}

    with serving(answer) as server:
        feed = a_feed(f"{server.url}/laporan", engine, tmp_path, pages=NEXT_URL, params={"kota": "batu"})
        assert Hand(feed, pipeline(engine)).take() == {"new": 7}
    assert ids(engine) == IDS
    assert server.params("dari") == [None, "3", "6"]


@pytest.mark.parametrize(
    "elsewhere",
    [
        "http://127.0.0.1:1/x",
        "https://127.0.0.1/x",
        "//evil.example/x",
        "file:///etc/passwd",
        "http://u:p@{ours}/x",
        7,
        "http://[",
    ],
)
def test_a_next_address_on_another_server_is_refused(elsewhere: Any, sqlite_engine: Engine, tmp_path: Path):
    def answer(asked: Asked) -> Any:
        next_ = elsewhere.replace("{ours}", server.url[7:]) if isinstance(elsewhere, str) else elsewhere
        return {"data": [item(1)], "links": {"next": next_}}

    with serving(answer) as server:
        hand = Hand(a_feed(server.url, sqlite_engine, tmp_path, pages=NEXT_URL), pipeline(sqlite_engine))
        with pytest.raises(SourceDown, match="halaman berikutnya"):
            hand.take()
    assert len(server.asked) == 1


def numbered(first: int, size: int, behind: Callable[[list[Any], int], Any]) -> Callable[[Asked], Any]:
    """A server that counts its pages from `first`; `behind` is what it answers after the last."""

    def answer(asked: Asked) -> Any:
        begin = (int(asked.params.get("page", first)) - first) * size
        return {"data": ALL[begin : begin + size] if 0 <= begin < len(ALL) else behind(ALL, size)}

    return answer


@pytest.mark.parametrize(
    "server_like",
    [
        numbered(1, 3, lambda items, size: []),
        numbered(0, 3, lambda items, size: []),
        numbered(1, 7, lambda items, size: []),
        numbered(1, 2, lambda items, size: []),
        numbered(1, 7, lambda items, size: items[:size]),
        numbered(1, 1, lambda items, size: items[-1:]),
        lambda asked: {"data": ALL},
    ],
    ids=[
        "from 1",
        "from 0",
        "one page",
        "smaller pages than asked",
        "starts over",
        "repeats the last",
        "ignores pages",
    ],
)
def test_servers_that_number_their_pages_differently_bring_the_same(
    server_like: Callable[[Asked], Any], sqlite_engine: Engine, tmp_path: Path
):
    with serving(server_like) as server:
        pages = {"number": {"size": 3, "first": 0}}
        hand = Hand(a_feed(server.url, sqlite_engine, tmp_path, pages=pages), pipeline(sqlite_engine))
        if server_like(Asked("GET", "/", {"page": "0"}, {}, {}))["data"] == []:
            pages["number"]["first"] = 1
            hand = Hand(a_feed(server.url, sqlite_engine, tmp_path, pages=pages), pipeline(sqlite_engine))
        hand.take()
        assert ids(sqlite_engine) == IDS
        assert len(server.asked) <= 10


def test_a_page_moved_by_what_came_in_meanwhile_is_read_once(sqlite_engine: Engine, tmp_path: Path):
    def shifting(asked: Asked) -> Any:
        return {"data": [[item(3), item(2)], [item(2), item(1)], []][int(asked.params["page"]) - 1]}

    with serving(shifting) as server:
        pages = {"number": {"size": 2}}
        hand = Hand(a_feed(server.url, sqlite_engine, tmp_path, pages=pages), pipeline(sqlite_engine))
        assert hand.take() == {"new": 3}
    assert server.params("page_size") == ["2", "2", "2"]


def test_items_without_an_id_hide_no_later_page(sqlite_engine: Engine, tmp_path: Path):
    def answer(asked: Asked) -> Any:
        return {"data": [[item(None), item(None, judul="lain")], [item(1)]][int(asked.params["page"]) - 1]}

    with serving(answer) as server:
        pages = {"number": {"size": 2}}
        hand = Hand(a_feed(server.url, sqlite_engine, tmp_path, pages=pages), pipeline(sqlite_engine))
        assert hand.take() == {"rejected": 2, "new": 1}


def test_a_page_that_breaks_leaves_the_pages_before_it_stored(engine: Engine, tmp_path: Path):
    def breaking(asked: Asked) -> Any:
        broken: dict[str, bool] = {"yes": len(server.asked) == 2}
        return Reply(b'{"data": [{"id"') if broken["yes"] else by_cursor(asked)

    pages = {"cursor": {"next": "meta.next", "param": "cursor", "resume": True}}
    with serving(breaking) as server:
        hand = Hand(a_feed(server.url, engine, tmp_path, pages=pages), pipeline(engine))
        with pytest.raises(SourceDown, match="terpotong"):
            hand.take()
        assert ids(engine) == IDS[:3]
        assert hand.take() == {"new": 4}
    assert server.params("cursor") == [None, "3", "3", "6"]


def test_servers_are_asked_for_json_and_told_who_asks(sqlite_engine: Engine, tmp_path: Path):
    def answer(asked: Asked) -> Any:
        return {"data": []}

    with serving(answer) as server:
        Hand(a_feed(server.url, sqlite_engine, tmp_path), pipeline(sqlite_engine)).take()
    assert isinstance(server, Server)
    assert server.asked[0].headers["accept"] == "application/json"
    assert server.asked[0].headers["user-agent"] == "BATT/1"
