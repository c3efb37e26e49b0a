"""The desk at which the tests of uploads sit: the real uploader on the configured city, and files to hand in."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from data.store.db.engine import Engine, StoreDown, reading
from data.store.intake import uploads
from data.store.intake.uploads import Upload
from ingest.pipeline.pipeline import Pipeline
from ingest.pipeline.reading import RecordReader
from ingest.settings import SourceSettings
from ingest.source import Delivery, Outcome
from ingest.uploads import Findings, Uploader, findings_of
from tests.ingest.doors import NOW, all_cases, around, config, ground, long_calendars, pipeline
from tests.ingest.tabular.books import texts

HEADER = "nomor;tanggal;waktu;kategori;judul;uraian;desa;status;tanggal_selesai;catatan\n"
ROW = "{0};12/03/2026;08.30;sampah;TPS penuh;Meluber ke jalan;Sisir;Baru;;\n"
STRANGE = "No Tiket;Tgl Lapor;Jenis Aduan;Isi Aduan;Kelurahan\n"
STRANGE_ROW = "{0};12/03/2026;Lampu mati;Gelap sejak kemarin;Temas\n"
ME, OTHER = "me:1:a", "me:1:b"
BATCH = 100
"""Rows in a delivery: few rows come in several."""


def rows(*numbers: object) -> bytes:
    return (HEADER + "".join(ROW.format(number) for number in numbers)).encode()


def strange(*numbers: object) -> bytes:
    """A table whose header the source does not know."""
    return (STRANGE + "".join(STRANGE_ROW.format(number) for number in numbers)).encode()


def settings(**changes: Mapping[str, Any]) -> Mapping[str, SourceSettings]:
    """The configured sources, some of their settings changed."""
    found = dict(config().sources)
    for name, changed in changes.items():
        found[name] = type(found[name]).model_validate({**found[name].model_dump(), **changed})
    return found


def results(upload: Upload) -> dict[str, int]:
    """How many rows became what, without the defaults that they got."""
    return {word: often for word, often in upload.counts.items() if not word.startswith("default_")}


class Desk:
    """One process's uploader."""

    def __init__(self, engine: Engine, home: Path, taker: Pipeline | None = None, **changes: Mapping[str, Any]) -> None:
        self.engine, self.home, self.now = engine, home, NOW
        about = around(engine, home)
        self.uploader = Uploader(settings(**changes), lambda: about, taker or pipeline(engine), batch=BATCH)

    def hand_in(self, content: bytes, name: str = "rekap.csv", source: str = "opd_csv") -> str:
        return self.uploader.receive(source, name, io.BytesIO(content), self.now)

    def work(self, owner: str = ME, stopping: Callable[[], bool] = lambda: False) -> int:
        return self.uploader.work(owner, lambda: self.now, stopping)

    def asked(self, content: bytes, name: str = "rekap.csv", source: str = "opd_csv") -> str:
        """Hand in and have it looked through."""
        upload_id = self.hand_in(content, name, source)
        self.work()
        assert self.state(upload_id) == "asking", self.get(upload_id).error
        return upload_id

    def imported(self, content: bytes, name: str = "rekap.csv", source: str = "opd_csv") -> str:
        """The whole road."""
        upload_id = self.asked(content, name, source)
        assert self.uploader.enqueue(upload_id, self.now)
        self.work()
        assert self.state(upload_id) == "done", self.get(upload_id).error
        return upload_id

    def get(self, upload_id: str) -> Upload:
        with reading(self.engine) as conn:
            found = uploads.get(conn, upload_id)
        assert found is not None
        return found

    def state(self, upload_id: str) -> str:
        return self.get(upload_id).state

    def look(self, upload_id: str) -> Findings:
        found = findings_of(self.get(upload_id))
        assert found is not None
        return found

    def told(self, upload_id: str) -> list[list[str]]:
        """The rows of the result, without its header."""
        return texts(self.uploader.storage.result(upload_id))[1:]

    def words(self, upload_id: str, column: int = 10) -> list[str]:
        """The result's word of each row."""
        return [row[column] for row in self.told(upload_id)]

    def ids(self) -> list[str]:
        return [each["external_id"] for each in all_cases(self.engine)]

    def folders(self) -> list[str]:
        folder = self.home / "uploads"
        return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


class FallingStore(Pipeline):
    """A pipeline whose store is gone at the n-th delivery: before it is stored, or just afterwards."""

    def __init__(
        self, engine: Engine, at: int, *, stored: bool, meanwhile: Callable[[], object] = lambda: None
    ) -> None:
        super().__init__(engine, config().city, long_calendars(), ground())
        self._left, self._stored = at, stored

    def write_delivery(self, source: RecordReader, delivery: Delivery, now: datetime, **how: Any) -> list[Outcome]:
        self._left -= 1
        if self._left == 0:
            if self._stored:
                super().write_delivery(source, delivery, now, **how)
            raise StoreDown("INSERT", None, OSError("the process died"))
        return super().write_delivery(source, delivery, now, **how)
