"""The result file beside an input file: the outcome of each row.

While a file is imported its result grows in a hidden part file, flushed after each delivery. A process that dies
leaves it behind, and the next process continues there. When it is complete, `NAME.hasil.csv` is written from
`.NAME.DIGEST.part`: the rows, then how many of them got a default in place of what they do not tell.
"""

from __future__ import annotations

import csv
import glob
import io
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain, islice, takewhile
from pathlib import Path

from data.domain.reasons import Reason, decode_reason, encode_reason, reason
from data.texts import LANGUAGES, texts
from ingest.source import Defaulted, Outcome, OutcomeKind, count_defaulted

SUFFIX = ".hasil.csv"
_BOM = "\ufeff"
"""Spreadsheets recognise UTF-8 by it."""
_END = "\r\n"
TITLE = ("baris", "nomor", "hasil", "keterangan")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_RESULTS: Mapping[OutcomeKind, tuple[str, Reason | str]] = {
    OutcomeKind.NEW: ("baru", ""),
    OutcomeKind.UPDATED: ("diperbarui", ""),
    OutcomeKind.OLDER: ("usang", reason("result.older")),
    OutcomeKind.SAME: ("sama", reason("result.same")),
    OutcomeKind.MERGED: ("digabung", reason("result.merged")),
    OutcomeKind.MISSING: ("nihil", reason("result.missing")),
}
"""Result and remark by outcome. The words of results are kept with uploads, and agencies know them."""


@dataclass(frozen=True, slots=True)
class Row:
    """The outcome of one row; number 0 is the file as a whole."""

    number: int
    external_id: str
    result: str
    remark: Reason | str = ""
    defaulted: int = 0
    """Defaulted."""


def row_result(number: int, external_id: str, outcome: Outcome | None, *, example: bool = False) -> Row:
    """A row with its outcome; external_id '': a row without a record, a blank one or the template's example."""
    if not external_id:
        return Row(number, "", "dilewati", reason("result.example")) if example else Row(number, "", "kosong")
    if outcome is None:
        return Row(number, external_id, "ditolak", reason("result.unknown"))
    if outcome.kind is OutcomeKind.REJECTED:
        return Row(number, external_id, "ditolak", decode_reason(outcome.reason))
    if outcome.kind is OutcomeKind.HELD:
        return Row(number, external_id, "ditahan", decode_reason(outcome.reason))
    return Row(number, external_id, *_RESULTS[outcome.kind], defaulted=int(outcome.defaulted))


SUMMARY = "ringkasan"
"""The result of a line that tells of many rows."""
DEFAULTS: Mapping[Defaulted, str] = {
    Defaulted.CLASS: "default_class",
    Defaulted.TRIAGE: "default_triage",
    Defaulted.NO_PLACE: "default_place",
    Defaulted.DISTRICT_ONLY: "default_district",
}
"""By what they are counted and called, in the order in which they are told."""


def summary_of(defaulted: Iterable[int]) -> list[Row]:
    """A line for each default that rows got, and how many."""
    counts = count_defaulted(defaulted)
    return [Row(0, "", SUMMARY, default_reason(which, counts[which])) for which in DEFAULTS if counts[which]]


def default_reason(which: Defaulted, rows: int) -> Reason:
    """How many rows got a default."""
    return reason(f"result.{DEFAULTS[which]}", n=rows)


def safe(text: str) -> str:
    """A cell that no spreadsheet takes for a formula, on one line."""
    line = " ".join(text.split())
    return f"'{line}" if text.startswith(_FORMULA) or line.startswith(_FORMULA) else line


class ResultFile:
    """The result of importing `source`, whose content has the SHA-256 `digest`."""

    suffix = SUFFIX

    def __init__(self, source: Path, digest: str, delimiter: str = ",") -> None:
        self.path = source.with_name(source.name + self.suffix)
        self._source, self._delimiter = source, delimiter
        self._part = source.with_name(f".{source.name}.{digest[:16]}.part")

    def is_newer_than(self, changed_ns: int) -> bool:
        """Whether there is a result that was written after the input changed. Raises OSError."""
        try:
            return self.path.stat().st_mtime_ns >= changed_ns
        except FileNotFoundError:
            return False

    def last_row(self) -> int | None:
        """The number of the last row in the part file, 0 for none yet; None without a part file. Raises OSError."""
        if not self._part.exists():
            return None
        last = 0
        for row in self.rows():
            last = row.number
        return last

    def begin(self, through: int) -> None:
        """Keep the rows up to number `through`, drop the others; create the part file. Raises OSError."""
        kept = (_part_cells(row) for row in self.rows() if row.number <= through)
        _replace(self._part, self._lines(kept))

    def add(self, rows: Iterable[Row]) -> None:
        """Write these rows to the disk. Raises OSError."""
        cells = map(_part_cells, rows)
        with self._part.open("a", encoding="utf-8", newline="") as file:
            csv.writer(file, delimiter=self._delimiter, lineterminator=_END).writerows(cells)
            file.flush()
            os.fsync(file.fileno())

    def finish(self) -> None:
        """Put the complete result in its place and remove part files of other contents. Raises OSError."""
        self.publish()
        for part in self._source.parent.glob(f".{glob.escape(self._source.name)}.*.part"):
            part.unlink(missing_ok=True)

    def publish(self) -> None:
        """Raises OSError."""
        _replace(self.path, self._lines(map(_cells, self.rows_and_summary())))
        share_like(self._source, self.path)

    def refuse(self, why: Reason | str) -> None:
        """The file as a whole was not imported. Raises OSError."""
        self.write_one(Row(0, "", "ditolak", reason("result.file_refused", why=why)))

    def mark_taken(self) -> None:
        """This content was imported before. Raises OSError."""
        self.write_one(Row(0, "", "sama", reason("result.already_taken")))

    def write_one(self, row: Row) -> None:
        """The result is this one line. Raises OSError."""
        _replace(self.path, self._lines([_cells(row)]))
        share_like(self._source, self.path)

    def rows(self) -> Iterator[Row]:
        """The rows written so far, without a last one that was cut off. Raises OSError."""
        if not self._part.exists():
            return
        with self._part.open(encoding="utf-8", errors="replace", newline="") as file:
            whole = takewhile(lambda line: line.endswith("\n"), file)
            for cells in islice(csv.reader(whole, delimiter=self._delimiter), 1, None):
                number, external_id, result, remark, *defaulted = cells  # an earlier release wrote no defaults
                yield Row(
                    int(number), external_id, result, decode_reason(remark), int(defaulted[0] if defaulted else 0)
                )

    def rows_and_summary(self) -> Iterator[Row]:
        """The rows written so far, then what is to be said of many. Raises OSError."""
        yield from self.rows()
        yield from self.summary()

    def summary(self) -> list[Row]:
        """What is to be said of many rows. Raises OSError."""
        return summary_of(row.defaulted for row in self.rows())

    def _lines(self, rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
        """The file's text, title first."""
        yield _BOM
        for cells in chain([TITLE], rows):
            text = io.StringIO()
            csv.writer(text, delimiter=self._delimiter, lineterminator=_END).writerow(cells)
            yield text.getvalue()


def _part_cells(row: Row) -> tuple[str, ...]:
    """The remark as a reason, by which a workbook colours cells."""
    return (str(row.number), safe(row.external_id), row.result, safe(encode_reason(row.remark)), str(row.defaulted))


def _cells(row: Row) -> tuple[str, ...]:
    """As agencies read it."""
    return (str(row.number), safe(row.external_id), row.result, safe(texts(LANGUAGES[0]).sentence(row.remark)))


def share_like(source: Path, made: Path) -> None:
    """Who may read the input may read its result, and nobody else. Raises OSError."""
    with suppress(FileNotFoundError):
        made.chmod(stat.S_IMODE(source.stat().st_mode) & 0o666 | 0o600)


def _replace(path: Path, lines: Iterable[str]) -> None:
    """Write the whole file or nothing. Raises OSError."""
    temporary = path.with_name(f".{path.name.removeprefix('.')}.tmp")
    with temporary.open("w", encoding="utf-8", newline="") as file:
        file.writelines(lines)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
