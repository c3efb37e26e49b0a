"""A store as one file: taken while others write, found sound or not, copied into another database."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from data.store.backup import backup_file, usage
from data.store.backup.backup_file import (
    CHANGES_PASSED,
    Damaged,
    Described,
    bring_up,
    look_into,
    move,
    require_sound,
    write_file,
)
from data.store.backup.copying import NotEmpty, TableContent, contents, row_counts
from data.store.backup.usage import InUse, require_unused
from data.store.db.change_feed import latest, record_change, since
from data.store.db.engine import Engine, open_engine, reading, writing
from data.store.db.migrate import WrongSchema, head
from data.store.db.schema.cases import code_counter
from tests.conftest import Limit
from tests.data.store.db.full_store import fill
from tests.factories import NOW, new_store


def seen(conn: Connection) -> dict[str, TableContent]:
    return contents(conn)


def test_the_file_holds_every_row_of_the_store(engine: Engine, tmp_path: Path):
    fill(engine)
    path = tmp_path / "store.db"
    described, before = write_file(engine, path, seen)
    require_sound(path, described)
    assert look_into(path, seen) == before
    with reading(engine) as conn:
        assert described == Described(head(), latest(conn), row_counts(conn))


def test_the_file_is_of_one_moment_while_others_write(engine: Engine, tmp_path: Path):
    fill(engine)
    ended = threading.Event()

    def write() -> None:
        while not ended.is_set():
            with writing(engine) as conn:
                record_change(conn, "note", NOW)
            ended.wait(0.002)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        path = tmp_path / "store.db"
        described, before = write_file(engine, path, seen)
        require_sound(path, described)
        assert look_into(path, seen) == before
    finally:
        ended.set()
        writer.join()
    with reading(engine) as conn:
        assert latest(conn) > described.seq


@pytest.fixture(scope="module")
def taken_once(full_template: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Described]:
    folder = tmp_path_factory.mktemp("taken")
    engine = open_engine(new_store(full_template, folder / "batt.db"))
    described, _ = write_file(engine, folder / "store.db", latest)
    engine.dispose()
    return folder / "store.db", described


@pytest.fixture
def taken(taken_once: tuple[Path, Described], tmp_path: Path) -> tuple[Path, Described]:
    """A file of this test's own."""
    path, described = taken_once
    return shutil.copyfile(path, tmp_path / "store.db"), described


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("DELETE FROM lease", "lease has 0 rows, 5 were written"),
        ('DELETE FROM "case" WHERE id = 2', "points to none of case"),
        ("CREATE TABLE foreign_thing (id INTEGER)", "foreign_thing has 0 rows, None were written"),
        ("DROP TABLE lease", "lease has None rows"),
        ("UPDATE alembic_version SET version_num = '0001'", "it is at revision 0001"),
        ("INSERT INTO change (seq, at, kind) SELECT max(seq) + 9, 1, 'x' FROM change", "its newest change is"),
        ("DROP TABLE alembic_version", "cannot be read"),
    ],
)
def test_a_file_that_holds_something_else_than_was_written_is_damaged(
    taken: tuple[Path, Described], statement: str, said: str
):
    path, described = taken
    with closing(sqlite3.connect(path)) as conn, conn:
        conn.execute(statement)
    with pytest.raises(Damaged, match=said):
        require_sound(path, described)


def test_a_file_with_a_broken_page_is_damaged(taken: tuple[Path, Described]):
    path, described = taken
    content = bytearray(path.read_bytes())
    content[8192:40960] = bytes(32768)
    path.write_bytes(content)
    with pytest.raises(Damaged):
        require_sound(path, described)
    path.write_bytes(b"no database" * 1000)
    with pytest.raises(Damaged, match="cannot be read"):
        require_sound(path, described)


def test_public_numbers_go_on_well_behind_those_of_the_backup(taken: tuple[Path, Described]):
    path, _ = taken
    with closing(sqlite3.connect(path)) as conn, conn:
        before = dict(conn.execute("SELECT prefix, last FROM code_counter"))
    assert before
    known = next(iter(before))
    assert bring_up(path, 1000, [known, "AW-2612"], NOW) == {known: before[known] + 1001, "AW-2612": 1001}
    with closing(sqlite3.connect(path)) as conn:
        after = dict(conn.execute("SELECT prefix, last FROM code_counter"))
    assert after == {prefix: last + 1000 for prefix, last in before.items()} | {"AW-2612": 1000}


def test_no_session_of_the_backup_lasts_after_a_restore(taken: tuple[Path, Described]):
    path, described = taken
    assert described.rows["user_session"] > 0
    bring_up(path, 1000, [], NOW)
    assert look_into(path, row_counts)["user_session"] == 0


def test_no_change_after_a_restore_has_the_number_of_one_that_the_backup_does_not_know(taken: tuple[Path, Described]):
    path, described = taken
    bring_up(path, 1000, [], NOW)
    engine = open_engine(f"sqlite:///{path}")
    with writing(engine) as conn:
        (restored,) = since(conn, described.seq, 10)
        assert (restored.kind, restored.seq) == ("restored", described.seq + CHANGES_PASSED)
        assert record_change(conn, "note", NOW) == restored.seq + 1
    engine.dispose()


def test_a_store_is_moved_to_the_other_kind_of_database(full_template: Path, tmp_path: Path, postgresql_url: str):
    source, target = open_engine(new_store(full_template, tmp_path / "full.db")), open_engine(postgresql_url)
    moved = move(source, target)
    with reading(source) as conn, reading(target) as into:
        assert contents(conn) == contents(into) == moved
    with pytest.raises(NotEmpty):
        move(source, target)
    for one in (source, target):
        one.dispose()


def test_nothing_is_moved_into_a_store_of_another_revision(sqlite_url: str, tmp_path: Path):
    source, target = open_engine(sqlite_url), open_engine(f"sqlite:///{tmp_path}/old.db")
    with writing(target) as conn:
        conn.execute(text("CREATE TABLE alembic_version (version_num TEXT)"))
        conn.execute(text("INSERT INTO alembic_version VALUES ('0001')"))
    with pytest.raises(WrongSchema):
        move(source, target)
    for one in (source, target):
        one.dispose()


def test_what_a_postgresql_database_held_moves_aside_with_all_its_rows(
    taken: tuple[Path, Described], postgresql_url: str
):
    path, _ = taken
    target = open_engine(postgresql_url)
    with writing(target) as conn:
        conn.execute(code_counter.insert().values(prefix="OLD", last=7))
    try:
        backup_file.replace_rows(path, postgresql_url, "before_test", lambda: None)
        with reading(target) as conn:
            assert contents(conn) == look_into(path, seen)
            assert conn.execute(text("SELECT prefix, last FROM before_test.code_counter")).all() == [("OLD", 7)]
    finally:
        with writing(target) as conn:
            conn.execute(text("DROP SCHEMA before_test CASCADE"))
        target.dispose()


def test_a_replacement_that_fails_leaves_the_database_as_it_was(taken: tuple[Path, Described], postgresql_url: str):
    path, _ = taken
    target = open_engine(postgresql_url)
    with writing(target) as conn:
        conn.execute(code_counter.insert().values(prefix="OLD", last=7))
        before = contents(conn)

    def fail() -> None:
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        backup_file.replace_rows(path, postgresql_url, "before_test", fail)
    with reading(target) as conn:
        assert contents(conn) == before
        assert conn.execute(text("SELECT count(*) FROM pg_namespace WHERE nspname = 'before_test'")).scalar_one() == 0
    target.dispose()


def test_a_database_that_somebody_else_has_open_is_in_use(engine: Engine, postgres_migrated: Engine, limit: Limit):
    postgres_migrated.dispose()  # the session's own
    require_unused(engine)
    limit(usage, "LEAVING_S", 0.3)
    other = open_engine(engine.url.render_as_string(hide_password=False))
    with reading(other) as conn:
        latest(conn)
        with pytest.raises(InUse):
            require_unused(engine)
    with pytest.raises(InUse):
        require_unused(engine)
    other.dispose()
    limit(usage, "LEAVING_S", 2.0)
    require_unused(engine)
