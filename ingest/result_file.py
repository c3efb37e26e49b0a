"""The result file beside an input: for each row what became of it. Written as it goes, in place only when complete.

While a file is being taken its result grows in a hidden part file, flushed after each delivery; so a process that
dies leaves behind how far it came, and the next one goes on there. `.NAME.DIGEST.part` becomes `NAME.hasil.csv`.
"""

from __future__ import annotations

import csv
import glob
import io
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

SUFFIX = ".hasil.csv"
_BOM = "\ufeff"
"""By which spreadsheets know UTF-8."""
_TITLE = ("baris", "nomor", "hasil", "keterangan")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_WORDS = {
    "new": ("baru", ""),
    "updated": ("diperbarui", ""),
    "same": ("sama", "sudah tersimpan, tidak ada yang berubah"),
    "merged": ("digabung", "menjadi satu kejadian dengan laporan lain"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """What became of one row; number 0 is the file as a whole."""

    number: int
    external_id: str
    result: str
    remark: str = ""


def told(number: int, external_id: str, outcome: str) -> Row:
    """A row's outcome (see `Source.stored`) in Bahasa Indonesia."""
    word, _, reason = outcome.partition(":")
    if word == "rejected":
        return Row(number, external_id, "ditolak", reason.strip())
    result, remark = _WORDS.get(word, (outcome, ""))
    return Row(number, external_id, result, remark)


def safe(text: str) -> str:
    """A cell that no spreadsheet takes for a formula, on one line."""
    line = " ".join(text.split())
    return f"'{line}" if text.startswith(_FORMULA) or line.startswith(_FORMULA) else line


class ResultFile:
    """The result of taking `source` (its content's SHA-256 is `digest`)."""

    def __init__(self, source: Path, digest: str, delimiter: str = ",") -> None:
        self.path = source.with_name(source.name + SUFFIX)
        self._source, self._delimiter = source, delimiter
        self._part = source.with_name(f".{source.name}.{digest[:16]}.part")

    def is_newer_than(self, changed_ns: int) -> bool:
        """Whether there is a result that was written after the input changed. Raises OSError."""
        try:
            return self.path.stat().st_mtime_ns >= changed_ns
        except FileNotFoundError:
            return False

    def begun(self) -> int | None:
        """The number of the last row that was written, 0 for none yet; None when it was not begun. Raises OSError."""
        if not self._part.exists():
            return None
        written = self._written()
        return int(written[-1][0]) if written else 0

    def begin(self, through: int) -> None:
        """Keep what was written up to row number `through`, drop the rest; make the file. Raises OSError."""
        kept = [_TITLE, *(cells for cells in self._written() if int(cells[0]) <= through)]
        _replace(self._part, _BOM + self._text(kept))

    def add(self, rows: Iterable[Row]) -> None:
        """Write what became of these, and see it to the disk. Raises OSError."""
        cells = [(str(row.number), safe(row.external_id), safe(row.result), safe(row.remark)) for row in rows]
        with self._part.open("a", encoding="utf-8", newline="") as file:
            file.write(self._text(cells))
            file.flush()
            os.fsync(file.fileno())

    def finish(self) -> None:
        """Put the complete result in its place and clear away older beginnings. Raises OSError."""
        self._part.replace(self.path)
        for part in self._source.parent.glob(f".{glob.escape(self._source.name)}.*.part"):
            part.unlink(missing_ok=True)

    def refuse(self, reason: str) -> None:
        """Say that the file as a whole was not taken. Raises OSError."""
        self._whole(Row(0, "", "ditolak", f"seluruh berkas tidak diambil: {reason}"))

    def known(self) -> None:
        """Say that this content was taken before. Raises OSError."""
        self._whole(Row(0, "", "sama", "isi berkas ini sudah pernah diambil; tidak ada yang diambil lagi"))

    def _whole(self, row: Row) -> None:
        cells = (str(row.number), row.external_id, row.result, safe(row.remark))
        _replace(self.path, _BOM + self._text([_TITLE, cells]))

    def _written(self) -> list[tuple[str, ...]]:
        """The rows written so far; a last one that was cut off is none."""
        if not self._part.exists():
            return []
        whole = self._part.read_bytes().decode("utf-8", errors="replace").rpartition("\n")[0]
        return [tuple(cells) for cells in csv.reader(whole.splitlines(), delimiter=self._delimiter)][1:]

    def _text(self, rows: Iterable[tuple[str, ...]]) -> str:
        text = io.StringIO()
        csv.writer(text, delimiter=self._delimiter, lineterminator="\r\n").writerows(rows)
        return text.getvalue()


def _replace(path: Path, text: str) -> None:
    """Write the whole file or nothing."""
    temporary = path.with_name(f".{path.name.removeprefix('.')}.tmp")
    with temporary.open("w", encoding="utf-8", newline="") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
