"""The index of words: which cases have a word in code, number of SP4N, title, text or address.

On SQLite a table of FTS5 that keeps no texts, on PostgreSQL a `tsvector` with its GIN index. A case is indexed in the
transaction that inserts it; triggers follow its corrections and its erasing. What was there before the index, and what
an import brings, is noted as missing in that transaction and indexed soon afterwards, some at a time (`work_next`);
searches read the missing cases themselves.
"""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, bindparam, delete, func, select, text, update

from data.store.db.engine import insert_into
from data.store.db.schema.cases import case
from data.store.db.schema.incidents import ID_BITS, VECTOR, WORDS, word_index_work

BUILD, FORGET = "build", "forget"
MERGED_PAGES = 64
"""Pages of SQLite's index that are written in one step when erased words leave it: a few milliseconds."""
_VECTOR = VECTOR.replace(":", "\\:")  # no parameters of SQLAlchemy's
_ADD = {
    "sqlite": text(
        f"INSERT INTO case_words (rowid, words) SELECT received_at << {ID_BITS} | id, {WORDS}"
        ' FROM "case" WHERE id BETWEEN :first AND :last ORDER BY received_at, id'
    ),
    "postgresql": text(
        f'INSERT INTO case_words (case_id, words) SELECT id, {_VECTOR} FROM "case" WHERE id BETWEEN :first AND :last'
    ),
}
_MERGE = text("INSERT INTO case_words (case_words, rank) VALUES ('merge', :pages)")
_CHANGES = text("SELECT total_changes()")
_STATE_OF_BUILD = update(word_index_work).where(word_index_work.c.kind == BUILD)
_WORK = select(word_index_work.c.done_to, word_index_work.c.last).where(word_index_work.c.kind == bindparam("which"))


class Missing(NamedTuple):
    """Cases that are not in the index: after `done_to`, and up to `last`, by id."""

    done_to: int
    last: int


def add(conn: Connection, case_id: int) -> None:
    """Index a new case, in the transaction that inserts it. While others are missing it becomes one of them, because
    they have no gap."""
    if missing(conn) is None:
        conn.execute(_ADD[conn.dialect.name], {"first": case_id, "last": case_id})
    else:
        conn.execute(_STATE_OF_BUILD.values(last=case_id))


def add_later(conn: Connection, first: int, last: int) -> None:
    """Note many new cases as missing, in the transaction that inserts them."""
    if missing(conn) is None:
        _note(conn, BUILD, Missing(first - 1, last))
    else:
        conn.execute(_STATE_OF_BUILD.values(last=last))


def begin(conn: Connection) -> None:
    """The cases that are there now are not in the index: it is to be built."""
    last = conn.execute(select(func.coalesce(func.max(case.c.id), 0))).scalar_one()
    if last:
        _note(conn, BUILD, Missing(0, last))


def missing(conn: Connection) -> Missing | None:
    """The cases that are not in it; None: it is whole."""
    return _state(conn, BUILD)


def has_work(conn: Connection) -> bool:
    """Whether there is anything for `work_next` to do."""
    ours = select(word_index_work.c.kind).where(word_index_work.c.kind.in_((BUILD, FORGET)))
    return conn.execute(ours.limit(1)).first() is not None


def work_next(conn: Connection, most: int) -> None:
    """Index at most so many of the missing cases; when none is missing, let erased words go."""
    if (left := missing(conn)) is not None:
        _build_next(conn, left, most)
    elif (forgetting := _state(conn, FORGET)) is not None:
        _forget_next(conn, begun=forgetting.done_to > 0)


def forget(conn: Connection) -> None:
    """Words were erased in this transaction: no search finds them any more, and what is left of them in SQLite's files
    of the index goes soon. (PostgreSQL's vacuum does so by itself.)"""
    if conn.dialect.name == "sqlite":
        _note(conn, FORGET, Missing(0, 0))


def _build_next(conn: Connection, left: Missing, most: int) -> None:
    among = (case.c.id > left.done_to, case.c.id <= left.last)
    ids = select(case.c.id).where(*among).order_by(case.c.id).limit(most).subquery()
    to = conn.execute(select(func.max(ids.c.id))).scalar_one()
    if to is not None:
        conn.execute(_ADD[conn.dialect.name], {"first": left.done_to + 1, "last": to})
    if to is None or to >= left.last:
        _end(conn, BUILD)
    else:
        conn.execute(_STATE_OF_BUILD.values(done_to=to))


def _forget_next(conn: Connection, *, begun: bool) -> None:
    """Merging all segments into one leaves out what was deleted; a first step that is negative begins it."""
    before: int = conn.execute(_CHANGES).scalar_one()
    conn.execute(_MERGE, {"pages": MERGED_PAGES if begun else -MERGED_PAGES})
    if begun and conn.execute(_CHANGES).scalar_one() - before < 2:
        _end(conn, FORGET)
    elif not begun:
        conn.execute(update(word_index_work).where(word_index_work.c.kind == FORGET).values(done_to=1))


def _state(conn: Connection, kind: str) -> Missing | None:
    """None: nothing is to be done."""
    row = conn.execute(_WORK, {"which": kind}).one_or_none()
    return None if row is None else Missing(*row)


def _note(conn: Connection, kind: str, what: Missing) -> None:
    """Anew, when it is under way."""
    work = insert_into(conn, word_index_work).values(kind=kind, **what._asdict())
    conn.execute(work.on_conflict_do_update(index_elements=["kind"], set_=what._asdict()))


def _end(conn: Connection, kind: str) -> None:
    conn.execute(delete(word_index_work).where(word_index_work.c.kind == kind))
