"""Who hands files over on the pages of uploads, and what stands on them."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import unescape

from openpyxl import Workbook
from werkzeug.test import TestResponse

from dashboard.jobs.uploads import uploader
from data import clock
from data.store.db.engine import Engine, reading
from data.store.intake import uploads as kept
from ingest.uploads import Uploader
from tests.dashboard.web.conftest import SOURCE, Desk

HEADER = ("No. Aduan", "Tgl Masuk", "Jenis", "Uraian", "Kelurahan", "Dinas", "Status")
ROWS = (
    ("A-1", datetime(2026, 11, 2), "sampah", "Sampah meluber", "Sisir", "DLH", "Baru"),
    ("A-2", datetime(2026, 11, 3), "jalan bolong", "Lubang besar", "Temas", "DPUPR", "Proses"),
    ("A-3", "31/02/2026", "sampah", "TPS penuh", "Sisir", "DLH", "Baru"),
    ("", datetime(2026, 11, 5), "sampah", "Tanpa nomor", "Sisir", "DLH", "Baru"),
    ("A-5", datetime(2026, 11, 6), "longsor", "Tebing runtuh", "Sisir", "BPBD", "Menguap"),
)


def workbook(rows: Sequence[Sequence[object]] = ROWS, header: Sequence[str] = HEADER) -> bytes:
    """A sheet as a user keeps it."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(list(header))
    for row in rows:
        sheet.append(list(row))
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


@dataclass
class UploadUser:
    """Who hands files over, and the job that works behind the pages."""

    desk: Desk
    job: Uploader

    def post(self, content: bytes | None, name: str = "aduan.xlsx", source: str = SOURCE) -> TestResponse:
        data = {} if content is None else {"file": (io.BytesIO(content), name)}
        return self.desk.client.post(
            f"/sumber/{source}/unggah?csrf={self.desk.csrf_token()}", data=data, content_type="multipart/form-data"
        )

    def upload(self, content: bytes, name: str = "aduan.xlsx") -> str:
        """Handed over; the address of its page."""
        answer = self.post(content, name)
        assert answer.status_code == 303, answer.text
        return str(answer.headers["Location"])

    def asked(self, content: bytes, name: str = "aduan.xlsx") -> str:
        """Handed over and looked through."""
        page = self.upload(content, name)
        self.work()
        return page

    def work(self) -> None:
        self.job.work("test", clock.now)


def form_of(page: str) -> dict[str, str]:
    """What a browser would send of the form of columns as it stands."""
    [form] = re.findall(r'<form class="panel" id="pemetaan".*?</form>', page, re.S)
    found = {}
    for name, options in re.findall(r'<select [^>]*?name="([^"]+)"(?: required)?>(.*?)</select>', form, re.S):
        chosen = re.findall(r'<option value="([^"]*)" selected', options)
        assert len(chosen) <= 1
        first = re.findall(r'<option value="([^"]*)"', options)[0]
        found[unescape(name)] = unescape(chosen[0] if chosen else first)
    for name in re.findall(r'<input type="checkbox" [^>]*?name="([^"]+)" checked', form):
        found[name] = "on"
    return found | {"mapping": "1"}


def column(page: str, name: str) -> str:
    """The name of the select of a column."""
    [found] = re.findall(rf'<label for="(c\d+)">{re.escape(name)}</label>', page)
    return str(found)


def state_of(engine: Engine, page: str) -> kept.Upload:
    with reading(engine) as conn:
        upload = kept.get(conn, page.partition("?")[0].rpartition("/")[2].partition("#")[0])
    assert upload is not None
    return upload


def an_upload_user(desk: Desk) -> UploadUser:
    """At this desk."""
    app = desk.app
    return UploadUser(desk, uploader(app.config, app.engine, app.home, app.pipeline, app.context))
