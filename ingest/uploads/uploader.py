"""Uploads from their coming to their end: what the pages ask for, and what the job does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, BinaryIO

from pydantic import ValidationError
from pydantic_core import InitErrorDetails

from data.store.db.engine import Connection, reading, writing
from data.store.intake import mappings, uploads
from data.store.intake.uploads import Upload
from ingest.pipeline.drafts import Drafter
from ingest.pipeline.pipeline import Pipeline
from ingest.settings import SourceContext, SourceSettings, settings_error
from ingest.tabular.detection.workbook_table import with_dates
from ingest.tabular.mapping.columns import MappingSettings, fold
from ingest.tabular.mapping.mapping import TableMapping
from ingest.tabular.readers.model import TableForm, header_signature
from ingest.tabular.results.preview import PreviewRow, preview
from ingest.tabular.results.template import template
from ingest.uploads.findings import Look, look_of, sheets_of
from ingest.uploads.inspection import asked_form, is_counted, reasons_of
from ingest.uploads.job import Ground, Job, takes_uploads
from ingest.uploads.storage import UPLOAD_MOST, UploadRoom

NAME_MOST = 200
_UNKNOWN = "kolom ini tidak ada di berkas; yang ada: {0}"


class WrongState(RuntimeError):
    """What was asked for cannot be done in the state that the upload is in."""


class Uploader:
    """Safe to use from many threads and processes. Unknown ids are KeyErrors; every method may raise StoreDown."""

    def __init__(
        self, settings: Mapping[str, SourceSettings], around: Callable[[], SourceContext], pipeline: Pipeline
    ) -> None:
        """around: what sources are built from, asked for anew each time, for maps are replaced while we run."""
        about = around()
        ours = {name: each for name, each in settings.items() if takes_uploads(each, demo=about.demo)}
        self.sources = tuple(ours)
        """The sources that take uploads."""
        self.room = UploadRoom(about.home)
        self._settings, self._around, self._engine = ours, around, pipeline.engine
        self._job = Job(Ground(ours, around, pipeline, self.room))

    def receive(self, source: str, name: str, stream: BinaryIO, now: datetime) -> str:
        """Keep a file; its id. Raises KeyError for a source that takes none, TooBig, OSError."""
        if source not in self._settings:
            raise KeyError(source)
        upload_id, digest = self.room.save(stream, UPLOAD_MOST)
        stored = False
        try:
            with writing(self._engine) as conn:
                uploads.create(conn, upload_id, source, _plain(name), digest, now=now)
            stored = True
        finally:
            if not stored:
                self.room.remove(upload_id)
        return upload_id

    def look(self, upload_id: str, now: datetime) -> None:
        """Look a file through: looking becomes asking, or failed with the reason."""
        self._job.look(self._get(upload_id), now)

    def look_again(
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
        look = look_of(upload)
        form = asked_form(look, self.room.input(upload_id))
        wishes = {"encoding": encoding, "delimiter": delimiter, "sheet": sheet, "header_row": header_row}
        wished = TableForm.model_validate(form.model_dump() | {k: v for k, v in wishes.items() if v is not None})
        guess = header_row is None and wished.sheet != form.sheet
        asked = (look or Look(form=form)).model_copy(update={"asked": wished, "guess_header": guess})
        values = {"state": uploads.LOOKING, "form": asked.model_dump_json(), "error": None}
        with writing(self._engine) as conn:
            return uploads.change(conn, upload_id, now, only_in={uploads.ASKING, uploads.FAILED}, **values)

    def confirm(self, upload_id: str, mapping: Mapping[str, Any], now: datetime) -> Look:
        """Take a mapping for this file, and keep it for others of this header and source.

        Stays asking; looking where the words of other columns must be counted first. Raises pydantic.ValidationError,
        also for columns that the file does not have; WrongState unless asking.
        """
        upload, look = self._looked_through(upload_id)
        taken = MappingSettings.model_validate(mapping)
        _check(taken, look)
        counting = taken != look.form.mapping and not is_counted(look, taken, self._around().city)
        look = look.model_copy(
            update={
                "form": look.form.model_copy(update={"mapping": taken}),
                "reasons": tuple(reasons_of(look.columns, taken)),
                "counting": counting,
            }
        )
        values = {"form": look.model_dump_json(), "state": uploads.LOOKING if counting else uploads.ASKING}
        with writing(self._engine) as conn:
            if not uploads.change(conn, upload_id, now, only_in={uploads.ASKING}, **values):
                raise WrongState(f"upload {upload_id} is not waiting for a person")
            mappings.save(conn, upload.source, header_signature(look.columns), taken.model_dump_json(), now)
        return look

    def preview(self, upload_id: str, now: datetime) -> list[PreviewRow]:
        """The first rows as they would become cases; the file is not read, nothing is stored.

        Raises WrongState before it is looked through.
        """
        upload, look = self._looked_through(upload_id)
        assert look.form.mapping is not None
        about = self._around()
        drafter = Drafter(about.city, about.calendars, about.boundaries)
        sheets = sheets_of(upload, look, self.room.input(upload_id))
        return list(preview(sheets, look.form.mapping, drafter, about.city, now))

    def enqueue(self, upload_id: str, now: datetime) -> bool:
        """Import it: asking, and failed after it was looked through, become queued; False in any other state.

        Who lets it be imported confirms its mapping.
        """
        upload = self._get(upload_id)
        look, values = look_of(upload), {"state": uploads.QUEUED, "error": None}
        if look is None:
            return False
        with writing(self._engine) as conn:
            queued = uploads.change(conn, upload_id, now, only_in={uploads.ASKING, uploads.FAILED}, **values)
            if queued:
                self._keep(conn, upload.source, look, now)
        return queued

    def _keep(self, conn: Connection, source: str, look: Look, now: datetime) -> None:
        """For the next table of this header, and for rows of this one that are read again; our own needs no keeping."""
        own, mapping = self._settings.get(source), look.form.mapping
        if own is not None and mapping is not None and mapping not in (own.mapping, with_dates(own.mapping)):
            mappings.save(conn, source, header_signature(look.columns), mapping.model_dump_json(), now)

    def discard(self, upload_id: str) -> bool:
        """Files and row go; False while it is imported. Cases that it brought stay."""
        with writing(self._engine) as conn:
            upload = uploads.get(conn, upload_id)
            if upload is None:
                raise KeyError(upload_id)
            if upload.state == uploads.IMPORTING:
                return False
            uploads.forget(conn, upload_id)
        self.room.remove(upload_id)
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

    def _looked_through(self, upload_id: str) -> tuple[Upload, Look]:
        upload = self._get(upload_id)
        look = look_of(upload)
        if look is None or look.form.mapping is None:
            raise WrongState(f"upload {upload_id} was not looked through yet")
        return upload, look


def _plain(name: str) -> str:
    """A file's name without its folders and what cannot be shown, not too long."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(letter for letter in last if letter.isprintable()).strip()[:NAME_MOST] or "berkas"


def _check(mapping: MappingSettings, look: Look) -> None:
    """Raises pydantic.ValidationError for a column that the mapping needs and the file has not."""
    here = {fold(column) for column in look.columns}
    wrong = [column for column in TableMapping(mapping).needed if fold(column) not in here]
    if wrong:
        said = settings_error(_UNKNOWN.format(", ".join(look.columns[:20])))
        faults = [InitErrorDetails(type=said, loc=("columns", column), input=column) for column in wrong]
        raise ValidationError.from_exception_data("mapping", faults)
