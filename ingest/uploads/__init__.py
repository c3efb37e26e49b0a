"""Files that people upload: kept in a room of their own, looked through, corrected by a person, imported."""

from __future__ import annotations

from ingest.uploads.findings import Look, look_of
from ingest.uploads.storage import UPLOAD_MOST, TooBig, UploadRoom
from ingest.uploads.uploader import UnknownColumns, Uploader, WrongState

__all__ = ["UPLOAD_MOST", "Look", "TooBig", "UnknownColumns", "UploadRoom", "Uploader", "WrongState", "look_of"]
