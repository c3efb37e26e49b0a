"""Files that nobody should send: each is failed with a sentence that says what to do, and harms no other."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ingest.doors import NOW
from tests.ingest.tabular.books import archive, cells, hand_made, in_words, sheet_xml
from tests.ingest.uploads.desk import Desk, rows

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def bomb(folder: Path) -> bytes:
    return hand_made(folder / "bomb.xlsx", b" " * 20_000_000).read_bytes()


def encrypted(folder: Path) -> bytes:
    return OLE + bytes(504) + "EncryptedPackage".encode("utf-16-le")


def doctyped(folder: Path) -> bytes:
    row = f'<row r="1">{cells("nomor", "tanggal")}</row>'
    outer = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    sheet = sheet_xml(row).replace("?>", f"?>{outer}", 1)
    return hand_made(folder / "outer.xlsx", sheet).read_bytes()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "kosong"),
        (b"\n\n\n", "kosong"),
        (bomb, "bom zip"),
        (encrypted, "kata sandi"),
        (OLE + bytes(504), ".xls"),
        (b"%PDF-1.7 and so on", "PDF"),
        (b"PK\x03\x04 and then nothing", "rusak atau terpotong"),
        (lambda folder: archive(folder / "z.zip", {"laporan.csv": b"nomor"}).read_bytes(), "zip"),
        (doctyped, "DOCTYPE"),
        (rows(1) + b"2;\x00;;;;;;;;\n", "NUL"),
        (rows(1) + b'"2;open for ever', "kutip"),
        (b";".join(b"k%d" % n for n in range(600)) + b"\n", "paling banyak 500"),
    ],
)
def test_a_hostile_file_is_failed_with_what_to_do_and_the_next_one_is_taken(
    quick_desk: Desk, tmp_path: Path, content: object, said: str
):
    made = content(tmp_path) if callable(content) else content
    assert isinstance(made, bytes)
    upload_id, good = quick_desk.hand_in(made, "laporan.xlsx"), quick_desk.hand_in(rows(7))
    quick_desk.work()
    failed = quick_desk.get(upload_id)
    assert (failed.state, failed.form) == ("failed", None)
    assert said in in_words(failed.error)
    assert not quick_desk.uploader.enqueue(upload_id, NOW)
    assert quick_desk.uploader.inspect_again(upload_id, NOW, header_row=1)
    quick_desk.work()
    assert quick_desk.state(upload_id) == "failed"
    assert quick_desk.uploader.discard(upload_id)
    assert quick_desk.state(good) == "asking"


def test_formulas_in_a_file_are_texts_in_its_result(quick_desk: Desk):
    upload_id = quick_desk.imported(rows('=HYPERLINK("http://x")', "@SUM(1)", "+62"))
    assert quick_desk.words(upload_id) == ["baru"] * 3
    assert quick_desk.told(upload_id)[0][0] == '=HYPERLINK("http://x")'
