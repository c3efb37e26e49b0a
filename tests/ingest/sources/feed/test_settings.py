"""The settings of feeds and SQL sources as config.yaml has them: a fault is told with its path and its line."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from dashboard.config.faults import ConfigFaults
from dashboard.config.load import load
from ingest.sources.feed.paths import PathError, follow, key
from ingest.sources.feed.settings import FeedSettings
from ingest.sources.sql.source import SqlSettings
from tests.ingest.doors import ROOT, config


def faults(home: Path, before: str, after: str) -> str:
    """What is said of config.yaml with one thing changed."""
    text = (ROOT / "config.yaml").read_text(encoding="utf-8")
    assert text.count(before) == 1
    path = home / "config.yaml"
    path.write_text(text.replace(before, after), encoding="utf-8")
    with pytest.raises(ConfigFaults) as told:
        load(path, date(2026, 11, 24))
    return str(told.value)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("items: data.items #", "items: data.[items #", "sources.opd_feed.items is 'data.[items'; is no path"),
        ("kategori: kategori.nama,", "kategori: nama((,", "sources.opd_feed.columns.kategori is 'nama(('; is no path"),
        ("lintang: lokasi.lat,", "lintang: latitude(lokasi),", "calls latitude, which does not exist"),
        ("lintang: lokasi.lat,", "lintang: 'length()',", "gives length 0 arguments; it takes 1"),
        ("deleted: dihapus # The JMESPath", "deleted: '' # The JMESPath", "sources.opd_feed.deleted"),
        ("url: https://api.example.go.id/laporan", "url: https://u:p@api.example.go.id/", "sources.opd_feed.url"),
        ("url: https://api.example.go.id/laporan", "url: ftp://api.example.go.id", "sources.opd_feed.url"),
        ("client_id_env: BATT_OPD_FEED_ID", "client_id_env: rahasia!", "sources.opd_feed.auth.oauth.client_id_env"),
        ("secret_env: BATT_OPD_FEED_PUSH", "secret_env: s3cr3t", "sources.opd_feed.push.secret_env"),
        ("since: updated_from", "sinse: updated_from", "sources.opd_feed.window.sinse is no known key"),
        ('format: "%Y-%m-%dT%H:%M:%SZ" # The format', 'format: "%H:%M" # The format', "sources.opd_feed.window"),
        ("number: # Numbered", "nomber: # Numbered", "sources.opd_feed.pages.nomber"),
        ("first: 1 #", "first: 2 #", "sources.opd_feed.pages.number.first"),
        ("FROM laporan WHERE diubah >= :cursor", "FROM laporan WHERE diubah > :cursor", "sources.opd_sql.query"),
        ("url_env: BATT_OPD_SQL_URL", "url_env: mysql://a:b@c/d", "sources.opd_sql.url_env"),
        ("type: datetime # int", "type: tanggal # int", "sources.opd_sql.cursor.type is 'tanggal'"),
    ],
)
def test_a_fault_is_told_with_its_path(before: str, after: str, said: str, tmp_path: Path):
    told = faults(tmp_path, before, after)
    assert said in told
    assert "config.yaml:" in told


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"url": None, "push": None, "auth": None, "pages": None, "window": None}, "needs url"),
        ({"url": None}, "no url to ask"),
        ({"pages": {}}, "exactly one"),
        ({"auth": {}}, "either header or oauth"),
        ({"pages": {"url": {"next": "a", "resume": True}}}, "leave `resume` out"),
        ({"window": {"since": "a", "zone": "Asia/Batu"}}, "is no time zone"),
        ({"columns": {"a": "b" * 501}}, "longer than 500"),
    ],
)
def test_settings_that_contradict_each_other_are_faults(changes: dict[str, Any], said: str):
    plain = config().sources["opd_feed"].model_dump()
    with pytest.raises(ValueError, match=said):
        FeedSettings.model_validate(plain | changes)


def test_the_examples_are_off_and_of_their_kind():
    assert isinstance(config().sources["opd_feed"], FeedSettings)
    assert isinstance(config().sources["opd_sql"], SqlSettings)
    assert not any(config().sources[name].enabled for name in ("opd_feed", "opd_sql"))


@pytest.mark.parametrize("name", ["nama", "nama lengkap", 'a"b', "a\\b", "a.b", "@", "[0]", "é", "a\nb"])
def test_a_key_is_found_whatever_letters_it_is_made_of(name: str):
    assert follow(key(name))({name: 1, "lain": 2}) == 1


def test_a_path_that_cannot_be_followed_says_so():
    assert follow("max(nilai)")({"nilai": [1, 3, 2]}) == 3
    with pytest.raises(PathError, match="max"):
        follow("max(nilai)")({"nilai": "teks"})
