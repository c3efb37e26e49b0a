"""The query of an SQL source: what only reads is let through, and nothing that does more, in whatever kind of SQL."""

from __future__ import annotations

import pytest

from ingest.sources.sql.query import NotAllowedQuery, as_text, check


@pytest.mark.parametrize(
    ("dialect", "query"),
    [
        ("", "SELECT a FROM t"),
        ("mysql", "SELECT `a`, IF(b = 1, 'ya', \"tidak\") AS b FROM t USE INDEX (x) -- catatan"),
        ("mysql", "SELECT /* catatan */ STRAIGHT_JOIN a.id FROM a JOIN b ON a.id = b.id"),
        ("mysql", "SELECT '/*', '--', '#' AS a"),
        ("postgresql", "WITH b AS (SELECT 1 AS a) SELECT a::text FROM b"),
        ("mssql", "SELECT [a], [delete] FROM [t] WITH (NOLOCK)"),
        ("mssql", "SELECT TOP 5 a FROM t"),
        ("oracle", 'SELECT /*+ FULL(t) */ "Id", s.CURRVAL FROM t'),
        ("postgresql", "SELECT pg_typeof(a), lo.id, 'U&' FROM lo WHERE u & 1 = 0"),
    ],
)
def test_what_only_reads_is_let_through(dialect: str, query: str):
    check(query, dialect, None)


@pytest.mark.parametrize(
    ("dialect", "query", "said"),
    [
        ("mysql", "SELECT 1 /*! INTO OUTFILE '/tmp/a' */", "which MySQL runs"),
        ("mysql", "SELECT 1 /*!50000 INTO OUTFILE '/tmp/a' */", "which MySQL runs"),
        ("mariadb", "SELECT 1 /*M! INTO OUTFILE '/tmp/a' */", "which MySQL runs"),
        ("", "SELECT * FROM t /*! FOR UPDATE */", "which MySQL runs"),
        ("mysql", "SELECT 1 --1 INTO OUTFILE '/tmp/a'", "cannot be read"),
        ("mysql", "SELECT 1 /* /* */ INTO OUTFILE '/tmp/a' -- */", "cannot be read"),
        ("mysql", "SELECT * INTO OUTFILE '/tmp/a' FROM t", "cannot be read"),
        ("mysql", "SELECT a INTO @b FROM t", "INTO"),
        ("mysql", "SELECT * FROM t LOCK IN SHARE MODE", "LOCK"),
        ("mysql", "SELECT `sleep`(9)", "sleep"),
        ("mysql", "SELECT GET_LOCK('a', 9)", "GET_LOCK"),
        ("mysql", "SELECT MASTER_POS_WAIT('a', 1)", "MASTER_POS_WAIT"),
        ("mysql", "CALL p()", "COMMAND"),
        ("mysql", "SET STATEMENT max_statement_time = 0 FOR SELECT 1", "COMMAND"),
        ("mariadb", "SELECT NEXTVAL(s)", "NEXTVAL"),
        ("postgresql", "SELECT * FROM t FOR NO KEY UPDATE", "LOCK"),
        ("postgresql", "SELECT pg_reload_conf()", "pg_reload_conf"),
        ("postgresql", "SELECT pg_create_physical_replication_slot('a')", "pg_create_physical_replication_slot"),
        ("postgresql", "SELECT * FROM pg_logical_slot_get_changes('a', NULL, NULL) c", "pg_logical_slot_get_changes"),
        ("postgresql", "SELECT lo_from_bytea(0, 'a')", "lo_from_bytea"),
        ("postgresql", "SELECT lo_creat(-1)", "lo_creat"),
        ("postgresql", r'SELECT U&"\0070g_sleep"(9)', "U&"),
        ("postgresql", "SELECT query_to_xml('DELETE FROM t', true, true, '')", "query_to_xml"),
        ("postgresql", "WITH a AS (DELETE FROM t RETURNING id) SELECT id FROM a", "DELETE"),
        ("mssql", "SELECT * INTO b FROM t", "INTO"),
        ("mssql", "SELECT NEXT VALUE FOR s AS a", "NEXTVALUEFOR"),
        ("mssql", "SELECT * FROM OPENQUERY(l, 'DELETE FROM t')", "OPENQUERY"),
        ("mssql", "SELECT * FROM t WITH (TABLOCKX)", "locks"),
        ("mssql", "SELECT * FROM t (UPDLOCK)", "locks"),
        ("mssql", "SELECT 1 DELETE FROM t", r"the word DELETE.*\[DELETE\]"),
        ("mssql", "SELECT 1 AS a FROM t Commit", "the word Commit"),
        ("oracle", "SELECT s.NEXTVAL FROM dual", "NEXTVAL"),
        ("oracle", "SELECT DBMS_LOCK.SLEEP(9) FROM dual", "SLEEP"),
    ],
)
def test_what_does_more_than_reading_is_refused(dialect: str, query: str, said: str):
    with pytest.raises(NotAllowedQuery, match=said):
        check(query, dialect, None)


def test_of_all_words_behind_a_colon_only_the_cursor_is_a_parameter():
    query = "SELECT '10:30', ':jam', a::text FROM t WHERE b >= :cursor"
    assert as_text(query) == query.replace("':jam'", r"'\:jam'")
