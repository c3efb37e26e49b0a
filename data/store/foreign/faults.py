"""Describes errors of a foreign database: the driver's message, and a hint what to do."""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence
from urllib.parse import quote, unquote

from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from data.domain.reasons import Reason, reason

DRIVER_ERRORS = (
    SQLAlchemyError,
    OSError,
    ValueError,
    ArithmeticError,
    TypeError,
    AttributeError,
    LookupError,
    RuntimeError,
    ImportError,
    AssertionError,
    EOFError,
    struct.error,
)
"""What drivers raise; for an unknown option, server or answer they raise any of these."""
TOO_LONG = reason("foreign.hint.too_long")
LATER = reason("foreign.hint.later")
_LOGIN = reason("foreign.hint.login")
_GRANT = reason("foreign.hint.grant")
_ALLOW = reason("foreign.hint.allow")
_NAME = reason("foreign.hint.name")
_REACH = reason("foreign.hint.reach")
_QUERY = reason("foreign.hint.query")
_LOCKED = reason("foreign.hint.locked", then=LATER)
_CONNECTIONS = reason("foreign.hint.connections", then=LATER)
_OPTION = reason("foreign.hint.option")


def _either(first: Reason, second: Reason) -> Reason:
    return reason("foreign.hint.either", first=first, second=second)


def _tls(option: str) -> Reason:
    return reason("foreign.hint.tls", option=option)


_HINTS: Sequence[tuple[str, Reason]] = (
    (r"\(3159\)", _tls("ssl_ca=BERKAS.pem")),
    (r"\(1045\)", reason("foreign.hint.login_or_tls", login=_LOGIN)),
    (r"\((1698|18456)\)|login failed", _LOGIN),
    (r"\((1129|1130)\)", _ALLOW),
    (r"\(1044\)", _either(_NAME, _GRANT)),
    (r"\((1142|1143|1227|1370|42501)\)", _GRANT),
    (r"\((1046|1049|3d000)\)", _NAME),
    (r"\((1054|1064|1146|1305|1356|42\w{3})\)", _QUERY),
    (r"\((1792|25001|25006)\)|readonly database", reason("foreign.hint.writes", then=_QUERY)),
    (r"\((1969|3024|57014)\)", TOO_LONG),
    (r"\((1205|55p03)\)|database is locked", _LOCKED),
    (r"\((1040|1203|1226|53300)\)", _CONNECTIONS),
    (r"\(1193\)", reason("foreign.hint.too_old")),
    (r"\(1298\)", reason("foreign.hint.zone")),
    (r"timed out \(|timed out\) \(2013\)", reason("foreign.hint.no_answer", then=_REACH)),
    (
        r"\((1053|1927|2006|2013|57p01)\)|closed the connection|connection.*lost",
        reason("foreign.hint.disconnected", then=LATER),
    ),
    (r"no encryption", _either(_tls("sslmode=require"), _ALLOW)),
    (r"invalid response to ssl negotiation", reason("foreign.hint.no_postgresql", then=_REACH)),
    (r"no such file", reason("foreign.hint.file")),
    (r"ssl|certificate", reason("foreign.hint.certificate")),
    (r"password authentication|no password supplied|role .* does not exist|ora-01017", _LOGIN),
    (r"pg_hba", _ALLOW),
    (r"permission denied|ora-01031", _GRANT),
    (r"database .* does not exist|cannot open database|ora-12514", _NAME),
    (r"\((2002|2003|2005)\)|dpy-6005|ora-12541|refused|resolve|no route|unreachable", _REACH),
    (r"timeout expired|unable to (open|connect)|20009", _REACH),
    (r"no such (table|column|function)|syntax|ora-009\d\d", _QUERY),
    (r"too many", _CONNECTIONS),
    (r"pynacl", reason("foreign.hint.pynacl")),
    (r"unexpected keyword|connection option|bad value for|typeerror|attributeerror", _OPTION),
)
"""The first pattern that matches the driver's message (lower case) gives the hint."""
_OTHERWISE = reason("foreign.hint.otherwise")


def describe_error(error: BaseException, url: URL) -> Reason:
    """Address, the driver's message and a hint; without user and password."""
    message = _masked(_message(error), url)
    return reason("foreign.failed", at=safe_address(url), message=message, hint=hint_for(message))


def hint_for(message: str) -> Reason:
    small = message.casefold()
    return next((then for pattern, then in _HINTS if re.search(pattern, small)), _OTHERWISE)


def safe_address(url: URL) -> str:
    """The kind of database with its host or file, without user and password."""
    return f"{url.get_backend_name()} {_address(url)}"


def _address(url: URL) -> str:
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    return f"{url.host or 'localhost'}{f':{url.port}' if url.port else ''}/{url.database or ''}"


def _message(error: BaseException) -> str:
    """The first line of the driver's message, with its code."""
    orig = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    code, text = _coded(orig)
    line = next((each.strip() for each in text.splitlines() if each.strip()), "")[:300]
    if not isinstance(orig, OSError) and orig.__class__.__module__ == "builtins":
        line = f"{type(orig).__name__}: {line}"
    return f"{line or type(orig).__name__} ({code})" if code else line or type(orig).__name__


def _coded(orig: BaseException) -> tuple[object, str]:
    """The driver's error number or SQLSTATE (None: none), and its message."""
    given = orig.args[0] if orig.args and isinstance(orig.args[0], tuple) else orig.args
    if not isinstance(orig, OSError):
        if [isinstance(each, int) for each in given] == [True, False]:  # of MySQL and SQL Server
            return given[0], given[1].decode("utf-8", "replace") if isinstance(given[1], bytes) else str(given[1])
        if hasattr(orig, "errno"):
            return orig.errno, str(getattr(orig, "msg", orig))
    return getattr(orig, "sqlstate", None), str(orig)


def _masked(message: str, url: URL) -> str:
    given = [url.password, *(url.query.get(name) for name in ("password", "passwd", "ssl_key_password", "sslpassword"))]
    for secret in filter(None, map(str, filter(None, given))):
        for hidden in sorted({secret, quote(secret), quote(secret, safe=""), unquote(secret)}, key=len, reverse=True):
            message = message.replace(hidden, "***")
    return message
