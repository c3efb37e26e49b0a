"""Imports an uploaded file delivery by delivery, as a drop folder does, and writes the outcome of each row.

When a process dies, the next one continues where the result ends. Rows that were stored but not written are delivered
again: the pipeline knows them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from data.store.db.engine import StoreDown, writing
from data.store.db.pacing import Pacer
from data.store.intake import uploads
from data.store.intake.sources import claim
from data.store.intake.uploads import Upload
from ingest.pipeline.checkpoint import Lease, LeaseLost
from ingest.pipeline.pipeline import Pipeline
from ingest.source import Defaulted, Delivery, FileMark, outcomes_by_id
from ingest.tabular.detection.rows import rows
from ingest.tabular.raw_rows import Batch, RowReader, in_batches, row_of, with_last
from ingest.tabular.readers.model import TableForm
from ingest.tabular.results.result_file import DEFAULTS, Row
from ingest.tabular.results.result_workbook import ResultWorkbook

PATIENCE_S = 30.0
"""Seconds to wait for a store that is down during a delivery; after that its rows are delivered again."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Task:
    """An upload that is to be imported."""

    upload: Upload
    form: TableForm
    """Confirmed."""
    reader: RowReader
    input: Path
    result: Path
    counterpart: bool
    """What it lists is kept to be reconciled."""
    merges: tuple[str, ...] | None
    """Of a workbook's sheet, as far as they are known."""
    batch: int
    """Rows in a delivery, at most."""


class UploadResult(ResultWorkbook):
    """The result of an upload: always a workbook, written into the upload's folder."""

    def __init__(self, task: Task) -> None:
        super().__init__(task.input, task.upload.digest, form=task.form)
        self.path = task.result

    def publish(self) -> None:
        """Raises OSError."""
        super().publish()
        self.path.chmod(0o600)

    def clear(self) -> None:
        """The beginnings are needed no more. Raises OSError."""
        self._part.unlink(missing_ok=True)


@dataclass(slots=True)
class Progress:
    """How far an import has come."""

    last: int = 0
    """The number of the last row."""
    done: int = 0
    """Rows."""
    counts: Counter[str] = field(default_factory=Counter)
    """How many became what, and how many got which default."""

    def add(self, written: Iterable[Row]) -> None:
        """These rows, too."""
        for row in written:
            self.last = row.number
            self.done += 1
            self.counts[row.result] += 1
            self.counts.update(DEFAULTS[which] for which in Defaulted(row.defaulted))

    def values(self) -> dict[str, Any]:
        """As the store keeps it."""
        return {"done": self.done, "counts": self.counts}


class Import:
    """One import, from where it stands to its end."""

    def __init__(
        self, task: Task, pipeline: Pipeline, lease: Lease, now: Callable[[], datetime], stopping: Callable[[], bool]
    ) -> None:
        self._task, self._pipeline, self._lease = task, pipeline, lease
        self._now, self._stopping = now, stopping
        self._result, self._progress = UploadResult(task), Progress()

    def run(self, between: Callable[[], object] = lambda: None) -> bool:
        """True when it came to its end, False when it was stopped; `between` is called after each delivery.

        Raises LeaseLost, BrokenTable, OSError, StoreDown; all but BrokenTable leave it to be gone on with.
        """
        self._begin()
        pacer = Pacer()
        for batch, last in with_last(self._batches()):
            self._take(batch, last)
            pacer.step()
            if last:
                self._end()
                return True
            between()
            if self._stopping():
                break
        return False

    def _begin(self) -> None:
        self._result.begin(self._result.last_row() or 0)
        self._progress.add(self._result.rows())
        self._note(error=None)

    def _batches(self) -> Iterator[Batch]:
        mapping = self._task.reader.mapping
        task, after = self._task, self._progress.last
        lines = rows(task.input, task.form, mapping.columns, unique=mapping.unique, after=after, merges=task.merges)
        return in_batches(lines, task.upload.digest, mapping, task.batch)

    def _take(self, batch: Batch, last: bool) -> None:
        delivery = self._delivery(batch, last)
        outcomes = self._pipeline.write_delivery(
            self._task.reader, delivery, self._now(), lease=self._lease, run=self._patiently
        )
        outcome_of = outcomes_by_id(outcomes)
        written = [row_of(line, raw.external_id if raw else "", outcome_of) for line, raw in batch]
        self._progress.add(written)
        self._patiently(self._note)  # first of all: whoever was taken over writes nothing into the result
        self._result.add(written)

    def _delivery(self, batch: Batch, last: bool) -> Delivery:
        upload = self._task.upload
        return Delivery(
            tuple(raw for _, raw in batch if raw is not None),
            None,
            history=True,
            file=FileMark(upload.digest, upload.name) if last else None,
            export=upload.digest if self._task.counterpart else None,
            is_upload=True,
        )

    def _end(self) -> None:
        """First the result, then the word that it is there, then its beginnings go: cut off anywhere, it goes on."""
        self._result.publish()
        self._patiently(lambda: self._note(state=uploads.DONE, rows=self._progress.done))
        self._result.clear()

    def _note(self, **values: Any) -> None:
        """Raises LeaseLost when it is not ours any more."""
        (owner, for_s, name), now, changes = self._lease, self._now(), self._progress.values() | values
        with writing(self._pipeline.engine) as conn:
            mine = name is not None and claim(conn, name, owner, now, for_s)
            mine = mine and uploads.change(conn, self._task.upload.id, now, only_in={uploads.IMPORTING}, **changes)
        if not mine:
            raise LeaseLost(f"upload {self._task.upload.id}: it is not being imported any more")

    def _patiently(self, transaction: Callable[[], T], /) -> T:
        late = stop_after_delay(PATIENCE_S)

        def stop(state: RetryCallState) -> bool:
            return self._stopping() or late(state)

        trying = Retrying(retry=retry_if_exception_type(StoreDown), wait=wait_fixed(0.5), stop=stop, reraise=True)
        return trying(transaction)
