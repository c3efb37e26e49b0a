"""Files that are no workbooks, or bad ones: each refused before it is opened, and says what to do."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path

import pytest
from openpyxl import Workbook
from openpyxl.xml import DEFUSEDXML

from ingest.tabular.detection.inspect import inspect
from ingest.tabular.readers import archive as limits
from ingest.tabular.readers.csv_table import BrokenTable
from tests.conftest import Limit
from tests.ingest.tabular.books import MAIN, STYLES, WORKBOOK, all_in_words, archive, book, cells, hand_made, sheet_xml

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
ROW = f'<row r="1">{cells("nomor", "tanggal")}</row><row r="2">{cells("1", "2026-03-13")}</row>'
BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
OUTER = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


def refused(path: Path) -> str:
    with pytest.raises(BrokenTable) as wrong:
        inspect(path, path.name)
    return str(wrong.value)


def test_a_zip_bomb_is_refused_by_its_ratio_before_it_is_unpacked(tmp_path: Path):
    said = refused(hand_made(tmp_path / "a.xlsx", b" " * 20_000_000))
    assert "mengembang" in said
    assert "bom zip" in said


def test_a_zip_bomb_of_many_layers_is_refused_by_its_total_size(tmp_path: Path, limit: Limit):
    limit(limits, "UNPACKED_MOST", 40_000)
    many = {f"xl/media/{n}.png": bytes(5_000) for n in range(10)}
    assert "mengembang menjadi" in refused(hand_made(tmp_path / "a.xlsx", sheet_xml(ROW), **many))


def test_an_archive_of_too_many_members_is_refused(tmp_path: Path, limit: Limit):
    limit(limits, "MEMBERS_MOST", 20)
    many = {f"xl/media/{n}.png": b"" for n in range(30)}
    assert "paling banyak 20" in refused(hand_made(tmp_path / "a.xlsx", sheet_xml(ROW), **many))


def test_a_file_that_is_too_large_is_refused(tmp_path: Path, limit: Limit):
    limit(limits, "FILE_MOST", 1_000)
    assert "bagi menjadi beberapa berkas" in refused(hand_made(tmp_path / "a.xlsx", sheet_xml(ROW)))


def test_a_size_that_is_a_lie_gains_nothing(tmp_path: Path):
    path = hand_made(tmp_path / "a.xlsx", sheet_xml(ROW + f'<row r="3">{cells("x" * 200)}</row>'))
    content, true = bytearray(path.read_bytes()), 0
    with zipfile.ZipFile(path) as made:
        true = made.getinfo("xl/worksheets/sheet1.xml").file_size
    content = bytearray(bytes(content).replace(struct.pack("<L", true), struct.pack("<L", 80)))
    path.write_bytes(content)
    assert "tidak dapat dibaca" in refused(path) or "rusak" in refused(path)


def test_a_zip_in_a_zip_is_not_opened_and_told_to_be_unpacked(tmp_path: Path):
    inner = hand_made(tmp_path / "laporan.xlsx", sheet_xml(ROW))
    said = refused(archive(tmp_path / "a.xlsx", {"laporan.xlsx": inner.read_bytes()}))
    assert "ekstrak dulu, lalu kirim 'laporan.xlsx'" in said


def test_files_embedded_in_a_workbook_are_ignored_and_told(tmp_path: Path):
    found = inspect(hand_made(tmp_path / "a.xlsx", sheet_xml(ROW), **{"xl/embeddings/x.bin": b"x"}), "a.xlsx")
    assert "Berkas yang disisipkan di dalam buku kerja diabaikan." in all_in_words(found.warnings)


def test_a_workbook_under_a_password_is_refused_with_advice(tmp_path: Path):
    path = tmp_path / "a.xlsx"
    path.write_bytes(OLE + "EncryptedPackage".encode("utf-16-le"))
    assert "kata sandi" in refused(path)


def test_an_encrypted_zip_is_refused_with_advice(tmp_path: Path):
    path = hand_made(tmp_path / "a.xlsx", sheet_xml(ROW))
    content = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.find(mark)
        while at >= 0:
            content[at + offset] |= 1
            at = content.find(mark, at + 1)
    path.write_bytes(content)
    assert "kata sandi" in refused(path)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (OLE, r"\.xls"),
        (b"<html><table><tr><td>nomor</td></tr></table></html>", "halaman web"),
        (b"\xef\xbb\xbf<!DOCTYPE html><table>", "halaman web"),
        (b"<?xml version='1.0'?><Workbook/>", "ini XML"),
        (b"%PDF-1.7", "PDF"),
        (b"PK\x03\x04 and then nothing", "rusak atau terpotong"),
        (b"PK\x05\x06" + bytes(18), "bukan buku kerja Excel"),
    ],
)
def test_what_only_looks_like_a_workbook_is_refused_with_what_to_do(tmp_path: Path, content: bytes, said: str):
    path = tmp_path / "laporan.xlsx"
    path.write_bytes(content)
    with pytest.raises(BrokenTable, match=said):
        inspect(path, path.name)


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": "<x/>"}, r"\.ods"),
        ({"[Content_Types].xml": "<Types/>", "xl/workbook.bin": b"x"}, r"\.xlsb"),
        ({"[Content_Types].xml": "<Types/>", "word/document.xml": "<x/>"}, "bukan buku kerja Excel"),
        ({"[Content_Types].xml": "<Types/>", "xl/other.xml": "<x/>"}, "tidak dapat dibaca"),
        ({"[Content_Types].xml": "", "xl/workbook.xml": ""}, "tidak berisi apa-apa"),
    ],
)
def test_other_formats_are_refused_with_what_to_do(tmp_path: Path, members: dict[str, str | bytes], said: str):
    with pytest.raises(BrokenTable, match=said):
        inspect(archive(tmp_path / "a.xlsx", members), "a.xlsx")


def test_a_workbook_that_was_cut_off_is_refused(tmp_path: Path):
    path = book(tmp_path / "a.xlsx", [["nomor", "tanggal"], *([n, "2026-03-13"] for n in range(500))])
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert "rusak atau terpotong" in refused(path)


def test_a_workbook_with_a_damaged_part_is_refused(tmp_path: Path):
    path = hand_made(tmp_path / "a.xlsx", sheet_xml(ROW * 1))
    with zipfile.ZipFile(path) as made:
        at = made.getinfo("xl/worksheets/sheet1.xml").header_offset + 60
    content = bytearray(path.read_bytes())
    content[at : at + 20] = bytes(20)
    path.write_bytes(content)
    assert refused(path)


def test_macros_are_never_run_and_that_they_are_there_is_told(tmp_path: Path):
    path = hand_made(tmp_path / "a.xlsm", sheet_xml(ROW), **{"xl/vbaProject.bin": b"Sub Auto_Open()"})
    found = inspect(path, "a.xlsm")
    assert all_in_words(found.warnings) == ["Buku kerja berisi makro; makro tidak pernah dijalankan."]
    assert found.rows == 1


def test_links_to_other_files_are_ignored_and_told(tmp_path: Path):
    path = hand_made(tmp_path / "a.xlsx", sheet_xml(ROW), **{"xl/externalLinks/externalLink1.xml": BOMB + "<x/>"})
    assert all_in_words(inspect(path, "a.xlsx").warnings) == ["Tautan ke berkas lain diabaikan."]


@pytest.mark.parametrize("doctype", [BOMB, OUTER])
@pytest.mark.parametrize("part", ["sheet", "strings", "workbook", "styles", "[Content_Types].xml"])
def test_entities_are_refused_in_every_part_that_is_read(tmp_path: Path, part: str, doctype: str):
    clean = {
        "sheet": sheet_xml(ROW),
        "strings": f'<?xml version="1.0"?><sst xmlns="{MAIN}"/>',
        "workbook": WORKBOOK,
        "styles": STYLES,
        "[Content_Types].xml": '<?xml version="1.0"?><Types/>',
    }
    parts = {part: clean[part].replace('<?xml version="1.0"?>', f'<?xml version="1.0"?>{doctype}')}
    sheet = parts.pop("sheet", clean["sheet"])
    assert "DOCTYPE" in refused(hand_made(tmp_path / "a.xlsx", sheet, **parts))


def test_openpyxl_itself_reads_with_defusedxml():
    assert DEFUSEDXML is True


def test_a_part_that_is_read_whole_may_not_be_huge(tmp_path: Path, limit: Limit):
    limit(limits, "SMALL_MOST", 5_000)
    styles = STYLES.replace("</styleSheet>", "<x/>" * 2_000 + "</styleSheet>")
    assert "paling besar 5.000" in refused(hand_made(tmp_path / "a.xlsx", sheet_xml(ROW), styles=styles))


def test_a_stylesheet_that_openpyxl_does_not_take_does_no_harm(tmp_path: Path):
    """As web applications write them: a fill of nothing."""
    assert inspect(hand_made(tmp_path / "a.xlsx", sheet_xml(ROW)), "a.xlsx").rows == 1


def test_a_workbook_of_hidden_sheets_only_offers_nothing(tmp_path: Path):
    hidden = WORKBOOK.replace('sheetId="1"', 'sheetId="1" state="veryHidden"')
    assert "tampilkan lembar" in refused(hand_made(tmp_path / "a.xlsx", sheet_xml(ROW), workbook=hidden))


def test_hidden_sheets_are_not_offered_and_told(tmp_path: Path):
    made = Workbook()
    assert made.active is not None
    made.active.append(["nomor", "tanggal"])
    secret = made.create_sheet("Rahasia")
    secret.append(["nomor", "tanggal", "kategori", "uraian"])
    secret.sheet_state = "hidden"
    made.save(tmp_path / "a.xlsx")
    found = inspect(tmp_path / "a.xlsx", "a.xlsx")
    assert found.sheets == ("Sheet",)
    assert all_in_words(found.warnings) == ["Lembar tersembunyi tidak ditawarkan: Rahasia."]
    with pytest.raises(BrokenTable, match="tidak ada atau tersembunyi; yang ada: Sheet"):
        inspect(tmp_path / "a.xlsx", "a.xlsx", found.form.model_copy(update={"sheet": "Rahasia"}))
