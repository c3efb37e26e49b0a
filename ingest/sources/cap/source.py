"""Warnings as a source: from addresses and lists, from a folder, and pushed.

A message that is no longer listed is not withdrawn: lists flicker. A list that cannot be read is an outage, an empty
one is none.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from data.domain.reasons import Reason, reason
from data.store.db.engine import StoreDown, reading
from data.store.intake import taken_files
from ingest.http.client import HttpClient, Limits, Response
from ingest.settings import SourceContext
from ingest.source import Delivery, FileMark, Raw, RetryLater, SourceDown, Unreadable
from ingest.sources.cap.listing import Link, links_of
from ingest.sources.cap.message import decoded
from ingest.sources.cap.records import identifier_of, raw_of, record_of
from ingest.sources.cap.settings import CapSettings
from ingest.warning_record import WarningRecord

BODY_MOST = 2_000_000
"""Bytes of one message or list."""
ANSWER_S = 20.0
_LIMITS = Limits(body_most=BODY_MOST, total_s=ANSWER_S)
_BMKG = re.compile(r"2\.49\.0\.1\.360\.0\.\d{4}\.\d{2}\.\d{2}\.\d{2}\.(\d{2})\.\d+")
"""BMKG's identifiers name the province."""


class CapSource:
    """The source; see `CapSettings`."""

    def __init__(
        self,
        name: str,
        settings: CapSettings,
        context: SourceContext,
        *,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name, self.settings = name, settings
        self.every_s = settings.every_s if settings.urls or settings.folder else math.inf
        self._engine, self._demo, self._steady = context.engine, context.demo, steady
        self._folder = context.home / Path(settings.folder).expanduser() if settings.folder else None
        self._home = context.home
        self._client: HttpClient | None = None
        self._asked: deque[float] = deque()
        self._stamps: dict[Path, tuple[int, int]] = {}
        self._done: dict[Path, tuple[int, int]] = {}

    @property
    def is_polled(self) -> bool:
        """False: everything is pushed."""
        return self.every_s != math.inf

    def fetch(self, cursor: str | None, now: datetime) -> Iterator[Delivery]:
        """What is new. Raises SourceDown, after what could be read."""
        if self._folder is not None:
            yield from self._files(self._folder, cursor, now)
        if self.settings.urls:
            yield from self._listed(cursor, now)

    def read(self, raw: Raw, now: datetime) -> WarningRecord:
        """A message as a record. Raises Unreadable."""
        settings = self.settings
        return record_of(raw, own=settings.own, credit=settings.credit, demo=self._demo)

    def raw(self, body: bytes, file: str = "") -> Raw:
        """A message as a raw record, whatever it is; `file`: the name under which it came."""
        return raw_of(body, file)

    def _files(self, folder: Path, cursor: str | None, now: datetime) -> Iterator[Delivery]:
        """Complete files that were not taken yet, the oldest first; each is a delivery."""
        for path, stamp in self._complete(folder, now):
            if self._done.get(path) == stamp:
                continue
            body = _content(path)
            if body is None:
                continue
            mark = FileMark(hashlib.sha256(body).hexdigest(), path.name)
            if not self._is_taken(mark):
                yield Delivery((self.raw(body, path.name[-200:]),), cursor, file=mark)
            self._done[path] = stamp

    def _complete(self, folder: Path, now: datetime) -> list[tuple[Path, tuple[int, int]]]:
        """Raises SourceDown."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
            files = [path for path in folder.iterdir() if path.suffix.lower() in (".xml", ".cap") and path.is_file()]
            stamps = {path: ((it := path.stat()).st_size, it.st_mtime_ns) for path in files}
        except OSError as error:
            raise SourceDown(reason("drop.folder_unreadable", folder=str(folder), error=error.strerror)) from None
        before, self._stamps = self._stamps, stamps
        settled = now.timestamp() - self.settings.settle_s
        found = [(p, stamp) for p, stamp in stamps.items() if stamp[1] / 1e9 <= settled or before.get(p) == stamp]
        return sorted(found, key=lambda each: (each[1][1], each[0].name))

    def _is_taken(self, mark: FileMark) -> bool:
        try:
            with reading(self._engine) as conn:
                return taken_files.is_taken(conn, self.name, mark.digest)
        except StoreDown as down:
            raise SourceDown(reason("source.store_down", error=str(down.orig))) from down

    def _listed(self, cursor: str | None, now: datetime) -> Iterator[Delivery]:
        """The messages of all addresses that are new. The cursor has what was seen of what is listed now."""
        seen: Mapping[str, str] = json.loads(cursor) if cursor else {}
        now_seen, remarks = dict[str, str](), list[Reason | str]()
        for url in self.settings.urls:
            answer = self._get(url, now)
            if answer is None:
                now_seen |= seen  # not asked this time: the minute is full
                break
            text = _text(answer, url)
            links = _links(text, answer.url)
            if links is None:
                mark = hashlib.sha256(text.encode()).hexdigest()
                now_seen[url] = mark
                if seen.get(url) != mark:
                    yield self._delivery([self.raw(answer.content, _file_of(url))], {**seen, **now_seen}, remarks)
                continue
            for link in links:
                if seen.get(link.url) == link.mark or now_seen.get(link.url) == link.mark:
                    now_seen[link.url] = link.mark
                    continue
                raw = self._message(link, now, remarks)
                if raw is not None:
                    now_seen[link.url] = link.mark
                    yield self._delivery(raw, {**seen, **now_seen}, remarks)
        if now_seen != seen or remarks:
            yield self._delivery([], now_seen, remarks)

    def _delivery(self, raws: list[Raw], seen: Mapping[str, str], remarks: list[Reason | str]) -> Delivery:
        said = reason("warning.not_fetched", n=len(remarks), faults=tuple(remarks[:3])) if remarks else None
        return Delivery(tuple(raws), json.dumps(seen), remark=said)

    def _message(self, link: Link, now: datetime, remarks: list[Reason | str]) -> list[Raw] | None:
        """None: it could not be fetched now, and is asked for again. Empty: it is of another province."""
        try:
            answer = self._get(link.url, now)
        except RetryLater:
            raise
        except SourceDown as down:
            remarks.append(down.reason)
            return None
        if answer is None:
            return None
        if answer.status != 200:
            remarks.append(reason("warning.status", url=link.url[:200], status=answer.status))
            return None
        raw = self.raw(answer.content, _file_of(link.url))
        return [] if self._is_elsewhere(raw) else [raw]

    def _is_elsewhere(self, raw: Raw) -> bool:
        """Whether BMKG's own number says another province; other identifiers say nothing."""
        told = _BMKG.fullmatch(identifier_of(str(raw.payload.get("xml", ""))) or "")
        return bool(self.settings.provinces) and told is not None and told[1] not in self.settings.provinces

    def _get(self, url: str, now: datetime) -> Response | None:
        """None when the minute is full. Raises SourceDown."""
        moment = self._steady()
        while self._asked and self._asked[0] <= moment - 60:
            self._asked.popleft()
        if len(self._asked) >= self.settings.per_minute:
            return None
        self._asked.append(moment)
        answer = self._http().get(url, limits=_LIMITS)
        wait = answer.retry_after_s(now)
        if answer.status == 429 or (answer.status == 503 and wait):
            raise RetryLater(reason("warning.status", url=url[:200], status=answer.status), wait or 60)
        return answer

    def _http(self) -> HttpClient:
        if self._client is None:
            ca_file = self._home / self.settings.ca_file if self.settings.ca_file else None
            try:
                self._client = HttpClient(base_url=self.settings.urls[0], inner=self.settings.inner, ca_file=ca_file)
            except OSError as wrong:
                at = {"path": str(ca_file), "error": str(wrong), "source": self.name}
                raise SourceDown(reason("feed.ca_file", **at)) from None
        return self._client


def _text(answer: Response, url: str) -> str:
    """Raises SourceDown."""
    if answer.status != 200:
        raise SourceDown(reason("warning.status", url=url[:200], status=answer.status))
    try:
        return decoded(answer.content)
    except Unreadable as wrong:
        raise SourceDown(reason("warning.list_unreadable", url=url[:200], why=wrong.reason)) from None


def _links(text: str, url: str) -> list[Link] | None:
    """Raises SourceDown."""
    try:
        return links_of(text, url)
    except Unreadable as wrong:
        raise SourceDown(reason("warning.list_unreadable", url=url[:200], why=wrong.reason)) from None


def _file_of(url: str) -> str:
    return urlsplit(url).path.rpartition("/")[2][-200:]


def _content(path: Path) -> bytes | None:
    """None when it has vanished or is too large to be a message."""
    try:
        return path.read_bytes() if path.stat().st_size <= BODY_MOST else None
    except OSError:
        return None
