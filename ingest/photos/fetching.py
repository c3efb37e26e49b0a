"""Fetching photos that are known by their address only: in the background, gently, youngest cases first.

A source's server is asked by the same rules as for its records; a photo anywhere else must lie at a public address.
What is no photo is refused once and for all, with its reason; a server that does not answer is asked again later.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple
from urllib.parse import unquote_to_bytes, urlsplit

from data.domain.reasons import Reason, reason, stored
from data.store.cases import photos
from data.store.cases.photos import Wanted
from data.store.db.engine import Engine, reading, writing
from ingest.http.client import Limits, NotAllowed, Web
from ingest.photos.gallery import Gallery
from ingest.photos.picture import BYTES_MOST, NoPicture, picture_of
from ingest.runtime.leases import claimed
from ingest.source import SourceDown

AT_ONCE = 20
"""Photos fetched in one round."""
ATTEMPTS_MOST = 8
FIRST_WAIT = timedelta(minutes=1)
"""Doubles with every attempt: the last one is about two hours after the one before."""
LEASE, LEASE_S = "photos", 60.0
"""Longer than a photo may take."""
LIMITS = Limits(body_most=BYTES_MOST + 1, total_s=30)
_GONE = frozenset({401, 403, 404, 410, 451})
_DATA = re.compile(r"data:image/[\w.+-]+((?:;[\w=-]+)*),(.*)", re.DOTALL)


class SourceServer(NamedTuple):
    """A source's own server: photos there are fetched as its records are."""

    base_url: str
    inner: bool
    """It may stand in the city's own network."""


class Fetcher:
    """Fetches what is wanted."""

    def __init__(self, engine: Engine, gallery: Gallery, source_servers: Mapping[str, SourceServer]) -> None:
        self._engine, self._gallery, self._source_servers = engine, gallery, source_servers

    def fetch_due(self, owner: str, now: Callable[[], datetime], stopping: Callable[[], bool] = lambda: False) -> int:
        """One round, unless another process is at it; how many photos are fetched or refused.

        owner: as for `ingest.runtime.poller.poll`. Raises StoreDown, OSError when the disk is full.
        """
        with reading(self._engine) as conn:
            wanted = photos.due(conn, now(), AT_ONCE)
        done = 0
        for each in wanted:
            if stopping() or not self._is_ours(owner, now()):
                break
            done += self._fetch(each, now())
        return done

    def _is_ours(self, owner: str, now: datetime) -> bool:
        with writing(self._engine) as conn:
            return claimed(conn, LEASE, owner, now, LEASE_S)

    def _fetch(self, wanted: Wanted, now: datetime) -> bool:
        try:
            kept = self._gallery.put(picture_of(self._content(wanted)))
        except (NoPicture, NotAllowed) as refused:
            return self._refuse(wanted, refused.reason)
        except SourceDown as down:
            return self._postpone(wanted, down.reason, now)
        with writing(self._engine) as conn:
            photos.fetched(conn, wanted.id, kept)
        return True

    def _content(self, wanted: Wanted) -> bytes:
        if wanted.url.startswith("data:"):
            return _inline(wanted.url)
        server, server_of_source = _server(wanted.url), self._source_servers.get(wanted.source)
        if server_of_source is None or _server(server_of_source.base_url) != server:
            server_of_source = SourceServer(wanted.url, inner=False)
        web = Web(base_url=server_of_source.base_url, inner=server_of_source.inner)
        try:
            answer = web.get(wanted.url, headers={"Accept": "image/*"}, limits=LIMITS)
        finally:
            web.close()
        if answer.status in _GONE:
            raise NoPicture(reason("photo.gone", status=str(answer.status)))
        if answer.status != 200:
            raise SourceDown(reason("photo.server_error", status=str(answer.status)))
        return answer.content

    def _refuse(self, wanted: Wanted, why: Reason | str) -> bool:
        with writing(self._engine) as conn:
            photos.refuse(conn, wanted.id, stored(why))
        return True

    def _postpone(self, wanted: Wanted, why: Reason | str, now: datetime) -> bool:
        if wanted.attempts + 1 >= ATTEMPTS_MOST:
            return self._refuse(wanted, reason("photo.given_up", attempts=ATTEMPTS_MOST, why=why))
        with writing(self._engine) as conn:
            photos.postpone(conn, wanted.id, stored(why), now + FIRST_WAIT * 2**wanted.attempts)
        return False


def _server(url: str) -> str:
    """Host and port of an address. Raises NoPicture."""
    try:
        return urlsplit(url).netloc
    except ValueError:
        raise NoPicture(reason("photo.bad_address", url=repr(url[:100]))) from None


def _inline(url: str) -> bytes:
    """The content of a `data:` address. Raises NoPicture."""
    found = _DATA.fullmatch(url)
    if found is None:
        raise NoPicture(reason("photo.bad_data_address"))
    try:
        return base64.b64decode(found[2], validate=True) if ";base64" in found[1] else unquote_to_bytes(found[2])
    except ValueError:  # letters that are none of base64's, or none of any text
        raise NoPicture(reason("photo.broken_data_address")) from None
