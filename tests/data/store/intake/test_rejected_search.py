"""Looking through what was rejected: by pages, by what is wrong, on both kinds of database."""

from __future__ import annotations

import pytest

from data.domain.reasons import encode_reason, reason
from data.store.db.engine import Engine, reading, writing
from data.store.intake import rejected, rejected_search
from data.store.intake.rejected import RejectedRecord
from data.texts import texts
from tests.factories import MINUTE, NOW


def keep(engine: Engine, count: int, reason: str = "lat: '{n}' bukan bilangan", source: str = "umpan", start: int = 0):
    with writing(engine) as conn:
        for n in range(start, start + count):
            rejected.add(conn, RejectedRecord(source, f"id-{n}", reason.format(n=n), f'{{"n": {n}}}'), NOW + n * MINUTE)


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        ("lat: 'x' bukan bilangan", "lat: … bukan bilangan"),
        ('lat: "it\'s" bukan bilangan', "lat: … bukan bilangan"),
        ("judul: 'aaaaaaa… terlalu panjang", "judul: … terlalu panjang"),
        ("baris 12: kosong", "baris …: kosong"),
        ("tidak ada, padahal wajib diisi", "tidak ada, padahal wajib diisi"),
        ("y" * 300, "y" * 199 + "…"),
    ],
)
def test_the_kind_of_a_reason_leaves_out_its_values(reason: str, kind: str):
    assert rejected_search.kind_of(reason) == kind
    assert rejected_search.kind_of(kind) == kind


def test_pages_follow_one_another_without_gap_or_repetition(engine: Engine):
    keep(engine, 25)
    keep(engine, 5, source="lain", start=100)
    seen, before = [], None
    with reading(engine) as conn:
        while lines := rejected_search.page(conn, "umpan", None, before, 10):
            seen += [line.external_id for line in lines]
            before = lines[-1].id
    assert seen == [f"id-{n}" for n in reversed(range(25))]


def test_records_are_found_by_the_kind_of_their_reason_and_by_nothing_else(engine: Engine):
    keep(engine, 3)
    keep(engine, 2, reason="100%_salah: '{n}'", start=10)
    keep(engine, 1, reason="100 salah: '{n}'", start=20)
    with reading(engine) as conn:
        assert dict(rejected_search.kinds(conn, "umpan", 9)) == {
            "lat: … bukan bilangan": 3,
            "100%_salah: …": 2,
            "100 salah: …": 1,
        }
        assert rejected_search.how_many(conn, "umpan", "100%_salah: …") == 2
        assert rejected_search.how_many(conn, "umpan", None) == 6
        assert [line.external_id for line in rejected_search.page(conn, "umpan", "100 salah: …", None, 9)] == ["id-20"]
        first, second, third = rejected_search.next_ids(conn, "umpan", "lat: … bukan bilangan", 0, 9)
        assert rejected_search.next_ids(conn, "umpan", "lat: … bukan bilangan", first, 1) == [second]
        assert third > second > first
        assert rejected_search.page(conn, "umpan", "none", None, 9) == []


def test_a_list_shows_only_the_start_of_a_long_payload(engine: Engine):
    with writing(engine) as conn:
        rejected.add(conn, RejectedRecord("umpan", "1", "salah", '"' + "x" * 1_000_000 + '"'), NOW)
    with reading(engine) as conn:
        [line] = rejected_search.page(conn, "umpan", None, None, 9)
        assert len(line.preview) == 240
        assert len(rejected_search.one(conn, "umpan", line.id).record.payload) == 1_000_002
        assert rejected_search.one(conn, "lain", line.id) is None


def test_a_correction_waits_for_no_other_payload_than_the_one_it_was_made_of(engine: Engine):
    keep(engine, 1)
    with writing(engine) as conn:
        [line] = rejected_search.page(conn, "umpan", None, None, 9)
        assert not rejected.correct(conn, line.id, '{"n": 9}', "{}")
        assert rejected.correct(conn, line.id, '{"n": 0}', '{"n": 1}')
        assert rejected_search.one(conn, "umpan", line.id).record.payload == '{"n": 1}'


def test_what_is_wrong_in_a_column_is_one_kind_whatever_its_value(engine: Engine):
    known = reason("list.more", names=("Baru", "Selesai"), more=3)
    cells = [("status", "Entah"), ("status", "it's"), ("desa", "Entah")]
    with writing(engine) as conn:
        for n, (column, value) in enumerate(cells):
            why = reason("cell.unknown_value", columns=(column,), value=value, known=known)
            rejected.add(conn, RejectedRecord("umpan", f"id-{n}", encode_reason(why), "{}"), NOW)
    with reading(engine) as conn:
        (kind, count), _ = rejected_search.kinds(conn, "umpan", 9)
        assert (count, rejected_search.how_many(conn, "umpan", kind)) == (2, 2)
    expected = "kolom status: '…' tidak dikenal; yang benar: Baru, Selesai dan 3 lainnya"
    assert texts("id").stored_sentence(kind) == expected
