"""The job that inspects uploaded files and imports them, each under a lease of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeGuard

import structlog

from data.domain.reasons import Reason, encode_reason, reason
from data.store.db.engine import StoreDown, reading, writing
from data.store.intake import mappings, sources, taken_files, uploads
from data.store.intake.uploads import Upload
from ingest.pipeline.checkpoint import Lease, LeaseLost
from ingest.pipeline.pipeline import Pipeline
from ingest.runtime.leases import claim_or_take_over, kept_renewed
from ingest.settings import SourceContext, SourceSettings
from ingest.sources.drop.source import FolderSettings
from ingest.tabular.detection.workbook_table import with_dates
from ingest.tabular.known_mappings import header_signature, row_mark
from ingest.tabular.mapping.mapping import TableMapping
from ingest.tabular.raw_rows import RowReader
from ingest.tabular.readers.csv_table import BrokenTable
from ingest.uploads.findings import Findings, findings_of, sheets_of
from ingest.uploads.importing import Import, Task
from ingest.uploads.inspection import InspectionContext, describe, foretell, inspect_upload, recount
from ingest.uploads.storage import UploadStorage

log = structlog.get_logger(__name__)

LEASE_S = 60.0
"""Prolonged three times as often while something goes on; so long an upload rests when its host is gone."""
KEPT_FOR = timedelta(days=30)
"""What is finished, has failed or waits for nobody is removed after this: long enough to mend rejected rows month by
month, and no longer, for the files hold names and telephone numbers."""
SWEEP_EVERY = timedelta(hours=1)
ORPHAN_AFTER = timedelta(days=1)
"""A folder without a row: the process died between the file and the row. No upload takes so long."""
ATTEMPTS_MOST = 3
_INSPECT_AGAIN: Mapping[str, Any] = {"state": uploads.LOOKING, "form": None, "error": None}
"""Of an upload whose findings another build of this software has kept: it is inspected again."""
_WAITING = frozenset({uploads.LOOKING, uploads.QUEUED, uploads.IMPORTING})


def takes_uploads(settings: SourceSettings, *, demo: bool) -> TypeGuard[FolderSettings]:
    """Whether people may upload what would also be put into a folder; on a stage also of sources that are off."""
    return isinstance(settings, FolderSettings) and (settings.enabled or demo)


@dataclass(frozen=True, slots=True)
class JobContext:
    """What the job works with."""

    settings: Mapping[str, FolderSettings]
    """The sources that take uploads."""
    around: Callable[[], SourceContext]
    pipeline: Pipeline
    storage: UploadStorage
    batch: int
    """Rows in a delivery, at most."""


@dataclass(frozen=True, slots=True)
class _Turn:
    """One turn."""

    owner: str
    now: Callable[[], datetime]
    stopping: Callable[[], bool]


class Job:
    """One process's part in it. What is kept here only spares and protects: the store says what there is to do."""

    def __init__(self, context: JobContext) -> None:
        self._context, self._engine = context, context.pipeline.engine
        self._attempts: Counter[str] = Counter()
        self._swept: datetime | None = None

    def turn(self, owner: str, now: Callable[[], datetime], stopping: Callable[[], bool]) -> int:
        """See Uploader.work."""
        turn = _Turn(owner, now, stopping)
        self._sweep(now())
        with reading(self._engine) as conn:
            waiting = uploads.next_waiting(conn)
        waiting.sort(key=lambda upload: (self._attempts[upload.id], upload.state != uploads.LOOKING))
        return sum(self._advance(upload.id, turn, _WAITING) for upload in waiting)

    def inspect(self, upload: Upload, now: datetime) -> None:
        """See Uploader.inspect."""
        if upload.state != uploads.LOOKING:
            return
        before = findings_of(upload)
        try:
            findings = self._findings(upload, before, now)
        except BrokenTable as wrong:
            values = _refused(before, wrong.reason)
        except OSError as wrong:
            values = _refused(None, _unreadable(wrong))
        else:
            values = {"state": uploads.ASKING, "form": findings.model_dump_json(), "rows": findings.rows, "error": None}
        self._change(upload, now, uploads.LOOKING, **values)

    def _advance(self, upload_id: str, turn: _Turn, states: frozenset[str]) -> bool:
        """Whether it was ours to go on with."""
        if turn.stopping():
            return False
        with self._leased(upload_id, turn) as upload:
            if upload is None or upload.state not in states:
                return False
            if self._attempts[upload_id] >= ATTEMPTS_MOST:
                self._give_up(upload, turn.now())
            else:
                self._attempt(upload, turn)
        return True

    def _attempt(self, upload: Upload, turn: _Turn) -> None:
        """An upload at which our own code fails is tried again after all others, ATTEMPTS_MOST times."""
        self._attempts[upload.id] += 1
        try:
            if upload.state == uploads.LOOKING:
                self.inspect(upload, turn.now())
            else:
                self._import(upload, turn)
        except StoreDown:
            del self._attempts[upload.id]
            raise
        except LeaseLost as lost:
            log.info("lease_lost", upload=upload.id, error=str(lost))
        del self._attempts[upload.id]

    @contextmanager
    def _leased(self, upload_id: str, turn: _Turn) -> Iterator[Upload | None]:
        """The upload as it is now, while we hold its lease; None when another has it, or it is gone."""
        name, engine = _lease(upload_id), self._engine
        with writing(engine) as conn:
            ours = claim_or_take_over(conn, name, turn.owner, turn.now(), LEASE_S)
            upload = uploads.get(conn, upload_id) if ours else None
        if not ours:
            yield None
            return
        try:
            with kept_renewed(engine, name, turn.owner, LEASE_S, turn.now):
                yield upload
        finally:
            with writing(engine) as conn:
                sources.release(conn, name, turn.owner)

    def _findings(self, upload: Upload, before: Findings | None, now: datetime) -> Findings:
        settings, about, path = self._settings(upload), self._context.around(), self._context.storage.input(upload.id)
        if before is not None and before.counting:
            sheets = sheets_of(upload, before, path)
            return foretell(sheets, recount(sheets, before, about.city), about, now)
        sheets = inspect_upload(upload, path, before)
        with reading(self._engine) as conn:
            kept = mappings.load(conn, upload.source, header_signature(sheets.columns))
            taken = taken_files.is_taken(conn, upload.source, upload.digest)
        findings = foretell(sheets, describe(sheets, InspectionContext(settings.mapping, about.city), kept), about, now)
        if taken:
            findings = findings.model_copy(update={"warnings": (*findings.warnings, reason("upload.already_taken"))})
        return findings

    def _import(self, upload: Upload, turn: _Turn) -> None:
        findings = findings_of(upload)
        if findings is None:
            self._change(upload, turn.now(), upload.state, **_INSPECT_AGAIN)
            return
        if upload.state == uploads.QUEUED and not self._change(
            upload, turn.now(), uploads.QUEUED, state=uploads.IMPORTING
        ):
            return
        lease = Lease(turn.owner, LEASE_S, _lease(upload.id))
        try:
            Import(self._task(upload, findings), self._context.pipeline, lease, turn.now, turn.stopping).run(
                lambda: self._inspect_waiting(turn)
            )
        except BrokenTable as wrong:
            self._fail(upload, turn, reason("upload.cut_off", why=wrong.reason))
        except OSError as wrong:
            self._fail(upload, turn, reason("upload.can_go_on", why=_unreadable(wrong)))

    def _fail(self, upload: Upload, turn: _Turn, why: Reason) -> None:
        self._change(upload, turn.now(), uploads.IMPORTING, state=uploads.FAILED, error=encode_reason(why))

    def _inspect_waiting(self, turn: _Turn) -> None:
        """Between two deliveries of a long import, so that new uploads are inspected soon."""
        with reading(self._engine) as conn:
            fresh = [each.id for each in uploads.next_waiting(conn) if each.state == uploads.LOOKING]
        for upload_id in fresh:
            if not self._attempts[upload_id]:
                self._advance(upload_id, turn, frozenset({uploads.LOOKING}))

    def _task(self, upload: Upload, findings: Findings) -> Task:
        settings, about = self._settings(upload), self._context.around()
        mapping = findings.form.mapping or settings.mapping
        mark = row_mark(findings.columns, mapping, settings.mapping)
        table = TableMapping(with_dates(mapping), about.city.agencies, demo=about.demo, mark=mark)
        storage, reader = self._context.storage, RowReader(upload.source, table)
        paths = storage.input(upload.id), storage.result(upload.id)
        counterpart, batch = settings.counterpart, self._context.batch
        return Task(upload, findings.form, reader, *paths, counterpart, findings.merges, batch)

    def _settings(self, upload: Upload) -> FolderSettings:
        """Raises BrokenTable when the source takes no uploads any more."""
        if upload.source not in self._context.settings:
            raise BrokenTable(reason("upload.source_closed", source=upload.source))
        return self._context.settings[upload.source]

    def _give_up(self, upload: Upload, now: datetime) -> None:
        error = encode_reason(reason("upload.given_up", attempts=ATTEMPTS_MOST))
        form = None if upload.state == uploads.LOOKING else upload.form
        self._change(upload, now, upload.state, state=uploads.FAILED, form=form, error=error)
        del self._attempts[upload.id]

    def _change(self, upload: Upload, now: datetime, only_in: str, /, **values: Any) -> bool:
        with writing(self._engine) as conn:
            return uploads.change(conn, upload.id, now, only_in={only_in}, **values)

    def _sweep(self, now: datetime) -> None:
        """Remove old uploads and files without a row; inspect again what another build has inspected."""
        if self._swept is not None and abs(now - self._swept) < SWEEP_EVERY:
            return
        storage, lone = self._context.storage, set(self._context.storage.older_than(now - ORPHAN_AFTER))
        with reading(self._engine) as conn:
            foreign = [each for each in uploads.inspected(conn) if findings_of(each) is None]
        with writing(self._engine) as conn:
            old = uploads.forget_resting(conn, now - KEPT_FOR)
            lone -= uploads.known(conn, lone)
            for upload in foreign:
                uploads.change(conn, upload.id, now, only_in={upload.state}, **_INSPECT_AGAIN)
        for upload_id in (*old, *lone):
            storage.remove(upload_id)
        self._swept = now


def _lease(upload_id: str) -> str:
    return f"upload:{upload_id}"


def _refused(before: Findings | None, why: Reason | str) -> dict[str, Any]:
    """A file that cannot be read. Findings from before are kept, with a warning."""
    if before is None or not before.columns:
        return {"state": uploads.FAILED, "form": None, "rows": None, "error": encode_reason(why)}
    warning = reason("upload.not_as_asked", why=why)
    done = {"asked": None, "guess_header": False, "counting": False, "warnings": (warning, *before.warnings)}
    kept = before.model_copy(update=done)
    return {"state": uploads.ASKING, "form": kept.model_dump_json(), "error": None}


def _unreadable(wrong: OSError) -> Reason:
    if isinstance(wrong, FileNotFoundError):
        return reason("upload.file_missing")
    return reason("upload.disk", error=wrong.strerror or str(wrong))
