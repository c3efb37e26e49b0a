"""Answers and files that are broken, hostile or far too large: told with the reason; what comes next is taken."""

from __future__ import annotations

import json
import resource
import tracemalloc
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from data.store.db.engine import Engine, reading
from data.store.intake.rejected import waiting
from data.texts import texts
from ingest.source import SourceDown
from ingest.sources.feed.body import InvalidJson, parse_json
from ingest.tabular.readers.csv_table import TableFormat, inspect_csv, lines_of
from tests.ingest.doors import NOW, Hand, all_cases, around, configured, pipeline
from tests.ingest.hostile.inputs import as_csv
from tests.ingest.hostile.values import a_row
from tests.ingest.sources.feed.feed_server import Reply
from tests.ingest.sources.feed.feed_server import serving as serving_feed
from tests.ingest.sources.feed.feed_sources import a_feed, item
from tests.ingest.sources.open311.server import CityServer, Said, a_request, a_source, serving, xml_of
from tests.ingest.sources.open311.test_body import BILLION, OUTSIDE, REMOTE_DTD

MANY, MANY_EMPTY = 400_000, 20_000


def kept(engine: Engine) -> list[Any]:
    with reading(engine) as conn:
        return waiting(conn)


ANSWERS: Mapping[str, tuple[bytes, str]] = {
    "cut JSON": (json.dumps([a_request(1), a_request(2)]).encode()[:-30], "terpotong"),
    "JSON that is none": (b'[{"service_request_id": 1,}]', "JSON rusak"),
    "cut XML": (xml_of("requests", [a_request(1), a_request(2)]).encode()[:-60], "XML rusak atau terpotong"),
    "an entity bomb": (BILLION.encode(), "entitas"),
    "an external entity": (OUTSIDE.encode(), "entitas"),
    "an external DTD": (REMOTE_DTD.encode(), "DTD"),
    "an HTML page": (b"<!DOCTYPE html><html><title>Masuk</title></html>", "halaman HTML"),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_an_open311_answer_that_cannot_be_read_moves_nothing_and_the_next_one_is_taken(name: str, engine: Engine):
    body, said = ANSWERS[name]
    with serving(CityServer([a_request(1), a_request(2)])) as city:
        hand = Hand(a_source(city, engine, format="xml" if body.startswith(b"<") else "json"), pipeline(engine))
        city.say["requests"] = lambda resource, found: Said(body)
        with pytest.raises(SourceDown, match=rf"^dinas \(http://127\.0\.0\.1:\d+/requests.*{said}"):
            hand.take()
        assert (hand.cursor, all_cases(engine), kept(engine)) == (None, [], [])
        city.say.clear()
        assert hand.take() == {"new": 2}


def test_in_a_feed_of_mixed_encodings_only_the_records_that_are_no_utf8_are_refused(engine: Engine, tmp_path: Path):
    good, wrong = (json.dumps(item(n, judul="Café"), ensure_ascii=False) for n in (1, 2))
    body = b'{"data": [' + good.encode() + b", " + wrong.encode("cp1252") + b"]}"
    with serving_feed(lambda asked: Reply(body)) as server:
        hand = Hand(a_feed(server.url, engine, tmp_path), pipeline(engine))
        assert hand.take() == {"new": 1, "rejected": 1}
    (row,) = kept(engine)
    assert row.record.external_id == "2"
    said = "title: berisi huruf yang rusak; simpan ulang sebagai teks UTF-8"
    assert said in texts("id").stored_sentence(row.record.reason)
    assert [case["title"] for case in all_cases(engine)] == ["Café"]


def test_nothing_very_many_times_over_is_one_refusal_and_the_good_record_beside_it_comes_in(
    sqlite_engine: Engine, tmp_path: Path
):
    body = b'{"data": [' + b"{}," * MANY_EMPTY + json.dumps(item(1)).encode() + b"]}"
    with serving_feed(lambda asked: Reply(body)) as server:
        hand = Hand(a_feed(server.url, sqlite_engine, tmp_path), pipeline(sqlite_engine))
        assert hand.take() == {"new": 1, "rejected": 1}
    (row,) = kept(sqlite_engine)
    assert "kosong" in texts("id").stored_sentence(row.record.reason)


def test_nothing_very_many_times_over_from_an_open311_server_is_one_refusal_too(sqlite_engine: Engine):
    body = b"[" + b"{}," * MANY_EMPTY + json.dumps(a_request(1)).encode() + b"]"
    say = {"requests": lambda resource, found: Said(body)}
    with serving(CityServer([a_request(1)], say=say)) as city:
        assert Hand(a_source(city, sqlite_engine), pipeline(sqlite_engine)).take() == {"new": 1, "rejected": 1}


@pytest.mark.parametrize("tiny", [b"{},", b"[],", b"1,"])
def test_fifty_megabytes_of_tiny_values_are_refused_before_they_fill_the_memory(tiny: bytes):
    body = b"[" + tiny * (50_000_000 // len(tiny)) + b"1]"
    tracemalloc.start()
    with pytest.raises(InvalidJson, match=r"terlalu banyak objek sekaligus; perkecil halaman"):
        parse_json(body)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000


def test_an_answer_of_more_than_its_limit_is_let_go_and_told(sqlite_engine: Engine, tmp_path: Path):
    body = json.dumps({"data": [item(1)], "isi": "x" * 2_000_000}).encode()
    with serving_feed(lambda asked: Reply(body)) as server:
        hand = Hand(a_feed(server.url, sqlite_engine, tmp_path, limits={"body_mb": 1}), pipeline(sqlite_engine))
        with pytest.raises(SourceDown, match=r"127\.0\.0\.1: jawaban lebih besar dari 1\.000\.000 byte; perkecil"):
            hand.take()
    assert (hand.cursor, all_cases(sqlite_engine)) == (None, [])


class Folder:
    """The drop folder."""

    def __init__(self, engine: Engine, home: Path) -> None:
        self.path = home / "drop"
        self.path.mkdir()
        self.hand = Hand(configured("opd_csv", around(engine, home), settle_s=0), pipeline(engine))

    def take(self) -> None:
        self.hand.take(NOW)  # lies there
        self.hand.take(NOW)  # has not changed


@pytest.mark.parametrize(
    ("begins", "said"),
    [
        (as_csv([a_row("1")]) + b"2;x", "baris 3: lebih dari 10.000.000 huruf; ini bukan tabel"),
        (b"x", "baris 1: lebih dari 10.000.000 huruf; ini bukan tabel"),
        (b"\x00", "simpan ulang sebagai CSV UTF-8"),
    ],
    ids=["one endless cell", "one endless line", "zeros"],
)
def test_fifty_megabytes_in_one_line_are_refused_and_the_file_beside_is_taken(
    begins: bytes, said: str, sqlite_engine: Engine, tmp_path: Path
):
    folder = Folder(sqlite_engine, tmp_path)
    (folder.path / "a.csv").write_bytes(begins + begins[-1:] * 50_000_000)
    (folder.path / "z.csv").write_bytes(as_csv([a_row("7")]))
    for _ in range(2):
        folder.take()
        assert "a.csv: " in folder.hand.remark
        assert said in folder.hand.remark
    assert [case["external_id"] for case in all_cases(sqlite_engine)] == ["7"]
    assert said in (folder.path / "a.csv.hasil.csv").read_text(encoding="utf-8-sig")


def test_very_many_tiny_rows_of_a_csv_file_are_read_in_flat_memory(tmp_path: Path):
    path = tmp_path / "a.csv"
    with path.open("wb") as file:
        file.write(b"nomor;tanggal\n")
        file.writelines(b"%d;x\n" % n for n in range(MANY))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    table = inspect_csv(path, TableFormat(), ("nomor", "tanggal"), ("nomor",))
    assert table.rows == sum(1 for _ in lines_of(table)) == MANY
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024 < 30


def test_a_request_dated_in_3020_is_refused_by_a_server_that_ignores_windows_and_the_others_come(engine: Engine):
    found = [a_request(1), a_request(2, requested_datetime="3020-01-01T00:00:00Z"), a_request(3)]
    say = {"requests": lambda resource, _found: Said(json.dumps(found).encode())}
    with serving(CityServer(found, say=say)) as city:
        hand = Hand(a_source(city, engine), pipeline(engine))
        assert hand.take() == {"new": 2, "rejected": 1}
    (row,) = kept(engine)
    assert (row.record.source, row.record.external_id) == ("dinas", "R-2")
    assert "di masa depan; periksa jam sumber" in texts("id").stored_sentence(row.record.reason)
