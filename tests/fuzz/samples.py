"""Samples that the fuzzing starts from: valid ones made here, and the recordings beside the repository."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from functools import cache
from typing import Any

from PIL import ExifTags, Image
from shapely.geometry import mapping

from dashboard.api.push.routes import signature
from data.reference.boundaries.cells import cells
from tests.data.reference.boundaries.maps import a_map, a_square
from tests.ingest.doors import NOW, ROOT
from tests.ingest.sources.feed.feed_sources import item
from tests.ingest.tabular.books import CONTENT_TYPES, MAIN, RELS, STYLES, WORKBOOK, sheet_xml
from tests.real_data import REAL_DATA

SECRET = "s" * 40
_LONGEST = 40_000


def _recorded(pattern: str) -> list[bytes]:
    """Recordings of moderate size; none where they are not there."""
    return [content for path in sorted(REAL_DATA.glob(pattern)) if len(content := path.read_bytes()) <= _LONGEST]


def _json(*values: Any) -> list[bytes]:
    return [json.dumps(value, ensure_ascii=False).encode() for value in values]


REQUEST: Mapping[str, Any] = {
    "service_request_id": "638344",
    "status": "closed",
    "status_notes": "Sudah diangkut.",
    "service_name": "Sampah",
    "service_code": "sampah",
    "description": "Menumpuk di depan pasar. Bau.",
    "agency_responsible": "DLH",
    "requested_datetime": "2026-11-14T06:37:38-08:00",
    "updated_datetime": "2026-11-15 06:37:38",
    "address": "Jl. Diponegoro 5, Sisir",
    "lat": -7.87,
    "long": "112,52",
    "media_url": ["http://foto.example/1.jpg"],
}
UPDATE: Mapping[str, Any] = {
    "update_id": 17,
    "service_request_id": "1",
    "status": "FIXED",
    "updated_datetime": "2026-11-20T08:00:00Z",
    "description": "Selesai.",
}


def _xml(root: str, name: str, fields: Mapping[str, Any]) -> bytes:
    inside = "".join(f"<{key}>{value}</{key}>" for key, value in fields.items())
    return f'<?xml version="1.0" encoding="utf-8"?>\n<{root}><{name}>{inside}</{name}></{root}>'.encode()


def open311_requests() -> list[bytes]:
    made = _json([REQUEST], {"requests": [{"request": REQUEST}]}, [{"code": 400, "description": "jurisdiction_id"}])
    return [*made, _xml("service_requests", "request", REQUEST), *_recorded("open311/*/*request*")]


def open311_updates() -> list[bytes]:
    late = {**UPDATE, "updated_datetime": "9999-12-30T23:59:59Z", "status": "IN_PROGRESS"}
    return [*_json([UPDATE], [UPDATE, late]), _xml("service_requests_updates", "request_update", UPDATE)]


def open311_about() -> list[bytes]:
    discovery = {"changeset": "2026", "endpoints": [{"url": "https://a", "formats": ["text/xml"], "type": "test"}]}
    service = {"service_code": "1", "service_name": "Sampah", "metadata": True}
    return [*_json(discovery, [service]), *_recorded("open311/*/*service*"), *_recorded("open311/*/discovery*")]


def open311_charset() -> list[bytes]:
    body = b'[{"service_request_id": "1", "description": "Jalan rusak \xe9\x80"}]'
    names = ("latin-1", "utf-16", "idna", "punycode", "undefined", "unicode_escape", "rot13", "zlib", "shift_jis")
    told = [b'\n<?xml version="1.0" encoding="%s"?><requests>\xe9</requests>' % name.encode() for name in names]
    return [*(name.encode() + b"\n" + body for name in names), *told]


def feed_answers() -> list[bytes]:
    good = item(7, dihapus=False, waktu={"selesai": 1_795_000_000_000}, status="selesai")
    odd = item("x", dibuat=1_795_000_000, desa=["Sisir", "Temas"], lokasi={"lat": "-7,87", "lng": 112.5}, dihapus="ya")
    return _json({"data": [good], "lanjut": "abc"}, {"data": [odd], "lanjut": 3}, [good, odd], {"error": "tidak ada"})


def tokens() -> list[bytes]:
    return _json({"access_token": "abc", "expires_in": 3600}, {"access_token": "abc", "expires_in": "60"}, {"error": 1})


def push_headers() -> list[bytes]:
    stamp, body = str(int(NOW.timestamp())), b'{"id": 1}'
    return ["\n".join([stamp, signature(SECRET, stamp, body)]).encode() + b"\n" + body]


def cursors() -> list[bytes]:
    span = {"pull": "regular", "begin": "2026-11-01T00:00:00Z", "end": "2026-11-02T00:00:00Z", "page": 2}
    return _json({"until": "2026-11-01T00:00:00Z", "span": span, "learnt": {"format": "xml"}, "services": {"1": "x"}})


_HEAD = "nomor;tanggal;waktu;kategori;judul;uraian;desa;lintang;bujur;opd;status;tanggal_selesai;catatan"
_ROW = "{};13/03/2026;08.30;sampah;Judul;Uraian, panjang;Sisir;-7,8712;112,5271;DLH;Selesai;14/03/2026;Beres"


def csv_tables() -> list[bytes]:
    text = "\n".join([_HEAD, *(_ROW.format(number) for number in range(1, 4)), "contoh;;;"])
    quoted = (
        'No,Tgl Laporan,Jenis,Isi Laporan,Koordinat\n1,3/4/2026,Jalan,"a ""b""\nc","-7.87, 112.52"\n2,3 Mei 2026,x,y,\n'
    )
    made = [text.encode(), text.encode("utf-16"), b"\xef\xbb\xbf" + text.encode(), quoted.encode()]
    return [*made, text.replace("Uraian", "Jalan é").encode("cp1252"), f"Laporan\n\n{quoted}".encode()]


_CELLS = "".join(f'<c t="inlineStr"><is><t>{name}</t></is></c>' for name in _HEAD.split(";"))
_CELL_ROW = (
    '<row r="3"><c r="A3"><v>1</v></c><c r="B3" s="1"><v>46094.5</v></c><c r="D3" t="s"><v>0</v></c>'
    '<c r="G3" t="str"><f>A1</f><v>Sisir</v></c><c r="H3"><v>-7.8712</v></c><c r="I3"><v>1.125271E2</v></c>'
    '<c r="J3" t="e"><v>#N/A</v></c><c r="K3" t="b"><v>1</v></c><c r="L3" t="d"><v>2026-03-14</v></c></row>'
)
_BEHIND = '<mergeCells><mergeCell ref="G3:G5"/></mergeCells>'
_BEFORE = '<cols><col min="2" max="3" hidden="1"/></cols>'
_STRINGS = f'<sst xmlns="{MAIN}"><si><t>sampah</t></si><si><r><t>a</t></r><rPh><t>b</t></rPh></si></sst>'
PARTS: Mapping[str, bytes] = {
    "xl/worksheets/sheet1.xml": sheet_xml(
        f'<row r="1">{_CELLS}</row>{_CELL_ROW}<row r="5"><c><v>2</v></c></row>', _BEHIND, _BEFORE
    ).encode(),
    "xl/sharedStrings.xml": _STRINGS.encode(),
    "xl/styles.xml": STYLES.encode(),
    "xl/workbook.xml": WORKBOOK.encode(),
    "xl/_rels/workbook.xml.rels": RELS.format("worksheet", "worksheets/sheet1.xml").encode(),
    "[Content_Types].xml": CONTENT_TYPES.encode(),
    "_rels/.rels": RELS.format("officeDocument", "xl/workbook.xml").encode(),
}
"""Of a small workbook, in the order in which `tables.xlsx_parts` is given others."""


def packed(parts: Mapping[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    """A workbook of these parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as made:
        for name, content in parts.items():
            made.writestr(zipfile.ZipInfo(name), content, method)
    return out.getvalue()


def workbooks() -> list[bytes]:
    macros = {**PARTS, "xl/vbaProject.bin": b"x", "mimetype": b"application/zip"}
    return [packed(PARTS), packed(PARTS, zipfile.ZIP_DEFLATED), packed(macros), packed({"mimetype": b"x"})]


def workbook_parts() -> list[bytes]:
    whole = list(PARTS.values())
    return [b"\0".join(whole[:count]) for count in range(1, len(whole) + 1)]


def moments() -> list[bytes]:
    ways = """2026-03-13T16:00:00+07:00 2026-W11-5 46094.5 13/03/2026 3/4/26 13.3.2026 2026/3/13 20260313T160000Z
    0001-01-01T00:00:00+14:00 9999-12-31T23:59:59-12:00"""
    said = """13/03/2026 08:30
13 Mar 2026 08.30 WIB
Jumat, 13 Maret 2026 pukul 08:30
Mar 13, 2026 8:30 PM
jum'at 13-Mei-2026 8.30.15 a.m.
2026-03-13 08:30:15.123456 +0700"""
    return [*(way.encode() for way in ways.split()), said.encode(), "\n".join(ways.split()).encode()]


def positions() -> list[bytes]:
    return [
        b"-7.8712\n112.5271",
        b"-7,8712\n112,5271",
        b"-7.8712, 112.5271\n0,0",
        b"-7.871.234\n1.234,56\n1,234.5\n1e5",
    ]


def values() -> list[bytes]:
    said = ("46094.5", "1e300", "-0.0", "0.1", "60", "nan", "_x000D_a", "XFD", "A5:B7", "1,2,3", "+62 812 3456 789")
    return ["\n".join(said).encode(), *(one.encode() for one in said)]


def places() -> list[bytes]:
    said = """Jl. Diponegoro 5, Kel. Sisir, Kec. Batu
Desa Bumiaji, Kec. Bumiaji
Kelurahan Temas RT 3 RW 4 arah Kota Malang
Kab. Blitar; Kec. Pujon | Ds. Tulungrejoo
Punten, jalan rusak di Punten dekat pasar Oro-Oro Ombo"""
    return [said.encode(), *(line.encode() for line in said.splitlines())]


def forms() -> list[bytes]:
    plain = (
        b"service_code=sampah&lat=-7.87&long=112.52&description=%3Cb%3EMenumpuk%3C/b%3E&attribute%5Bvillage%5D=Sisir"
    )
    part = 'Content-Disposition: form-data; name="{}"\r\n\r\n{}\r\n'
    fields = "".join("--x\r\n" + part.format(*field) for field in (("service_code", "sampah"), ("address_id", "Sisir")))
    photo = '--x\r\nContent-Disposition: form-data; name="media"; filename="a.jpg"\r\n\r\nabc\r\n'
    return [
        b"application/x-www-form-urlencoded\n" + plain,
        f"multipart/form-data; boundary=x\n{fields}{photo}--x--\r\n".encode(),
        b"application/x-www-form-urlencoded; charset=utf-7\n" + plain + b"&email=<script><!--",
    ]


def queries() -> list[bytes]:
    window = (
        b"start_date=2026-11-01T00:00:00Z&end_date=2026-11-20T00:00:00%2B07:00&status=open,closed&service_code=sampah,x"
    )
    return [
        window,
        b"updated_after=2026-11-01T00:00:00+07:00&bbox=112.47,-7.94,112.60,-7.73&page=2&page_size=9&extensions=1",
    ]


@cache
def photos() -> list[bytes]:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation], exif[ExifTags.Base.Make] = 6, "Kamera"
    exif[ExifTags.Base.XResolution] = 72.0
    exif[ExifTags.IFD.GPSInfo] = {1: "S", 2: (7.0, 52.0, 16.8), 3: "E", 4: (112.0, 31.0, 37.2)}
    found = []
    for form in ("JPEG", "PNG", "WEBP", "GIF"):
        for mode in ("RGB", "P", "L", "RGBA") if form in ("PNG", "WEBP") else ("RGB",):
            out = io.BytesIO()
            image = Image.new("RGB", (9, 6), "green").convert(mode)
            image.save(out, form, **({"exif": exif} if form != "GIF" else {}))
            found.append(out.getvalue())
    frames = io.BytesIO()
    Image.new("P", (4, 4)).save(frames, "GIF", save_all=True, append_images=[Image.new("P", (4, 4), 1)], transparency=0)
    return [*found, frames.getvalue()]


def addresses() -> list[bytes]:
    said = """http://foto.example/1.jpg
https://user@server.example:99999/
//[::1]/x
../b?c#d
data:image/png;base64,iVBORw0KGgo=
data:image/gif,%47
http://xn--a.example/
http://[fe80::1%25eth0]/
ftp://x"""
    return [said.encode(), *(line.encode() for line in said.splitlines())]


def maps() -> list[bytes]:
    crs = {"type": "name", "properties": {"name": "EPSG:32749"}}
    return [a_map(), a_map(crs=crs), *_json({"type": "FeatureCollection", "features": [{"type": "Feature"}]})]


def geometries() -> list[bytes]:
    shape, square = mapping(cells()[0].shape), a_square(112.52, -7.88, 0.01)
    bow = {"type": "Polygon", "coordinates": [[[112.5, -7.9], [112.51, -7.89], [112.51, -7.9], [112.5, -7.89]]]}
    several = {"type": "GeometryCollection", "geometries": [square, {"type": "Point", "coordinates": [1, 2]}, bow]}
    return _json(shape, square, bow, several, {"type": "MultiPolygon", "coordinates": [square["coordinates"]]})


@cache
def _map_around() -> tuple[bytes, bytes]:
    """The map before and behind the first village's geometry."""
    mark = "GEOMETRI"

    def change(features: list[dict[str, Any]]) -> None:
        features[0]["geometry"] = mark

    before, _, behind = a_map(change).partition(f'"{mark}"'.encode())
    return before, behind


def map_with(geometry: bytes) -> bytes:
    """A map in which one village has this geometry."""
    before, behind = _map_around()
    return before + geometry + behind


def configs() -> list[bytes]:
    small = b"city: &a {name: X, warn_at: 0.7}\nsources: {a: {kind: drop, every_s: 1h}}\nagencies: *a\n2027-02-29: ~\n"
    return [small, (ROOT / "config.yaml").read_bytes()]
