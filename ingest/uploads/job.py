"""The job that looks uploaded files through and imports them, each under a lease of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeGuard

import structlog

from data.store.db.engine import StoreDown, reading, writing
from data.store.intake import mappings, sources, taken_files, uploads
from data.store.intake.uploads import Upload
from ingest.pipeline.checkpoint import Lease, LeaseLost
from ingest.pipeline.pipeline import Pipeline
from ingest.runtime.leases import claim_or_take_over, kept_renewed
from ingest.settings import SourceContext, SourceSettings
from ingest.sources.drop.source import DropSettings
from ingest.tabular.detection.workbook_table import with_dates
from ingest.tabular.mapping.mapping import TableMapping
from ingest.tabular.readers.csv_table import BrokenTable
from ingest.tabular.readers.model import header_signature
from ingest.uploads.findings import Look, look_of
from ingest.uploads.importing import Import, RowReader, Task
from ingest.uploads.inspection import Known, described, found, recounted
from ingest.uploads.storage import UploadRoom

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
_ANEW: Mapping[str, Any] = {"state": uploads.LOOKING, "form": None, "error": None}
"""Of an upload of which another build of this software has kept what it found: it is looked through again."""
_WAITING = frozenset({uploads.LOOKING, uploads.QUEUED, uploads.IMPORTING})


def takes_uploads(settings: SourceSettings, *, demo: bool) -> TypeGuard[DropSettings]:
    """Whether people may upload what would also be put into a folder; on a stage also of sources that are off."""
    return isinstance(settings, DropSettings) and (settings.enabled or demo)


@dataclass(frozen=True, slots=True)
class Ground:
    """What the job stands on."""

    settings: Mapping[str, DropSettings]
    """The sources that take uploads."""
    around: Callable[[], SourceContext]
    pipeline: Pipeline
    room: UploadRoom


@dataclass(frozen=True, slots=True)
class _Turn:
    """One turn."""

    owner: str
    now: Callable[[], datetime]
    stopping: Callable[[], bool]


class Job:
    """One process's part in it. What is kept here only spares and protects: the store says what there is to do."""

    def __init__(self, ground: Ground) -> None:
        self._ground, self._engine = ground, ground.pipeline.engine
        self._attempts: Counter[str] = Counter()
        self._swept: datetime | None = None

    def turn(self, owner: str, now: Callable[[], datetime], stopping: Callable[[], bool]) -> int:
        """See Uploader.work."""
        turn = _Turn(owner, now, stopping)
        self._sweep(now())
        with reading(self._engine) as conn:
            waiting = uploads.next_waiting(conn)
        waiting.sort(key=lambda upload: (self._attempts[upload.id], upload.state != uploads.LOOKING))
        return sum(self._go_on(upload.id, turn, _WAITING) for upload in waiting)

    def look(self, upload: Upload, now: datetime) -> None:
        """See Uploader.look."""
        if upload.state != uploads.LOOKING:
            return
        before = look_of(upload)
        try:
            look = self._looked(upload, before)
        except BrokenTable as wrong:
            values = _refused(before, str(wrong))
        except OSError as wrong:
            values = _refused(None, _unreadable(wrong))
        else:
            values = {"state": uploads.ASKING, "form": look.model_dump_json(), "rows": look.rows, "error": None}
        self._change(upload, now, uploads.LOOKING, **values)

    def _go_on(self, upload_id: str, turn: _Turn, states: frozenset[str]) -> bool:
        """Whether it was ours to go on with."""
        if turn.stopping():
            return False
        with self._ours(upload_id, turn) as upload:
            if upload is None or upload.state not in states:
                return False
            if self._attempts[upload_id] >= ATTEMPTS_MOST:
                self._give_up(upload, turn.now())
            else:
                self._attempt(upload, turn)
        return True

    def _attempt(self, upload: Upload, turn: _Turn) -> None:
        """What our own code stumbles over is tried again after all others, and not for ever."""
        self._attempts[upload.id] += 1
        try:
            if upload.state == uploads.LOOKING:
                self.look(upload, turn.now())
            else:
                self._import(upload, turn)
        except StoreDown:
            del self._attempts[upload.id]
            raise
        except LeaseLost as lost:
            log.info("lease_lost", upload=upload.id, error=str(lost))
        del self._attempts[upload.id]

    @contextmanager
    def _ours(self, upload_id: str, turn: _Turn) -> Iterator[Upload | None]:
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

    def _looked(self, upload: Upload, before: Look | None) -> Look:
        settings = self._settings(upload)
        if before is not None and before.counting:
            return recounted(upload, self._ground.room.input(upload.id), before, self._ground.around().city)
        sheets = found(upload, self._ground.room.input(upload.id), before)
        with reading(self._engine) as conn:
            kept = mappings.load(conn, upload.source, header_signature(sheets.columns))
            taken = taken_files.is_taken(conn, upload.source, upload.digest)
        look = described(sheets, Known(settings.mapping, self._ground.around().city), kept)
        if taken:
            said = "Isi berkas ini sudah pernah diambil untuk sumber ini; mengimpornya lagi tidak menggandakan laporan."
            look = look.model_copy(update={"warnings": (*look.warnings, said)})
        return look

    def _import(self, upload: Upload, turn: _Turn) -> None:
        look = look_of(upload)
        if look is None:
            self._change(upload, turn.now(), upload.state, **_ANEW)
            return
        if upload.state == uploads.QUEUED and not self._change(
            upload, turn.now(), uploads.QUEUED, state=uploads.IMPORTING
        ):
            return
        lease = Lease(turn.owner, LEASE_S, _lease(upload.id))
        try:
            Import(self._task(upload, look), self._ground.pipeline, lease, turn.now, turn.stopping).run(
                lambda: self._look_between(turn)
            )
        except BrokenTable as wrong:
            said = f"berkas tidak dapat dibaca sampai akhir; yang di atasnya sudah diambil: {wrong}"
            self._change(upload, turn.now(), uploads.IMPORTING, state=uploads.FAILED, error=said)
        except OSError as wrong:
            said = f"{_unreadable(wrong)}; yang sudah tersimpan tidak hilang, impor dapat dilanjutkan"
            self._change(upload, turn.now(), uploads.IMPORTING, state=uploads.FAILED, error=said)

    def _look_between(self, turn: _Turn) -> None:
        """Nobody waits for a long import of somebody else to have his file looked through."""
        with reading(self._engine) as conn:
            fresh = [each.id for each in uploads.next_waiting(conn) if each.state == uploads.LOOKING]
        for upload_id in fresh:
            if not self._attempts[upload_id]:
                self._go_on(upload_id, turn, frozenset({uploads.LOOKING}))

    def _task(self, upload: Upload, look: Look) -> Task:
        settings, about = self._settings(upload), self._ground.around()
        mapping, mark = look.form.mapping or settings.mapping, header_signature(look.columns)
        table = TableMapping(with_dates(mapping), about.city.agencies, demo=about.demo, mark=mark)
        room = self._ground.room
        paths = room.input(upload.id), room.result(upload.id)
        return Task(upload, look.form, RowReader(upload.source, table), *paths, settings.counterpart, look.merges)

    def _settings(self, upload: Upload) -> DropSettings:
        """Raises BrokenTable when the source takes no uploads any more."""
        if upload.source not in self._ground.settings:
            raise BrokenTable(f"sumber {upload.source!r} tidak lagi menerima unggahan; aktifkan di config.yaml")
        return self._ground.settings[upload.source]

    def _give_up(self, upload: Upload, now: datetime) -> None:
        said = f"berhenti {ATTEMPTS_MOST} kali karena kesalahan program; simpan ulang berkas lalu unggah lagi, dan \
beri tahu administrator (lihat log)"
        form = None if upload.state == uploads.LOOKING else upload.form
        self._change(upload, now, upload.state, state=uploads.FAILED, form=form, error=said)
        del self._attempts[upload.id]

    def _change(self, upload: Upload, now: datetime, only_in: str, /, **values: Any) -> bool:
        with writing(self._engine) as conn:
            return uploads.change(conn, upload.id, now, only_in={only_in}, **values)

    def _sweep(self, now: datetime) -> None:
        """Old uploads go, and files whose row was never written; what another build has found is looked for again."""
        if self._swept is not None and now - self._swept < SWEEP_EVERY:
            return
        room, lone = self._ground.room, set(self._ground.room.older_than(now - ORPHAN_AFTER))
        with writing(self._engine) as conn:
            old = uploads.forget_resting(conn, now - KEPT_FOR)
            lone -= uploads.known(conn, lone)
            for upload in uploads.looked_through(conn):
                if look_of(upload) is None:
                    uploads.change(conn, upload.id, now, only_in={upload.state}, **_ANEW)
        for upload_id in (*old, *lone):
            room.remove(upload_id)
        self._swept = now


def _lease(upload_id: str) -> str:
    return f"upload:{upload_id}"


def _refused(before: Look | None, said: str) -> dict[str, Any]:
    """A file that is none; when it was looked through before, that stands, and says what was asked for in vain."""
    if before is None or not before.columns:
        return {"state": uploads.FAILED, "form": None, "rows": None, "error": said}
    warning = f"Tidak dapat dibaca seperti yang diminta: {said}"
    done = {"asked": None, "guess_header": False, "counting": False, "warnings": (warning, *before.warnings)}
    kept = before.model_copy(update=done)
    return {"state": uploads.ASKING, "form": kept.model_dump_json(), "error": None}


def _unreadable(wrong: OSError) -> str:
    if isinstance(wrong, FileNotFoundError):
        return "berkasnya tidak ada di BATT_HOME/uploads; unggah lagi (web dan jobs harus memakai BATT_HOME yang sama)"
    return f"disk server tidak dapat dibaca atau ditulisi ({wrong.strerror or wrong}); beri ruang disk atau izin"
