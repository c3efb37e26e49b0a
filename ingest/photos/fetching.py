"""Fetches photos of which only the address is known: in the background, a few at a time, newest cases first.

A source's own server is used by the same rules as for its records; every other address must be public. What is not a
photo is refused for good, with its reason; when a server does not respond, the photo is tried again later.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple
from urllib.parse import unquote_to_bytes, urlsplit

from data.domain.reasons import Reason, encode_reason, reason
from data.store.cases import photos
from data.store.cases.photos import PendingPhoto
from data.store.citizens.privacy import unused_photos
from data.store.db.engine import Engine, reading, writing
from ingest.http.client import AddressNotAllowed, HttpClient, Limits, Response
from ingest.photos.sanitizing import BYTES_MOST, InvalidPhoto, sanitize_photo
from ingest.photos.storage import PhotoStorage
from ingest.runtime.leases import claim_or_take_over
from ingest.source import SourceDown

PHOTOS_PER_ROUND = 20
"""The most photos in one round."""
ATTEMPTS_MOST = 8
FIRST_RETRY_AFTER = timedelta(minutes=1)
"""Doubles with every attempt; the last one is about two hours after the one before."""
LEASE, LEASE_S = "photos", 60.0
"""The lease is longer than the time limit of one photo."""
LIMITS = Limits(body_most=BYTES_MOST + 1, total_s=30)
_FINAL_STATUSES = frozenset({401, 403, 404, 410, 451})
_DATA = re.compile(r"data:image/[\w.+-]+((?:;[\w=-]+)*),(.*)", re.DOTALL)


class SourceServer(NamedTuple):
    """A source's own server; photos there are fetched by the same rules as its records."""

    base_url: str
    inner: bool
    """Whether it may be in the city's own network."""


GATEWAY = "gateway:"
"""How the address of a picture begins that a gateway handed over: then its name, a colon, the address itself."""


class MediaServers(NamedTuple):
    """The servers at which a gateway keeps pictures: no other is asked."""

    hosts: frozenset[str]
    authorization: str
    """The header that they want; empty: none."""


class PhotoFetcher:
    """Fetches pending photos."""

    def __init__(
        self,
        engine: Engine,
        storage: PhotoStorage,
        source_servers: Mapping[str, SourceServer],
        media_servers: Mapping[str, MediaServers] | None = None,
    ) -> None:
        """`media_servers`: by gateway."""
        self._engine, self._storage, self._source_servers = engine, storage, source_servers
        self._media_servers = media_servers or {}

    def fetch_due(self, owner: str, now: Callable[[], datetime], stopping: Callable[[], bool] = lambda: False) -> int:
        """One round, unless another process holds the lease; returns how many photos were stored or refused.

        owner: as for `ingest.runtime.poller.poll`. Raises StoreDown, OSError when the disk is full.
        """
        with reading(self._engine) as conn:
            pending = photos.due(conn, now(), PHOTOS_PER_ROUND)
        done = 0
        for each in pending:
            if stopping() or not self._is_ours(owner, now()):
                break
            done += self._fetch(each, now())
        return done

    def _is_ours(self, owner: str, now: datetime) -> bool:
        with writing(self._engine) as conn:
            return claim_or_take_over(conn, LEASE, owner, now, LEASE_S)

    def _fetch(self, pending: PendingPhoto, now: datetime) -> bool:
        try:
            kept = self._storage.put(sanitize_photo(self._content(pending)))
        except (InvalidPhoto, AddressNotAllowed) as refused:
            return self._refuse(pending, refused.reason)
        except SourceDown as down:
            return self._postpone(pending, down.reason, now)
        with writing(self._engine) as conn:
            wanted = photos.fetched(conn, pending.id, kept)
            left = [] if wanted else unused_photos(conn, {kept.digest})
        for digest in left:
            self._storage.remove(digest)
        return True

    def _content(self, pending: PendingPhoto) -> bytes:
        if pending.url.startswith("data:"):
            return _inline(pending.url)
        if pending.url.startswith(GATEWAY):
            name, _, url = pending.url.removeprefix(GATEWAY).partition(":")
            return _of_gateway(url, self._media_servers.get(name) or MediaServers(frozenset(), ""))
        server, server_of_source = _server(pending.url), self._source_servers.get(pending.source)
        if server_of_source is None or _server(server_of_source.base_url) != server:
            server_of_source = SourceServer(pending.url, inner=False)
        web = HttpClient(base_url=server_of_source.base_url, inner=server_of_source.inner)
        try:
            answer = web.get(pending.url, headers={"Accept": "image/*"}, limits=LIMITS)
        finally:
            web.close()
        return _fine(answer).content

    def _refuse(self, pending: PendingPhoto, why: Reason | str) -> bool:
        with writing(self._engine) as conn:
            photos.refuse(conn, pending.id, encode_reason(why))
        return True

    def _postpone(self, pending: PendingPhoto, why: Reason | str, now: datetime) -> bool:
        if pending.attempts + 1 >= ATTEMPTS_MOST:
            return self._refuse(pending, reason("photo.given_up", attempts=ATTEMPTS_MOST, why=why))
        with writing(self._engine) as conn:
            photos.postpone(conn, pending.id, encode_reason(why), now + FIRST_RETRY_AFTER * 2**pending.attempts)
        return False


def _fine(answer: Response) -> Response:
    """Raises InvalidPhoto, SourceDown."""
    if answer.status in _FINAL_STATUSES:
        raise InvalidPhoto(reason("photo.gone", status=str(answer.status)))
    if answer.status != 200:
        raise SourceDown(reason("photo.server_error", status=str(answer.status)))
    return answer


def _of_gateway(url: str, media: MediaServers) -> bytes:
    """A picture from one of a gateway's own servers, or from where such a server says that it is ({"url": ...})."""
    headers = {"Accept": "image/*", **({"Authorization": media.authorization} if media.authorization else {})}
    for _ in range(2):
        if not url.startswith("https://") or (host := (urlsplit(url).hostname or "")) not in media.hosts:
            raise InvalidPhoto(reason("photo.other_host", url=repr(url[:100])))
        web = HttpClient(base_url=f"https://{host}")
        try:
            answer = _fine(web.get(url, headers=headers, limits=LIMITS))
        finally:
            web.close()
        if not answer.headers.get("content-type", "").startswith("application/json"):
            return answer.content
        url = _told_address(answer.content)
    raise InvalidPhoto(reason("photo.not_a_photo"))


def _told_address(content: bytes) -> str:
    try:
        told = json.loads(content)
    except (ValueError, RecursionError):
        return ""
    return str(told.get("url", "")) if isinstance(told, dict) else ""


def _server(url: str) -> str:
    """Host and port of an address. Raises InvalidPhoto."""
    try:
        return urlsplit(url).netloc
    except ValueError:
        raise InvalidPhoto(reason("photo.bad_address", url=repr(url[:100]))) from None


def _inline(url: str) -> bytes:
    """The content of a `data:` address. Raises InvalidPhoto."""
    found = _DATA.fullmatch(url)
    if found is None:
        raise InvalidPhoto(reason("photo.bad_data_address"))
    try:
        return base64.b64decode(found[2], validate=True) if ";base64" in found[1] else unquote_to_bytes(found[2])
    except ValueError:  # invalid base64, or a broken text
        raise InvalidPhoto(reason("photo.broken_data_address")) from None
