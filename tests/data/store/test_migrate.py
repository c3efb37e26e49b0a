"""The migrations lead to the schema that the code uses."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from data.store.doors_schema import metadata
from data.store.engine import Engine, open_engine
from data.store.migrate import MIGRATIONS, WrongSchema, current, head, migrate, require_head

_SQLITE = "SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' AND name != 'alembic_version'"
_POSTGRESQL = "SELECT 'index', indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"


@pytest.fixture
def empty(url: str, tmp_path: Path) -> Iterator[Engine]:
    """A database without a table."""
    if url.startswith("sqlite"):
        opened = open_engine(f"sqlite:///{tmp_path}/empty.db")
    else:
        admin = open_engine(url)
        with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
            conn.execute(text("DROP DATABASE IF EXISTS empty WITH (FORCE)"))
            conn.execute(text("CREATE DATABASE empty"))
        admin.dispose()
        opened = open_engine(url.replace("/postgres?", "/empty?"))
    yield opened
    opened.dispose()


def definitions(engine: Engine) -> set[tuple[str, str, str]]:
    """What was created, in the database's own words; on SQLite tables too."""
    question = _SQLITE if engine.dialect.name == "sqlite" else _POSTGRESQL
    with engine.connect() as conn:
        rows = conn.execute(text(question)).all()
    return {(kind, name, _in_any_order(sql)) for kind, name, sql in rows if sql and "alembic" not in name}


def _in_any_order(sql: str) -> str:
    """A definition with its parts sorted: the order of two constraints says nothing."""
    return ",".join(sorted(part.strip(" )") for part in " ".join(sql.split()).split(",")))


def test_an_empty_database_is_brought_to_the_head(empty: Engine):
    assert current(empty) is None
    with pytest.raises(WrongSchema, match=r"run\.py migrate"):
        require_head(empty)
    assert migrate(empty) == head() == current(empty)
    require_head(empty)


def test_the_migrated_database_is_what_the_schema_says(empty: Engine):
    migrate(empty)
    with empty.connect() as conn:
        context = MigrationContext.configure(conn, opts={"compare_type": True, "compare_server_default": True})
        differences = compare_metadata(context, metadata)
    assert [one for one in differences if "comment" not in str(one[0])] == []


def test_the_migrated_database_has_the_very_words_of_the_schema(empty: Engine):
    migrate(empty)
    migrated = definitions(empty)
    with empty.begin() as conn:
        metadata.drop_all(conn)
        metadata.create_all(conn)
    assert migrated == definitions(empty)


def test_migrating_twice_changes_nothing(empty: Engine):
    migrate(empty)
    before = definitions(empty)
    migrate(empty)
    assert definitions(empty) == before


def test_two_that_migrate_at_once_do_not_disturb_each_other(empty: Engine):
    results: list[str] = []
    others = [open_engine(empty.url.render_as_string(hide_password=False)) for _ in range(2)]
    threads = [threading.Thread(target=lambda one=one: results.append(migrate(one))) for one in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for one in others:
        one.dispose()
    assert results == [head(), head()]


def test_there_is_one_head_and_the_steps_are_numbered():
    script = ScriptDirectory(str(MIGRATIONS))
    revisions = [step.revision for step in script.walk_revisions()]
    assert len(script.get_heads()) == 1
    assert sorted(revisions) == [f"{n:04d}" for n in range(1, len(revisions) + 1)]


def test_no_step_depends_on_the_present_schema():
    steps = [path.read_text(encoding="utf-8") for path in (MIGRATIONS / "versions").glob("*.py")]
    assert steps
    assert not any("import data" in text or "from data" in text for text in steps)
