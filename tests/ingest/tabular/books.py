"""Workbooks for the tests: real ones, and parts of hand-made ones."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook

from data import texts as product_texts
from data.domain.reasons import Reason, decode_reason

HEADER = ("nomor", "tanggal", "waktu", "kategori", "judul", "uraian", "desa", "status", "tanggal_selesai", "catatan")

CONTENT_TYPES = """<?xml version="1.0"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="xml" ContentType="application/xml"/>
<Override PartName="/xl/workbook.xml"
 ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>
<Override PartName="/xl/worksheets/sheet1.xml"
 ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>
<Override PartName="/xl/sharedStrings.xml"
 ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/>
<Override PartName="/xl/styles.xml"
 ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/>
</Types>"""
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
WORKBOOK = f"""<?xml version="1.0"?><workbook xmlns="{MAIN}"
 xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">
<sheets><sheet name="Laporan" sheetId="1" r:id="rId1"/></sheets></workbook>"""
RELS = """<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{0}" Target="{1}"/>
</Relationships>"""
STYLES = f"""<?xml version="1.0"?><styleSheet xmlns="{MAIN}"><fonts count="1"><font/></fonts>
<fills count="1"><fill/></fills><borders count="1"><border/></borders>
<cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="2"><xf/><xf numFmtId="22"/></cellXfs></styleSheet>"""


def in_words(why: Reason | str | None) -> str:
    """A reason in Indonesian, also one as the store keeps it."""
    return product_texts.texts("id").sentence(decode_reason(why) if isinstance(why, str) else why or "")


def all_in_words(reasons: Iterable[Reason | str]) -> list[str]:
    return [in_words(why) for why in reasons]


def book(path: Path, rows: Iterable[Sequence[Any]], name: str = "Laporan") -> Path:
    """A workbook of one sheet, as openpyxl writes it."""
    made = Workbook()
    sheet = made.active
    assert sheet is not None
    sheet.title = name
    for row in rows:
        sheet.append(list(row))
    made.save(path)
    return path


def sheet_xml(rows: str, behind: str = "", before: str = "") -> str:
    """A sheet's part."""
    return f'<?xml version="1.0"?><worksheet xmlns="{MAIN}">{before}<sheetData>{rows}</sheetData>{behind}</worksheet>'


def cells(*texts: str) -> str:
    """Cells of inline texts."""
    return "".join(f'<c t="inlineStr"><is><t>{text}</t></is></c>' for text in texts)


def hand_made(path: Path, sheet: str | bytes, **parts: str | bytes) -> Path:
    """A workbook written part by part; `parts`: strings, workbook, styles, others by name instead."""
    members: dict[str, str | bytes] = {
        "[Content_Types].xml": CONTENT_TYPES,
        "_rels/.rels": RELS.format("officeDocument", "xl/workbook.xml"),
        "xl/workbook.xml": parts.pop("workbook", WORKBOOK),
        "xl/_rels/workbook.xml.rels": RELS.format("worksheet", "worksheets/sheet1.xml"),
        "xl/styles.xml": parts.pop("styles", STYLES),
        "xl/sharedStrings.xml": parts.pop("strings", f'<sst xmlns="{MAIN}"/>'),
        "xl/worksheets/sheet1.xml": sheet,
    }
    return archive(path, {**members, **parts})


def archive(path: Path, members: Mapping[str, str | bytes]) -> Path:
    """A zip."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members.items():
            made.writestr(name, content)
    return path


def texts(path: Path, sheet: str | None = None) -> list[list[str]]:
    """All rows of a workbook that we wrote, as texts."""
    made = load_workbook(path)
    found = made[sheet] if sheet else made.worksheets[0]
    return [["" if value is None else str(value) for value in row] for row in found.iter_rows(values_only=True)]
