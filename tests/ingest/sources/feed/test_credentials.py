"""Saying who we are: keys and tokens come from the environment, reach the right server and no message."""

from __future__ import annotations

import base64
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from data.store.db.engine import Engine
from ingest.source import SourceDown
from tests.ingest.doors import NOW, Hand, pipeline
from tests.ingest.sources.feed.feed_server import Asked, Reply, serving
from tests.ingest.sources.feed.feed_sources import a_feed, item

HEADER = {"header": {"name": "X-Api-Key", "env": "BATT_UJI_KEY"}}


def oauth(url: str, **more: Any) -> dict[str, Any]:
    plain = {"token_url": f"{url}/token", "client_id_env": "BATT_UJI_ID", "client_secret_env": "BATT_UJI_SECRET"}
    return {"oauth": plain | more}


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BATT_UJI_KEY", " rahasia-kunci ")
    monkeypatch.setenv("BATT_UJI_ID", "batt")
    monkeypatch.setenv("BATT_UJI_SECRET", "rahasia&klien")


class Guard:
    """A server that gives tokens and answers only to the latest one."""

    def __init__(self, lasts: object = 3600) -> None:
        self.lasts, self.given = lasts, 0
        self.good: set[str] = set()

    def __call__(self, asked: Asked) -> Any:
        if asked.path == "/token":
            self.given += 1
            token = f"token-{self.given}"
            self.good = {token}
            return {"access_token": token, "token_type": "Bearer", "expires_in": self.lasts}
        ours = asked.headers.get("authorization", "").removeprefix("Bearer ") in self.good
        return {"data": [item(1)]} if ours else Reply({"error": "invalid_token"}, 401)


def take(engine: Engine, home: Path, url: str, **more: Any) -> Hand:
    return Hand(a_feed(f"{url}/laporan", engine, home, **more), pipeline(engine))


def test_a_key_is_sent_in_its_header(sqlite_engine: Engine, tmp_path: Path):
    with serving(lambda asked: {"data": []}) as server:
        take(sqlite_engine, tmp_path, server.url, auth=HEADER).take()
        bearer = {"header": {"env": "BATT_UJI_KEY", "prefix": "Bearer "}}
        take(sqlite_engine, tmp_path, server.url, auth=bearer).take()
    assert server.asked[0].headers["x-api-key"] == "rahasia-kunci"
    assert server.asked[1].headers["authorization"] == "Bearer rahasia-kunci"


@pytest.mark.parametrize(("value", "said"), [("", "belum diisi"), ("a\nX-Evil: 1", "huruf"), ("kunci…", "huruf")])
def test_a_key_that_cannot_be_sent_is_named_and_not_shown(
    value: str, said: str, sqlite_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("BATT_UJI_KEY", value)
    with serving(lambda asked: {"data": []}) as server:
        with pytest.raises(SourceDown, match=f"BATT_UJI_KEY.*{said}") as fault:
            take(sqlite_engine, tmp_path, server.url, auth=HEADER).take()
        assert server.asked == []
    assert "Evil" not in str(fault.value)


def test_a_key_is_not_carried_to_another_server(sqlite_engine: Engine, tmp_path: Path):
    with (
        serving(lambda asked: {"data": []}) as other,
        serving(lambda asked: Reply({}, 302, {"Location": other.url})) as server,
        pytest.raises(SourceDown),
    ):
        take(sqlite_engine, tmp_path, server.url, auth=HEADER).take()
    assert other.asked == []


def test_a_token_is_fetched_once_and_kept_until_shortly_before_its_end(sqlite_engine: Engine, tmp_path: Path):
    guard = Guard()
    with serving(guard) as server:
        hand = take(sqlite_engine, tmp_path, server.url, auth=oauth(server.url, scope="baca"))
        for minutes in (0, 1, 59):
            hand.take(NOW + timedelta(minutes=minutes))
        assert guard.given == 1
        hand.take(NOW + timedelta(minutes=59, seconds=31))
        assert guard.given == 2
    asked = server.asked[0]
    assert asked.form == {"grant_type": "client_credentials", "scope": "baca"}
    assert base64.b64decode(asked.headers["authorization"].removeprefix("Basic ")) == b"batt:rahasia&klien"


def test_id_and_secret_may_travel_in_the_form(sqlite_engine: Engine, tmp_path: Path):
    with serving(Guard()) as server:
        auth = oauth(server.url, send="client_secret_post")
        assert take(sqlite_engine, tmp_path, server.url, auth=auth).take() == {"new": 1}
    assert server.asked[0].form == {
        "grant_type": "client_credentials",
        "client_id": "batt",
        "client_secret": "rahasia&klien",
    }
    assert "authorization" not in server.asked[0].headers


def test_a_token_that_is_refused_is_renewed_once(sqlite_engine: Engine, tmp_path: Path):
    guard = Guard()
    with serving(guard) as server:
        hand = take(sqlite_engine, tmp_path, server.url, auth=oauth(server.url))
        hand.take()
        guard.good = set()
        assert hand.take() == {"same": 1}
        assert guard.given == 2


def test_a_server_that_refuses_every_token_is_not_asked_for_ever(sqlite_engine: Engine, tmp_path: Path):
    guard = Guard()
    with serving(lambda asked: guard(asked) if asked.path == "/token" else Reply({}, 401)) as server:
        hand = take(sqlite_engine, tmp_path, server.url, auth=oauth(server.url))
        with pytest.raises(SourceDown, match="401"):
            hand.take()
        assert (guard.given, len(server.asked)) == (2, 4)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Reply({"error": "invalid_client"}, 401), r"token ditolak \(401, invalid_client\).*BATT_UJI_SECRET"),
        (Reply(b"<html>", 200), "halaman HTML"),
        (Reply({"token": "x"}), "token ditolak"),
        (Reply({"access_token": "a b"}), "token ditolak"),
        (Reply({"access_token": 7}), "token ditolak"),
        (Reply([]), "token ditolak"),
        (Reply({"error": "busy"}, 503), r"server token sedang bermasalah \(503\); dicoba lagi sendiri"),
        (Reply({}, 429), r"server token terlalu sering ditanya \(429\); perbesar every_s"),
    ],
    ids=["refused", "html", "none", "blank", "number", "list", "busy", "too often"],
)
def test_a_token_that_is_not_given_is_explained_without_the_secret(
    answer: Reply, said: str, sqlite_engine: Engine, tmp_path: Path
):
    with serving(lambda asked: answer) as server, pytest.raises(SourceDown, match=said) as fault:
        take(sqlite_engine, tmp_path, server.url, auth=oauth(server.url)).take()
    assert "rahasia" not in str(fault.value)


@pytest.mark.parametrize("lasts", [None, "sebentar", -5, 0, 1e300, True, [1]])
def test_a_lifetime_that_makes_no_sense_is_survived(lasts: object, sqlite_engine: Engine, tmp_path: Path):
    with serving(Guard(lasts)) as server:
        hand = take(sqlite_engine, tmp_path, server.url, auth=oauth(server.url))
        hand.take()
        assert hand.take() == {"same": 1}
