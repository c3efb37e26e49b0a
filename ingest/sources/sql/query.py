"""Checks the query of an SQL source before any database gets it: it must be one SELECT without side effects."""

from __future__ import annotations

import logging
import re

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

CURSOR = "cursor"
"""The name of the parameter: `:cursor`."""
DIALECTS = {"postgresql": "postgres", "mariadb": "mysql", "mssql": "tsql", "": None}
"""sqlglot's names of dialects by SQLAlchemy's, where they differ."""
_WRITES = (
    exp.DML,
    exp.DDL,
    exp.Alter,
    exp.Drop,
    exp.Command,
    exp.Copy,
    exp.Into,
    exp.Lock,
    exp.Merge,
    exp.NextValueFor,
    exp.Pragma,
    exp.Set,
    exp.Transaction,
    exp.TruncateTable,
    exp.Use,
)
_SIDE_EFFECTS = re.compile(
    r"nextval|setval|set_config|get_lock|release\w*lock\w*|pg_(?!typeof$|column_size$)\w+|lo_\w+|lowrite|dblink\w*"
    r"|load_file|load_extension|writefile|(query|cursor)_to_xml\w*|sleep|benchmark|master_(pos|gtid)_wait"
    r"|wait_for_executed_gtid_set|xp_\w+|openrowset|openquery|opendatasource",
    re.IGNORECASE,
)
"""Functions with side effects in a SELECT: they write, lock, wait or access files and servers; nearly all pg_ ones."""
_NUMBERED_LETTERS = re.compile(r'\bU&"', re.IGNORECASE)
"""Only PostgreSQL decodes the name in it."""
_RUN_COMMENT = re.compile(r"/\*M?!")
"""MySQL executes the content of such a comment."""
_LOCKS = re.compile(
    r"\b(XLOCK|TABLOCKX?|UPDLOCK|HOLDLOCK|PAGLOCK|ROWLOCK|SERIALIZABLE|REPEATABLEREAD)\b", re.IGNORECASE
)
_STATEMENT_WORDS = re.compile(
    r"alter|backup|begin|bulk|checkpoint|commit|create|dbcc|declare|delete|deny|drop|exec|execute|grant|insert|kill|merge"
    r"|reconfigure|restore|revert|revoke|rollback|save|set|shutdown|truncate|update|use|waitfor",
    re.IGNORECASE,
)
"""SQL Server needs no semicolon before them: `SELECT 1 DELETE FROM t` is two statements there."""
logging.getLogger("sqlglot").setLevel(logging.ERROR)  # it warns about queries that are refused here


class NotAllowedQuery(ValueError):
    """A query that is not allowed; the text says what is wrong and what is right."""


def check(query: str, dialect: str, cursor_column: str | None) -> None:
    """Raises NotAllowedQuery. `dialect`: as SQLAlchemy calls it, '' when it is not known yet."""
    if _RUN_COMMENT.search(query):
        raise NotAllowedQuery("holds a comment /*! .. */, which MySQL runs; leave it out")
    if _NUMBERED_LETTERS.search(query):
        raise NotAllowedQuery('writes a name by numbers of letters, U&".."; write the letters')
    root = _parsed(query, dialect)
    for node in root.walk():
        _check_words(node, dialect)
        if isinstance(node, _WRITES) and not isinstance(node, exp.Query):
            raise NotAllowedQuery(f"holds {_name(node)}; only reading is allowed: one SELECT, no locks")
        if isinstance(node, exp.Func) and _SIDE_EFFECTS.fullmatch(node.name or node.sql_name()):
            raise NotAllowedQuery(f"calls {node.name or node.sql_name()}, which does more than reading")
    _check_parameters(root, cursor_column)
    if cursor_column is not None:
        _check_order(root, cursor_column)


def as_text(query: str) -> str:
    """The query for SQLAlchemy, with every `:word` escaped except our parameter."""
    return re.sub(rf"(?<![:\w\\]):(?!{CURSOR}\b)(?=\w)", r"\:", query)


def _parsed(query: str, dialect: str) -> exp.Query:
    called = DIALECTS.get(dialect, dialect)
    read = called if called and sqlglot.Dialect.get(called) else None
    try:
        found = [each for each in sqlglot.parse(query, read=read) if each is not None]
    except (SqlglotError, ValueError, RecursionError) as wrong:
        said = re.sub(r"\x1b\[\d+m", "", str(wrong)).splitlines()[0][:160]
        hint = "" if dialect else "; if it is right for your database, name that under `dialect`"
        raise NotAllowedQuery(f"cannot be read ({said}){hint}") from None
    found = [each for each in found if not isinstance(each, exp.Semicolon)]
    if len(found) != 1:
        raise NotAllowedQuery(f"holds {len(found)} statements; right is exactly one SELECT")
    (root,) = found
    if not isinstance(root, exp.Select | exp.SetOperation):
        raise NotAllowedQuery(f"is {_name(root)}; right is one SELECT, or WITH .. SELECT")
    return root


def _check_words(node: exp.Expr, dialect: str) -> None:
    """Words that have side effects only in one kind of database. Raises NotAllowedQuery."""
    if (
        dialect == "mssql"
        and isinstance(node, exp.Identifier)
        and not node.quoted
        and _STATEMENT_WORDS.fullmatch(node.name)
    ):
        raise NotAllowedQuery(f"holds the word {node.name}, which begins a statement; a name would be [{node.name}]")
    if dialect == "mssql" and isinstance(node, exp.WithTableHint) and _LOCKS.search(node.sql("tsql")):
        raise NotAllowedQuery(f"locks: {node.sql('tsql')[:60]}; only reading is allowed: no locks")
    if dialect == "oracle" and isinstance(node, exp.Column) and node.table and node.name.casefold() == "nextval":
        raise NotAllowedQuery("takes a number of a sequence (NEXTVAL), which does more than reading")


def _check_parameters(root: exp.Query, cursor_column: str | None) -> None:
    given = list(root.find_all(exp.Placeholder, exp.Parameter))
    names = {str(each.this or "?") for each in given}
    unknown = sorted(names - {CURSOR})
    if unknown:
        raise NotAllowedQuery(f"has the parameter {unknown[0]!r}; there is only :{CURSOR}")
    if cursor_column is not None and not names:
        raise NotAllowedQuery(f"lacks :{CURSOR}; right would be e.g. WHERE {cursor_column} >= :{CURSOR}")
    if cursor_column is None and names:
        raise NotAllowedQuery(f"has :{CURSOR}, but `cursor` is not set")
    for each in given:
        above = each.parent
        strict = (isinstance(above, exp.GT) and above.expression is each) or (
            isinstance(above, exp.LT) and above.this is each
        )
        if strict:
            raise NotAllowedQuery(f"uses > :{CURSOR}; with >= rows of the same value are not lost")


def _check_order(root: exp.Query, cursor_column: str) -> None:
    """The rows must be in order of the cursor; otherwise rows could be missed."""
    if root.args.get("limit") is not None or root.args.get("offset") is not None:
        raise NotAllowedQuery("limits its rows; leave LIMIT, TOP and OFFSET out, they are fetched in batches anyway")
    order = root.args.get("order")
    first = order.expressions[0] if order is not None and order.expressions else None
    right = f"right would be ORDER BY {cursor_column}"
    if first is None:
        raise NotAllowedQuery(f"has no ORDER BY at its end; {right}")
    if isinstance(first, exp.Ordered) and first.args.get("desc"):
        raise NotAllowedQuery(f"is in descending order; {right}")
    sorted_by = first.this if isinstance(first, exp.Ordered) else first
    if not isinstance(sorted_by, exp.Column) or not _is(root, sorted_by, cursor_column):
        raise NotAllowedQuery(f"is ordered by {sorted_by.sql()[:80]}; {right}")


def _is(root: exp.Query, column: exp.Column, name: str) -> bool:
    """Whether it is the cursor's column, or the expression with that alias."""
    if column.name.casefold() == name.casefold():
        return True
    return any(
        each.alias.casefold() == name.casefold() and each.this == column
        for each in root.selects
        if isinstance(each, exp.Alias)
    )


def _name(node: object) -> str:
    return type(node).__name__.upper()
