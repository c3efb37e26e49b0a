"""The result beside a workbook in a drop folder: NAME.hasil.xlsx, the same rows with what became of each."""

from __future__ import annotations

from pathlib import Path

from ingest.tabular.detection.workbook_table import form_of
from ingest.tabular.readers.csv_table import BrokenTable, Table, digest_of
from ingest.tabular.readers.model import TableForm
from ingest.tabular.results.result_file import SUFFIX, ResultFile, Row
from ingest.tabular.results.result_workbook import hasil, hasil_of_lines

BOOK_SUFFIX = ".hasil.xlsx"
RESULTS = (SUFFIX, BOOK_SUFFIX)
"""What the names of results end in."""


class BookResult(ResultFile):
    """Grows as the CSV result does; when it is complete it becomes a workbook."""

    suffix = BOOK_SUFFIX

    def __init__(self, source: Path, digest: str, delimiter: str = ",", form: TableForm | None = None) -> None:
        super().__init__(source, digest, delimiter)
        self._input, self._digest, self._form = source, digest, form

    def publish(self) -> None:
        """Raises OSError. When the input is not there to be copied any more, the lines alone are written."""
        try:
            if digest_of(self._input) != self._digest:
                raise FileNotFoundError
            hasil(self._input, self._form or TableForm(kind="xlsx"), self.written(), self.path)
        except (BrokenTable, FileNotFoundError):
            hasil_of_lines(self.written(), self.path)

    def whole(self, row: Row) -> None:
        """Raises OSError."""
        hasil_of_lines([row], self.path)


def result_of(table: Table) -> ResultFile:
    """The result of a table that is being taken."""
    if table.sheet is None:
        return ResultFile(table.path, table.digest, table.delimiter)
    return BookResult(table.path, table.digest, table.delimiter, form_of(table))
