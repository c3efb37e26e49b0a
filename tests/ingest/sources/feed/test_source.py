"""A feed over HTTP: through the real pipeline into a real store."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from data.store.db.engine import Engine
from data.texts import texts
from ingest.source import SourceDown
from tests.ingest.doors import NOW, Hand, all_cases, all_events, pipeline
from tests.ingest.sources.feed.feed_server import Reply, serving
from tests.ingest.sources.feed.feed_sources import COLUMNS, MAPPING, a_feed, item


def ids(engine: Engine) -> list[str]:
    return [each["external_id"] for each in all_cases(engine)]


def test_items_become_cases_and_a_second_fetch_changes_nothing(engine: Engine, tmp_path: Path):
    items = [item(1), item("dua", desa="Sisir"), item(3, status="selesai", waktu={"selesai": "2026-11-24 10:00"})]
    with serving(lambda asked: {"data": items}) as server:
        hand = Hand(a_feed(f"{server.url}/laporan", engine, tmp_path), pipeline(engine))
        assert hand.take() == {"new": 3}
        before = all_cases(engine)
        assert hand.take() == {"same": 3}
    assert all_cases(engine) == before
    assert ids(engine) == ["1", "3", "dua"]
    assert (before[0]["category"], before[0]["lat"], before[0]["title"]) == ("sampah", -7.8712, "Sampah 1")
    assert before[1]["state"] == "resolved"


@pytest.mark.parametrize(
    "told",
    [12, 12.0, "12", " 12 "],
    ids=str,
)
def test_an_id_is_the_same_as_number_and_as_text(told: Any, sqlite_engine: Engine, tmp_path: Path):
    with serving(lambda asked: {"data": [item(told)]}) as server:
        Hand(a_feed(server.url, sqlite_engine, tmp_path), pipeline(sqlite_engine)).take()
    assert ids(sqlite_engine) == ["12"]


@pytest.mark.parametrize(
    "created", [1795485600, 1795485600000, 1795485600.0, "2026-11-24 09:00", "2026-11-24T02:00:00Z"]
)
def test_times_may_be_epoch_numbers(created: Any, sqlite_engine: Engine, tmp_path: Path):
    with serving(lambda asked: {"data": [item(1, dibuat=created)]}) as server:
        Hand(a_feed(server.url, sqlite_engine, tmp_path), pipeline(sqlite_engine)).take()
    assert all_cases(sqlite_engine)[0]["received_at"].isoformat() == "2026-11-24T02:00:00+00:00"


@pytest.mark.parametrize("promised", [1795658400, "2026-11-26 09:00", "2026-11-26T02:00:00Z"])
def test_an_item_may_promise_until_when(promised: Any, sqlite_engine: Engine, tmp_path: Path):
    mapping, columns = MAPPING | {"promised": "janji"}, COLUMNS | {"janji": "waktu.janji"}
    with serving(lambda asked: {"data": [item(1, waktu={"janji": promised}), item(2)]}) as server:
        feed = a_feed(server.url, sqlite_engine, tmp_path, mapping=mapping, columns=columns)
        Hand(feed, pipeline(sqlite_engine)).take()
    told = [each["promised_at"] and each["promised_at"].isoformat() for each in all_cases(sqlite_engine)]
    assert told == ["2026-11-26T02:00:00+00:00", None]


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("bukan objek", "teks, seharusnya objek"),
        (["daftar"], "daftar, seharusnya objek"),
        (None, "null, seharusnya objek"),
        (7, "bilangan, seharusnya objek"),
        (item(9, dibuat=None), "kolom dibuat: kosong"),
        (item(9, dibuat="2026-02-31"), "'2026-02-31' bukan waktu"),
        (item(9, judul={"id": "Sampah"}), "kolom judul: berisi objek"),
        (item(9, lokasi={"lat": "abc", "lng": 112}), "kolom lat: 'abc' bukan derajat"),
        (item(9, lokasi={"lat": [[1]], "lng": 112}), "kolom lat: berisi daftar"),
        (item(9, kategori=None), "kolom jenis: kosong"),
        (item(9, isi="a\0b"), "NUL"),
        (item(9, judul="\ud800"), "huruf yang rusak"),
        (item(None), "kolom id: kosong"),
        (item({"a": 1}), "kolom id: berisi objek"),
        (item("x" * 201), "lebih dari 200 huruf"),
        (item(9, status="dibatalkan"), "'dibatalkan' tidak dikenal"),
        (item(9, dibuat="3020-01-01T00:00:00Z"), "di masa depan"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_one_bad_item_is_kept_with_its_reason_and_stops_no_other(
    broken: Any, said: str, engine: Engine, tmp_path: Path
):
    with serving(lambda asked: {"data": [item(1), broken, item(2)]}) as server:
        hand = Hand(a_feed(server.url, engine, tmp_path), pipeline(engine))
        assert hand.take() == {"new": 2, "rejected": 1}
        assert said in texts("id").stored_sentence(hand.outcomes[1].reason)
        assert hand.take() == {"same": 2, "rejected": 1}
    assert ids(engine) == ["1", "2"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"<!DOCTYPE html><html><body>Login</body></html>", "halaman HTML"),
        (b"\n  <html>", "halaman HTML"),
        (b"<?xml version='1.0'?><a/>", "XML, bukan JSON"),
        (b'{"data": [{"id": 1, "judul": "Sam', "terpotong"),
        (b'{"data": [{"id": 1}', "terpotong"),
        (b"", "kosong"),
        (b"[" * 200_000, "bersarang terlalu dalam"),
        (b'{"data": ' + b'{"a":' * 50_000 + b"1" + b"}" * 50_001, "bersarang terlalu dalam"),
        (b'{"data": [' + b"9" * 5000 + b"]}", "bilangan yang tidak masuk akal"),
        (b'\xff\xfa{"data": []}', "bukan teks UTF-8"),
        (b'{"data": [1,]}', "bukan JSON yang benar"),
        (b'{"error": "maintenance"}', "server berkata: maintenance"),
        (b'{"hasil": []}', "yang ada: hasil"),
        (b'{"data": "nanti"}', "berisi teks, seharusnya daftar"),
        (b'"data"', "seharusnya daftar"),
        (b'{"success": false, "message": "basis data sibuk", "data": null}', "server berkata: basis data sibuk"),
        (b'{"status": "error", "message": "basis data sibuk", "data": null}', "server berkata: basis data sibuk"),
        (b'{"code": 500, "message": "basis data sibuk", "data": null}', "server berkata: basis data sibuk"),
        (b'{"error": "basis data sibuk", "data": []}', "daftar kosong; server berkata: basis data sibuk"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_an_unreadable_body_is_an_error_and_moves_nothing(
    body: bytes, said: str, sqlite_engine: Engine, tmp_path: Path
):
    with serving(lambda asked: Reply(body)) as server:
        hand = Hand(a_feed(server.url, sqlite_engine, tmp_path), pipeline(sqlite_engine))
        with pytest.raises(SourceDown, match=said) as fault:
            hand.take()
    assert "127.0.0.1" in str(fault.value)
    assert hand.cursor is None


@pytest.mark.parametrize(
    "body",
    [
        b'{"data": []}',
        b'{"data": null}',
        b'\xef\xbb\xbf{"data": []}',
        b"null",
        b'{"data": null, "error": null}',
        b'{"data": null, "errors": [], "success": true, "status": "ok", "code": 200}',
        b'{"data": [], "status": false, "message": "Data tidak ditemukan"}',
        b'{"data": [], "error": false}',
    ],
)
def test_an_empty_feed_is_no_error(body: bytes, sqlite_engine: Engine, tmp_path: Path):
    with serving(lambda asked: Reply(body)) as server:
        assert Hand(a_feed(server.url, sqlite_engine, tmp_path), pipeline(sqlite_engine)).take() == {}


def test_a_single_object_in_place_of_the_list_is_one_item(sqlite_engine: Engine, tmp_path: Path):
    with serving(lambda asked: {"data": item(1)}) as server:
        assert Hand(a_feed(server.url, sqlite_engine, tmp_path), pipeline(sqlite_engine)).take() == {"new": 1}


def test_nan_counts_as_nothing_and_infinity_is_refused(sqlite_engine: Engine, tmp_path: Path):
    body = b'{"data": [%s, %s, %s]}'
    one = b'{"id": %d, "dibuat": "2026-11-24", "kategori": {"nama": "sampah"}, "lokasi": {"lat": %s, "lng": %s}}'
    whole = body % (one % (1, b"NaN", b"NaN"), one % (2, b"Infinity", b"112"), one % (3, b"-1e999", b"112"))
    with serving(lambda asked: Reply(whole)) as server:
        hand = Hand(a_feed(server.url, sqlite_engine, tmp_path), pipeline(sqlite_engine))
        assert hand.take() == {"new": 1, "rejected": 2}
    assert all_cases(sqlite_engine)[0]["lat"] is None


def test_thousands_of_distinct_categories_all_come_in(sqlite_engine: Engine, tmp_path: Path):
    old = "2026-09-01T09:00:00+07:00"
    more = {"judul": "", "isi": "Mohon ditinjau.", "dibuat": old, "diubah": old}
    items = [item(n, kategori={"nama": f"jenis {n}"}, **more) for n in range(2000)]
    with serving(lambda asked: {"data": items}) as server:
        hand = Hand(a_feed(server.url, sqlite_engine, tmp_path), pipeline(sqlite_engine))
        assert hand.take() == {"new": 2000}
    assert {each["category"] for each in all_cases(sqlite_engine)} == {"lainnya"}


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (401, "kunci"),
        (403, "izin"),
        (404, "periksa url"),
        (429, "menunggu 30 detik"),
        (500, "bermasalah"),
        (302, "302"),
    ],
)
def test_what_the_server_refuses_is_explained(status: int, said: str, sqlite_engine: Engine, tmp_path: Path):
    with serving(lambda asked: Reply({}, status, {"Retry-After": "30"})) as server:
        hand = Hand(a_feed(server.url, sqlite_engine, tmp_path), pipeline(sqlite_engine))
        with pytest.raises(SourceDown, match=said):
            hand.take()


@pytest.mark.parametrize(
    ("headers", "waits_s"),
    [
        ({"Retry-After": "120"}, 120),
        ({"Retry-After": "Tue, 24 Nov 2026 04:02:00 GMT"}, 120),
        ({"Retry-After": "Tue, 24 Nov 2026 05:02:00 GMT", "Date": "Tue, 24 Nov 2026 05:00:00 GMT"}, 120),
        ({"Retry-After": "864000"}, 3600),
        ({"Retry-After": "nanti"}, 0),
        ({"Retry-After": "-5"}, 0),
        ({}, 0),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_a_server_that_asks_for_a_while_is_left_alone_for_it(
    status: int, headers: dict[str, str], waits_s: int, sqlite_engine: Engine, tmp_path: Path
):
    with serving(lambda asked: Reply({}, status, headers)) as server:
        hand = Hand(a_feed(server.url, sqlite_engine, tmp_path), pipeline(sqlite_engine))
        told = []
        for second in (0, max(0, waits_s - 1)):
            with pytest.raises(SourceDown, match=str(status)) as down:
                hand.take(NOW + timedelta(seconds=second))
            told.append(str(down.value))
        assert told[0] == told[1]
        assert len(server.asked) == (1 if waits_s else 2)
        server.answer = lambda asked: {"data": [item(1)]}
        assert hand.take(NOW + timedelta(seconds=waits_s)) == {"new": 1}


def test_a_redirect_on_the_same_server_is_followed(sqlite_engine: Engine, tmp_path: Path):
    def answer(asked: Any) -> Any:
        return {"data": [item(1)]} if asked.path == "/baru" else Reply({}, 308, {"Location": "/baru"})

    with serving(answer) as server:
        hand = Hand(a_feed(f"{server.url}/lama", sqlite_engine, tmp_path), pipeline(sqlite_engine))
        assert hand.take() == {"new": 1}


def test_a_wrong_certificate_file_is_named(sqlite_engine: Engine, tmp_path: Path):
    hand = Hand(a_feed("https://127.0.0.1:1", sqlite_engine, tmp_path, ca_file="ca.pem"), pipeline(sqlite_engine))
    with pytest.raises(SourceDown, match=r"ca\.pem tidak dapat dibaca"):
        hand.take()


def test_an_older_copy_undoes_nothing_whatever_order_they_come_in(engine: Engine, tmp_path: Path):
    newer = item(1, diubah="2026-11-24T10:30:00+07:00", kategori={"nama": "jalan_rusak"})
    answers = [[item(1)], [newer], [item(1)], [item(1), newer], [newer, item(1)]]
    with serving(lambda asked: {"data": answers[len(server.asked) - 1]}) as server:
        hand = Hand(a_feed(server.url, engine, tmp_path), pipeline(engine))
        counts = [hand.take() for _ in answers]
    assert counts == [{"new": 1}, {"updated": 1}, {"same": 1}, {"same": 2}, {"same": 2}]
    assert all_cases(engine)[0]["category"] == "jalan_rusak"


def test_a_record_may_change_its_category_and_go_back_to_open(engine: Engine, tmp_path: Path):
    done = item(1, status="selesai", waktu={"selesai": "2026-11-24T09:30:00+07:00"}, diubah="2026-11-24T09:30:00+07:00")
    moved = item(1, kategori={"nama": "jalan_rusak"}, diubah="2026-11-24T10:00:00+07:00")
    with serving(lambda asked: {"data": [[item(1)], [done], [moved]][len(server.asked) - 1]}) as server:
        hand = Hand(a_feed(server.url, engine, tmp_path), pipeline(engine))
        assert [hand.take() for _ in range(3)] == [{"new": 1}, {"updated": 1}, {"updated": 1}]
    assert all_cases(engine)[0]["category"] == "jalan_rusak"
    assert len(all_events(engine, "reclassified")) == 1


def test_a_deletion_at_the_source_is_a_note_and_the_case_stays(engine: Engine, tmp_path: Path):
    gone = item(1, dihapus=True, diubah="2026-11-24T10:00:00+07:00")
    with serving(lambda asked: {"data": [[item(1), item(2)], [gone], [gone]][len(server.asked) - 1]}) as server:
        hand = Hand(a_feed(server.url, engine, tmp_path), pipeline(engine))
        assert [hand.take() for _ in range(3)] == [{"new": 2}, {"updated": 1}, {"same": 1}]
    assert ids(engine) == ["1", "2"]
    (note,) = all_events(engine, "note")
    assert (note["reason"], note["actor_kind"], note["actor"]) == ("withdrawn", "system", "umpan")
    assert note["at"].isoformat() == "2026-11-24T03:00:00+00:00"
    assert all_cases(engine)[0]["state"] == "received"


@pytest.mark.parametrize("changed", [None, "2026-11-24T10:00:00+07:00"])
def test_a_deletion_that_tells_nothing_but_the_id_is_a_note_too(changed: str | None, engine: Engine, tmp_path: Path):
    gone = {"id": 1, "dihapus": "2026-11-24", "diubah": changed}
    with serving(lambda asked: {"data": [[item(1)], [gone], [gone]][len(server.asked) - 1]}) as server:
        hand = Hand(a_feed(server.url, engine, tmp_path), pipeline(engine))
        assert [hand.take() for _ in range(3)] == [{"new": 1}, {"updated": 1}, {"same": 1}]
    assert [note["reason"] for note in all_events(engine, "note")] == ["withdrawn"]
    assert all_events(engine, "reclassified") == []
    assert all_cases(engine)[0]["category"] == "sampah"


def test_a_deletion_that_tells_nothing_but_the_id_takes_nothing_back(engine: Engine, tmp_path: Path):
    done = item(1, status="selesai", waktu={"selesai": "2026-11-24T09:30:00+07:00"}, diubah="2026-11-24T09:30:00+07:00")
    gone = {"id": 1, "dihapus": True, "diubah": "2026-11-24T10:00:00+07:00"}
    with serving(lambda asked: {"data": [[done], [gone]][len(server.asked) - 1]}) as server:
        hand = Hand(a_feed(server.url, engine, tmp_path), pipeline(engine))
        assert [hand.take() for _ in range(2)] == [{"new": 1}, {"updated": 1}]
    (case,) = all_cases(engine)
    assert (case["state"], case["title"], case["lat"]) == ("resolved", "Sampah 1", -7.8712)
    assert all_events(engine, "reopened") == []


def test_the_deletion_of_what_never_came_is_told_among_the_refused(sqlite_engine: Engine, tmp_path: Path):
    with serving(lambda asked: {"data": [{"id": 5, "dihapus": 1}]}) as server:
        hand = Hand(a_feed(server.url, sqlite_engine, tmp_path), pipeline(sqlite_engine))
        assert hand.take() == {"rejected": 1}


@pytest.mark.parametrize("mark", [False, None, 0, "", "0", "false", "Tidak"])
def test_a_mark_that_says_no_is_no_deletion(mark: Any, sqlite_engine: Engine, tmp_path: Path):
    with serving(lambda asked: {"data": [item(1, dihapus=mark)]}) as server:
        assert Hand(a_feed(server.url, sqlite_engine, tmp_path), pipeline(sqlite_engine)).take() == {"new": 1}
    assert all_events(sqlite_engine, "note") == []


def test_a_fetch_that_died_is_repeated_and_nothing_is_there_twice(engine: Engine, tmp_path: Path):
    old = "2026-09-01T09:00:00+07:00"
    items = [item(n, dibuat=old, diubah=old) for n in range(2500)]
    with serving(lambda asked: {"data": items}) as server:
        feed = a_feed(server.url, engine, tmp_path)
        hand = Hand(feed, pipeline(engine))
        hand.take_and_die(2)
        assert len(all_cases(engine)) == 2000
        assert hand.take(NOW) == {"same": 2000, "new": 500}
