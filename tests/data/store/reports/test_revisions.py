from __future__ import annotations

from dataclasses import replace
from datetime import date

from data.store.db.engine import Engine, reading, writing
from data.store.reports import revisions
from data.store.reports.revisions import ReportFile, ReportKey, Revision
from tests.factories import NOW

KEY = ReportKey(date(2026, 10, 1), date(2026, 10, 31))
FIRST = Revision(0, KEY, 1, 41, NOW, "a" * 64, '{"rows":[]}', NOW, "ani")


def kept(engine: Engine, *made: Revision) -> list[int]:
    with writing(engine) as conn:
        return [revisions.add(conn, each) for each in made]


def test_a_revision_is_read_as_it_was_kept(engine: Engine):
    [number] = kept(engine, FIRST)
    with reading(engine) as conn:
        assert revisions.revisions(conn, KEY) == [replace(FIRST, id=number)]
        assert revisions.by_id(conn, number) == replace(FIRST, id=number)
        assert revisions.by_rows(conn, "a" * 64) == [replace(FIRST, id=number)]
        assert revisions.revisions(conn, replace(KEY, agency="dlh")) == []


def test_the_archive_begins_with_the_newest_period_and_its_newest_revision(engine: Engine):
    november = ReportKey(date(2026, 11, 1), date(2026, 11, 30))
    kept(engine, FIRST, replace(FIRST, key=november), replace(FIRST, revision=2))
    with reading(engine) as conn:
        found = revisions.newest(conn, 10)
    assert [(each.key.first.month, each.revision) for each in found] == [(11, 1), (10, 2), (10, 1)]


def test_a_file_that_is_kept_is_not_replaced(engine: Engine):
    [number] = kept(engine, FIRST)
    file = ReportFile(number, "id", "laporan.pdf", 900, "b" * 64)
    with writing(engine) as conn:
        revisions.add_files(conn, [file])
        revisions.add_files(conn, [replace(file, size=7), replace(file, lang="en", size=800)])
    with reading(engine) as conn:
        assert revisions.file_of(conn, number, "id", "laporan.pdf") == file
        assert revisions.by_sha256(conn, "b" * 64) is not None
        assert revisions.sizes(conn, ".pdf") == [800, 900]
        assert [each.lang for each in revisions.files(conn, number)] == ["en", "id"]
