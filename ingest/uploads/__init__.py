"""Files that people upload: kept in a room of their own, looked through, corrected by a person, imported."""

from __future__ import annotations

from ingest.uploads.findings import Look, Reason, look_of
from ingest.uploads.storage import UPLOAD_MOST, TooBig, UploadRoom
from ingest.uploads.uploader import Uploader, WrongState

__all__ = ["UPLOAD_MOST", "Look", "Reason", "TooBig", "UploadRoom", "Uploader", "WrongState", "look_of"]
