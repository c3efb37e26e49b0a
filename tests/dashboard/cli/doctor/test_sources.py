"""The doctor on sources: what they need beside config.yaml, by name and never by value."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme

from dashboard.cli.doctor.doctor import check_installation
from dashboard.cli.doctor.findings import CheckContext, Finding, terminal_language
from dashboard.config.home import Home
from data.store.db.engine import open_engine, writing
from data.store.intake.sources import failed, succeeded
from ingest.photos.storage import FOLDER as PHOTOS
from ingest.uploads.storage import FOLDER as UPLOADS
from tests.factories import NOW
from tests.yaml_files import SHORT, parsed, write_yaml

TEXT = SHORT
FEED, SQL = "source opd_feed", "source opd_sql"
ID, SECRET, PUSH, URL = "BATT_OPD_FEED_ID", "BATT_OPD_FEED_SECRET", "BATT_OPD_FEED_PUSH", "BATT_OPD_SQL_URL"
HIDDEN = "rahasia-sekali"


@pytest.fixture
def home(tmp_path: Path, sqlite_url: str) -> Home:
    found = Home(tmp_path / "home", sqlite_url, "s" * 32)
    (found.path / "drop").mkdir(parents=True)
    return found


@pytest.fixture(autouse=True)
def _nothing_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in (ID, SECRET, PUSH, URL):
        monkeypatch.delenv(variable, raising=False)


def look(home: Home, lang: str = "en", **sources: dict[str, Any]) -> list[Finding]:
    """All findings, with these changes to config.yaml's sources."""
    settings = parsed(TEXT)
    for name, changes in sources.items():
        settings["sources"][name] |= {"enabled": True} | changes
    path = home.path / "config.yaml"
    write_yaml(path, settings)
    return list(check_installation(CheckContext(home, path, NOW, ("127.0.0.1", 0), lang)))


def bad(findings: list[Finding], what: str) -> list[Finding]:
    """What is wrong with one thing; each says how to mend it."""
    found = [each for each in findings if each.what == what and each.state != "ok"]
    assert all(each.state == "bad" and each.mend for each in found)
    return found


def test_a_source_that_is_off_needs_nothing(home: Home):
    assert {FEED, SQL}.isdisjoint(each.what for each in look(home))


def test_every_variable_that_a_feed_names_must_be_set(home: Home, monkeypatch: pytest.MonkeyPatch):
    assert [each.said for each in bad(look(home, opd_feed={}), FEED)] == [f"{v} is not set" for v in (ID, SECRET, PUSH)]
    monkeypatch.setenv(ID, "batu")
    monkeypatch.setenv(SECRET, " ")
    monkeypatch.setenv(PUSH, "x" * 32)
    assert [each.said for each in bad(look(home, opd_feed={}), FEED)] == [f"{SECRET} is not set"]
    monkeypatch.setenv(SECRET, HIDDEN)
    findings = look(home, opd_feed={})
    assert bad(findings, FEED) == []
    assert [each.said for each in findings if each.what == FEED] == ["feed, nothing is missing"]


def test_a_source_that_is_down_is_told_with_what_it_said(home: Home, monkeypatch: pytest.MonkeyPatch):
    said = "api.example.go.id: kunci kita ditolak (401); periksa variabel lingkungan yang disebut di auth"
    engine = open_engine(home.database_url)
    with writing(engine) as conn:
        failed(conn, "opd_feed", NOW - timedelta(hours=3), said)
        failed(conn, "opd_sql", NOW, "lain")
    for variable in (ID, SECRET, PUSH):
        monkeypatch.setenv(variable, "x" * 32)
    (found,) = [each for each in look(home, opd_feed={}) if each.what in (FEED, SQL)]
    assert found.state == "note"
    assert found.said == f"cannot be asked since {NOW - timedelta(hours=3):%Y-%m-%d %H:%M} UTC: {said}"
    assert "nothing is lost" in found.mend
    with writing(engine) as conn:
        succeeded(conn, "opd_feed", NOW)
    (found,) = [each for each in look(home, opd_feed={}) if each.what == FEED]
    assert found.state == "ok"
    with writing(engine) as conn:
        succeeded(conn, "opd_feed", NOW, remark=said)
    (found,) = [each for each in look(home, opd_feed={}) if each.what == FEED]
    assert (found.state, found.said) == ("note", f"works, with a remark: {said}")
    engine.dispose()


def test_of_a_secret_that_is_exchanged_both_must_be_fit(home: Home, monkeypatch: pytest.MonkeyPatch):
    push = {"secret_env": PUSH, "old_secret_env": SECRET}
    pushed = {"url": None, "auth": None, "pages": None, "window": None, "push": push}
    monkeypatch.setenv(PUSH, "x" * 32)
    assert [each.said for each in bad(look(home, opd_feed=pushed), FEED)] == [f"{SECRET} is not set"]
    monkeypatch.setenv(SECRET, "y" * 32)
    assert bad(look(home, opd_feed=pushed), FEED) == []


def test_a_key_in_a_header_must_be_set_and_fit_into_one(home: Home, monkeypatch: pytest.MonkeyPatch):
    keyed = {"auth": {"header": {"env": SECRET}}, "push": None}
    assert [each.said for each in bad(look(home, opd_feed=keyed), FEED)] == [f"{SECRET} is not set"]
    monkeypatch.setenv(SECRET, f"{HIDDEN}\nX-Lain: 1")
    (found,) = bad(look(home, opd_feed=keyed), FEED)
    assert found.said == f"{SECRET} holds characters that no key has"


def test_a_push_secret_has_32_characters_and_is_never_told(home: Home, monkeypatch: pytest.MonkeyPatch):
    pushed = {"url": None, "auth": None, "pages": None, "window": None}
    monkeypatch.setenv(PUSH, HIDDEN.ljust(31, "x"))
    findings = look(home, opd_feed=pushed)
    (found,) = bad(findings, FEED)
    assert found.said == f"{PUSH} has fewer than 32 characters"
    assert HIDDEN not in str(findings)
    monkeypatch.setenv(PUSH, HIDDEN.ljust(32, "x"))
    assert bad(look(home, opd_feed=pushed), FEED) == []


@pytest.mark.parametrize(
    ("address", "said", "mend"),
    [
        (None, "is not set", "EnvironmentFile"),
        ("bukan alamat", "no address of a database", "postgresql://user:password@host/name"),
        (f"apa://u:{HIDDEN}@h/x", "no address of a database", "mysql://"),
        ("sqlite://", "no address of a database", "sqlite:////"),
        (f"postgresql+psycopg2://u:{HIDDEN}@h/x", "not installed", "pip package psycopg2-binary"),
        (f"mssql+pyodbc://u:{HIDDEN}@h/x", "not installed", "pip package pyodbc"),
        (f"firebird://u:{HIDDEN}@h/x", "not installed", "pip package sqlalchemy-firebird"),
    ],
)
def test_a_database_needs_an_address_and_a_driver(
    home: Home, monkeypatch: pytest.MonkeyPatch, address: str | None, said: str, mend: str
):
    if address is not None:
        monkeypatch.setenv(URL, address)
    findings = look(home, opd_sql={})
    (found,) = bad(findings, SQL)
    assert (URL in found.said, said in found.said, mend in found.mend) == (True, True, True), found
    assert HIDDEN not in str(findings)


@pytest.mark.parametrize("kind", ["mysql", "mariadb", "postgresql", "sqlite"])
def test_a_database_whose_driver_is_here_needs_nothing(home: Home, monkeypatch: pytest.MonkeyPatch, kind: str):
    monkeypatch.setenv(URL, "sqlite:////tempat/nama.db" if kind == "sqlite" else f"{kind}://u:{HIDDEN}@h/x")
    findings = look(home, opd_sql={})
    assert bad(findings, SQL) == []
    assert HIDDEN not in str(findings)


@pytest.mark.parametrize("source", ["opd_feed", "opd_open311"])
def test_a_ca_file_must_hold_certificates(home: Home, source: str):
    keyless = {"ca_file": "ca.pem"} | ({"auth": None, "push": None} if source == "opd_feed" else {})
    what, file = f"source {source}", home.path / "ca.pem"
    (found,) = bad(look(home, **{source: keyless}), what)
    assert str(file) in found.said
    assert f"sources.{source}.ca_file" in found.mend
    file.write_text("bukan sertifikat")
    assert len(bad(look(home, **{source: keyless}), what)) == 1
    trustme.CA().cert_pem.write_to_path(file)
    assert bad(look(home, **{source: keyless}), what) == []


def test_a_drop_folder_must_be_writable(home: Home):
    (found,) = bad(look(home, opd_csv={"folder": "/proc/self"}), "source opd_csv")
    assert found.said.startswith("/proc/self cannot be written")
    (found,) = bad(look(home, opd_csv={"folder": "tiada"}), "source opd_csv")
    assert found.mend.startswith(f"mkdir -p {home.path / 'tiada'}")
    assert bad(look(home), "source opd_csv") == []
    assert list((home.path / "drop").iterdir()) == []


@pytest.mark.parametrize("name", [UPLOADS, PHOTOS])
def test_the_rooms_for_what_is_brought_must_be_writable(home: Home, name: str):
    assert name not in {each.what for each in look(home)}
    room = home.path / name
    room.write_text("")
    (found,) = bad(look(home), name)
    assert str(room) in found.said
    assert str(room) in found.mend
    room.unlink()
    room.mkdir()
    assert [each.state for each in look(home) if each.what == name] == ["ok"]
    assert list(room.iterdir()) == []


def test_it_speaks_the_language_of_the_terminal(home: Home):
    def told(lang: str) -> Iterator[tuple[str, str]]:
        return ((each.said, each.mend) for each in bad(look(home, lang, opd_feed={}), FEED))

    (indonesian, *_), (english, *_) = told("id"), told("en")
    assert indonesian[0] == f"{ID} belum diisi"
    assert english[0] == f"{ID} is not set"
    assert indonesian[1] != english[1]


@pytest.mark.parametrize(
    ("environ", "lang"),
    [
        ({}, "en"),
        ({"LANG": "id_ID.UTF-8"}, "id"),
        ({"LANG": "id_ID.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "C", "LC_MESSAGES": "id_ID"}, "id"),
        ({"LANG": "en_ID.UTF-8"}, "en"),
    ],
)
def test_the_language_is_that_of_the_environment(environ: dict[str, str], lang: str):
    assert terminal_language(environ) == lang
