"""Odd requests: texts, fields, headers, methods and bodies that no client of ours sends, and what is made of them."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

DROP, PUSH, SCREEN = "opd_csv", "dorong", "peta"
"""A drop folder, a source that pushes and a screen that there are."""
WORDS = (
    b"", b"x", b"1", b"-1", b"0", b"9" * 40, b"9" * 4400, b"1e999", b"nan", b"a" * 5000, b"..", b"../../etc/passwd",
    b"a/b", b"//x.id",
    b"\x00", b"a\nb", b"a\r\nSet-Cookie: b=c", b"\x1b[31m", b"\x7f", b"\xff\xfe", b"\xed\xa0\x80",
    "\u202e\u2066\u200f".encode(),
    "\u0661".encode(), "\U0001f4a5".encode(), "\ufeff".encode(), b"%00%0a", b"%", b"{}", b"<script>", b"'\"`;--",
    b"\\", b"__proto__",
    b"flask", b"dash", b"__init__.py", b"id", b"json", DROP.encode(), PUSH.encode(), SCREEN.encode(),
)  # fmt: skip
FIELDS = (
    "m", "csrf", "alasan", "sebelum", "sumber", "hasil", "semua", "q", "api_key", "status", "page", "page_size",
    "start_date", "end_date", "updated_after", "service_code", "service_request_id", "jurisdiction_id", "lat",
    "long", "description",
    "transport", "EIO", "new_name", "f:tanggal", "kolom", "a[]", "a[b]", "x" * 300,
)  # fmt: skip
ACCESS_FIELDS = ("token", "lang", "theme")
"""What is answered by a redirect, or a refusal, before anything else is read."""
HEADERS = (
    "Accept", "Accept-Encoding", "Accept-Language", "Authorization", "Content-Encoding", "Content-Length",
    "Content-Type", "Cookie", "Expect",
    "Host", "If-Modified-Since", "If-None-Match", "If-Range", "Origin", "Range", "Sec-Fetch-Site",
    "Transfer-Encoding", "Upgrade",
    "X-Forwarded-For", "X-Fragment", "X-HTTP-Method-Override", "X-Requested-With",
)  # fmt: skip
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "get", "\x00")
JSON, FORM, PARTS = "application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"
BODIES = (
    *((JSON, text) for text in (
        b"", b"{", b"{}", b"[]", b"null", b"1", b'"x"', b"NaN", b"1" * 5000, b"[" * 20_000, b'{"a":' * 5000, b"\x00",
        b"\xff\xfe{\x00}\x00",
        b'{"output":null}', b'{"output":"..a.b...c.d.."}', b'{"output":{},"inputs":{}}',
        b'{"output":"x.y","inputs":[1],"changedPropIds":3}',
        b'{"laporan":[{"id":"\\ud800","dibuat":1e999,"jenis":9007199254740993000000000}]}',
        b'{"a":"\\u0000\\u202e\\n"}',
    )),
    *((FORM, text) for text in (b"a=%00&lat=1e999&long=nan&description=%ED%A0%80%E2%80%AE%0A", b"\xff=\xff", b"&=&=",
    b"a=1" * 3000)),
    *((PARTS, text) for text in (
        b"--x", b"--x--\r\n", b"--x\r\n\r\n\r\n--x--", b"\x00" * 99,
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="../\x00\xff.xlsx"\r\n\r\nPK\x03\x04\r\n'
        b"--x--\r\n",
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="a\xe2\x80\xae.csv"\r\n\r\n'
        b"nomor;tanggal\n1;2\n\r\n--x--\r\n",
    )),
    ("", b"x"), ("a/b; charset=utf-99", b"x"), ("multipart/form-data", b"--x"), ("\xff", b"\xff"),
)  # fmt: skip


@dataclass(frozen=True)
class Question:
    """What is sent; everything is bytes, as a client may send it."""

    path: bytes
    method: str = "GET"
    query: bytes = b""
    headers: Mapping[str, bytes] = field(default_factory=dict)
    content_type: str = ""
    body: bytes = b""

    def environ(self) -> dict[str, Any]:
        """As a WSGI server hands it over."""
        made = {
            f"HTTP_{name.upper().replace('-', '_')}": value.decode("latin-1") for name, value in self.headers.items()
        }
        for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            if f"HTTP_{name}" in made:
                made[name] = made.pop(f"HTTP_{name}")
        return {
            "REQUEST_METHOD": self.method,
            "PATH_INFO": self.path.decode("latin-1"),
            "QUERY_STRING": self.query.decode("latin-1"),
            "CONTENT_TYPE": self.content_type,
            "CONTENT_LENGTH": str(len(self.body)),
            "wsgi.input": io.BytesIO(self.body),
            "REMOTE_ADDR": "203.0.113.7",
        } | made
