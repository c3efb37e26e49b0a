"""A store copied into another one, of either kind, is the same to the row."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select, text, update

from data.store.backup import copying
from data.store.backup.copying import NotAlike, NotEmpty, contents, copy_rows, require_empty, row_counts
from data.store.db.change_feed import latest, record_change
from data.store.db.engine import Engine, open_engine, reading, writing
from data.store.db.migrate import migrate
from data.store.db.schema import metadata
from data.store.db.schema.cases import case, reporter
from tests.conftest import Limit, new_store
from tests.data.store.db.full_store import fill
from tests.factories import NOW

KINDS = ("sqlite", "postgresql")


def new_database(server: str, name: str, template: str = "template1") -> str:
    """Its address; one of this name goes."""
    with closing(open_engine(server).raw_connection()) as raw:
        raw.driver_connection.autocommit = True
        raw.cursor().execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        raw.cursor().execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    return server.replace("/postgres?", f"/{name}?")


@pytest.fixture(scope="module")
def postgres_template(postgres_server: str) -> str:
    """The name of a migrated, empty database to copy from."""
    engine = open_engine(new_database(postgres_server, "empty"))
    migrate(engine)
    engine.dispose()
    return "empty"


@pytest.fixture(scope="module")
def postgres_full(postgres_server: str, postgres_template: str) -> str:
    """The name of a full one."""
    engine = open_engine(new_database(postgres_server, "filled", postgres_template))
    fill(engine)
    engine.dispose()
    return "filled"


@pytest.fixture
def new(
    tmp_path: Path, request: pytest.FixtureRequest, sqlite_template: Path, full_template: Path
) -> Iterator[Callable[..., Engine]]:
    """Makes stores of either kind, empty or full."""
    made: list[Engine] = []
    names = itertools.count()

    def make(kind: str, *, full: bool = False) -> Engine:
        name = f"copy{next(names)}"
        if kind == "sqlite":
            url = new_store(full_template if full else sqlite_template, tmp_path / f"{name}.db")
        else:
            template = "postgres_full" if full else "postgres_template"
            server: str = request.getfixturevalue("postgres_server")
            url = new_database(server, name, request.getfixturevalue(template))
        made.append(open_engine(url))
        return made[-1]

    yield make
    for engine in made:
        engine.dispose()


@pytest.mark.parametrize("source_kind", KINDS)
@pytest.mark.parametrize("target_kind", KINDS)
def test_every_row_of_every_table_arrives_and_no_number_is_given_out_twice(
    new: Callable[..., Engine], source_kind: str, target_kind: str
):
    source, target = new(source_kind, full=True), new(target_kind)
    with reading(source) as conn, writing(target) as into:
        copied = copy_rows(conn, into)
    assert all(each.rows > 0 for each in copied.values())
    kept = [table for table in metadata.sorted_tables if not table.info.get("derived")]
    assert copied.keys() == {table.name for table in kept}
    with reading(source) as conn, reading(target) as into:
        assert contents(conn) == contents(into) == copied
        assert row_counts(into) == row_counts(conn)
        assert [each.rows for each in copied.values()] == list(row_counts(conn).values())
        for table in kept:
            key = list(table.primary_key.columns)
            rows = [sorted(map(repr, one.execute(select(table).order_by(*key)))) for one in (conn, into)]
            assert rows[0] == rows[1], table.name
    with writing(source) as conn, writing(target) as into:
        last = latest(conn)
        assert record_change(into, "note", NOW) == record_change(conn, "note", NOW) == last + 2


def test_an_empty_store_copied_begins_with_one(new: Callable[..., Engine]):
    source, target = new("sqlite"), new("postgresql")
    with reading(source) as conn, writing(target) as into:
        assert sum(each.rows for each in copy_rows(conn, into).values()) == 0
        assert record_change(into, "note", NOW) == 1


def test_a_store_larger_than_a_portion_arrives(new: Callable[..., Engine], limit: Limit):
    limit(copying, "PORTION", 7)
    source, target = new("postgresql", full=True), new("sqlite")
    with reading(source) as conn, writing(target) as into:
        assert copy_rows(conn, into)["case"].rows == 20
        assert into.execute(select(func.count()).where(case.c.head_id.is_not(None))).scalar_one() == 1


def test_a_store_that_holds_a_row_is_not_empty(engine: Engine):
    with reading(engine) as conn:
        require_empty(conn)
    with writing(engine) as conn:
        record_change(conn, "note", NOW)
        with pytest.raises(NotEmpty, match="change"):
            require_empty(conn)


@pytest.mark.parametrize("kind", KINDS)
def test_the_smallest_difference_changes_what_a_table_holds(new: Callable[..., Engine], kind: str):
    with writing(new(kind, full=True)) as conn:
        before = contents(conn)
        for change in (
            update(case).where(case.c.id == 3).values(lat=case.c.lat + 1e-13),
            update(case).where(case.c.id == 3).values(text="Mohon ditindaklanjuti!"),
            delete(reporter).where(reporter.c.case_id == 3),
        ):
            conn.execute(change)
            after = contents(conn)
            assert after != before, str(change)
            before = after


def test_a_row_that_the_target_changes_is_found(new: Callable[..., Engine]):
    source, target = new("sqlite", full=True), new("sqlite")
    with writing(target) as into:
        into.execute(text("CREATE TRIGGER bad AFTER INSERT ON lease BEGIN UPDATE lease SET owner = 'x'; END"))
    with reading(source) as conn, writing(target) as into, pytest.raises(NotAlike, match="lease"):
        copy_rows(conn, into)


def test_a_row_that_the_target_cannot_hold_is_named_by_its_table(new: Callable[..., Engine]):
    source, target = new("sqlite", full=True), new("postgresql")
    with writing(source) as conn:
        conn.execute(update(case).where(case.c.id == 3).values(text="nol\0"))
    with (
        reading(source) as conn,
        pytest.raises(NotAlike, match="case: a row cannot be stored"),
        writing(target) as into,
    ):
        copy_rows(conn, into)
    with reading(target) as into:
        require_empty(into)
