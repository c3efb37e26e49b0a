"""Removes personal data from the store and from the files beside it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from dashboard.config.sections.citizens import PersonalDataSettings
from data.store.citizens import privacy
from data.store.citizens.privacy import OutsideStore
from data.store.db.engine import Engine, reading, writing
from data.store.guide import submissions
from ingest.photos.storage import PhotoStorage
from ingest.runtime import rejected_corrections

AT_ONCE = 100
"""Cases in one transaction."""


def erase_due(engine: Engine, home: Path, settings: PersonalDataSettings, now: datetime) -> int:
    """The next cases whose time is over; how many there were. Contacts of businesses go likewise, so long after the
    decision. Raises StoreDown, OSError."""
    if settings.keep is None:
        return 0
    before = now - settings.keep
    with reading(engine) as conn:
        case_ids = privacy.due(conn, before, AT_ONCE, texts=settings.texts)
        contacts = submissions.holds_contacts(conn, before)
    if contacts:
        with writing(engine) as conn:
            submissions.erase_contacts(conn, before)
    erase_cases(engine, home, case_ids, now, texts=settings.texts)
    return len(case_ids)


def erase_cases(engine: Engine, home: Path, case_ids: Sequence[int], now: datetime, *, texts: bool) -> None:
    """See `data.store.citizens.privacy.erase`. Raises StoreDown, OSError."""
    if not case_ids:
        return
    with writing(engine) as conn:
        left = privacy.erase(conn, case_ids, now, texts=texts)
    erase_files(home, left)


def erase_files(home: Path, left: OutsideStore) -> None:
    """Delete what is left of erased cases on the disk. Raises OSError."""
    photos = PhotoStorage(home)
    for digest in left.digests:
        photos.remove(digest)
    rejected_corrections.erase(home, left.records)
