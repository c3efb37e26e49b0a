"""Stores the photos of reports: sent with the report, or fetched from the address that a source gives."""

from __future__ import annotations

import os
from collections.abc import Mapping

from dashboard.config.load import Config
from data import clock
from data.domain.reasons import encode_reason
from data.store.cases import photos
from data.store.db.engine import Engine, writing
from ingest.photos.fetching import MediaServers, PhotoFetcher, SourceServer
from ingest.photos.sanitizing import InvalidPhoto, sanitize_photo
from ingest.photos.storage import PhotoStorage
from ingest.sources.open311.settings import Open311Settings


class ReportPhotos:
    """Stores photos that are sent with a report."""

    def __init__(self, engine: Engine, gallery: PhotoStorage) -> None:
        self._engine, self._gallery = engine, gallery

    def store(self, code: str, content: bytes) -> str | None:
        """Store a photo of the case with this code. Content that is no photo is recorded as refused, with the reason
        that is returned. Raises StoreDown, OSError.
        """
        why = None
        try:
            kept: photos.StoredPhoto | str = self._gallery.put(sanitize_photo(content))
        except InvalidPhoto as wrong:
            kept, why = encode_reason(wrong.reason), str(wrong)
        with writing(self._engine) as conn:
            photos.add_received(conn, code, kept, clock.now())
        return why


def fetcher(config: Config, engine: Engine, gallery: PhotoStorage) -> PhotoFetcher:
    """Fetches photos from the addresses in records."""
    return PhotoFetcher(engine, gallery, source_servers(config), media_servers(config))


def media_servers(config: Config) -> Mapping[str, MediaServers]:
    """Where gateways keep the pictures of citizens' messages."""
    return {
        name: MediaServers(frozenset(each.media_hosts), os.environ.get(each.media_authorization_env or "", "").strip())
        for name, each in config.messages.inbound.items()
    }


def source_servers(config: Config) -> Mapping[str, SourceServer]:
    """The servers of sources: their photos are fetched with the same settings as their records."""
    own = {name: each for name, each in config.sources.items() if isinstance(each, Open311Settings)}
    return {name: SourceServer(each.url, each.inner) for name, each in own.items()}
