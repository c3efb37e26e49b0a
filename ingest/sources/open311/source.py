"""A source that pulls requests from an Open311 GeoReport v2 server.

Each pull overlaps with the one before, and a larger pull every night reads the last months again, to find changes that
were missed. Requests are stored in bulk; the pipeline separates new ones from known ones. A body that cannot be parsed
stops the pull, and the cursor does not move.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from data.domain.reasons import Reason, encode_reason, reason
from data.store.cases.snapshots import Snapshot, snapshots
from data.store.db.engine import StoreDown, reading
from data.texts import reason_in
from ingest.http.client import HttpClient
from ingest.settings import SourceContext
from ingest.source import Delivery, Raw, Record, SourceDown, Unreadable
from ingest.sources.open311.body import too_deep
from ingest.sources.open311.capabilities import discover_capabilities
from ingest.sources.open311.client import Client, RequestPage, RequestRefused, RequestsUsedUp, key_of, prefetch
from ingest.sources.open311.cursor import Cursor, PullProgress, read_cursor
from ingest.sources.open311.fields import MomentReader, id_of, is_sound, text_of
from ingest.sources.open311.observations import Observations
from ingest.sources.open311.reading import FAULT, KNOWN, OURS, UPDATES, RequestReader, update_of
from ingest.sources.open311.services import Services
from ingest.sources.open311.settings import AUTO, Open311Settings
from ingest.sources.open311.statuses import known_status, payload_of
from ingest.sources.open311.windows import Window, asks_for_changes, day_of, finished, next_span

BATCH = 1000
"""The most records in a delivery."""
_IDS_AT_ONCE = 50
_SHORTEST = timedelta(hours=1)
"""When a server without pages returns only a part of a window, the window is halved, down to this."""
_LONGEST_ID = 200
Updates = Mapping[str, Sequence[dict[str, str]]]


@dataclass(slots=True)
class WindowResult:
    """What one window brought."""

    ids: set[str] = field(default_factory=set)
    is_repeated: bool = False
    """It was not taken: it is that of the window before."""
    inside: int = 0
    """How many requests lie in the window."""
    is_cut: bool = False
    """Requests may be missing: the server returned as many as it returns at once."""
    ignores_changes: bool = False
    """The server does not filter by time of change."""


class Open311:
    """The source. Its only state is the cursor and the store."""

    def __init__(self, name: str, settings: Open311Settings, context: SourceContext) -> None:
        """Raises ValueError when the settings name what the city does not have."""
        self.name, self.every_s = name, settings.every_s
        self._settings, self._context = settings, context
        self._zone, self._when = ZoneInfo(context.city.timezone), MomentReader(settings.zone)
        self._services = Services(name, settings, context.city)
        self._reader = RequestReader(self._services, self._when)
        self._open_client: Client | None = None

    def fetch(self, cursor: str | None, now: datetime) -> Iterator[Delivery]:
        """New requests since `cursor`, and at night those that may have been missed. Raises SourceDown."""
        at, client, seen = read_cursor(cursor), self._client(), Observations()
        client.begin_poll(now)
        try:
            discover_capabilities(client, at, self._settings, self._services, (self.name, day_of(now, self._zone), now))
            while (span := next_span(at, self._settings, self._zone, now)) is not None:
                at.span = span
                yield from self._pull(client, at, span, seen)
                finished(at, span, self._zone)
        except RequestsUsedUp:
            seen.used_up = self._settings.questions_per_poll
        yield Delivery((), at.text(), remark=seen.remark())

    def read(self, raw: Raw, now: datetime) -> Record:
        """A request as a Record. Raises Unreadable."""
        return self._reader.read(raw, now)

    def _client(self) -> Client:
        if self._open_client is None:
            ca_file = self._settings.ca_file
            try:
                web = HttpClient(
                    base_url=self._settings.url,
                    inner=self._settings.inner,
                    ca_file=self._context.home / Path(ca_file) if ca_file else None,
                )
            except OSError as wrong:
                raise SourceDown(
                    reason("open311.ca_file", source=self.name, path=str(ca_file), error=str(wrong))
                ) from None
            self._open_client = Client(self.name, self._settings, web)
        return self._open_client

    def _pull(self, client: Client, cursor: Cursor, span: PullProgress, seen: Observations) -> Iterator[Delivery]:
        """The windows of a pull; a window with more requests than the server returns is halved."""
        longest = length = timedelta(days=self._settings.span_days)
        resumed = span.window_end is not None and span.page_size == self._settings.page_size
        while span.begin < span.end:
            end = span.end if seen.asks_at_once else min(span.begin + length, span.end)
            end = span.window_end if resumed and span.window_end else end
            window = Window(span.begin, end, asks_for_changes(cursor, span.pull))
            if not resumed:
                span.page = None
            span.window_end, span.page_size, resumed = end, self._settings.page_size, False
            try:
                found = yield from self._window(client, cursor, window, seen)
            except RequestRefused as no:
                if no.status != 400 or not self._may_go_on(cursor, window, seen):
                    raise
                continue
            if found.is_repeated or (window.changed and not asks_for_changes(cursor, span.pull)):
                continue  # ask for all at once, or by time of receipt
            if found.is_cut and not seen.asks_at_once:
                if length > _SHORTEST:
                    length = max((end - span.begin) / 2, _SHORTEST)
                    continue
                seen.cut(found.inside)
            span.begin, span.window_end, length = end, None, min(2 * length, longest)

    def _may_go_on(self, cursor: Cursor, window: Window, seen: Observations) -> bool:
        """Whether to ask for another window after the server refused this one."""
        if window.changed and self._settings.updated_after == AUTO:
            _disable_updated_after(cursor)
            return True
        return seen.refuse()

    def _window(
        self, client: Client, cursor: Cursor, window: Window, seen: Observations
    ) -> Generator[Delivery, None, WindowResult]:
        """The requests of one window."""
        result, (updates, broken) = WindowResult(), self._updates(client, cursor, window)
        raws = [*filter(seen.is_new, broken)]
        try:
            for items in self._pages(client, cursor, window, seen, result):
                raws += filter(seen.is_new, (_raw(item, updates, cursor.services) for item in items))
                while len(raws) >= BATCH:
                    some, raws = raws[:BATCH], raws[BATCH:]
                    yield self._delivery(some, cursor.text())
            for ids in _id_batches([] if result.is_repeated else [each for each in updates if each not in result.ids]):
                raws += filter(seen.is_new, self._by_id(client, cursor, ids, updates))
        except RequestsUsedUp:
            yield self._delivery(raws, cursor.text())
            raise
        for begin in range(0, len(raws), BATCH):
            yield self._delivery(raws[begin : begin + BATCH], cursor.text())
        if result.ignores_changes and self._settings.updated_after == AUTO:
            _disable_updated_after(cursor)  # it does not support updated_after
        return result

    def _pages(
        self, client: Client, cursor: Cursor, window: Window, seen: Observations, result: WindowResult
    ) -> Iterator[list[Any]]:
        """What each page has in the window; nothing when `seen` asks for another window."""
        start, latest = (cursor.span.page, cursor.span.end) if cursor.span else (None, window.end)
        pages = client.pages(window.params(), cursor.capabilities, start)
        for number, page in enumerate(_first_alone(pages)):
            inside, outside = window.split(page.items, self._when, latest)
            if number == 0 and start is None and not window.changed and not seen.accept(page.items, len(outside)):
                result.is_repeated = True
                return
            seen.count(inside, outside)
            result.ids.update(map(id_of, inside))
            result.inside += len(inside)
            result.is_cut = result.is_cut or page.may_be_cut(result.inside)
            if window.changed and any(window.is_before(item, self._when) for item in outside):
                result.ignores_changes = True
            if cursor.span is not None:
                cursor.span.page = page.number
            yield inside

    def _updates(self, client: Client, cursor: Cursor, window: Window) -> tuple[Updates, list[Raw]]:
        """(the updates of a window by request id, unreadable updates as raw records)."""
        updates, broken = defaultdict[str, list[dict[str, str]]](list), list[Raw]()
        if not cursor.capabilities.updates:
            return updates, broken
        for item in client.updates(Window(window.begin, window.end, changed=False).params(), cursor.capabilities):
            try:
                if not isinstance(item, dict) or too_deep(item):
                    raise Unreadable(reason("open311.update_no_object"))
                update = update_of(item, self._when)
            except Unreadable as fault:
                payload = item if isinstance(item, dict) else {"isi": item}
                broken.append(
                    Raw(_update_key(item), _faulty(payload, reason("open311.bad_update", error=reason_in(fault))))
                )
            else:
                updates[id_of(item)].append(update)
        return updates, broken

    def _by_id(self, client: Client, cursor: Cursor, ids: Sequence[str], updates: Updates) -> list[Raw]:
        """Requests outside the window that have updates in it."""
        found = client.requests({"service_request_id": ",".join(ids)}, cursor.capabilities)
        wanted = {id_of(item): item for item in found if id_of(item) in ids}
        missing = [external_id for external_id in ids if external_id not in wanted]
        why = reason("open311.request_missing")
        lost = [Raw(each, _faulty({"service_request_id": each, UPDATES: list(updates[each])}, why)) for each in missing]
        return [*(_raw(item, updates, cursor.services) for item in wanted.values()), *lost]

    def _delivery(self, raws: Sequence[Raw], cursor: str) -> Delivery:
        """The delivery, in which each known record carries its known status."""
        there = self._stored([raw.external_id for raw in raws if FAULT not in raw.payload])
        known = [raw if (case := there.get(raw.external_id)) is None else self._with_known(raw, case) for raw in raws]
        return Delivery(tuple(known), cursor, history=True)

    def _with_known(self, raw: Raw, case: Snapshot) -> Raw:
        known = known_status(case.events, self.name, text_of(raw.payload, "status_notes"))
        return Raw(raw.external_id, {**raw.payload, KNOWN: payload_of(known)})

    def _stored(self, ids: Sequence[str]) -> Mapping[str, Snapshot]:
        storable = [each for each in ids if len(each) <= _LONGEST_ID and "\x00" not in each and is_sound(each)]
        try:
            with reading(self._context.engine) as conn:
                return snapshots(conn, self.name, storable)
        except StoreDown as wrong:
            raise SourceDown(reason("source.store_down", error=str(wrong.orig))) from wrong


def _first_alone(pages: Iterator[RequestPage]) -> Iterator[RequestPage]:
    """The same pages; while the first one is worked on, no other is fetched yet."""
    yield from islice(pages, 1)
    yield from prefetch(pages)


def _raw(item: Any, updates: Updates, services: Mapping[str, str]) -> Raw:
    if not isinstance(item, dict):
        return Raw(key_of(item), _faulty({"isi": item}, reason("open311.not_an_object")))
    for name in OURS:
        item.pop(name, None)
    external_id = id_of(item)
    if too_deep(item):
        return Raw(external_id or key_of(item), _faulty(item, reason("open311.too_deep")))
    if not item.get("service_name") and (called := services.get(text_of(item, "service_code"))):
        item["service_name"] = called
    if of_request := updates.get(external_id):
        item[UPDATES] = list(of_request)
    return Raw(external_id or key_of(item), item)


def _faulty(payload: Mapping[str, Any], why: Reason) -> dict[str, Any]:
    return {**payload, FAULT: encode_reason(why)}


def _update_key(item: Any) -> str:
    update_id = text_of(item, "update_id") if isinstance(item, dict) else ""
    return f"pembaruan:{update_id or key_of(item)}"


def _id_batches(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for begin in range(0, len(ids), _IDS_AT_ONCE):
        yield ids[begin : begin + _IDS_AT_ONCE]


def _disable_updated_after(cursor: Cursor) -> None:
    """The server cannot filter by time of change: stop using it, and run the nightly catch-up at once."""
    cursor.capabilities.updated_after, cursor.nightly = False, ""
