"""What went wrong with somebody else's database, as drivers say it, and what to do (Bahasa Indonesia)."""

from __future__ import annotations

import re
import struct
from urllib.parse import quote, unquote

from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

OF_DRIVERS = (
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
"""What they raise when an option, a server or what it sends is none that they know."""
TOO_LONG = "ringankan kuerinya, misalnya dengan indeks pada kolom kursornya, atau perbesar timeout_s"
_LOGIN = "periksa nama pengguna dan sandi dalam alamatnya (@ : / dalam sandi ditulis %40 %3A %2F)"
_TLS = "hubungkan dengan TLS: tambahkan ?{} pada alamatnya"
_GRANT = "minta izin SELECT untuk pengguna itu kepada pengelolanya"
_LET_IN = "minta pengelolanya mengizinkan koneksi dari server ini"
_NAME = "periksa nama databasenya dalam alamat"
_REACH = "periksa host dan port dalam alamatnya, apakah servernya berjalan, dan firewall"
_QUERY = "perbaiki `query` sumber ini dalam config.yaml"
LATER = "dicoba lagi sendiri"
_HINTS = (
    (r"\(3159\)", _TLS.format("ssl_ca=BERKAS.pem")),
    (r"\(1045\)", f"{_LOGIN}; bila server meminta TLS, tambahkan ?ssl_ca=BERKAS.pem"),
    (r"\((1698|18456)\)|login failed", _LOGIN),
    (r"\((1129|1130)\)", _LET_IN),
    (r"\(1044\)", f"{_NAME}, atau {_GRANT}"),
    (r"\((1142|1143|1227|1370|42501)\)", _GRANT),
    (r"\((1046|1049|3d000)\)", _NAME),
    (r"\((1054|1064|1146|1305|1356|42\w{3})\)", _QUERY),
    (r"\((1792|25001|25006)\)|readonly database", f"kueri itu hendak menulis; {_QUERY}"),
    (r"\((1969|3024|57014)\)", TOO_LONG),
    (r"\((1205|55p03)\)|database is locked", f"tabelnya sedang dikunci pihak lain; {LATER}"),
    (r"\((1040|1203|1226|53300)\)", f"terlalu banyak koneksi di server itu; {LATER}"),
    (r"\(1193\)", "server itu terlalu tua; yang dapat dibaca MySQL 5.7 dan MariaDB 10.1 ke atas"),
    (r"\(1298\)", "zona waktu ini tidak dikenal server itu; minta tabel zona waktunya diisi (mysql_tzinfo_to_sql)"),
    (r"timed out \(|timed out\) \(2013\)", f"server itu tidak menjawab; {_REACH}"),
    (r"\((1053|1927|2006|2013|57p01)\)|closed the connection|connection.*lost", f"koneksi terputus; {LATER}"),
    (r"no encryption", f"{_TLS.format('sslmode=require')}, atau {_LET_IN}"),
    (r"invalid response to ssl negotiation", f"yang menjawab di sana bukan PostgreSQL; {_REACH}"),
    (r"no such file", "periksa berkas yang disebut dalam alamatnya"),
    (r"ssl|certificate", "periksa pilihan TLS dalam alamatnya dan sertifikat servernya"),
    (r"password authentication|no password supplied|role .* does not exist|ora-01017", _LOGIN),
    (r"pg_hba", _LET_IN),
    (r"permission denied|ora-01031", _GRANT),
    (r"database .* does not exist|cannot open database|ora-12514", _NAME),
    (r"\((2002|2003|2005)\)|dpy-6005|ora-12541|refused|resolve|no route|unreachable", _REACH),
    (r"timeout expired|unable to (open|connect)|20009", _REACH),
    (r"no such (table|column|function)|syntax|ora-009\d\d", _QUERY),
    (r"too many", f"terlalu banyak koneksi di server itu; {LATER}"),
    (r"pynacl", "pasang paket PyNaCl di server, atau minta pengguna dengan sandi biasa (mysql_native_password)"),
    (
        r"unexpected keyword|connection option|bad value for|typeerror|attributeerror",
        "periksa pilihan di belakang ? alamatnya",
    ),
)
"""The first that is found in what was said, in small letters, decides."""
_ELSE = "periksa databasenya, alamat dan izin bacanya"


def told(wrong: BaseException, url: URL) -> str:
    """One line: where, what, and what to do. No user, no password."""
    said = _masked(_said(wrong), url)
    return f"{url.get_backend_name()} {where(url)}: {said}; {hint(said)}"


def hint(said: str) -> str:
    """What to do about it."""
    small = said.casefold()
    return next((then for pattern, then in _HINTS if re.search(pattern, small)), _ELSE)


def where(url: URL) -> str:
    """Host or file, without user and password."""
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    return f"{url.host or 'setempat'}{f':{url.port}' if url.port else ''}/{url.database or ''}"


def _said(wrong: BaseException) -> str:
    """The first line of what the driver says, with its code."""
    orig = wrong.orig if isinstance(wrong, DBAPIError) and wrong.orig is not None else wrong
    code, text = _coded(orig)
    line = next((each.strip() for each in text.splitlines() if each.strip()), "")[:300]
    if not isinstance(orig, OSError) and orig.__class__.__module__ == "builtins":
        line = f"{type(orig).__name__}: {line}"
    return f"{line or type(orig).__name__} ({code})" if code else line or type(orig).__name__


def _coded(orig: BaseException) -> tuple[object, str]:
    """The number or SQLSTATE that the driver gives (None: none), and its words."""
    given = orig.args[0] if orig.args and isinstance(orig.args[0], tuple) else orig.args
    if not isinstance(orig, OSError):
        if [isinstance(each, int) for each in given] == [True, False]:  # of MySQL and SQL Server
            return given[0], given[1].decode("utf-8", "replace") if isinstance(given[1], bytes) else str(given[1])
        if hasattr(orig, "errno"):
            return orig.errno, str(getattr(orig, "msg", orig))
    return getattr(orig, "sqlstate", None), str(orig)


def _masked(said: str, url: URL) -> str:
    given = [url.password, *(url.query.get(name) for name in ("password", "passwd", "ssl_key_password", "sslpassword"))]
    for secret in filter(None, map(str, filter(None, given))):
        for hidden in sorted({secret, quote(secret), quote(secret, safe=""), unquote(secret)}, key=len, reverse=True):
            said = said.replace(hidden, "***")
    return said
