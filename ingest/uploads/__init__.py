"""Files that people upload: kept in a folder of their own, inspected, corrected by a person, imported."""

from __future__ import annotations

from ingest.uploads.findings import Findings, findings_of
from ingest.uploads.forecast import Forecast
from ingest.uploads.storage import UPLOAD_MOST, TooBig, UploadStorage
from ingest.uploads.uploader import UnknownColumns, Uploader, WrongState

__all__ = [
    "UPLOAD_MOST",
    "Findings",
    "Forecast",
    "TooBig",
    "UnknownColumns",
    "UploadStorage",
    "Uploader",
    "WrongState",
    "findings_of",
]
