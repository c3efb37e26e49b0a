"""What a workbook's file is before it is opened: an XLSX of sane size, or refused with what to do.

Sizes are those that the archive declares; zipfile never hands out more than is declared, so a lie gains nothing.
Macros, links to other files and embedded files are never opened; the user is warned of them.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from errno import EINVAL
from pathlib import Path
from typing import IO, Any
from xml.parsers import expat

from data.domain.reasons import reason
from ingest.tabular.readers.csv_table import BrokenTable

FILE_MOST = 100_000_000
"""Bytes of the file."""
MEMBERS_MOST = 5_000
UNPACKED_MOST = 1_500_000_000
"""Bytes of all members together; a sheet is streamed."""
HELD_MOST = 200_000_000
"""Bytes of the part with the shared texts, which are held in memory."""
SMALL_MOST = 10_000_000
"""Bytes of each part that is read whole: styles, list of sheets."""
RATIO_MOST = 200
"""By how much a member of more than RATIO_FROM bytes may have shrunk; workbooks shrink by 5 to 60."""
RATIO_FROM = 5_000_000

XLSX_SUFFIXES = frozenset({".xlsx", ".xlsm"})
"""Workbooks that can be read."""
OTHER_SUFFIXES = frozenset({".xls", ".xlsb", ".ods"})
"""Workbooks that cannot; they are refused with advice."""

_ZIP = b"PK\x03\x04"
_EMPTY_ZIP = b"PK\x05\x06"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PASSWORD = "EncryptedPackage".encode("utf-16-le")
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})


@dataclass(frozen=True, slots=True)
class Archive:
    """A workbook's file that may be opened."""

    macros: bool
    links: bool
    """To other files."""
    embedded: bool
    """Other files inside."""


class ZipParts(zipfile.ZipFile):
    """A checked workbook's parts; what is opened is small and declares no document type. Raises BrokenTable."""

    def open(self, name: Any, mode: Any = "r", pwd: bytes | None = None, *, force_zip64: bool = False) -> IO[bytes]:
        """A part that will be read whole."""
        return self.stream(name, SMALL_MOST)

    def stream(self, name: str | zipfile.ZipInfo, most: int = UNPACKED_MOST) -> IO[bytes]:
        """A part of at most so many bytes. Raises KeyError when there is none of that name."""
        part = name if isinstance(name, zipfile.ZipInfo) else self.getinfo(name)
        if part.file_size > most:
            raise BrokenTable(reason("workbook.part_too_large", part=part.filename, size=part.file_size, most=most))
        with _errors_as_broken():
            with super().open(part) as file:
                _check_prolog(part.filename, file.read(65_536))
            return super().open(part)


def is_zip(start: bytes) -> bool:
    """Whether a file that starts so may be a workbook."""
    return start.startswith((_ZIP, _EMPTY_ZIP))


def refuse_others(path: Path, start: bytes) -> None:
    """Raises BrokenTable for files that are tables for people and not for us."""
    if start.startswith(_OLE):
        if _holds(path, _PASSWORD):
            raise BrokenTable(reason("file.password"))
        raise BrokenTable(reason("file.xls"))
    text = start.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<html", b"<!doctype html", b"<table", b"<meta", b"<head")):
        raise BrokenTable(reason("file.html"))
    if text.startswith(b"<?xml"):
        raise BrokenTable(reason("file.xml"))
    if text.startswith(b"%pdf"):
        raise BrokenTable(reason("file.pdf"))


def check(path: Path) -> Archive:
    """Look at the archive's list of members; nothing is unpacked but a few first bytes. Raises BrokenTable, OSError."""
    size = path.stat().st_size
    if size > FILE_MOST:
        raise BrokenTable(reason("file.too_large", size=size, most=FILE_MOST))
    with _errors_as_broken(), zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        _check_members(members)
        _check_kind({member.filename for member in members}, archive)
    names = [member.filename.lower() for member in members]
    return Archive(
        macros=any(name.endswith("vbaproject.bin") or "/macrosheets/" in name for name in names),
        links=any(name.startswith("xl/externallinks/") for name in names),
        embedded=any(name.startswith("xl/embeddings/") for name in names),
    )


@contextmanager
def _errors_as_broken() -> Iterator[None]:
    """Errors of zipfile and expat in a file that no spreadsheet wrote become BrokenTable."""
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, LookupError, RuntimeError, OSError) as wrong:
        if isinstance(wrong, BrokenTable) or (isinstance(wrong, OSError) and wrong.errno != EINVAL):
            raise  # EINVAL: a part that begins before the file does
        raise BrokenTable(reason("workbook.broken", error=str(wrong))) from None


def _check_members(members: Sequence[zipfile.ZipInfo]) -> None:
    if len(members) > MEMBERS_MOST:
        raise BrokenTable(reason("workbook.too_many_parts", parts=len(members), most=MEMBERS_MOST))
    if len({member.filename for member in members}) < len(members):
        raise BrokenTable(reason("workbook.parts_twice"))
    total = sum(member.file_size for member in members)
    if total > UNPACKED_MOST:
        raise BrokenTable(reason("workbook.unpacked_too_large", size=total, most=UNPACKED_MOST))
    for member in members:
        _check_member(member)


def _check_member(member: zipfile.ZipInfo) -> None:
    if member.flag_bits & 1:
        raise BrokenTable(reason("file.password"))
    if member.compress_type not in _METHODS:
        raise BrokenTable(reason("workbook.wrong_packing"))
    if member.file_size > RATIO_FROM and member.file_size > RATIO_MOST * max(member.compress_size, 1):
        times = member.file_size // max(member.compress_size, 1)
        raise BrokenTable(reason("workbook.expands", part=member.filename, times=times))


def _check_kind(names: set[str], archive: zipfile.ZipFile) -> None:
    if "mimetype" in names and archive.read("mimetype")[:80].startswith(b"application/vnd.oasis.opendocument"):
        raise BrokenTable(reason("file.ods"))
    if "xl/workbook.bin" in names:
        raise BrokenTable(reason("file.xlsb"))
    if "[Content_Types].xml" not in names:
        inside = next((name for name in sorted(names) if name.lower().endswith((".xlsx", ".xlsm", ".csv", ".zip"))), "")
        raise BrokenTable(reason("file.zip_with_table", inside=inside) if inside else reason("file.zip"))
    if not any(name.startswith("xl/") for name in names):
        raise BrokenTable(reason("file.other_office"))


class _PrologEnd(Exception):
    """The first element: after it nothing can be declared any more."""


def _check_prolog(name: str, start: bytes) -> None:
    """No document type: entities can be declared nowhere else, and the format of workbooks forbids it."""

    def doctype(*_: object) -> None:
        raise BrokenTable(reason("workbook.doctype", part=name))

    def first_element(*_: object) -> None:
        raise _PrologEnd

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler, parser.StartElementHandler = doctype, first_element
    try:
        parser.Parse(start, False)
    except _PrologEnd:
        return
    except expat.ExpatError as wrong:
        raise BrokenTable(reason("workbook.part_not_xml", part=name, error=str(wrong))) from None
    raise BrokenTable(reason("workbook.empty_part", part=name))


def _holds(path: Path, mark: bytes) -> bool:
    """Whether it stands in the file's first two megabytes."""
    with path.open("rb") as file:
        return mark in file.read(2_000_000)
