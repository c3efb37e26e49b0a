"""The tables of proposed incidents and of what was learned of them, of the index of words, of saved searches."""

from __future__ import annotations

from sqlalchemy import DDL, BigInteger, Column, ForeignKey, Index, String, Table, Text, event

from data.store.db.schema.cases import BigKey, metadata
from data.store.db.types import EpochSeconds

proposed_incident = Table(
    "proposed_incident",
    metadata,
    # Which cases came as likely reports of one event: walls show those that are open and not folded as a group.
    Column("case_id", BigKey, ForeignKey("case.id", ondelete="CASCADE"), primary_key=True),
    Column("first_id", BigKey, ForeignKey("case.id", ondelete="CASCADE"), nullable=False),
    Column("category", String(64), nullable=False, comment="of the event; one of another category left the group"),
    # A group's members, when another one comes.
    Index("ix_proposed_incident_first_id", "first_id"),
)

incident_weights = Table(
    "incident_weights",
    metadata,
    # How much distance, time and words count: the newest row is in force; none: as shipped.
    Column("version", BigKey, primary_key=True, autoincrement=True),
    Column("accepted_at", EpochSeconds, nullable=False),
    Column("content", Text, nullable=False, comment="JSON: weights by category, and what they were judged by"),
)

saved_search = Table(
    "saved_search",
    metadata,
    Column("person", String(100), primary_key=True, comment="a user's name"),
    Column("name", String(80), primary_key=True),
    Column("query", Text, nullable=False, comment="as the address has it"),
    Column("saved_at", EpochSeconds, nullable=False),
)

word_index_work = Table(
    "word_index_work",
    metadata,
    # What is still to be done to the index of words; no row: it is whole.
    Column("kind", String(8), primary_key=True, comment="build: cases are missing; forget: erased words lie in it"),
    Column("done_to", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False, comment="build: cases after done_to and up to this one are missing"),
    info={"derived": True},
)

PREFIXES = range(3, 9)
"""Lengths of beginnings of words that SQLite's index has ready: collecting those of a common word takes 0.3 s at a
million cases, and now 0.2 ms."""
ID_BITS = 30
"""SQLite's index numbers a case by its receipt and its id, received_at << 30 | id, so that the newest come first."""


WORD_COLUMNS = ("code", "title", "text", "address", "sp4n_number")
"""What is indexed of a case."""


def _words_of(row: str) -> str:
    """The same in SQL."""
    more = "".join(f" || ' ' || coalesce({row}{name}, '')" for name in ("address", "sp4n_number"))
    return f"{row}code || ' ' || {row}title || ' ' || {row}text{more}"


WORDS = _words_of("")
_VECTOR = "to_tsvector('simple', regexp_replace(lower({words}), '[[:punct:]]+', ' ', 'g'))"
VECTOR = _VECTOR.format(words=WORDS)
"""PostgreSQL's; punctuation is taken out before, because its parser would make hosts and tags of it."""
_INDEXED = (*WORD_COLUMNS, "received_at")


def _row(name: str) -> str:
    return f"({', '.join(f'{name}.{each}' for each in _INDEXED)})"


_IS_INDEXED = "NOT EXISTS (SELECT 1 FROM word_index_work WHERE kind = 'build' AND OLD.id > done_to AND OLD.id <= last)"
_REMOVE = (
    "INSERT INTO case_words (case_words, rowid, words)"
    f" VALUES ('delete', OLD.received_at << {ID_BITS} | OLD.id, {_words_of('OLD.')})"
)
WORD_INDEX = {
    "sqlite": (
        "CREATE VIRTUAL TABLE case_words USING fts5(words, content='', columnsize=0, detail=none,"
        f" tokenize='unicode61 remove_diacritics 2', prefix='{' '.join(map(str, PREFIXES))}')",
        f'CREATE TRIGGER case_words_changed AFTER UPDATE OF {", ".join(_INDEXED)} ON "case"'
        f" WHEN {_row('OLD')} IS NOT {_row('NEW')} AND {_IS_INDEXED} BEGIN {_REMOVE};"
        f" INSERT INTO case_words (rowid, words) VALUES (NEW.received_at << {ID_BITS} | NEW.id, {_words_of('NEW.')});"
        " END",
        f'CREATE TRIGGER case_words_gone AFTER DELETE ON "case" WHEN {_IS_INDEXED} BEGIN {_REMOVE}; END',
    ),
    "postgresql": (
        'CREATE TABLE case_words (case_id bigint CONSTRAINT pk_case_words PRIMARY KEY REFERENCES "case" (id)'
        " ON DELETE CASCADE, words tsvector NOT NULL)",
        "CREATE INDEX ix_case_words_words ON case_words USING gin (words)",
        "CREATE OR REPLACE FUNCTION case_words_changed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" UPDATE case_words SET words = {_VECTOR.format(words=_words_of('NEW.'))} WHERE case_id = NEW.id;"
        " RETURN NULL; END $$",
        f'CREATE TRIGGER case_words_changed AFTER UPDATE OF {", ".join(_INDEXED)} ON "case" FOR EACH ROW'
        f" WHEN ({_row('OLD')} IS DISTINCT FROM {_row('NEW')}) EXECUTE FUNCTION case_words_changed()",
    ),
}
"""The index itself is no table of ours. Inserts are indexed by `data.store.db.word_index`, in order of receipt."""
WITHOUT_WORD_INDEX = {
    "sqlite": (
        "DROP TRIGGER IF EXISTS case_words_changed",
        "DROP TRIGGER IF EXISTS case_words_gone",
        "DROP TABLE IF EXISTS case_words",
    ),
    "postgresql": ('DROP TRIGGER IF EXISTS case_words_changed ON "case"', "DROP TABLE IF EXISTS case_words"),
}

for _moment, _all in (("after_create", WORD_INDEX), ("before_drop", WITHOUT_WORD_INDEX)):
    for _engine, _statements in _all.items():
        for _statement in _statements:
            event.listen(word_index_work, _moment, DDL(_statement).execute_if(dialect=_engine))  # type: ignore[no-untyped-call]
