"""Where warnings come from: addresses, lists and a folder."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from data.store.db.engine import Engine, reading
from data.store.queries.warnings.in_force import in_force
from ingest.source import Delivery, RetryLater, SourceDown
from ingest.sources.cap.source import CapSource
from tests.ingest.doors import NOW, Hand, around, pipeline
from tests.ingest.sources.cap.cap_messages import CAP, a_source, alert, an_info, cancel
from tests.ingest.sources.feed.feed_server import Asked, Reply, Server, serving
from tests.real_data import REAL_DATA, needs_real_data


def rss(server: Server, *names: str, mark: str = "Tue, 24 Nov 2026 04:00:00 +0000") -> bytes:
    items = "".join(f"<item><link>{server.url}/{name}</link><pubDate>{mark}</pubDate></item>" for name in names)
    return f'<?xml version="1.0"?><rss version="2.0"><channel>{items}</channel></rss>'.encode()


class Site:
    """A server whose pages a test changes."""

    def __init__(self) -> None:
        self.pages: dict[str, Any] = {}

    def __call__(self, asked: Asked) -> Any:
        return self.pages.get(asked.path, Reply(b"", 404))


@pytest.fixture
def site() -> Site:
    return Site()


def shown(engine: Engine) -> list[str]:
    with reading(engine) as conn:
        return [each.identifier for each in in_force(conn, NOW)]


def test_one_address_may_be_one_message(engine: Engine, tmp_path: Path, site: Site):
    with serving(site) as server:
        hand = Hand(a_source(engine, tmp_path, urls=[f"{server.url}/a.xml"], inner=True), pipeline(engine))
        site.pages["/a.xml"] = alert()
        assert hand.take() == {"new": 1}
        assert hand.take() == {}
        site.pages["/a.xml"] = alert("2", msgType="Update", refs=("1",))
        assert hand.take() == {"new": 1}
    assert shown(engine) == ["2"]


def test_a_list_is_read_once_and_what_is_listed_no_more_is_not_withdrawn(engine: Engine, tmp_path: Path, site: Site):
    with serving(site) as server:
        hand = Hand(a_source(engine, tmp_path, urls=[f"{server.url}/rss.xml"], inner=True), pipeline(engine))
        site.pages |= {"/rss.xml": rss(server, "1", "2"), "/1": alert("1"), "/2": alert("2")}
        assert hand.take() == {"new": 2}
        asked = len(server.asked)
        assert hand.take() == {}
        assert len(server.asked) == asked + 1
        site.pages["/rss.xml"] = rss(server)
        hand.take()
    assert sorted(shown(engine)) == ["1", "2"]


def test_an_entry_that_was_published_anew_is_read_again(engine: Engine, tmp_path: Path, site: Site):
    with serving(site) as server:
        hand = Hand(a_source(engine, tmp_path, urls=[f"{server.url}/rss.xml"], inner=True), pipeline(engine))
        site.pages |= {"/rss.xml": rss(server, "1"), "/1": alert("1")}
        hand.take()
        site.pages |= {"/rss.xml": rss(server, "1", mark="later"), "/1": cancel("2", "1")}
        assert hand.take() == {"new": 1}
    assert shown(engine) == []


def test_atom_lists_name_their_messages_by_type(engine: Engine, tmp_path: Path, site: Site):
    with serving(site) as server:
        entry = (
            f'<entry><link href="/web.html" type="text/html"/>'
            f'<link href="{server.url}/1" type="application/cap+xml"/><updated>x</updated></entry>'
        )
        site.pages |= {"/a": f'<feed xmlns="http://www.w3.org/2005/Atom">{entry}</feed>'.encode(), "/1": alert()}
        hand = Hand(a_source(engine, tmp_path, urls=[f"{server.url}/a"], inner=True), pipeline(engine))
        assert hand.take() == {"new": 1}


def test_a_message_that_is_missing_is_said_and_asked_for_again(engine: Engine, tmp_path: Path, site: Site):
    with serving(site) as server:
        hand = Hand(a_source(engine, tmp_path, urls=[f"{server.url}/rss.xml"], inner=True), pipeline(engine))
        site.pages |= {"/rss.xml": rss(server, "1", "2"), "/2": alert("2")}
        assert hand.take() == {"new": 1}
        assert "404" in hand.remark
        site.pages["/1"] = alert("1")
        assert hand.take() == {"new": 1}


def test_a_list_that_cannot_be_read_is_an_outage(engine: Engine, tmp_path: Path, site: Site):
    laughs = b'<!DOCTYPE r [<!ENTITY a "ha">]><rss>&a;</rss>'
    with serving(site) as server:
        source = a_source(engine, tmp_path, urls=[f"{server.url}/rss.xml"], inner=True)
        for page in (Reply(b"", 500), b"<html/>", b"nonsense", laughs, b"\xff\xff"):
            site.pages["/rss.xml"] = page
            with pytest.raises(SourceDown):
                list(source.fetch(None, NOW))
        site.pages["/rss.xml"] = Reply(b"", 429, {"Retry-After": "30"})
        with pytest.raises(RetryLater) as told:
            list(source.fetch(None, NOW))
        assert told.value.after_s == 30


def test_no_more_is_asked_in_a_minute_than_is_allowed(engine: Engine, tmp_path: Path, site: Site):
    steady = [0.0]
    with serving(site) as server:
        about = a_source(engine, tmp_path, urls=[f"{server.url}/rss.xml"], inner=True, per_minute=3)
        source = CapSource("uji", about.settings, around(engine, tmp_path), steady=lambda: steady[0])
        names = [str(n) for n in range(5)]
        site.pages |= {"/rss.xml": rss(server, *names)} | {f"/{name}": alert(name) for name in names}
        hand = Hand(source, pipeline(engine))
        assert hand.take() == {"new": 2}
        assert hand.take() == {}
        steady[0] = 61.0
        assert hand.take() == {"new": 2}
        steady[0] = 122.0
        assert hand.take() == {"new": 1}
        assert len(server.asked) == 8


def test_bmkgs_messages_of_other_provinces_are_left_and_other_numbers_are_taken(
    engine: Engine, tmp_path: Path, site: Site
):
    ours, theirs = "2.49.0.1.360.0.2026.11.24.04.35.001", "2.49.0.1.360.0.2026.11.24.04.75.002"
    with serving(site) as server:
        source = a_source(engine, tmp_path, urls=[f"{server.url}/r"], inner=True, provinces=["35"])
        site.pages |= {"/r": rss(server, "1", "2", "3"), "/1": alert(ours), "/2": alert(theirs), "/3": alert("x-3")}
        hand = Hand(source, pipeline(engine))
        assert hand.take() == {"new": 2}
        asked = len(server.asked)
        assert hand.take() == {}
        assert len(server.asked) == asked + 1
    assert sorted(shown(engine)) == [ours, "x-3"]


def test_one_warning_under_another_identifier_and_in_two_languages_is_one(engine: Engine, tmp_path: Path, site: Site):
    file = "CJI20261124001_alert.xml"
    with serving(site) as server:
        urls = [f"{server.url}/{lang}.xml" for lang in ("id", "en")]
        source = a_source(engine, tmp_path, urls=urls, inner=True)
        hand = Hand(source, pipeline(engine))
        english = alert("a", info=an_info(language="en", headline="Landslides"))
        site.pages |= {"/id.xml": rss(server, f"id/{file}"), "/en.xml": rss(server, f"en/{file}")}
        site.pages |= {f"/id/{file}": alert("a"), f"/en/{file}": english}
        assert hand.take() == {"new": 1, "updated": 1}
        site.pages |= {"/id.xml": rss(server, f"id/{file}", mark="next hour"), f"/id/{file}": alert("b")}
        hand.take()
    with reading(engine) as conn:
        (found,) = in_force(conn, NOW)
    assert (found.identifier, set(found.words)) == ("b", {"id", "en"})


def test_a_folder_gives_each_file_once(engine: Engine, tmp_path: Path):
    source = a_source(engine, tmp_path, folder="masuk", settle_s=0)
    hand = Hand(source, pipeline(engine))
    assert hand.take() == {}
    (tmp_path / "masuk" / "a.xml").write_bytes(alert())
    (tmp_path / "masuk" / "b.cap").write_bytes(b"rusak")
    (tmp_path / "masuk" / "c.txt").write_bytes(alert("9"))
    for path in (tmp_path / "masuk").iterdir():
        os.utime(path, (NOW.timestamp() - 60,) * 2)
    assert hand.take() == {"new": 1, "rejected": 1}
    assert hand.take() == {}
    again = Hand(a_source(engine, tmp_path, folder="masuk", settle_s=0), pipeline(engine))
    assert again.take() == {}
    assert shown(engine) == ["1"]


@needs_real_data
def test_the_recorded_list_names_its_messages():
    from ingest.sources.cap.listing import links_of

    found = links_of((REAL_DATA / "bmkg" / "nowcast-rss-id.xml").read_text(encoding="utf-8"), "https://www.bmkg.go.id/")
    assert found is not None
    assert found[0].url == "https://www.bmkg.go.id/alerts/nowcast/id/CGT20260924002_alert.xml"
    assert all(each.mark for each in found)
    assert links_of((CAP / "canada.cap").read_text(encoding="utf-8"), "https://x/") is None


def test_a_delivery_says_where_it_stands(engine: Engine, tmp_path: Path, site: Site):
    with serving(site) as server:
        site.pages |= {"/r": rss(server, "1", "2"), "/1": alert("1"), "/2": alert("2")}
        source = a_source(engine, tmp_path, urls=[f"{server.url}/r"], inner=True)
        first: Delivery = next(iter(source.fetch(None, NOW)))
        rest = list(source.fetch(first.cursor, NOW))
        assert [len(each.records) for each in rest if each.records] == [1]
