"""Every input that a parser once stumbled over, named by what was wrong."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Iterator
from io import BytesIO

from PIL import Image

from tests.fuzz import samples
from tests.ingest.tabular.books import MAIN, STYLES

Finding = tuple[str, str, bytes]
"""What was wrong, the target, the input."""


def _reported() -> Iterator[Finding]:
    """Other servers' answers."""
    told = b'<?xml version="1.0" encoding="%s"?><requests>\xe9</requests>'
    yield "the codec undefined in a declaration", "open311_requests", told % b"undefined"
    yield "the codec undefined in a header", "open311_charset", b"undefined\n[\xe9]"
    twice = b'<?xml version="1.0" encoding="%s"?><?xml version="1.0" encoding="x-y"?><requests/>'
    yield "a second declaration of an unknown encoding", "open311_requests", twice % b"utf-8"
    long = b'<?xml version="1.0" encoding="idna"' + b" " * 500 + b"?><requests/>"
    yield "a declaration longer than is usual", "open311_updates", long
    yield "blanks without end before nothing", "open311_requests", b"<requests>" + b" " * 200_000 + b"</requests>"
    late = b'[{"service_request_id": "1", "updated_datetime": "9999-12-31T23:59:59Z", "description": "x"}]'
    yield "an update at the end of time", "open311_updates", late
    half = b'{"service_request_id": "1", "requested_datetime": "2026-11-01T07:00:00Z", "status": "open", "%s": "http://\\ud800"}'
    for field in (b"address", b"status_notes", b"media_url"):
        yield f"half a character in {field.decode()}", "open311_requests", b"[%s]" % (half % field)
    yield "half a character in a service", "open311_about", b'[{"service_code": "1", "service_name": "\\ud800"}]'
    update = b'[{"service_request_id": "\\ud800", "updated_datetime": "2026-11-01T07:00:00Z"}]'
    yield "half a character in an update's number", "open311_updates", update
    yield "half a character in a cursor", "feed_next", b'{"lanjut": "\\ud800"}'
    huge = b"1" + b"0" * 400
    yield "a moment of 400 digits", "feed_answer", b'{"data": [{"id": 1, "dibuat": %s}]}' % huge
    yield "a token for 400 digits of seconds", "feed_token", b'{"access_token": "a", "expires_in": %s}' % huge
    yield "a token for nan seconds", "feed_token", b'{"access_token": "a", "expires_in": "nan"}'
    yield "a host whose punycode stands for nothing", "addresses", b"http://xn--a.example/"
    yield "a zone of letters beyond ASCII", "addresses", "http://[fe79::1%50ethé]/".encode()
    yield "a place's side that is a fraction", "photo", _taken()
    yield "a photo in letters beyond base64", "addresses", "data:image/png;base64,é".encode()


def _handed_over() -> Iterator[Finding]:
    """Agencies' files."""
    head = b"nomor;tanggal;kategori\n"
    yield "a raised two in a date", "csv_upload", head + "1;5²2026;sampah\n".encode()
    yield "a time both before and after noon", "csv_upload", head + b"1;3/4/2026 10:30 AM PM;sampah\n"
    yield "half a character in a date", "dates", b"1/2/2026\xed\xa0\x80"
    blanks = b"1-/%s./2-2026"
    yield "a date of many blanks", "dates", blanks % (b" " * 25) + b"\n" + blanks % (b" " * 44) + b"x"
    yield "a part that begins before the file", "xlsx_file", _moved(samples.packed(samples.PARTS))
    yield "a part packed in a way that is none", "xlsx_file", _flagged(samples.packed(samples.PARTS), 0x20)
    yield "a broken part that only tells the kind", "xlsx_file", _broken()
    parts = [*samples.PARTS.values()]
    yield "a sheet in an unknown encoding", "xlsx_parts", b'<?xml version="1.0" encoding="x-y"?><worksheet/>'
    styles = STYLES.replace("<fonts", f'<numFmts><numFmt numFmtId="22" formatCode="{"[" * 100_000}"/></numFmts><fonts')
    yield "a number format of brackets without end", "xlsx_parts", b"\0".join([*parts[:2], styles.encode()])
    column = b'<col min="1" max="16384" hidden="1"/>' * 40_000
    sheet = b'<worksheet xmlns="%s"><cols>%s</cols><sheetData/></worksheet>' % (MAIN.encode(), column)
    yield "hidden columns without end", "xlsx_parts", sheet


def _operated() -> Iterator[Finding]:
    """The operator's own."""
    yield "a config that is no UTF-8", "config_file", b"city: \xe9\n"


def _taken() -> bytes:
    """A photo that lies on its side, and says N or S of its place with a fraction."""
    first = struct.pack("<HHHLLHHLLL", 2, 0x0112, 3, 1, 6, 0x8825, 4, 1, 38, 0)
    place = struct.pack("<HHHLLLLL", 1, 1, 5, 1, 56, 0, 7, 2)
    out = BytesIO()
    Image.new("RGB", (9, 6), "green").save(out, "JPEG", exif=b"Exif\0\0II*\0\x08\0\0\0" + first + place)
    return out.getvalue()


def _moved(book: bytes) -> bytes:
    """The archive says that it begins 40 bytes before the file; of the first part, the sheet, that is true."""
    moved, end = bytearray(book), book.rindex(b"PK\x05\x06")
    places, at = [end + 16], book.index(b"PK\x01\x02")
    while (at := book.find(b"PK\x01\x02", at + 1)) > 0:
        places.append(at + 42)
    for place in places:
        struct.pack_into("<L", moved, place, struct.unpack_from("<L", book, place)[0] + 40)
    return bytes(moved)


def _flagged(book: bytes, flag: int) -> bytes:
    """The sheet's flags in the archive's list."""
    at = book.rindex(b"PK\x01\x02", 0, book.rindex(b"xl/worksheets/sheet1.xml"))
    return book[: at + 8] + struct.pack("<H", flag) + book[at + 10 :]


def _broken() -> bytes:
    """A deflated part `mimetype` whose content is no deflate."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("mimetype", b"x" * 100)
    packed = bytearray(out.getvalue())
    packed[38:41] = b"\xff\xff\xff"
    return bytes(packed)


FINDINGS: tuple[Finding, ...] = (*_reported(), *_handed_over(), *_operated())
