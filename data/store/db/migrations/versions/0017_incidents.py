"""Proposed incidents, what was learned of them, the index of words, searches that are kept. Frozen, like the others.

The cases that are there are indexed by the jobs, some at a time: until then a search reads the cases.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_BUILD = """INSERT INTO word_index_work (kind, done_to, last)
SELECT 'build', 0, max(id) FROM "case" HAVING max(id) IS NOT NULL"""
_REMOVE = (
    "INSERT INTO case_words (case_words, rowid, words) VALUES ('delete', OLD.received_at << 30 | OLD.id,"
    " OLD.code || ' ' || OLD.title || ' ' || OLD.text || ' ' || coalesce(OLD.address, '')"
    " || ' ' || coalesce(OLD.sp4n_number, ''))"
)
_IS_INDEXED = "NOT EXISTS (SELECT 1 FROM word_index_work WHERE kind = 'build' AND OLD.id > done_to AND OLD.id <= last)"
_SQLITE = (
    "CREATE VIRTUAL TABLE case_words USING fts5(words, content='', columnsize=0, detail=none,"
    " tokenize='unicode61 remove_diacritics 2', prefix='3 4 5 6 7 8')",
    "CREATE TRIGGER case_words_changed AFTER UPDATE OF code, title, text, address, sp4n_number, received_at"
    ' ON "case" WHEN (OLD.code, OLD.title, OLD.text, OLD.address, OLD.sp4n_number, OLD.received_at) IS NOT'
    " (NEW.code, NEW.title, NEW.text, NEW.address, NEW.sp4n_number, NEW.received_at)"
    f" AND {_IS_INDEXED} BEGIN {_REMOVE};"
    " INSERT INTO case_words (rowid, words) VALUES (NEW.received_at << 30 | NEW.id,"
    " NEW.code || ' ' || NEW.title || ' ' || NEW.text || ' ' || coalesce(NEW.address, '')"
    " || ' ' || coalesce(NEW.sp4n_number, '')); END",
    f'CREATE TRIGGER case_words_gone AFTER DELETE ON "case" WHEN {_IS_INDEXED} BEGIN {_REMOVE}; END',
)
_POSTGRESQL = (
    'CREATE TABLE case_words (case_id bigint CONSTRAINT pk_case_words PRIMARY KEY REFERENCES "case" (id)'
    " ON DELETE CASCADE, words tsvector NOT NULL)",
    "CREATE INDEX ix_case_words_words ON case_words USING gin (words)",
    "CREATE OR REPLACE FUNCTION case_words_changed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    " UPDATE case_words SET words = to_tsvector('simple', regexp_replace(lower(NEW.code || ' ' || NEW.title"
    " || ' ' || NEW.text || ' ' || coalesce(NEW.address, '') || ' ' || coalesce(NEW.sp4n_number, '')),"
    " '[[:punct:]]+', ' ', 'g')) WHERE case_id = NEW.id; RETURN NULL; END $$",
    "CREATE TRIGGER case_words_changed AFTER UPDATE OF code, title, text, address, sp4n_number, received_at"
    ' ON "case" FOR EACH ROW WHEN'
    " ((OLD.code, OLD.title, OLD.text, OLD.address, OLD.sp4n_number, OLD.received_at) IS DISTINCT FROM"
    " (NEW.code, NEW.title, NEW.text, NEW.address, NEW.sp4n_number, NEW.received_at))"
    " EXECUTE FUNCTION case_words_changed()",
)


def upgrade() -> None:
    """New tables; no row of another one is read or rewritten."""
    _incidents()
    op.create_table(
        "saved_search",
        sa.Column("person", sa.String(length=100), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("saved_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("person", "name", name="pk_saved_search"),
    )
    op.create_table(
        "word_index_work",
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("done_to", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("kind", name="pk_word_index_work"),
    )
    conn = op.get_bind()
    for statement in (*(_SQLITE if conn.dialect.name == "sqlite" else _POSTGRESQL), _BUILD):
        conn.exec_driver_sql(statement)


def _incidents() -> None:
    op.create_table(
        "proposed_incident",
        sa.Column("case_id", _KEY, autoincrement=False, nullable=False),
        sa.Column("first_id", _KEY, nullable=False),
        sa.Column("category", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name="fk_proposed_incident_case_id_case", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["first_id"], ["case.id"], name="fk_proposed_incident_first_id_case", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("case_id", name="pk_proposed_incident"),
    )
    op.create_index("ix_proposed_incident_first_id", "proposed_incident", ["first_id"])
    op.create_table(
        "incident_weights",
        sa.Column("version", _KEY, autoincrement=True, nullable=False),
        sa.Column("accepted_at", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("version", name="pk_incident_weights"),
    )
