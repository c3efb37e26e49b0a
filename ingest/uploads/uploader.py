"""What pages and the job can do with uploads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, BinaryIO

from data.domain.reasons import reason
from data.store.db.engine import Connection, reading, writing
from data.store.intake import mappings, uploads
from data.store.intake.uploads import Upload
from data.texts import ReasonError
from ingest.pipeline.drafting.drafts import Drafter
from ingest.pipeline.pipeline import Pipeline
from ingest.settings import SourceContext, SourceSettings
from ingest.tabular.detection.workbook_table import with_dates
from ingest.tabular.known_mappings import header_signature, of_any_table, row_mark
from ingest.tabular.mapping.columns import MappingSettings, fold
from ingest.tabular.mapping.mapping import TableMapping
from ingest.tabular.raw_rows import BATCH
from ingest.tabular.readers.csv_table import BrokenTable
from ingest.tabular.readers.model import TableForm
from ingest.tabular.results.preview import PreviewRow, preview
from ingest.tabular.results.template import template
from ingest.uploads.findings import Findings, findings_of, sheets_of
from ingest.uploads.inspection import asked_form, foretell, is_counted, kept_columns
from ingest.uploads.job import Job, JobContext, takes_uploads
from ingest.uploads.storage import UPLOAD_MOST, UploadStorage

NAME_MOST = 200
AT_ONCE_MOST = 5_000
"""Rows of a file that is read while a person waits: less than a second."""


class UnknownColumns(ReasonError, ValueError):
    """A mapping needs columns that the file does not have."""


class WrongState(RuntimeError):
    """What was asked for cannot be done in the state that the upload is in."""


class Uploader:
    """Safe to use from many threads and processes. Unknown ids are KeyErrors; every method may raise StoreDown."""

    def __init__(
        self,
        settings: Mapping[str, SourceSettings],
        around: Callable[[], SourceContext],
        pipeline: Pipeline,
        *,
        batch: int = BATCH,
    ) -> None:
        """around: what sources are built from, asked for anew each time, for maps are replaced while we run."""
        about = around()
        ours = {name: each for name, each in settings.items() if takes_uploads(each, demo=about.demo)}
        self.sources = tuple(ours)
        """The sources that take uploads."""
        self.storage = UploadStorage(about.home)
        self._settings, self._around, self._engine = ours, around, pipeline.engine
        self._job = Job(JobContext(ours, around, pipeline, self.storage, batch))

    def receive(self, source: str, name: str, stream: BinaryIO, now: datetime) -> str:
        """Keep a file; its id. Raises KeyError for a source that takes none, TooBig, OSError."""
        if source not in self._settings:
            raise KeyError(source)
        upload_id, digest = self.storage.save(stream, UPLOAD_MOST)
        stored = False
        try:
            with writing(self._engine) as conn:
                uploads.create(conn, upload_id, source, _plain(name), digest, now=now)
            stored = True
        finally:
            if not stored:
                self.storage.remove(upload_id)
        return upload_id

    def inspect(self, upload_id: str, now: datetime) -> None:
        """State looking becomes asking, or failed with the reason."""
        self._job.inspect(self._get(upload_id), now)

    def inspect_again(
        self,
        upload_id: str,
        now: datetime,
        *,
        encoding: str | None = None,
        delimiter: str | None = None,
        sheet: str | None = None,
        header_row: int | None = None,
    ) -> bool:
        """A person says how it is to be read; None: as it was found. False unless it is asking or failed.

        Of another sheet the header's row is found out. Raises pydantic.ValidationError for what cannot be, OSError.
        """
        upload = self._get(upload_id)
        findings = findings_of(upload)
        form = asked_form(findings, self.storage.input(upload_id))
        wishes = {"encoding": encoding, "delimiter": delimiter, "sheet": sheet, "header_row": header_row}
        wished = TableForm.model_validate(form.model_dump() | {k: v for k, v in wishes.items() if v is not None})
        guess = header_row is None and wished.sheet != form.sheet
        asked = (findings or Findings(form=form)).model_copy(update={"asked": wished, "guess_header": guess})
        values = {"state": uploads.LOOKING, "form": asked.model_dump_json(), "error": None}
        with writing(self._engine) as conn:
            return uploads.change(conn, upload_id, now, only_in={uploads.ASKING, uploads.FAILED}, **values)

    def confirm(
        self, upload_id: str, mapping: Mapping[str, Any], now: datetime, *, agency_answered: bool = False
    ) -> Findings:
        """Take a mapping for this file, and keep it for others of this header and source, without the agency that all
        its rows belong to. `agency_answered`: a person said whether there is one.

        Stays asking; looking where the words of other columns must be counted first, or a long file. Raises
        pydantic.ValidationError, UnknownColumns, WrongState unless asking.
        """
        upload, findings = self._inspected(upload_id)
        taken = MappingSettings.model_validate(mapping)
        _check(taken, findings)
        is_long = findings.rows > AT_ONCE_MOST
        counting = taken != findings.form.mapping and (is_long or not is_counted(findings, taken, self._around().city))
        findings = findings.model_copy(
            update={
                "form": findings.form.model_copy(update={"mapping": taken}),
                "proposals": tuple(kept_columns(taken, findings.columns)),
                "counting": counting,
                "agency_answered": findings.agency_answered or agency_answered,
            }
        )
        if not counting and not is_long:
            findings = self._foretold(upload, findings, now)
        values = {"form": findings.model_dump_json(), "state": uploads.LOOKING if counting else uploads.ASKING}
        with writing(self._engine) as conn:
            if not uploads.change(conn, upload_id, now, only_in={uploads.ASKING}, **values):
                raise WrongState(f"upload {upload_id} is not waiting for a person")
            self._save(conn, upload.source, findings, now)
        return findings

    def _foretold(self, upload: Upload, findings: Findings, now: datetime) -> Findings:
        """With what the import would bring; without it when the file cannot be read any more."""
        try:
            sheets = sheets_of(upload, findings, self.storage.input(upload.id))
            return foretell(sheets, findings, self._around(), now)
        except (BrokenTable, OSError):
            return findings.model_copy(update={"forecast": None})

    def preview(self, upload_id: str, now: datetime) -> list[PreviewRow]:
        """The first rows as they would become cases; the file is not read, nothing is stored.

        Raises WrongState before it is inspected.
        """
        upload, findings = self._inspected(upload_id)
        assert findings.form.mapping is not None
        about = self._around()
        drafter = Drafter(about.city, about.calendars, about.boundaries)
        sheets = sheets_of(upload, findings, self.storage.input(upload_id))
        return list(preview(sheets, findings.form.mapping, drafter, about.city, now))

    def enqueue(self, upload_id: str, now: datetime) -> bool:
        """Import it: asking, and failed after it was inspected, become queued; False in any other state.

        Who lets it be imported confirms its mapping.
        """
        upload = self._get(upload_id)
        findings, values = findings_of(upload), {"state": uploads.QUEUED, "error": None}
        if findings is None:
            return False
        with writing(self._engine) as conn:
            queued = uploads.change(conn, upload_id, now, only_in={uploads.ASKING, uploads.FAILED}, **values)
            if queued:
                self._keep(conn, upload.source, findings, now)
        return queued

    def _keep(self, conn: Connection, source: str, findings: Findings, now: datetime) -> None:
        """For the next table of this header, and for rows of this one that are read again; our own needs no keeping."""
        own, mapping = self._settings.get(source), findings.form.mapping
        if own is not None and mapping is not None and mapping not in (own.mapping, with_dates(own.mapping)):
            self._save(conn, source, findings, now)

    def _save(self, conn: Connection, source: str, findings: Findings, now: datetime) -> None:
        mapping = findings.form.mapping
        assert mapping is not None
        own = self._settings[source].mapping
        header, mark = header_signature(findings.columns), row_mark(findings.columns, mapping, own)
        mappings.save(conn, source, header, of_any_table(mapping, own).model_dump_json(), now)
        if mark != header:
            mappings.save(conn, source, mark, mapping.model_dump_json(), now)

    def discard(self, upload_id: str) -> bool:
        """Files and row go; False while it is imported. Cases that it brought stay."""
        with writing(self._engine) as conn:
            upload = uploads.get(conn, upload_id)
            if upload is None:
                raise KeyError(upload_id)
            if upload.state == uploads.IMPORTING:
                return False
            uploads.forget(conn, upload_id)
        self.storage.remove(upload_id)
        return True

    def work(self, owner: str, now: Callable[[], datetime], stopping: Callable[[], bool] = lambda: False) -> int:
        """One turn of the job: all that waits; how many uploads went on. owner: as for `ingest.runtime.poller.poll`.

        Each under a lease of its own, so several processes may be at it. Called again after a crash it goes on where
        the other came to. Old uploads are removed.
        """
        return self._job.turn(owner, now, stopping)

    def template(self, source: str) -> bytes:
        """A workbook to fill in. Raises KeyError."""
        settings = self._settings[source]
        return template(settings.mapping, self._around().city, settings.title.id)

    def _get(self, upload_id: str) -> Upload:
        with reading(self._engine) as conn:
            upload = uploads.get(conn, upload_id)
        if upload is None:
            raise KeyError(upload_id)
        return upload

    def _inspected(self, upload_id: str) -> tuple[Upload, Findings]:
        upload = self._get(upload_id)
        findings = findings_of(upload)
        if findings is None or findings.form.mapping is None:
            raise WrongState(f"upload {upload_id} was not inspected yet")
        return upload, findings


def _plain(name: str) -> str:
    """A file's name without its folders and what cannot be shown, not too long."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(letter for letter in last if letter.isprintable()).strip()[:NAME_MOST] or "berkas"


def _check(mapping: MappingSettings, findings: Findings) -> None:
    """Raises UnknownColumns for columns that the mapping needs and the file has not."""
    here = {fold(column) for column in findings.columns}
    missing = tuple(column for column in TableMapping(mapping).needed if fold(column) not in here)
    if missing:
        raise UnknownColumns(reason("upload.unknown_columns", columns=missing, given=findings.columns[:20]))
