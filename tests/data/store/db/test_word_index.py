"""The index of words follows every case: inserted, corrected, erased, and those that were there before it."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from sqlalchemy import delete, text, update

from data.domain.access.roles import Audience
from data.store.citizens import privacy
from data.store.db import word_index
from data.store.db.engine import Connection, Engine, open_engine, reading, writing
from data.store.db.migrate import migrate
from data.store.db.schema.cases import case, case_event, reporter
from data.store.queries.desk.search import CaseSearch, found_ids
from ingest.runtime.word_indexing import index_words
from tests.data.store.db.full_store import fill
from tests.data.store.db.test_migrate import at_revision, put_by_0002
from tests.factories import DAY, HOUR, NOW, a_case, a_history, stored

DESK, FIGURES = Audience(None, private=True), Audience(None, private=False)
SECRET = "mangkubumi"


def given(conn: Connection, ago: int = 1, **changes: object) -> int:
    return stored(conn, a_case(**changes), a_history(NOW - ago * HOUR), NOW)  # type: ignore[arg-type]


def found(conn: Connection, words: str, audience: Audience = DESK, **more: object) -> list[int]:
    return found_ids(conn, CaseSearch(words=words, **more), audience, NOW, 50)  # type: ignore[arg-type]


def index(engine: Engine, tmp_path: Path) -> None:
    assert index_words(engine, "a:1:b", threading.Event(), now=lambda: NOW, batch=3)


def bytes_of(engine: Engine) -> bytes:
    """What lies in SQLite's tables of the index."""
    with reading(engine) as conn:
        return b"".join(row[0] for row in conn.execute(text("SELECT block FROM case_words_data")))


def test_a_case_is_found_by_words_and_their_beginnings_the_newest_first(engine: Engine):
    with writing(engine) as conn:
        old = given(conn, ago=9, title="Lubang dalam", text="dekat MASJID", address="Jl. Dewi Sartika 5")
        new = given(conn, ago=1, title="Lubang kecil", text="Café di Sisir", sp4n_number="771")
        late = given(conn, ago=5, title="Lubang lagi", text="dekat masjid")
        assert found(conn, "lubang") == [new, late, old]
        assert found(conn, "LUB mas") == [late, old]
        assert found(conn, "sartika 5") == [old]
        assert found(conn, "pengaspalan") == []
        assert found(conn, "ditindaklanj") == []
        assert found(conn, "lu") == []
        assert found(conn, "771") == [new]
        assert found(conn, "café") == [new]
        assert found(conn, "lubang", since=NOW - 6 * HOUR, until=NOW - 2 * HOUR) == [late]
        assert found(conn, "lubang", state="open") == [new, late, old]
        assert found_ids(conn, CaseSearch(words="lubang"), DESK, NOW, 2) == [new, late]


@pytest.mark.parametrize(
    "words", ["%", '"', "' OR 1", "NEAR(a b)", "a* AND", "^x", "-", "\U0001f333", "x:y", "!&|", "(((", "_"]
)
def test_hostile_words_are_words(engine: Engine, words: str):
    with writing(engine) as conn:
        given(conn)
        assert found(conn, words) == []


def test_who_may_not_see_a_private_case_finds_it_by_nothing_but_its_code(engine: Engine):
    with writing(engine) as conn:
        new = a_case("narkoba", title=SECRET, text=SECRET, address=SECRET)
        hidden = stored(conn, new, a_history(NOW), NOW)
        assert found(conn, SECRET) == found(conn, SECRET[:5]) == [hidden]
        assert found(conn, SECRET, FIGURES) == found(conn, f"{SECRET} {new.code}", FIGURES) == []
        assert found(conn, new.code, FIGURES) == [hidden]


def test_a_correction_and_an_end_are_followed(engine: Engine):
    with writing(engine) as conn:
        it = given(conn, title="Lubang")
        conn.execute(update(case).where(case.c.id == it).values(title="Genangan"))
        assert (found(conn, "lubang"), found(conn, "genangan")) == ([], [it])
        conn.execute(update(case).where(case.c.id == it).values(received_at=NOW - 3 * DAY, state="closed", open=False))
        assert found(conn, "genangan") == [it]
        for table in (reporter, case_event, case):
            conn.execute(delete(table))
        again = given(conn, title="Pohon")
        assert (found(conn, "genangan"), found(conn, "pohon")) == ([], [again])


def test_erased_words_leave_the_index_and_its_pages(engine: Engine, tmp_path: Path):
    with writing(engine) as conn:
        ids = [given(conn, title=f"Lubang {n}") for n in range(5)]
        it = given(conn, title=SECRET, text=SECRET, address=SECRET)
    with writing(engine) as conn:
        assert found(conn, SECRET) == [it]
        privacy.erase(conn, [it], NOW, texts=True)
        assert found(conn, SECRET) == []
    is_sqlite = engine.dialect.name == "sqlite"
    with reading(engine) as conn:
        assert word_index.has_work(conn) is is_sqlite
    index(engine, tmp_path)
    with reading(engine) as conn:
        assert not word_index.has_work(conn)
        assert found(conn, "lubang") == sorted(ids, reverse=True)
    if is_sqlite:
        assert SECRET.encode() not in bytes_of(engine)


def test_what_was_there_before_is_found_at_once_and_indexed_some_at_a_time(engine: Engine, tmp_path: Path):
    with writing(engine) as conn:
        ids = [given(conn, ago=20 - n, title=f"Lubang {n}") for n in range(10)]
        conn.execute(text("DELETE FROM case_words" if engine.dialect.name == "postgresql" else _EMPTY))
        word_index.begin(conn)
        newest = given(conn, ago=1, title="Lubang baru")
        word_index.work_next(conn, 4)
        conn.execute(update(case).where(case.c.id == ids[1]).values(title="Pohon"))
        conn.execute(update(case).where(case.c.id == ids[8]).values(title="Pohon"))
        conn.execute(update(case).where(case.c.id == newest).values(title="Pohon lubang"))
        during = found(conn, "lubang"), found(conn, "pohon")
    index(engine, tmp_path)
    with reading(engine) as conn:
        assert word_index.missing(conn) is None
        assert (found(conn, "lubang"), found(conn, "pohon")) == during
    assert during[1] == [newest, ids[8], ids[1]]
    assert len(during[0]) == 9


_EMPTY = "INSERT INTO case_words (case_words) VALUES ('delete-all')"


def test_a_store_of_an_earlier_release_is_to_be_indexed(tmp_path: Path):
    opened = open_engine(f"sqlite:///{tmp_path}/old.db")
    at_revision(opened, "0002")
    put_by_0002(opened)
    migrate(opened)
    with reading(opened) as conn:
        assert word_index.missing(conn) == (0, 1)
        [it] = found(conn, "berlubang")
    index(opened, tmp_path)
    with reading(opened) as conn:
        assert word_index.missing(conn) is None
        assert found(conn, "berlubang") == [it]
    opened.dispose()


def test_an_import_is_found_at_once_and_indexed_soon(engine: Engine, tmp_path: Path):
    with writing(engine) as conn:
        first = given(conn, ago=30, title="Lubang")
        more = [given(conn, ago=20 - n, title=f"Lubang {n}") for n in range(3)]
        conn.execute(text("DELETE FROM case_words" if engine.dialect.name == "postgresql" else _EMPTY))
        word_index.begin(conn)
        word_index.work_next(conn, 1)
        assert word_index.missing(conn) == (first, more[-1])
        last = given(conn, ago=1, title="Lubang")
        assert word_index.missing(conn) == (first, last)
        assert found(conn, "lub") == [last, *reversed(more), first]
        assert found(conn, "ubang") == []
        word_index.work_next(conn, 9)
        word_index.add_later(conn, last + 1, last + 9)
        assert word_index.missing(conn) == (last, last + 9)
    index(engine, tmp_path)
    with reading(engine) as conn:
        assert found(conn, "lub") == [last, *reversed(more), first]


def test_a_full_store_has_no_work_that_nobody_knows(engine: Engine, tmp_path: Path):
    fill(engine)
    index(engine, tmp_path)
    with reading(engine) as conn:
        assert len(found(conn, "tindaklanjuti")) == 0
        assert len(found(conn, "ditindaklanjuti")) == 20
