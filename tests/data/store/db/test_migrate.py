"""The migrations lead to the schema that the code uses."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from data.store.cases import cases
from data.store.cases.as_known import HistoryNotKept, case_as_known, start
from data.store.db.change_feed import since
from data.store.db.engine import Engine, open_engine, reading, writing
from data.store.db.migrate import MIGRATIONS, WrongSchema, current, head, migrate, require_head
from data.store.db.migrate import _config as migrations
from data.store.db.schema import metadata
from data.store.intake.rejected import waiting

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


def _is_of_the_index_of_words(difference: tuple[Any, ...]) -> bool:
    """It is no table of the schema; the next test but one compares its definitions."""
    kind, what = difference[0], difference[1]
    return kind in {"remove_table", "remove_index"} and "case_words" in str(what)


def test_an_empty_database_is_brought_to_the_head(empty: Engine):
    assert current(empty) is None
    with pytest.raises(WrongSchema, match=r"run\.py migrate"):
        require_head(empty)
    assert migrate(empty) == head() == current(empty)
    require_head(empty)


@pytest.mark.filterwarnings("ignore:.*expression-based index")  # SQLite's; the next test compares them, too
def test_the_migrated_database_is_what_the_schema_says(empty: Engine):
    migrate(empty)
    with empty.connect() as conn:
        context = MigrationContext.configure(conn, opts={"compare_type": True, "compare_server_default": True})
        differences = compare_metadata(context, metadata)
    told = [one for one in differences if "comment" not in str(one[0]) and not _is_of_the_index_of_words(one)]
    assert told == []


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
    address = empty.url.render_as_string(hide_password=False)
    others = [open_engine(address, busy_timeout_s=60) for _ in range(2)]
    threads = [threading.Thread(target=lambda one=one: results.append(migrate(one))) for one in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for one in others:
        one.dispose()
    assert results == [head(), head()]


def at_revision(engine: Engine, revision: str) -> None:
    """Bring an empty database to an older schema."""
    config = migrations()
    with writing(engine) as conn:
        config.attributes["connection"] = conn
        command.upgrade(config, revision)


def put_by_0002(engine: Engine) -> None:
    """A case with its receipt, and a rejected record, in the words of the second revision."""
    status = "'received', true, 'dpupr', 1, 1000, 1000"
    with writing(engine) as conn:
        conn.execute(
            text(
                'INSERT INTO "case" (code, kind, source, external_id, category, priority, private, policy,'
                " policy_version, service_class, sp4n_number, title, text, precision, state, open, agency, cycle,"
                " received_at, updated_at) VALUES ('AW-2611-0001', 'report', 'lama', '1', 'jalan_rusak', 'normal',"
                f" false, 'biasa', 1, 'pengaduan', '77', 'Jalan', 'Berlubang', 'district', {status})"
            )
        )
        conn.execute(
            text(
                "INSERT INTO case_event (case_id, n, at, kind, actor_kind, actor)"
                " SELECT id, 1, 1000, 'received', 'citizen', '' FROM \"case\""
            )
        )
        conn.execute(
            text(
                "INSERT INTO rejected (source, external_id, at, reason, payload) VALUES ('lama', '2', 1000, 'x', '{}')"
            )
        )


def test_a_store_of_the_second_revision_keeps_what_it_holds(empty: Engine):
    at_revision(empty, "0002")
    put_by_0002(empty)
    assert current(empty) == "0002"
    assert migrate(empty) == head()
    with reading(empty) as conn:
        found = cases.find(conn, "lama", "1")
        assert found is not None
        assert (found.facts.code, found.facts.sp4n_number) == ("AW-2611-0001", "77")
        assert (found.facts.told_at, found.facts.district) == (None, None)
        assert [event.kind for event in cases.events_of(conn, found.id)] == ["received"]
        assert [kept.record.external_id for kept in waiting(conn, "lama")] == ["2"]


def test_of_what_an_earlier_release_stored_nothing_says_when_it_was_recorded(empty: Engine):
    at_revision(empty, "0005")
    put_by_0002(empty)
    with writing(empty) as conn:
        conn.execute(text("INSERT INTO change (at, kind, case_id) VALUES (1000, 'received', 1)"))
    migrate(empty)
    with reading(empty) as conn:
        received, kept = since(conn, 0, 10)
        assert (received.kind, received.recorded_at) == ("received", None)
        assert (kept.kind, kept.seq, kept.at) == ("history_kept", start(conn), kept.recorded_at)
        found = case_as_known(conn, 1, kept.seq)
        assert found is not None
        assert [(told.event.kind, told.recorded_at, told.seq) for told in found.events] == [("received", None, 0)]
        assert (found.values["category"], found.values["sp4n_number"]) == ("jalan_rusak", "77")
        with pytest.raises(HistoryNotKept):
            case_as_known(conn, 1, received.seq)


def test_an_empty_store_of_an_earlier_release_will_know_all_of_its_past(empty: Engine):
    at_revision(empty, "0005")
    migrate(empty)
    with reading(empty) as conn:
        assert (start(conn), since(conn, 0, 10)) == (0, [])


def test_what_was_rejected_in_time_owes_no_answer_after_the_upgrade(empty: Engine):
    at_revision(empty, "0005")
    put_by_0002(empty)
    with writing(empty) as conn:
        conn.execute(text("UPDATE \"case\" SET state = 'rejected', ended_at = 1500, respond_due_at = 1500"))
    migrate(empty)
    with reading(empty) as conn:
        found = cases.find(conn, "lama", "1")
        assert found is not None
        assert (found.status.respond_due_at, found.status.former) == (None, ())


def test_a_missed_answer_of_a_rejected_case_is_kept_by_the_upgrade(empty: Engine):
    at_revision(empty, "0005")
    put_by_0002(empty)
    with writing(empty) as conn:
        conn.execute(text("UPDATE \"case\" SET state = 'rejected', ended_at = 1501, respond_due_at = 1500"))
    migrate(empty)
    with reading(empty) as conn:
        found = cases.find(conn, "lama", "1")
        assert found is not None
        assert found.status.respond_due_at is not None


def put_by_0005(engine: Engine, external_id: str, moments: str, *events: tuple[str, int, str | None]) -> None:
    """A closed case of the fifth revision; `moments`: dispatched, answered, resolved, ended."""
    with writing(engine) as conn:
        conn.execute(
            text(
                'INSERT INTO "case" (code, kind, source, external_id, category, priority, private, policy,'
                " policy_version, service_class, title, text, precision, state, open, agency, received_at, updated_at,"
                f" dispatched_at, answered_at, resolved_at, ended_at) VALUES ('AW-2611-{external_id}', 'report',"
                f" 'lama', '{external_id}', 'sampah', 'normal', false, 'biasa', 1, 'pengaduan', '', '', 'none',"
                f" 'closed', false, 'dlh', 1000, 1000, {moments})"
            )
        )
        event = text(
            "INSERT INTO case_event (case_id, n, at, kind, actor_kind, actor, reason)"
            " SELECT id, :n, :at, :kind, 'agency', '', :reason FROM \"case\" WHERE external_id = :external_id"
        )
        for n, (kind, at, reason) in enumerate(events, 1):
            values = {"n": n, "at": at, "kind": kind, "reason": reason, "external_id": external_id}
            conn.execute(event, values)


def test_a_store_of_the_fifth_revision_learns_which_moments_have_no_date(empty: Engine):
    at_revision(empty, "0005")
    dispatched = ("dispatched", 1000, "undated")
    put_by_0005(empty, "1", "1000, NULL, NULL, 1000", dispatched, ("closed", 1000, "undated"))
    put_by_0005(empty, "2", "1000, 1000, 1200, 1300", ("answered", 1000, "undated"), ("closed", 1300, "undated"))
    put_by_0005(empty, "3", "1000, NULL, NULL, 1300", ("dispatched", 1000, None), ("rejected", 1300, "duplicate"))
    migrate(empty)
    with reading(empty) as conn:
        found = [cases.find(conn, "lama", external_id) for external_id in "123"]
    assert [one.status.undated for one in found if one is not None] == [5, 2, 0]
    assert [one.facts.promised_at for one in found if one is not None] == [None, None, None]


def test_a_store_of_a_newer_build_is_left_alone_and_the_way_back_is_told(empty: Engine):
    migrate(empty)
    with writing(empty) as conn:
        conn.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for ask in (migrate, require_head):
        with pytest.raises(WrongSchema, match=r"9999, which is newer .*docs/upgrade\.md"):
            ask(empty)
    assert current(empty) == "9999"


def test_there_is_one_head_and_the_steps_are_numbered():
    script = ScriptDirectory(str(MIGRATIONS))
    revisions = [step.revision for step in script.walk_revisions()]
    assert len(script.get_heads()) == 1
    assert sorted(revisions) == [f"{n:04d}" for n in range(1, len(revisions) + 1)]


def test_no_step_depends_on_the_present_schema():
    steps = [path.read_text(encoding="utf-8") for path in (MIGRATIONS / "versions").glob("*.py")]
    assert steps
    assert not any("import data" in text or "from data" in text for text in steps)
